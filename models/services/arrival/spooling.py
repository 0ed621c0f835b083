"""Spooled messages on their way to the reader: which a worker takes, and what becomes of those that come to no end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from models.services import audit, claims, steps
from models.spool import Spool, SpoolState

BATCH = 64
BATCH_BYTES = 16_000_000
TRIES = 3
"""After so many that came to no end a message waits for staff (failures.md 1)."""
NO_END = f"tried {TRIES} times, and no worker lived to its end"


@dataclass(frozen=True)
class Parcels:
    """What a worker has taken, with its raw bytes, and how many others were tried in vain too often for that."""

    rows: Sequence[Spool]
    shut_in: int


def take(session: Session, *, owner: str, now: datetime) -> Parcels:
    """Waiting messages, no more than the memory of a batch holds. That they are tried is counted here and now: what
    kills the worker is not counted by the worker. One that was tried before goes alone, and takes no other along."""
    waiting = Spool.state == SpoolState.WAITING
    ids = claims.claim(session, Spool, waiting, owner=owner, now=now, limit=BATCH, first_by=Spool.id)
    columns = sa.select(Spool.id, Spool.size, Spool.attempts, Spool.unfinished, Spool.reason)
    claimed = session.execute(columns.where(Spool.id.in_(ids)).order_by(Spool.id)).all() if ids else []
    in_vain = [one for one in claimed if one.unfinished >= TRIES]
    for one in in_vain:
        quarantine(session, one.id, reason=one.reason or NO_END, now=now)
    kept = _within([(one.id, one.size, one.attempts) for one in claimed if one.unfinished < TRIES])
    left = {one.id for one in claimed} - {one.id for one in in_vain} - set(kept)
    claims.release(session, Spool, sorted(left), owner=owner, until=None)
    return Parcels(_begun(session, kept) if kept else [], len(in_vain))


def give_back(session: Session, ids: Sequence[int], *, owner: str) -> None:
    """They were taken ahead, and nobody has begun with them."""
    mine = sa.update(Spool).where(Spool.id.in_(ids), Spool.claimed_by == owner)
    less = {"attempts": Spool.attempts - 1, "unfinished": Spool.unfinished - 1}
    session.execute(mine.values(**less).execution_options(synchronize_session=False))
    claims.release(session, Spool, ids, owner=owner, until=None)


def fail(session: Session, spool_id: int, *, reason: str, now: datetime) -> bool:
    """Its recording failed, though the database answers: it is tried again when its claim has run out, a few times.

    Whether it is in quarantine now. Where the database does not answer, this raises what it raises.
    """
    spool = session.get_one(Spool, spool_id)
    if spool.unfinished >= TRIES:
        quarantine(session, spool_id, reason=reason, now=now)
        return True
    spool.reason = reason[:200]
    return False


def quarantine(session: Session, spool_id: int, *, reason: str, now: datetime) -> None:
    """What cannot be read is kept, shown, and can be tried again."""
    spool = session.get_one(Spool, spool_id)
    spool.state, spool.reason, spool.claimed_until, spool.claimed_by = SpoolState.QUARANTINED, reason[:200], None, None
    detail = {"spool": spool_id, "reason": reason}
    audit.record(session, audit.DESK, "quarantined", by=steps.WORKER, now=now, detail=detail)


def _begun(session: Session, ids: Sequence[int]) -> Sequence[Spool]:
    more = {"attempts": Spool.attempts + 1, "unfinished": Spool.unfinished + 1}
    tried = sa.update(Spool).where(Spool.id.in_(ids)).values(**more)
    session.execute(tried.execution_options(synchronize_session=False))
    rows = sa.select(Spool).where(Spool.id.in_(ids)).order_by(Spool.id).options(undefer(Spool.raw))
    return session.scalars(rows).all()


def _within(waiting: Sequence[tuple[int, int, int]]) -> list[int]:
    """The first of them that fit the memory of a batch, one at the least; one that was tried before, alone."""
    total = 0
    kept: list[int] = []
    for number, size, attempts in waiting:
        total += size
        if kept and (total > BATCH_BYTES or attempts):
            break
        kept.append(number)
        if attempts:
            break
    return kept
