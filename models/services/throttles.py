"""How often something happened lately goes into rows; out comes whether it was too often. Names hold digests only."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import insert_of
from models.staff import Throttle

_PARTS = 12
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST = timedelta(days=30)


def count(session: Session, name: str, *, window: timedelta, now: datetime) -> int:
    """Count one more; the number within the window that ends now, this one with it."""
    add(session, name, at=_slot(now, window / _PARTS))
    return seen(session, name, window=window, now=now)


def seen(session: Session, name: str, *, window: timedelta, now: datetime) -> int:
    """The number within the window that ends now. The window slides, in twelve parts."""
    lately = sa.select(sa.func.sum(Throttle.times)).where(Throttle.name == name, Throttle.window > now - window)
    return session.scalar(lately) or 0


def add(session: Session, name: str, *, at: datetime) -> None:
    """One statement, so that two at once are two."""
    row = insert_of(session)(Throttle).values(name=name, window=at, times=1)
    more = {"times": Throttle.times + 1}
    session.execute(row.on_conflict_do_update(index_elements=[Throttle.name, Throttle.window], set_=more))


def last(session: Session, name: str, *, since: datetime) -> datetime | None:
    """When it was last counted."""
    newest = sa.select(sa.func.max(Throttle.window)).where(Throttle.name == name, Throttle.window > since)
    return session.scalar(newest)


def clear(session: Session, name: str) -> None:
    session.execute(sa.delete(Throttle).where(Throttle.name == name))


def forget(session: Session, *, now: datetime) -> None:
    """Rows that no window reaches any more."""
    session.execute(sa.delete(Throttle).where(Throttle.window < now - _LONGEST))


def _slot(now: datetime, part: timedelta) -> datetime:
    return _EPOCH + (now - _EPOCH) // part * part
