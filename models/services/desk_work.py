"""What staff do with a request beside deciding it: sort, ask, answer, edit, mark as done elsewhere, vouch, close."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from models.correction import Correction
from models.desk import Desk
from models.proof import Purpose
from models.request import Request
from models.rules.identity import needs_proof, needs_second_person
from models.rules.kinds import Action, Correct, Kind
from models.rules.lifecycle import CorrectionState, IllegalStepError, Outcome, State, Step
from models.rules.permissions import Actor, Right, require
from models.rules.routing import begins_in
from models.rules.submission import MAX_LINES, Line
from models.rules.values import refusal
from models.services import clocks, links, outbox, proofs, steps, suppressions
from models.services.seen import InvalidError, as_seen

WITHOUT_LETTER = frozenset({Outcome.NOT_REQUEST, Outcome.SPAM, Outcome.WITHDRAWN, Outcome.MERGED})
"""Outcomes that close a request without a letter (lifecycle.md, invariant 5)."""

EDITABLE = frozenset({CorrectionState.PROPOSED, CorrectionState.APPROVED_ONCE, CorrectionState.CONFLICT})


def set_kind(
    desk: Desk, session: Session, request_id: int, *, version: int, actor: Actor, now: datetime, kinds: Sequence[Kind]
) -> list[Request]:
    """A person says what is asked: the first kind is this request's, each other one becomes a request of its own."""
    require(actor, Right.SORT)
    request = as_seen(session, request_id, version)
    if not kinds:
        raise InvalidError("kind", "Choose what is asked for.")
    split = [_beside(desk, session, request, kind, now=now) for kind in dict.fromkeys(kinds) if kind != kinds[0]]
    for one, kind in zip([request, *split], dict.fromkeys(kinds), strict=False):
        _sort(desk, session, one, kind, actor, now=now)
    if any(one.state is State.AWAITING_PROOF for one in (request, *split)):
        proofs.ask(desk, session, request.ticket, now=now)
    return [request, *split]


def ask(
    desk: Desk, session: Session, request_id: int, *, version: int, actor: Actor, now: datetime, question: str
) -> Request:
    require(actor, Right.ASK)
    request = as_seen(session, request_id, version)
    _written(question, "question", "Write what you want to know.")
    steps.advance(session, request, Step.ASK, State.NEEDS_DETAILS, by=actor.by, now=now, detail={"question": question})
    request.asked, request.waiting_since = request.asked + 1, now
    status = links.make(desk, session, Purpose.STATUS, request.ticket.requester, now=now, ticket=request.ticket)
    said = {"question": question.strip()}
    outbox.promise(desk, session, request.ticket, "ask", now=now, request=request, facts=said, carries=(status,))
    return request


def answer(
    desk: Desk,
    session: Session,
    request_id: int,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    text: str,
    outcome: Outcome = Outcome.FULFILLED,
) -> Request:
    """A letter of staff's own words that closes the request once it is accepted."""
    request = as_seen(session, request_id, version)
    require(actor, Right.ANSWER if request.kind is Kind.OTHER else Right.APPROVE)
    _written(text, "text", "Write the answer.")
    if outcome is Outcome.REFUSED:
        raise InvalidError("outcome", "A refusal goes by “decline”: it needs its reason and the remedies.")
    if request.state is State.AWAITING_PROOF:
        raise IllegalStepError(Step.ANSWER, request.state)
    detail = {"text": text, "outcome": outcome}
    steps.advance(session, request, Step.ANSWER, State.RESPONDING, by=actor.by, now=now, detail=detail)
    said = {"answer": text.strip()}
    outbox.promise(desk, session, request.ticket, "answer", now=now, request=request, closes=outcome, facts=said)
    return request


def close(
    desk: Desk,
    session: Session,
    request_id: int,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    outcome: Outcome,
    reason: str = "",
) -> Request:
    """Close without a decision: no request, spam, withdrawn, expired (with its letter), or not to be reached."""
    require(actor, Right.ANSWER)
    request = as_seen(session, request_id, version)
    if request.state is State.UNDELIVERED:
        _written(reason, "reason", "Say why the person cannot be reached another way.")
    elif outcome is Outcome.EXPIRED:
        steps.advance(session, request, Step.ANSWER, State.RESPONDING, by=actor.by, now=now, detail={"reason": reason})
        outbox.promise(desk, session, request.ticket, "expired", now=now, request=request, closes=Outcome.EXPIRED)
        return request
    elif outcome not in WITHOUT_LETTER:
        raise InvalidError("outcome", "This outcome needs a letter: approve, answer or decline.")
    steps.close(session, request, outcome, by=actor.by, now=now, reason=reason.strip())
    request.ticket.spam = outcome is Outcome.SPAM
    return request


def edit(
    desk: Desk,
    session: Session,
    request_id: int,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    values: Mapping[int, str],
    added: Sequence[Line] = (),
) -> Request:
    """Other values for what is proposed, and new lines; whoever types a four-eyes value may not approve it."""
    require(actor, Right.PROPOSE)
    request = as_seen(session, request_id, version)
    _undecided(request)
    if len(request.corrections) + len(added) > 3 * MAX_LINES:
        raise InvalidError("lines", "That is more than one request can hold.")
    typed = [_type(one, values[one.id], actor) for one in request.corrections if one.id in values]
    lines = [_line(line, actor) for line in added]
    if lines:
        request.corrections.extend(lines)
        # The worker looks up where each line would be written.
        request.found = None
    if lines or any(typed):
        detail = {"lines": [[one.id, one.field, one.after] for one in request.corrections]}
        steps.changed(session, request, "edited", by=actor.by, now=now, detail=detail)
    return request


