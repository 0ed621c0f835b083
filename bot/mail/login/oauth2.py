"""What a provider is shown goes in; an access token comes out, or why there is none: RFC 6749, sections 4.4 and 6."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from bot.mail.login.tls import client_context, is_loopback

TIMEOUT = 10.0
"""Seconds that one step may take."""
ANSWERS_WITHIN = 20.0
"""Seconds for the whole answer: who sends an octet now and then never runs into the time-out of a step."""
ANSWER_LIMIT = 64 * 1024
USUAL_LIFETIME = 3600
"""Seconds that a token is good for where the provider does not say (RFC 6749, 5.1 recommends that it does)."""

REFUSALS: Mapping[str, str] = {
    "invalid_grant": "the refresh token is good no longer (withdrawn, run out, or a password was changed)",
    "interaction_required": "the provider wants a person to log in (two factors, or a rule of the firm)",
    "consent_required": "nobody has allowed this program to read and send mail",
    "invalid_client": "the provider does not take client_id and client secret (it may have run out)",
    "unauthorized_client": "this client_id may not ask in this way",
    "access_denied": "consent was refused",
    "expired_token": "nobody entered the code in time",
    "invalid_scope": "the provider does not know the scope, or does not allow it",
    "unsupported_grant_type": "the provider gives no tokens in this way",
    "invalid_request": "the provider does not understand what it was asked: mend tenant, scope or token_url",
}
"""What an error of RFC 6749, 5.2 (RFC 8628, 3.5 and OpenID Connect have more) means to whoever mends it."""

WAITING = frozenset({"authorization_pending", "slow_down"})
"""No refusals yet: the person has not answered (RFC 8628, 3.5)."""

NOT_TAKEN = "the server takes no new token either: mend user, scope, or what the account may do with that mailbox"

# RFC 6749, appendix A.12: what else comes would be a second header or an end of the SASL message.
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")


class TokenError(Exception):
    """There is no access token; the text holds no token, no address and none of the provider's own words."""


class TokenAwayError(TokenError):
    """The provider does not answer, or answers what is no token: to be asked again."""


class TokenRefusedError(TokenError):
    """Nothing changes until somebody does something. ``code``: the error as the RFCs name it, empty for another."""

    def __init__(self, said: str, code: str = "") -> None:
        super().__init__(said)
        self.code = code


class NotTakenError(Exception):
    """A mail server does not take this token."""


Tokens = Callable[[str | None], str]
"""Gives the access token of today; of the one that is named a mail server would not have it. Raises TokenError."""


def log_in(tokens: Tokens, say: Callable[[str], None]) -> None:
    """With the token that we have; where the server does not take it (``say`` raises NotTakenError) with a new one."""
    access = tokens(None)
    try:
        say(access)
    except NotTakenError:
        _log_in_anew(tokens(access), say)


def _log_in_anew(access: str, say: Callable[[str], None]) -> None:
    try:
        say(access)
    except NotTakenError as error:
        raise TokenRefusedError(NOT_TAKEN) from error


@dataclass(frozen=True)
class Client:
    """Who asks, where, and for what. Nothing secret shows in its ``repr``."""

    token_url: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    scope: str = ""


@dataclass(frozen=True, repr=False)
class Granted:
    """``lifetime`` in seconds. ``refresh``: the token for the next time, None where the present one stays."""

    access: str
    lifetime: int
    refresh: str | None


def renew(client: Client, refresh_token: str) -> Granted:
    """A new access token for a refresh token (RFC 6749, 6). Raises TokenError."""
    return granted(ask(client, client.token_url, {"grant_type": "refresh_token", "refresh_token": refresh_token}))


def by_client(client: Client) -> Granted:
    """A token for the firm's own program, in nobody's name (RFC 6749, 4.4). Raises TokenError."""
    return granted(ask(client, client.token_url, {"grant_type": "client_credentials"}))


def ask(client: Client, url: str, words: Mapping[str, str]) -> dict[str, Any]:
    """The provider's JSON to a form with our name in it. Raises TokenError."""
    form = {"client_id": client.client_id, **words}
    if client.client_secret is not None:
        form["client_secret"] = client.client_secret
    if client.scope:
        form["scope"] = client.scope
    refuse_clear_text(url)
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    request = Request(url, urlencode(form).encode(), headers)  # noqa: S310 - refused above unless http or https
    status, body = _answer(request)
    try:
        said = json.loads(body)
    except ValueError:  # which bad UTF-8 is too
        said = None
    if not isinstance(said, dict):
        raise TokenAwayError(f"the token server answers what is no JSON object (status {status})")
    if status != 200:
        raise _refusal(status, said)
    return said


def refuse_clear_text(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise TokenRefusedError("the address of the token server is not https: mend token_url")


def granted(said: Mapping[str, Any]) -> Granted:
    """The tokens in a provider's answer (RFC 6749, 5.1)."""
    access, refresh = said.get("access_token"), said.get("refresh_token")
    kind = said.get("token_type", "Bearer")
    if not _is_token(access) or str(kind).lower() != "bearer" or not (refresh is None or _is_token(refresh)):
        raise TokenAwayError("the token server answers without a bearer token")
    return Granted(str(access), _seconds(said.get("expires_in")), refresh)


def _is_token(value: object) -> bool:
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def _seconds(value: object) -> int:
    """Some providers write the number as a text, some nothing; none of it may overflow a date."""
    try:
        return min(max(int(str(value)), 1), 366 * 86400)
    except ValueError:
        return USUAL_LIFETIME


def _refusal(status: int, said: Mapping[str, Any]) -> TokenError:
    code = str(said.get("error"))
    if code in REFUSALS:
        return TokenRefusedError(REFUSALS[code], code)
    if 400 <= status < 500 and status not in {408, 429}:
        return TokenRefusedError(f"the token server refuses (status {status})", code if code in WAITING else "")
    return TokenAwayError(f"the token server does not serve (status {status})")


class _Stay(HTTPRedirectHandler):
    """A redirect would carry our secret somewhere else: it is an answer like any other, and no token."""

    def redirect_request(self, *_asked: Any) -> None:
        return None


def _answer(request: Request) -> tuple[int, bytes]:
    until = time.monotonic() + ANSWERS_WITHIN
    try:
        with _opener().open(request, timeout=TIMEOUT) as response:
            return response.status, _bounded(response, until)
    except HTTPError as error:
        with error:
            return error.code, _bounded(error, until)
    except (OSError, HTTPException) as error:
        # Some wrap their cause: the cause is what tells.
        cause = getattr(error, "reason", None)
        kind = type(cause if isinstance(cause, Exception) else error).__name__
        raise TokenAwayError(f"no connection to the token server: {kind}") from None  # it may hold the address


def _opener() -> OpenerDirector:
    return build_opener(_Stay(), HTTPSHandler(context=client_context(None)))


def _bounded(response: HTTPResponse | HTTPError | IO[bytes], until: float) -> bytes:
    body = bytearray()
    read = getattr(response, "read1", response.read)
    while piece := read(4096):
        body += piece
        if len(body) > ANSWER_LIMIT or time.monotonic() > until:
            raise TokenAwayError("the token server does not come to an end")
    return bytes(body)
