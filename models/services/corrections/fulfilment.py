"""An approved request is carried out: its jobs for the worker, and what is recorded of how each went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from models.correction import Correction
from models.customers import ColumnChange, Row, RowChange
from models.customers.package import Made
from models.desk import Desk
from models.outbox import OutboxLetter
from models.request import Request
from models.rules.kinds import Kind
from models.rules.lifecycle import CorrectionState, State, Step
from models.services import audit, claims, locks, steps, suppressions
from models.services.corrections import facts, moves, opting_out, recipients
from models.services.outgoing import letter_limits, outbox
from models.services.requester import packages
from models.services.requester.links import NewLink

TRY_AGAIN = timedelta(seconds=30)
TELL = frozenset({"corrected", "address_left"})
"""The letters by which the requester knows that something was written."""


@dataclass(frozen=True)
class Job:
    """What the worker does for one request while no transaction is open; ``in_part``: a database was away when it was
    planned."""

    request_id: int
    kind: Kind
    address: str
    undoing: bool
    changes: tuple[RowChange, ...] = ()
    chosen: tuple[tuple[str, str, str], ...] | None = None
    vouched: bool = False
    in_part: bool = False

    @property
    def switches_off(self) -> bool:
        return self.kind is Kind.OPT_OUT and not self.undoing


@dataclass(frozen=True)
class Done:
    """How a job went. ``conflicts``: what a row holds now (None: it is gone), by (store, table, key)."""

    job: Job
    conflicts: Mapping[tuple[str, str, str], Row | None] = field(default_factory=dict)
    refused: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    consents: tuple[RowChange, ...] = ()
    package: Made | None = None
    away: bool = False


def take(desk: Desk, session: Session, *, owner: str, now: datetime, limit: int) -> list[Job]:
    """Approved requests whose time has come, those that a dead worker left, and opt-outs that people took back."""
    due = sa.and_(
        Request.state.in_([State.APPROVED, State.APPLYING]),
        sa.or_(Request.not_before.is_(None), Request.not_before <= now),
    )
    ids = [
        number
        for what in (due, opting_out.waits())
        for number in claims.claim(session, Request, what, owner=owner, now=now, limit=limit, first_by=Request.due_on)
    ]
    taken = sa.select(Request).where(Request.id.in_(ids)).execution_options(populate_existing=True)
    requests = list(session.scalars(taken.options(joinedload(Request.ticket), selectinload(Request.corrections))))
    audit.lock(session, [request.ticket.reference for request in requests])
    return [_take(desk, session, request, owner, now=now) for request in requests]


def record(desk: Desk, session: Session, done: Sequence[Done], *, owner: str, now: datetime) -> int:
    """What the worker did becomes the state of the requests; how many were carried out.

    A request that somebody else holds by now is theirs to record; one whose customer database is away stays
    ``applying`` and is tried again.
    """
    mine = claims.still_mine(session, Request, [one.job.request_id for one in done], owner=owner)
    held = sa.select(Request).where(Request.id.in_(mine)).options(joinedload(Request.ticket))
    requests = {request.id: request for request in session.scalars(held)}
    opt_outs = [one for one in requests.values() if one.kind is Kind.OPT_OUT]
    locks.hold(session, [suppressions.digest_of(desk, one.ticket.requester) for one in opt_outs])
    opting_out.hold_told(desk, session, opt_outs, now=now)
    letter_limits.expect_letters_to(desk, session, {one.ticket.requester for one in opt_outs}, now=now)
    audit.lock(session, [request.ticket.reference for request in requests.values()])
    away = [one.job.request_id for one in done if one.away]
    carried_out = [one for one in done if one.job.request_id in requests and not one.away]
    with session.no_autoflush:
        for one in carried_out:
            _record(desk, session, requests[one.job.request_id], one, now=now)
    session.flush()  # the release below is an UPDATE of its own
    claims.release(session, Request, away, owner=owner, until=now + TRY_AGAIN)
    return len(carried_out)


def _record(desk: Desk, session: Session, request: Request, done: Done, *, now: datetime) -> None:
    if done.job.kind is Kind.OPT_OUT:
        if request.state is State.APPLYING:
            opting_out.record(desk, session, request, done.consents, now=now)
        else:
            opting_out.record_back(desk, session, request, done.consents, now=now, back=done.job.undoing)
    elif done.job.kind is Kind.ACCESS:
        _record_package(desk, session, request, done, now=now)
    elif done.job.undoing:
        _record_undone(desk, session, request, done, now=now)
    else:
        _record_corrections(desk, session, request, done, now=now)


def _take(desk: Desk, session: Session, request: Request, owner: str, *, now: datetime) -> Job:
    held = request.claimed_until
    if request.state is State.APPROVED:
        steps.advance(session, request, Step.APPLY, State.APPLYING, by=steps.WORKER, now=now)
    request.claimed_until, request.claimed_by = held, owner
    chosen = tuple((str(row[0]), str(row[1]), str(row[2])) for row in request.chosen) if request.chosen else None
    address, vouched = request.ticket.requester, request.vouched
    if request.kind is Kind.OPT_OUT:
        undoing = request.undoing and not suppressions.is_suppressed(desk, session, address)
        return Job(request.id, request.kind, address, undoing, opting_out.changes_back(request) if undoing else ())
    return Job(request.id, request.kind, address, request.undoing, _changes(request), chosen, vouched)


def _changes(request: Request) -> tuple[RowChange, ...]:
    """All corrections of one row are one change; undoing, the other way round."""
    wanted = CorrectionState.APPLIED if request.undoing else CorrectionState.APPROVED
    rows: dict[tuple[str, str, str], list[ColumnChange]] = {}
    for one in request.corrections:
        if one.state is wanted and one.store and one.table and one.key and one.column:
            before, after = (one.after, one.before) if request.undoing else (one.before, one.after)
            rows.setdefault((one.store, one.table, one.key), []).append(ColumnChange(one.column, before, after))
    return tuple(RowChange(*place, tuple(columns)) for place, columns in rows.items())


def _record_corrections(desk: Desk, session: Session, request: Request, done: Done, *, now: datetime) -> None:
    decided = [one for one in request.corrections if one.state is CorrectionState.APPROVED]
    for correction in decided:
        _mark(correction, done)
    moved = moves.among(desk, decided)
    # At once: an opt-out holds for the new address though another row waits for staff.
    for line in moved:
        old = line.before or request.ticket.requester
        suppressions.carry_over(desk, session, old, line.after or old, now=now)
    if _something_new(session, request, decided):
        recipients.are_to_be_told(desk, request)
    detail: dict[str, object] = {"corrections": [[one.id, one.before, one.after] for one in _applied(request)]}
    if done.conflicts or done.refused:
        detail["conflicts"] = _conflicts(done)
        steps.advance(session, request, Step.CONFLICT, State.IN_REVIEW, by=steps.WORKER, now=now, detail=detail)
        moves.tell(desk, session, request, moved, now=now, corrected=False)
        return
    steps.advance(session, request, Step.WRITTEN, State.RESPONDING, by=steps.WORKER, now=now, detail=detail)
    undo = moves.tell(desk, session, request, moved, now=now, corrected=True)
    moves.elsewhere(desk, session, request, now=now)
    _promise_corrected(desk, session, request, undo, now=now)


def _mark(correction: Correction, done: Done) -> None:
    place = _place(correction)
    if place in done.conflicts:
        row = done.conflicts[place]
        correction.before = row.values.get(correction.column or "") if row else None
        correction.state = CorrectionState.CONFLICT
        correction.note = "" if row else "The record is gone."
        correction.approved_by = correction.second_by = None
    elif place in done.refused:
        correction.state, correction.note = CorrectionState.FAILED, done.refused[place]
        correction.approved_by = correction.second_by = None
    else:
        correction.state = CorrectionState.APPLIED


def _promise_corrected(desk: Desk, session: Session, request: Request, undo: NewLink | None, *, now: datetime) -> None:
    language = outbox.language_of(desk, request.ticket)
    said = facts.corrected(desk, request, language=language) | {"until": moves.until(desk, undo)}
    outbox.promise(
        desk, session, request.ticket, "corrected", now=now, request=request, closes=facts.outcome(request),
        facts=said, carries=(undo,) if undo else (),
    )  # fmt: skip


def _something_new(session: Session, request: Request, decided: Sequence[Correction]) -> bool:
    """Whether this round wrote anything, or its letter is the first to tell what staff had written elsewhere."""
    written = any(one.state is CorrectionState.APPLIED for one in decided)
    return written or (bool(_applied(request)) and not _was_told(session, request))


def _record_undone(desk: Desk, session: Session, request: Request, done: Done, *, now: datetime) -> None:
    """Taken back: the correction is ``undone`` and stands again as a fresh proposal, for staff to decide anew."""
    stuck = {*done.conflicts, *done.refused}
    restored = [one for one in _applied(request) if one.store and _place(one) not in stuck]
    request.undoing = False
    for correction in restored:
        correction.state = CorrectionState.UNDONE
        request.corrections.append(correction.anew())
    if restored:
        recipients.are_to_hear_again(desk, request)
        moves.taken_back(desk, session, request, restored, now=now)
    detail = {"corrections": [one.id for one in restored], "conflicts": _conflicts(done)}
    step = Step.CONFLICT if stuck else Step.UNDONE
    steps.advance(session, request, step, State.IN_REVIEW, by=steps.WORKER, now=now, detail=detail)
    if restored and _was_told(session, request):
        said = facts.undone(desk, request, language=outbox.language_of(desk, request.ticket))
        outbox.promise(desk, session, request.ticket, "undone", now=now, request=request, facts=said)


def _was_told(session: Session, request: Request) -> bool:
    told = sa.select(OutboxLetter.id).where(
        OutboxLetter.request_id == request.id, OutboxLetter.letter.in_(TELL), OutboxLetter.state.in_(outbox.SENT),
        OutboxLetter.recipient == request.ticket.requester,
    )  # fmt: skip
    return session.scalar(told.limit(1)) is not None


def _record_package(desk: Desk, session: Session, request: Request, done: Done, *, now: datetime) -> None:
    if done.package is None:
        detail = {"rows": 0}
        steps.advance(session, request, Step.CONFLICT, State.IN_REVIEW, by=steps.WORKER, now=now, detail=detail)
        return
    steps.advance(session, request, Step.WRITTEN, State.RESPONDING, by=steps.WORKER, now=now,
                  detail={"tables": done.package.tables, "rows": done.package.rows})  # fmt: skip
    packages.promise(desk, session, request, done.package, now=now)


def _place(correction: Correction) -> tuple[str, str, str]:
    return (correction.store or "", correction.table or "", correction.key or "")


def _conflicts(done: Done) -> list[list[str]]:
    return [list(place) for place in (*done.conflicts, *done.refused)]


def _applied(request: Request) -> Sequence[Correction]:
    return [one for one in request.corrections if one.state is CorrectionState.APPLIED]