def elsewhere(
    desk: Desk,
    session: Session,
    request_id: int,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    correction_id: int,
    note: str,
) -> Request:
    """A value that the mapping cannot reach was corrected by hand; it counts as applied."""
    require(actor, Right.APPROVE)
    request = as_seen(session, request_id, version)
    _undecided(request)
    _written(note, f"note-{correction_id}", "Say where it was corrected, and by whom.")
    correction = next((one for one in request.corrections if one.id == correction_id), None)
    if correction is None or correction.store is not None or correction.state not in EDITABLE:
        raise InvalidError(f"note-{correction_id}", "Only a value that the desk cannot write is done elsewhere.")
    correction.state, correction.note, correction.approved_by = CorrectionState.APPLIED, note.strip(), actor.staff
    detail = {"correction": correction.id, "note": note.strip()}
    steps.changed(session, request, "done elsewhere", by=actor.by, now=now, detail=detail)
    return request


def accept_identity(
    desk: Desk,
    session: Session,
    request_id: int,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    method: str,
    reason: str,
) -> Request:
    """Staff vouch that requester and data subject are one; for what discloses or is sensitive, two of them."""
    require(actor, Right.IDENTITY)
    request = as_seen(session, request_id, version)
    _written(method, "method", "Say how you know the person.")
    _written(reason, "reason", "Say why the mailed link was not used.")
    if request.state is not State.AWAITING_PROOF:
        raise IllegalStepError(Step.ACCEPT_IDENTITY, request.state)
    detail = {"method": method, "reason": reason}
    if not _second_person_done(request, actor):
        request.identity_by = actor.staff
        steps.changed(session, request, "identity accepted once", by=actor.by, now=now, detail=detail)
        return request
    request.proved_at, request.proof = now, method.strip()[:200]
    to = State.IN_REVIEW
    steps.advance(session, request, Step.ACCEPT_IDENTITY, to, by=actor.by, now=now, detail=detail)
    return request


def assign(
    desk: Desk, session: Session, request_id: int, *, version: int, actor: Actor, now: datetime, to: int | None
) -> Request:
    """Who looks after it; this changes nothing of the decision and so raises no version."""
    require(actor, Right.ASSIGN)
    request = as_seen(session, request_id, None)
    request.assignee_id = to
    steps.noted(session, request, "assigned", by=actor.by, now=now, detail={"to": to})
    return request


def choose_rows(
    desk: Desk,
    session: Session,
    request_id: int,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    rows: Sequence[tuple[str, str, str]],
) -> Request:
    """Which records are this person's, where several have the address; the worker proposes again for them."""
    require(actor, Right.SORT)
    request = as_seen(session, request_id, version)
    _undecided(request)
    if not rows:
        raise InvalidError("rows", "Tick the records that are this person's.")
    request.chosen = [list(row) for row in rows]
    request.found = None if request.kind is Kind.RECTIFICATION else request.found
    steps.changed(session, request, "rows chosen", by=actor.by, now=now, detail={"rows": request.chosen})
    return request


def _sort(desk: Desk, session: Session, request: Request, kind: Kind, actor: Actor, *, now: datetime) -> None:
    request.kind, request.confidence = kind, 1.0
    request.due_on = clocks.due_day(desk, kind, request.received_at)
    to = begins_in(kind)
    if to is State.AWAITING_PROOF and request.proved_at is not None:
        to = State.IN_REVIEW
    if to is State.APPLYING:
        suppressions.suppress(desk, session, request.ticket.requester, source="staff", now=now)
    steps.advance(session, request, Step.SORT, to, by=actor.by, now=now, detail={"kind": kind})


def _beside(desk: Desk, session: Session, request: Request, kind: Kind, *, now: datetime) -> Request:
    made = Request(
        ticket=request.ticket, kind=kind, state=State.TRIAGE, received_at=request.received_at, found=request.found,
        names_other=request.names_other, proved_at=request.proved_at, proof=request.proof, version=1, corrections=[],
        confidence=1.0, due_on=clocks.due_day(desk, kind, request.received_at),
    )  # fmt: skip
    session.add(made)
    # Its first event names its id.
    session.flush()
    return made


def _second_person_done(request: Request, actor: Actor) -> bool:
    sensitive = any(one.sensitive or one.correct is Correct.FOUR_EYES for one in request.corrections)
    if not needs_second_person(request.kind, sensitive=sensitive and needs_proof(request.kind)):
        return True
    return request.identity_by is not None and request.identity_by != actor.staff


def _undecided(request: Request) -> None:
    if request.state not in {State.TRIAGE, State.AWAITING_PROOF, State.NEEDS_DETAILS, State.IN_REVIEW}:
        raise IllegalStepError(Step.APPROVE, request.state)


def _type(correction: Correction, value: str, actor: Actor) -> bool:
    if correction.state not in EDITABLE or value.strip() == (correction.after or ""):
        return False
    why = refusal(correction.field, value.strip())
    if why:
        raise InvalidError(f"value-{correction.id}", why)
    correction.after, correction.typed_by = value.strip() or None, actor.staff
    correction.action = Action.SET if correction.after else Action.REMOVE
    correction.state, correction.approved_by = CorrectionState.PROPOSED, None
    return True


def _line(line: Line, actor: Actor) -> Correction:
    why = refusal(line.field, line.new or None)
    if why:
        raise InvalidError("new", why)
    return Correction(
        action=line.action, field=line.field, correct=Correct.NEVER, after=line.new or None, said=line.new or None,
        said_old=line.old or None, state=CorrectionState.PROPOSED, typed_by=actor.staff, note="", place="text",
    )  # fmt: skip


def _written(text: str, field: str, why: str) -> None:
    if not text.strip():
        raise InvalidError(field, why)
