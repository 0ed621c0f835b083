"""What became of the last hour's letters goes in; out comes whether automatic letters wait (mail.md 3.4)."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.circuit import Circuit
from models.desk import Desk
from models.outbox import LetterState, OutboxLetter
from models.rules.loop_guards import CIRCUIT_LOOKS_BACK, Held, circuit_opens
from models.services import audit, claims, locks, steps

_LEFT = (LetterState.ACCEPTED, LetterState.UNCERTAIN, LetterState.BOUNCED, LetterState.FAILED)
_CAME_BACK = (LetterState.BOUNCED, LetterState.FAILED)
_OPEN = sa.select(Circuit).where(Circuit.closed_at.is_(None)).limit(1)


@dataclass(frozen=True)
class Standing:
    """Since when automatic letters wait, how many do, and why: ``lost`` of ``letters`` in the hour before."""

    opened_at: datetime
    letters: int
    lost: int
    waiting: int


def standing(session: Session) -> Standing | None:
    """What staff are told while the circuit is open."""
    row = session.scalar(_OPEN)
    if row is None:
        return None
    waiting = sa.select(sa.func.count()).where(*_held_back())
    return Standing(row.opened_at, row.letters, row.lost, session.scalars(waiting).one())


def open_since(session: Session) -> datetime | None:
    return session.scalar(sa.select(Circuit.opened_at).where(Circuit.closed_at.is_(None)).limit(1))


def look(session: Session, *, now: datetime) -> None:
    """Some letters came back, or were answered by machines: open where these were too many of the last hour's."""
    if not circuit_opens(*_last_hour(session, now=now)):
        return
    locks.hold(session, ["circuit"])
    if session.scalar(_OPEN) is None:
        letters, lost = _last_hour(session, now=now)
        session.add(Circuit(opened_at=now, letters=letters, lost=lost))
        _note(session, "circuit opened", now=now, letters=letters, lost=lost)


def hold_back(session: Session, *, now: datetime) -> None:
    """While it is open no letter leaves that nobody asked staff for; but what they sent themselves does."""
    if session.scalar(_OPEN) is None:
        return
    due = (OutboxLetter.state.in_((LetterState.QUEUED, LetterState.DEFERRED)), claims.is_free(OutboxLetter, now))
    held = sa.update(OutboxLetter).where(OutboxLetter.automatic, OutboxLetter.held_for.is_(None), *due)
    held = held.values(state=LetterState.HELD, held_for=Held.CIRCUIT, claimed_until=None, claimed_by=None)
    session.execute(held.execution_options(synchronize_session=False))


def close_in_time(desk: Desk, session: Session) -> int:
    """Close what has been open for an hour and has no more reason to; how many letters may leave then."""
    now, row = desk.clock(), session.scalar(_OPEN.with_for_update())
    if row is None or now - row.opened_at < CIRCUIT_LOOKS_BACK or circuit_opens(*_last_hour(session, now=now)):
        return 0
    row.closed_at = now
    freed = sa.update(OutboxLetter).where(*_held_back())
    freed = freed.values(state=LetterState.QUEUED, held_for=None, next_attempt=now)
    count = session.connection().execute(freed).rowcount
    _note(session, "circuit closed", now=now, letters=count)
    return count


def _held_back() -> tuple[sa.ColumnElement[bool], ...]:
    return OutboxLetter.state == LetterState.HELD, OutboxLetter.held_for == Held.CIRCUIT


def _last_hour(session: Session, *, now: datetime) -> tuple[int, int]:
    """How many letters left, and how many of them were in vain."""
    in_vain = sa.or_(OutboxLetter.state.in_(_CAME_BACK), OutboxLetter.machine_answered)
    counts = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.case((in_vain, 1), else_=0)), 0))
    lately = counts.where(OutboxLetter.tried_at > now - CIRCUIT_LOOKS_BACK, OutboxLetter.state.in_(_LEFT))
    letters, lost = session.execute(lately).one()
    return letters, lost


def _note(session: Session, what: str, *, now: datetime, **detail: int) -> None:
    audit.record(session, audit.DESK, what, by=steps.WORKER, now=now, detail=detail)
