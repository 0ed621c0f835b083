"""What is found wrong becomes rows, and each row one mail when it begins and one when it is over, whoever sends it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.alarm import Alarm
from models.base import insert_of
from models.rules.health import Finding
from models.services.claims import is_free

CLAIM = timedelta(minutes=5)
"""As long as a mail server may take; a mail that it would not have is tried again after it."""
GONE_FOR = timedelta(minutes=2)
"""What is gone for a moment only is not over yet."""


@dataclass(frozen=True)
class News:
    """What this process, and no other, is to tell: what has gone wrong, and what is over."""

    wrong: tuple[Alarm, ...] = ()
    over: tuple[Alarm, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wrong or self.over)


def note(session: Session, found: Iterable[Finding], *, now: datetime) -> None:
    """The rows as the findings are now. What nobody was told of is over without a word."""
    by_name = {one.name: one for one in found}
    known = set(session.scalars(sa.select(Alarm.name)))
    for name in sorted(by_name.keys() - known):
        row = insert_of(session)(Alarm).values(name=name, said=by_name[name].says[:300], since=now)
        session.execute(row.on_conflict_do_nothing())
    still = Alarm.name.in_(by_name)
    _execute(session, sa.update(Alarm).where(still, Alarm.gone_at.is_not(None)).values(gone_at=None))
    _execute(session, sa.delete(Alarm).where(sa.not_(still), Alarm.told_at.is_(None), is_free(Alarm, now)))
    _execute(session, sa.update(Alarm).where(sa.not_(still), Alarm.gone_at.is_(None)).values(gone_at=now))


def claim(session: Session, *, owner: str, now: datetime) -> News:
    """By a conditional UPDATE: of two processes that try at once the second finds nothing left."""
    begun = sa.and_(Alarm.told_at.is_(None), Alarm.gone_at.is_(None))
    over = sa.and_(Alarm.told_at.is_not(None), Alarm.gone_at <= now - GONE_FOR)
    mine = sa.update(Alarm).where(sa.or_(begun, over), is_free(Alarm, now))
    names = session.scalars(mine.values(claimed_until=now + CLAIM, claimed_by=owner).returning(Alarm.name)).all()
    if not names:
        return News()
    rows = session.scalars(sa.select(Alarm).where(Alarm.name.in_(names)).order_by(Alarm.since, Alarm.name)).all()
    return News(tuple(row for row in rows if row.told_at is None), tuple(row for row in rows if row.told_at))


def told(session: Session, news: News, *, owner: str, now: datetime) -> None:
    """The mail has left: those that are over leave no row."""
    said = {"told_at": now, "claimed_until": None, "claimed_by": None}
    _execute(session, sa.update(Alarm).where(_mine(news.wrong, owner)).values(**said))
    _execute(session, sa.delete(Alarm).where(_mine(news.over, owner)))


def _mine(rows: Sequence[Alarm], owner: str) -> sa.ColumnElement[bool]:
    return sa.and_(Alarm.name.in_([row.name for row in rows]), Alarm.claimed_by == owner)


def _execute(session: Session, statement: sa.Update | sa.Delete) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
