"""A person's consent, given in any browser by a code that we show: the device flow of RFC 8628."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.mail.login import oauth2
from bot.mail.login.oauth2 import Client, Granted, TokenAwayError, TokenRefusedError

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
USUAL_INTERVAL = 5
"""Seconds between two questions where the provider says nothing (RFC 8628, 3.2), and what "slow_down" adds (3.5)."""


@dataclass(frozen=True)
class Invitation:
    """What a person is to do: open ``url``, enter ``code``. ``expires_in`` and ``interval`` in seconds."""

    url: str
    code: str
    device_code: str = field(repr=False)
    expires_in: int
    interval: int


def invite(client: Client, device_url: str) -> Invitation:
    """Raises TokenError."""
    said = oauth2.ask(client, device_url, {})
    # Some write it as Google did before there was a standard.
    url = said.get("verification_uri", said.get("verification_url"))
    texts = (url, said.get("user_code"), said.get("device_code"))
    if not all(isinstance(one, str) and one and one.isprintable() for one in texts):
        raise TokenAwayError("the provider answers without a code to enter")
    shown_url, code, device_code = map(str, texts)
    interval = _seconds(said.get("interval"), USUAL_INTERVAL)
    return Invitation(shown_url, code, device_code, _seconds(said.get("expires_in"), 900), interval)


def wait(client: Client, invitation: Invitation, *, sleep: Callable[[float], None]) -> Granted:
    """The tokens, once the person has consented. Raises TokenRefusedError when they refuse, or do nothing for long."""
    waited, interval = 0, invitation.interval
    while waited <= invitation.expires_in:
        sleep(interval)
        waited += max(interval, 1)
        try:
            return _ask(client, invitation)
        except TokenAwayError:
            # RFC 8628, 3.5: of a connection that fails nothing is lost; the next question is asked later.
            interval += USUAL_INTERVAL
        except TokenRefusedError as error:
            if error.code not in oauth2.WAITING:
                raise
            interval += USUAL_INTERVAL if error.code == "slow_down" else 0
    raise TokenRefusedError(oauth2.REFUSALS["expired_token"], "expired_token")


def _ask(client: Client, invitation: Invitation) -> Granted:
    words = {"grant_type": GRANT, "device_code": invitation.device_code}
    return oauth2.granted(oauth2.ask(client, client.token_url, words))


def _seconds(value: Any, otherwise: int) -> int:
    return min(value, 3600) if isinstance(value, int) and value >= 0 else otherwise
