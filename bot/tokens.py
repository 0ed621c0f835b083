"""The section of a server goes in; out comes what gives the access token of today, the desk's or a new one.

Take, ask, keep: nothing waits for the provider with a transaction open, and a token is used once it is kept.
"""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta

from bot.mail.login import oauth2
from bot.mail.login.oauth2 import Client, Granted, TokenAwayError, TokenRefusedError
from models.config import ConfigError, Mailbox, OAuth2, Smtp
from models.config.servers import read_password
from models.desk import Desk
from models.services.upkeep import oauth_tokens
from models.services.upkeep.oauth_tokens import Held

log = logging.getLogger(__name__)

ASK_AGAIN_AFTER = timedelta(minutes=15)
"""Once the provider has refused: asking on and on shuts out the whole program at some."""
JUST_NOW = timedelta(minutes=1)
PATIENCE = 30.0
"""Seconds that another worker is waited for which asks at this moment."""
LOOK_EVERY = 0.2


class Tokens:
    """Called, it gives the access token of one section; ``refused`` is one that a mail server would not have.

    ``at_once``: ask the provider even if it refused a minute ago, for a person who waits. Raises TokenError.
    """

    def __init__(self, desk: Desk, section: OAuth2, *, at_once: bool = False) -> None:
        self._desk, self._section, self._at_once = desk, section, at_once

    def __call__(self, refused: str | None = None) -> str:
        written, until = oauth_tokens.written_down(self._section), time.monotonic() + PATIENCE
        digest = self._digest(written)
        while time.monotonic() < until:
            held, claim = self._take(digest, refused)
            if claim is None and held.access is not None:
                return held.access
            if claim is not None:
                return self._asked(held, digest, written, refused=refused, claim=claim)
            time.sleep(LOOK_EVERY)
        raise TokenAwayError("another worker asks for the token, and gets no answer")

    def is_due(self) -> bool:
        """Whether it is time for a new one, or a day has gone by since the provider last heard of us."""
        digest = self._digest(oauth_tokens.written_down(self._section))
        with self._desk.readers() as session:
            held = oauth_tokens.held(session, digest, keys=self._desk.keys)
        return held.is_due(self._desk.clock())

    def _take(self, digest: str, refused: str | None) -> tuple[Held, str | None]:
        """A token that will do, or the claim to ask for one, or neither while somebody else asks."""
        desk, now = self._desk, self._desk.clock()
        claim = desk.new_token()[:16]
        with desk.sessions.begin() as session:
            held = oauth_tokens.held(session, digest, keys=desk.keys)
            if held.will_do(now, refused=refused):
                return held, None
            self._refuse_too_soon(held, refused)
            claimed = oauth_tokens.claim(session, digest, by=claim, now=now)
            # While we waited for the row somebody may have asked, and spent the refresh token that we saw.
            held = oauth_tokens.held(session, digest, keys=desk.keys)
            if held.will_do(now, refused=refused):
                oauth_tokens.release(session, digest, by=claim)
                return held, None
        if claimed:
            return held, claim
        return (held, None) if held.access != refused and held.is_good(now) else (Held(), None)

    def _refuse_too_soon(self, held: Held, refused: str | None) -> None:
        now = self._desk.clock()
        if held.refused_at is not None and now < held.refused_at + ASK_AGAIN_AFTER and not self._at_once:
            raise TokenRefusedError(held.problem)
        if refused is not None and held.renewed_at is not None and now < held.renewed_at + JUST_NOW:
            raise TokenRefusedError(oauth2.NOT_TAKEN)

    def _asked(self, held: Held, digest: str, written: str | None, *, refused: str | None, claim: str) -> str:
        desk = self._desk
        try:
            granted, refresh = self._first_granted(held, written)
        except TokenRefusedError as error:
            problem = f"{error}: {self._mend(error.code)}"
            with desk.sessions.begin() as session:
                oauth_tokens.refuse(session, digest, problem=problem, by=claim, now=desk.clock())
            raise TokenRefusedError(problem, error.code) from error
        except (TokenAwayError, ConfigError):
            with desk.sessions.begin() as session:
                oauth_tokens.release(session, digest, by=claim)
            if held.access is not None and held.access != refused and held.is_good(desk.clock()):
                log.warning("there is no new token now: the one that we have is used to its end")
                return held.access
            raise
        now = desk.clock()
        with desk.sessions.begin() as session:
            oauth_tokens.keep(
                session, digest, access=granted.access, refresh=refresh,
                expires_at=now + timedelta(seconds=granted.lifetime), by=claim, now=now, keys=desk.keys,
            )  # fmt: skip
        return granted.access

    def _first_granted(self, held: Held, written: str | None) -> tuple[Granted, tuple[str, ...]]:
        """What the provider gives for the newest refresh token that it still takes, and which ones to keep.

        The one before stays until the newest has been used once: the answer that held it may have been lost on its
        way, or the provider may have forgotten that it gave it.
        """
        if written is None:
            return oauth2.by_client(client_of(self._section)), ()
        gone = TokenRefusedError("nobody has logged in yet", "invalid_grant")
        for shown in filter(None, dict.fromkeys((*held.refresh, written))):
            try:
                granted = oauth2.renew(client_of(self._section), shown)
            except TokenRefusedError as error:
                if error.code != "invalid_grant":
                    raise
                gone = error
                continue
            return granted, tuple(dict.fromkeys((granted.refresh or shown, shown)))
        raise gone

    def _digest(self, written: str | None) -> str:
        return oauth_tokens.digest_of(self._section, written, keys=self._desk.keys)

    def _mend(self, code: str) -> str:
        path = self._section.refresh_token_file
        if code == "invalid_grant" and path is not None:
            return f"log in at the provider (rightsdesk mailbox login) and write the refresh token into {path}"
        return "mend [oauth2] of this server, or what the provider has on this program"


def client_of(section: OAuth2) -> Client:
    """Who we are to the provider; the secret is read anew each time: it may be changed under a running desk."""
    secret = None if section.client_secret_file is None else read_password(section.client_secret_file)
    return Client(section.endpoint, section.client_id, secret, section.scopes)


def sections(desk: Desk) -> Iterator[OAuth2]:
    """Every section of the configuration that logs in by token."""
    servers = (*desk.config.mailboxes, *((desk.config.smtp,) if desk.config.smtp else ()))
    return (server.oauth2 for server in servers if server.oauth2 is not None)


def tokens_of(desk: Desk, server: Mailbox | Smtp, *, at_once: bool = False) -> Tokens | None:
    """None for a server that takes a password."""
    return None if server.oauth2 is None else Tokens(desk, server.oauth2, at_once=at_once)
