"""The tokens of a provider as the desk keeps them: sealed, renewed by one worker at a time, the old until the new is
proved."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.config import Config, ConfigError, OAuth2
from models.config.servers import read_password
from models.desk import Desk
from models.keys import Keyring, SealBrokenError
from models.oauth_token import OAuthToken
from models.services import locks

SEAL = "oauth"
CLAIM = timedelta(seconds=90)
"""Longer than a provider is waited for, with each refresh token that we have."""
AHEAD = timedelta(seconds=300)
"""How long before its end a token is renewed: a log-in that begins with it must not outlive it."""
RENEWED_DAILY = timedelta(days=1)
"""A refresh token that nobody uses runs out, at some providers within days."""

KEPT_UNUSED = timedelta(days=180)


@dataclass(frozen=True)
class Held:
    """What the desk has. ``refresh``: the newest first, behind it the one before until the newest has been used.

    ``refused_at``: the provider gives nothing more since then, and ``problem`` says what staff must do.
    """

    access: str | None = None
    refresh: tuple[str, ...] = ()
    renewed_at: datetime | None = None
    expires_at: datetime | None = None
    refused_at: datetime | None = None
    problem: str = ""

    def is_good(self, now: datetime) -> bool:
        """Whether the access token is still taken, as far as its time goes."""
        return self.access is not None and self.expires_at is not None and now < self.expires_at

    def is_due(self, now: datetime) -> bool:
        """Whether it is time for a new one. Of a token that lives for minutes the first half is used."""
        if self.renewed_at is None or self.expires_at is None:
            return True
        ahead = min(AHEAD, (self.expires_at - self.renewed_at) / 2)
        return now >= self.expires_at - ahead or self.is_old(now)

    def will_do(self, now: datetime, *, refused: str | None) -> bool:
        """Whether a log-in may begin with it; ``refused`` is a token that a mail server would not have."""
        return self.access != refused and not self.is_due(now)

    def is_old(self, now: datetime) -> bool:
        """Whether the provider has not heard of us for a day, or never has."""
        return self.renewed_at is None or now >= self.renewed_at + RENEWED_DAILY


@dataclass(frozen=True)
class Standing:
    """How it is with the token of one server of the configuration; ``refused``: nobody gives a new one."""

    of: str
    refused: bool
    renewed_at: datetime | None = None
    expires_at: datetime | None = None


def standings(desk: Desk, session: Session) -> list[Standing]:
    """Of each server that is logged in to by token, as far as a worker has ever asked for one."""
    servers = [(of, section, _digest_now(desk, section)) for of, section in _servers(desk.config)]
    digests = {digest for _, _, digest in servers if digest}
    chosen = sa.select(OAuthToken).where(OAuthToken.digest.in_(digests))
    known = {row.digest: row for row in session.scalars(chosen)} if digests else {}
    return [_standing(of, known.get(digest or "")) for of, _, digest in servers if digest is None or digest in known]


def _servers(config: Config) -> Iterator[tuple[str, OAuth2]]:
    for mailbox in config.mailboxes:
        if mailbox.oauth2 is not None:
            yield f"mailbox {mailbox.name}", mailbox.oauth2
    if config.smtp is not None and config.smtp.oauth2 is not None:
        yield "outgoing mail server", config.smtp.oauth2


def _digest_now(desk: Desk, section: OAuth2) -> str | None:
    """None where the refresh token cannot be read, and so shown to nobody."""
    try:
        return digest_of(section, written_down(section), keys=desk.keys)
    except ConfigError:
        return None


def _standing(of: str, row: OAuthToken | None) -> Standing:
    if row is None:
        return Standing(of, refused=True)
    return Standing(of, row.refused_at is not None, row.renewed_at, row.expires_at)


def written_down(section: OAuth2) -> str | None:
    """The refresh token of staff, read anew each time: a new one is the way back after a refusal.

    Raises ConfigError.
    """
    path = section.refresh_token_file
    return None if path is None else read_password(path).strip()


def digest_of(section: OAuth2, written: str | None, *, keys: Keyring) -> str:
    """The name of the row that holds what was given for this."""
    return keys.tag("oauth", section.endpoint, section.client_id, section.scopes, written or "")


def held(session: Session, digest: str, *, keys: Keyring) -> Held:
    row = session.get(OAuthToken, digest)
    if row is None:
        return Held()
    opened = _opened(row, keys)
    refresh = tuple(opened.get("refresh", ()))
    if "access" not in opened:
        return Held(refresh=refresh, refused_at=row.refused_at, problem=row.problem)
    return Held(opened["access"], refresh, row.renewed_at, row.expires_at, row.refused_at, row.problem)


def claim(session: Session, digest: str, *, by: str, now: datetime) -> bool:
    """The right to ask the provider: two that showed it one refresh token would look like its owner and a thief."""
    locks.hold(session, [f"oauth {digest}"])
    row = session.get(OAuthToken, digest, with_for_update=True, populate_existing=True)
    if row is None:
        row = OAuthToken(digest=digest, problem="")
        session.add(row)
    if row.claimed_until is not None and row.claimed_until > now:
        return False
    row.claimed_by, row.claimed_until = by, now + CLAIM
    return True


def keep(
    session: Session,
    digest: str,
    *,
    access: str,
    refresh: tuple[str, ...],
    expires_at: datetime,
    by: str,
    now: datetime,
    keys: Keyring,
) -> None:
    """What the provider gave is kept even where the claim has run out meanwhile: nobody else has it."""
    row = session.get(OAuthToken, digest, with_for_update=True) or OAuthToken(digest=digest)
    session.add(row)
    row.sealed = keys.seal(json.dumps({"access": access, "refresh": refresh}).encode(), purpose=SEAL)
    row.renewed_at, row.expires_at = now, expires_at
    row.refused_at, row.problem = None, ""
    _give_back(row, by)


def refuse(session: Session, digest: str, *, problem: str, by: str, now: datetime) -> None:
    """The provider gives no more until staff have done something; what we hold is kept."""
    row = session.get_one(OAuthToken, digest, with_for_update=True)
    row.refused_at, row.problem = now, problem
    _give_back(row, by)


def release(session: Session, digest: str, *, by: str) -> None:
    """The provider was away: whoever needs a token may ask again."""
    _give_back(session.get_one(OAuthToken, digest, with_for_update=True), by)


def forget_unused(session: Session, *, now: datetime) -> None:
    """What the configuration names no longer: all that it names is renewed every day."""
    last = sa.func.coalesce(OAuthToken.renewed_at, OAuthToken.refused_at)
    session.execute(sa.delete(OAuthToken).where(last < now - KEPT_UNUSED))


def _give_back(row: OAuthToken, by: str) -> None:
    if row.claimed_by == by:
        row.claimed_by, row.claimed_until = None, None


def _opened(row: OAuthToken, keys: Keyring) -> dict[str, Any]:
    """Of a seal whose key is no longer in the secret file nothing is left: then what staff wrote down is shown."""
    try:
        opened: dict[str, Any] = {} if row.sealed is None else json.loads(keys.unseal(row.sealed, purpose=SEAL))
    except SealBrokenError:
        return {}
    return opened
