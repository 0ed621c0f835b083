"""Addresses that want no more marketing: keyed digests, from when they say so until they say otherwise."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import insert_of
from models.desk import Desk
from models.keys import Keyring
from models.proof import Link, Purpose
from models.rules.addresses import normalised
from models.services.requester import links
from models.suppression import Suppression
from models.ticket import Ticket


def suppress(desk: Desk, session: Session, address: str, *, source: str, now: datetime) -> None:
    """From now on no marketing; said twice, it is kept once, with its first date."""
    row = {"digest": digest_of(desk, address), "since": now, "source": source, "lifted_at": None}
    # One statement: the same person may say it in two mails of a batch, or by mail and by link at once.
    session.connection().execute(_anew(insert_of(session)), row)


def lift(desk: Desk, session: Session, address: str, *, now: datetime) -> None:
    session.execute(
        sa.update(Suppression).where(_live_of(digest_of(desk, address))).values(lifted_at=now),
        execution_options={"synchronize_session": False},
    )


def carry_over(desk: Desk, session: Session, old: str, new: str, *, now: datetime) -> None:
    """A corrected e-mail address keeps its owner's opt-out."""
    if is_suppressed(desk, session, old):
        suppress(desk, session, new, source="address changed", now=now)


def is_suppressed(desk: Desk, session: Session, address: str) -> bool:
    row = sa.select(Suppression.digest).where(_live_of(digest_of(desk, address)))
    return session.scalar(row) is not None


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


@cache
def _anew(insert: Any) -> Any:
    """Built once a database: the worker says it for each of many mails."""
    said = insert(Suppression.__table__)
    row = {name: said.excluded[name] for name in ("digest", "since", "source", "lifted_at")}
    return said.on_conflict_do_update(
        index_elements=[Suppression.digest], set_=row, where=Suppression.lifted_at.is_not(None)
    )  # fmt: skip


def _live_of(digest: str) -> sa.ColumnElement[bool]:
    return sa.and_(Suppression.digest == digest, Suppression.lifted_at.is_(None))


def live(session: Session, token: str, purpose: Purpose, *, keys: Keyring, now: datetime) -> Link | None:
    link = links.find(session, token, purpose, keys=keys)
    return link if link is not None and links.is_live(link, now) else None


def language_of(session: Session, link: Link) -> str:
    ticket = session.get(Ticket, link.ticket_id) if link.ticket_id else None
    return ticket.language if ticket else "unknown"
