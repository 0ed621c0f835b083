"""Addresses that want no more marketing: keyed digests, from when they say so until they say otherwise."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.desk import Desk
from models.keys import Keyring
from models.proof import Link, Purpose
from models.rules.addresses import normalised
from models.services import links
from models.suppression import Suppression
from models.ticket import Ticket


def suppress(desk: Desk, session: Session, address: str, *, source: str, now: datetime) -> None:
    """From now on no marketing; said twice, it is kept once, with its first date."""
    digest = digest_of(desk, address)
    row = session.get(Suppression, digest) or _pending(session, digest)
    if row is None:
        session.add(Suppression(digest=digest, since=now, source=source))
    elif row.lifted_at is not None:
        row.since, row.source, row.lifted_at = now, source, None


def _pending(session: Session, digest: str) -> Suppression | None:
    """Two of a batch may say it: what waits for the flush is found by no query."""
    return next((one for one in session.new if isinstance(one, Suppression) and one.digest == digest), None)


def lift(desk: Desk, session: Session, address: str, *, now: datetime) -> None:
    row = session.get(Suppression, digest_of(desk, address))
    if row is not None and row.lifted_at is None:
        row.lifted_at = now


def carry_over(desk: Desk, session: Session, old: str, new: str, *, now: datetime) -> None:
    """A corrected e-mail address keeps its owner's opt-out."""
    if is_suppressed(desk, session, old):
        suppress(desk, session, new, source="address changed", now=now)


def is_suppressed(desk: Desk, session: Session, address: str) -> bool:
    row = session.get(Suppression, digest_of(desk, address))
    return row is not None and row.lifted_at is None


def suppressed(desk: Desk, session: Session, addresses: Iterable[str]) -> set[str]:
    """Those of the addresses that are suppressed, by one query."""
    digests = {digest_of(desk, address): address for address in addresses}
    live = sa.select(Suppression.digest).where(Suppression.digest.in_(digests), Suppression.lifted_at.is_(None))
    return {digests[digest] for digest in session.scalars(live)}


def digest_of(desk: Desk, address: str) -> str:
    return desk.keys.digest(normalised(address, keep_case=desk.config.desk.local_part_case))


def unsubscribe_link(desk: Desk, session: Session, address: str, *, now: datetime) -> str:
    """The URL that a newsletter tool puts into its mails."""
    link = links.make(desk, session, Purpose.UNSUBSCRIBE, address, now=now)
    return f"{desk.config.desk.base_url}/unsubscribe/{links.token(link, desk.keys)}"


def open_unsubscribe(session: Session, token: str, *, purpose: Purpose, keys: Keyring, now: datetime) -> str | None:
    link = live(session, token, purpose, keys=keys, now=now)
    return None if link is None else language_of(session, link)


def live(session: Session, token: str, purpose: Purpose, *, keys: Keyring, now: datetime) -> Link | None:
    link = links.find(session, token, purpose, keys=keys)
    return link if link is not None and links.is_live(link, now) else None


def language_of(session: Session, link: Link) -> str:
    ticket = session.get(Ticket, link.ticket_id) if link.ticket_id else None
    return ticket.language if ticket else "unknown"
