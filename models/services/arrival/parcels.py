"""The spool as staff see it: what waits, what is shut in, one message as it came, the ticket made of it by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.desk import Desk
from models.rules.kinds import Channel
from models.rules.permissions import Actor, Right, require
from models.rules.submission import Submission
from models.services import audit
from models.services.arrival import intake
from models.services.pages.opened import Opening
from models.spool import Spool, SpoolState

SHOWN = "quarantine shown"
SAVED = "quarantine saved"


class NotShutInError(Exception):
    """The message is not in quarantine any more: a worker reads it again, or has read it. Nothing was changed."""


@dataclass(frozen=True)
class Parcel:
    """A spooled message without its content. ``reason`` may repeat what it held: blank for who may not reveal."""

    id: int
    received_at: datetime
    reason: str
    size: int
    attempts: int
    channel: Channel
    account: str
    oversize: bool
    state: SpoolState
    held: bool


@dataclass(frozen=True)
class Queue:
    """All that waits to be read, in numbers; ``oldest`` came into the spool at that time."""

    waiting: int
    octets: int
    tried: int
    oversize: int
    oldest: datetime | None


@dataclass(frozen=True)
class Opened:
    """A message in quarantine, or the one that a ticket was made of by hand (``reference``), with its raw bytes.

    ``raw`` is None once it was forgotten.
    """

    parcel: Parcel
    raw: bytes | None
    reference: str | None


def listed(session: Session, state: SpoolState, *, actor: Actor, now: datetime, after: int, size: int) -> list[Parcel]:
    """In the order in which they came, from the one after ``after`` on."""
    rows = sa.select(Spool).where(Spool.state == state, Spool.id > after).order_by(Spool.id).limit(size)
    return [_parcel(row, actor, now) for row in session.scalars(rows)]


def queue(session: Session) -> Queue:
    """By the index on state; only what waits is looked at."""
    numbers = (sa.func.count(), sa.func.sum(Spool.size), _number(Spool.attempts > 0), _number(Spool.oversize))
    waits = Spool.state == SpoolState.WAITING
    waiting, octets, tried, oversize = session.execute(sa.select(*numbers).where(waits)).one()
    return Queue(waiting, octets or 0, tried or 0, oversize or 0, oldest(session))


def oldest(session: Session) -> datetime | None:
    """Since when the first of those that wait is here."""
    since = sa.func.coalesce(Spool.spooled_at, Spool.received_at, type_=Spool.received_at.type)
    return session.scalar(sa.select(since).where(Spool.state == SpoolState.WAITING).order_by(Spool.id).limit(1))


def find(desk: Desk, session: Session, spool_id: int, *, actor: Actor, now: datetime) -> Opened | None:
    """Raises NotAllowedError; None where no such message is shut in, nor was."""
    require(actor, Right.REVEAL)
    spool = session.get(Spool, spool_id)
    reference = _taken_down(session, spool_id)
    if spool is None or (spool.state is not SpoolState.QUARANTINED and reference is None):
        return None
    raw = None if spool.raw is None else desk.keys.unseal(spool.raw)
    return Opened(_parcel(spool, actor, now), raw, reference)


def opening(spool_id: int) -> Opening:
    """What the audit log says of who looked at it."""
    return Opening(audit.DESK, SHOWN, detail={"spool": spool_id})


def take_down(
    desk: Desk, session: Session, submission: Submission, *, spool_id: int, received_at: datetime, actor: Actor,
    now: datetime, reference: str,
) -> str:  # fmt: skip
    """The ticket that staff make of a message which the desk cannot read; its reference. Asked for once more, the
    same one comes back and nothing is changed.

    The message counts as read in the same transaction that promises the ticket. Raises NotAllowedError, LookupError,
    NotShutInError.
    """
    require(actor, Right.PROPOSE)
    require(actor, Right.REVEAL)
    spool = session.get(Spool, spool_id, with_for_update=True)
    if spool is None:
        raise LookupError(f"there is no message {spool_id}")
    known = _taken_down(session, spool_id)
    if known is not None:
        return known
    if spool.state is not SpoolState.QUARANTINED:
        raise NotShutInError(f"message {spool_id} is not in quarantine")
    spool.state, spool.claimed_until, spool.claimed_by = SpoolState.READ, None, None
    detail = {"spool": spool_id, "reference": reference}
    audit.record(session, audit.DESK, "quarantine taken down", by=actor.by, now=now, detail=detail)
    return intake.by_hand(
        desk, session, submission, received_at=received_at, actor=actor, now=now, reference=reference,
        taken_from=spool_id,
    )  # fmt: skip


def follow(session: Session, taken_down: Sequence[int]) -> None:
    """What staff took down by hand is read: the messages that they took it from belong to the same tickets."""
    if not taken_down:
        return
    copies = aliased(Spool)
    whose = sa.select(copies.taken_from_id).where(copies.id.in_(taken_down), copies.taken_from_id.is_not(None))
    ticket = sa.select(copies.ticket_id).where(copies.taken_from_id == Spool.id).scalar_subquery()
    origins = sa.update(Spool).where(Spool.id.in_(whose)).values(ticket_id=ticket)
    session.execute(origins.execution_options(synchronize_session=False))


def _taken_down(session: Session, spool_id: int) -> str | None:
    return session.scalar(sa.select(Spool.reference).where(Spool.taken_from_id == spool_id))


def _parcel(row: Spool, actor: Actor, now: datetime) -> Parcel:
    return Parcel(
        id=row.id, received_at=row.received_at, reason=row.reason if actor.may(Right.REVEAL) else "", size=row.size,
        attempts=row.attempts, channel=row.channel, account=row.account, oversize=row.oversize, state=row.state,
        held=row.claimed_until is not None and row.claimed_until > now,
    )  # fmt: skip


def _number(which: sa.ColumnExpressionArgument[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((which, 1), else_=0))
