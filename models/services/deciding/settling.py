"""What staff settle before anything is decided: which right it is, whose data, which records, who looks after it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from models.desk import Desk
from models.request import Request
from models.rules.identity import needs_proof, needs_second_person
from models.rules.kinds import Correct, Kind
from models.rules.lifecycle import OPEN_CORRECTIONS, CorrectionState, IllegalStepError, State, Step
from models.rules.permissions import Actor, NotAllowedError, Right, require
from models.rules.routing import begins_in
from models.services import clocks, steps, suppressions
from models.services.deciding import onward
from models.services.deciding.seen import InvalidError, as_seen, undecided, written
from models.services.requester import proofs
from models.staff import Staff


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
    for one in split:
        _hand_over(request, one)
    if any(one.state is State.AWAITING_PROOF for one in (request, *split)):
        proofs.ask(desk, session, request.ticket, now=now)
    return [request, *split]


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
    written(method, "method", "Say how you know the person.")
    written(reason, "reason", "Say why the mailed link was not used.")
    if request.state not in {State.AWAITING_PROOF, State.IN_REVIEW} and not request.lapsed:
        raise IllegalStepError(Step.ACCEPT_IDENTITY, request.state)
    detail = {"method": method, "reason": reason}
    if request.identity_by == actor.staff and not _second_person_done(request, actor):
        raise NotAllowedError("you accepted this identity already: a second person must accept it too")
    if not _second_person_done(request, actor):
        request.identity_by = actor.staff
        steps.changed(session, request, "identity accepted once", by=actor.by, now=now, detail=detail)
        return request
    request.proved_at, request.proof = now, method.strip()[:200]
    if request.chosen and request.kind is Kind.RECTIFICATION:
        # Records of another address count from now on: the worker proposes again for them.
        request.found = None
    to = _after_identity(request)
    onward.lead_on(desk, session, request, Step.ACCEPT_IDENTITY, to, now=now, by=actor.by, why=reason)
    return request


def assign(
    desk: Desk, session: Session, request_id: int, *, version: int, actor: Actor, now: datetime, to: int | None
) -> Request:
    """Who looks after it; this changes nothing of the decision and so raises no version."""
    require(actor, Right.ASSIGN)
    request = as_seen(session, request_id, None)
    if to is not None and session.get(Staff, to) is None:
        raise InvalidError("to", "Choose somebody of the list: there is nobody of that number.")
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
    undecided(request)
    if not rows:
        raise InvalidError("rows", "Tick the records that are this person's.")
    if not all(store in desk.stores and table in desk.stores[store].tables() for store, table, _ in rows):
        raise InvalidError("rows", "There is no such table: choose among the records that the page shows.")
    request.chosen = [list(row) for row in rows]
    request.found = None if request.kind is Kind.RECTIFICATION else request.found
    steps.changed(session, request, "rows chosen", by=actor.by, now=now, detail={"rows": request.chosen})
    return request


def _after_identity(request: Request) -> State:
    """A value that is missing is asked for, as after a proof; all else is with staff already and stays there."""
    waited = request.state is not State.IN_REVIEW
    asks = waited and onward.after_proof(request) is State.NEEDS_DETAILS
    return State.NEEDS_DETAILS if asks else State.IN_REVIEW


def _sort(desk: Desk, session: Session, request: Request, kind: Kind, actor: Actor, *, now: datetime) -> None:
    if kind is not Kind.RECTIFICATION and any(one.state is CorrectionState.APPLIED for one in request.corrections):
        raise InvalidError("kind", "A value was written for this request: undo it first, or decide what is left.")
    request.kind, request.confidence = kind, 1.0
    request.due_on = clocks.due_day(desk, kind, request.received_at)
    to = begins_in(kind)
    if _vouched_by_one(request) and needs_second_person(kind, sensitive=False):
        request.proved_at, request.proof = None, ""
    if to is State.AWAITING_PROOF and request.proved_at is not None:
        to = State.IN_REVIEW
    if to is State.APPLYING:
        suppressions.suppress(desk, session, request.ticket.requester, source="staff", now=now)
    request.waiting_since = now if to is State.AWAITING_PROOF else None
    steps.advance(session, request, Step.SORT, to, by=actor.by, now=now, detail={"kind": kind})


def _beside(desk: Desk, session: Session, request: Request, kind: Kind, *, now: datetime) -> Request:
    made = Request(
        ticket=request.ticket, kind=kind, state=State.TRIAGE, received_at=request.received_at,
        found=request.found, ambiguous=request.ambiguous, names_other=request.names_other,
        proved_at=request.proved_at, proof=request.proof, identity_by=request.identity_by, version=1,
        corrections=[], confidence=1.0, due_on=clocks.due_day(desk, kind, request.received_at),
    )  # fmt: skip
    session.add(made)
    # Its first event names its id.
    session.flush()
    return made


def _hand_over(request: Request, beside: Request) -> None:
    """What is to be corrected goes with the correction, whichever of the kinds was named first."""
    if beside.kind is Kind.RECTIFICATION:
        beside.corrections.extend(one for one in list(request.corrections) if one.state in OPEN_CORRECTIONS)


def _vouched_by_one(request: Request) -> bool:
    return request.vouched and request.identity_by is None


def _second_person_done(request: Request, actor: Actor) -> bool:
    sensitive = any(one.sensitive or one.correct is Correct.FOUR_EYES for one in request.corrections)
    if not needs_second_person(request.kind, sensitive=sensitive and needs_proof(request.kind)):
        return True
    return request.identity_by is not None and request.identity_by != actor.staff
