"""Whether it is time for a letter to oneself, and what became of the last one (failures.md 6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import insert_of
from models.canary import Canary

EVERY = timedelta(days=1)
AGAIN_AFTER = timedelta(hours=1)
"""Another one leaves after one that did not arrive: its arrival is how one knows that all is well again."""
_ONLY = 1


@dataclass(frozen=True)
class Standing:
    waiting_since: datetime | None
    round_trip: float | None


def standing(session: Session) -> Standing | None:
    """None where none has left yet."""
    row = session.get(Canary, _ONLY)
    return None if row is None else Standing(row.waiting_since, row.round_trip)


def is_due(session: Session, *, now: datetime) -> bool:
    return session.get(Canary, _ONLY) is None or session.scalar(sa.select(Canary.id).where(_due(now))) is not None


def take(session: Session, *, mark: str, now: datetime) -> bool:
    """The right to send this one: of two workers that try at once the second finds that one has just left."""
    begun = insert_of(session)(Canary).values(id=_ONLY, mark=mark, sent_at=now, waiting_since=now)
    if session.scalar(begun.on_conflict_do_nothing().returning(Canary.id)) is not None:
        return True
    since = sa.func.coalesce(Canary.waiting_since, now)
    taken = sa.update(Canary).where(_due(now)).values(mark=mark, sent_at=now, waiting_since=since)
    return session.connection().execute(taken).rowcount == 1


def arrived(session: Session, mark: str, *, mailbox: str | None, now: datetime) -> None:
    """``mailbox``: where it lies; None for one that came by the door. Another one than the newest proves nothing."""
    row = session.scalar(sa.select(Canary).where(Canary.mark == mark, Canary.waiting_since.is_not(None)))
    if row is not None:
        row.round_trip = max((now - row.sent_at).total_seconds(), 0.0)
        row.waiting_since, row.found_in = None, mailbox


def lies_in(session: Session) -> tuple[str, str] | None:
    """The mailbox from which the one that arrived is to be taken away, and its mark."""
    row = session.get(Canary, _ONLY)
    return (row.found_in, row.mark) if row is not None and row.found_in is not None else None


def taken_away(session: Session, mark: str) -> None:
    session.execute(sa.update(Canary).where(Canary.mark == mark).values(found_in=None))


def _due(now: datetime) -> sa.ColumnElement[bool]:
    missing = sa.and_(Canary.waiting_since.is_not(None), Canary.sent_at <= now - AGAIN_AFTER)
    return sa.and_(Canary.id == _ONLY, sa.or_(missing, Canary.sent_at <= now - EVERY))
