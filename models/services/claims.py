"""Taking rows for oneself, so that two workers never do one job: a claim is a conditional UPDATE that runs out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.alarm import Alarm
from models.outbox import OutboxLetter
from models.request import Request
from models.spool import Spool

LEASE = timedelta(seconds=90)

Claimable = type[Spool] | type[Request] | type[OutboxLetter]


def claim(
    session: Session,
    table: Claimable,
    *due: sa.ColumnElement[bool],
    owner: str,
    now: datetime,
    limit: int,
    first_by: InstrumentedAttribute[Any],
) -> list[int]:
    """The ids of at most ``limit`` due rows, ours until the lease runs out.

    FOR UPDATE SKIP LOCKED lets workers pass each other on PostgreSQL; SQLite, which has one writer, leaves it out.
    """
    chosen = sa.select(table.id).where(*due, is_free(table, now)).order_by(first_by, table.id).limit(limit)
    ids = list(session.scalars(chosen.with_for_update(skip_locked=True)))
    if ids:
        hold = sa.update(table).where(table.id.in_(ids)).values(claimed_until=now + LEASE, claimed_by=owner)
        session.execute(hold.execution_options(synchronize_session=False))
    return ids


def is_free(table: Claimable | type[Alarm], now: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    return sa.or_(table.claimed_until.is_(None), table.claimed_until < now)


def still_mine(session: Session, table: Claimable, ids: Sequence[int], *, owner: str) -> set[int]:
    """Those of the rows that nobody else has claimed since; locked until the transaction ends."""
    mine = sa.select(table.id).where(table.id.in_(ids), table.claimed_by == owner)
    return set(session.scalars(mine.with_for_update()))


def release(session: Session, table: Claimable, ids: Sequence[int], *, owner: str, until: datetime | None) -> None:
    """Give rows back, to be taken again from ``until`` on (None: at once)."""
    if not ids:
        return
    free = sa.update(table).where(table.id.in_(ids), table.claimed_by == owner)
    session.execute(free.values(claimed_until=until, claimed_by=None).execution_options(synchronize_session=False))


def due_again(session: Session, table: Claimable) -> None:
    """What was put off because a server was away is due at once: a new run asks anew. Claims of others stay."""
    put_off = sa.update(table).where(table.claimed_by.is_(None), table.claimed_until.is_not(None))
    session.execute(put_off.values(claimed_until=None).execution_options(synchronize_session=False))
