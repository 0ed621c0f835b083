"""What staff decide on a request: approve, decline, take back. The rest of their work stands in ``desk_work``."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models import letters
from models.correction import Correction
from models.customers.values import refusal
from models.desk import Desk
from models.proof import Purpose
from models.request import Request
from models.rules.kinds import Action, Correct, Kind
from models.rules.lifecycle import OPEN_CORRECTIONS, CorrectionState, IllegalStepError, Outcome, State, Step
from models.rules.permissions import Actor, NotAllowedError, Right, require
from models.services import steps
from models.services.arrival.intake import by_hand
from models.services.corrections import facts, moves, undoing
from models.services.deciding.desk_work import answer, ask, close, edit, elsewhere
from models.services.deciding.seen import InvalidError, NoSuchRequestError, StaleError, as_seen
from models.services.deciding.settling import accept_identity, assign, choose_rows, set_kind
from models.services.outgoing import outbox
from models.services.requester import links, packages

TAKE_BACK_WITHIN = timedelta(seconds=10)
"""A web approval waits this long before anything is written."""


def approve(
    desk: Desk,
    session: Session,
    request_id: int,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    ticked: frozenset[int] | None = None,
    values: Mapping[int, str] | None = None,
    reason: str = "",
    wait: timedelta = timedelta(0),
) -> Request:
    """Approve what was seen. Lines that are not ticked are declined, with the reason; None ticks all.

    A four-eyes line that was approved once leaves the request in review, for a second account to approve.
    """
    require(actor, Right.APPROVE)
    request = as_seen(session, request_id, version)
    if request.state is not State.IN_REVIEW:
        raise IllegalStepError(Step.APPROVE, request.state)
    if request.kind is Kind.RECTIFICATION:
        _approve_corrections(request, ticked, values or {}, reason, actor)
        decided = not any(one.state in OPEN_CORRECTIONS for one in request.corrections)
    else:
        _approve_package(request)
        # Lines that wait here were proposed while it was taken for a correction; nobody writes them now.
        decided = True
    to = State.APPROVED if decided else State.IN_REVIEW
    steps.advance(session, request, Step.APPROVE, to, by=actor.by, now=now, detail=_decision(request))
    request.not_before = now + wait
    request.unseen = False
    return request


def decline(
    desk: Desk, session: Session, request_id: int, *, version: int, actor: Actor, now: datetime, reason: str
) -> Request:
    """Refuse, with the reason and the remedies of GDPR Art. 12(4); none is sent without them."""
    require(actor, Right.DECLINE)
    request = as_seen(session, request_id, version)
    if not reason.strip():
        raise InvalidError("reason", "Say why: a refusal without its reason may not be sent (GDPR Art. 12(4)).")
    if request.state not in {State.IN_REVIEW, State.NEEDS_DETAILS} or request.kind is Kind.OTHER:
        raise IllegalStepError(Step.ANSWER, request.state)
    for correction in request.corrections:
        if correction.state in OPEN_CORRECTIONS:
            correction.state, correction.note = CorrectionState.DECLINED, reason.strip()
    detail = {"reason": reason.strip(), "outcome": Outcome.REFUSED}
    if any(one.state is CorrectionState.APPLIED for one in request.corrections):
        # One row was written before another conflicted: the letter says both.
        detail["outcome"] = facts.outcome(request)
        steps.advance(session, request, Step.ANSWER, State.APPROVED, by=actor.by, now=now, detail=detail)
        request.not_before = now
        return request
    steps.advance(session, request, Step.ANSWER, State.RESPONDING, by=actor.by, now=now, detail=detail)
    _promise_refusal(desk, session, request, reason.strip(), now=now)
    return request


def undo(
    desk: Desk, session: Session, request_id: int, *, version: int | None, actor: Actor, now: datetime
) -> Request:
    """Before anything is written: taken back. Later: the before-image is written back by the worker."""
    require(actor, Right.UNDO)
    request = as_seen(session, request_id, version)
    if request.state is State.APPROVED:
        _take_back(session, request, actor, now=now)
        return request
    if not any(one.state is CorrectionState.APPLIED and one.store for one in request.corrections):
        raise InvalidError("undo", "Nothing was written for this request, so there is nothing to undo.")
    undoing.begin(session, request, by=actor.by, now=now)
    return request


def preview(
    desk: Desk,
    session: Session,
    request_id: int,
    *,
    letter: str,
    now: datetime,
    ticked: frozenset[int] | None = None,
    values: Mapping[int, str] | None = None,
    reason: str = "",
    text: str = "",
) -> letters.Letter:
    """The exact letter before it goes. The session must be rolled back after: it is decided here to be shown."""
    request = as_seen(session, request_id, None)
    language = outbox.language_of(desk, request.ticket)
    said: dict[str, object] = {"reason": reason, "question": text, "answer": text}
    if letter == "corrected":
        for one in [one for one in request.corrections if one.state in OPEN_CORRECTIONS]:
            one.after = (values or {}).get(one.id, one.after)
            kept = ticked is None or one.id in ticked
            one.state, one.note = (CorrectionState.APPROVED, one.note) if kept else (CorrectionState.DECLINED, reason)
        said |= facts.corrected(desk, request, language=language) | moves.announced(desk, request, now=now)
    elif letter == "package":
        said |= packages.facts(handed=request.vouched) | {"links": links.to_come(desk, Purpose.DOWNLOAD)}
    elif letter == "ask":
        said |= {"links": links.to_come(desk, Purpose.STATUS)}
    return outbox.write(desk, request.ticket, letter, now=now, request=request, facts=said)


def _approve_corrections(
    request: Request, ticked: frozenset[int] | None, values: Mapping[int, str], reason: str, actor: Actor
) -> None:
    undecided = [one for one in request.corrections if one.state in OPEN_CORRECTIONS]
    for correction in undecided:
        if ticked is not None and correction.id not in ticked:
            _decline_line(correction, reason)
            continue
        _type(correction, values.get(correction.id), actor)
        _check_line(correction)
        _approve_line(correction, actor)
    states = {one.state for one in request.corrections}
    if not states & facts.WRITTEN:
        raise InvalidError("ticked", "Nothing is ticked: decline the request instead, or tick what is to be written.")


def _decline_line(correction: Correction, reason: str) -> None:
    if not reason.strip():
        raise InvalidError("reason", "Say why the lines that are not ticked are not written: the letter names it.")
    correction.state, correction.note = CorrectionState.DECLINED, reason.strip()


def _type(correction: Correction, value: str | None, actor: Actor) -> None:
    """Staff typed another value: it is theirs from now on, and an earlier first approval no longer counts."""
    if value is None or value.strip() == (correction.after or ""):
        return
    correction.after, correction.typed_by = value.strip() or None, actor.staff
    correction.state, correction.approved_by = CorrectionState.PROPOSED, None


def _check_line(correction: Correction) -> None:
    name = f"value-{correction.id}"
    if correction.store is None:
        raise InvalidError(name, "The desk cannot write this value: mark it “done elsewhere”, or untick it.")
    if correction.key is None:
        raise InvalidError(name, "Several records are this person's: choose which one is meant.")
    if correction.action is Action.SET and not correction.after:
        raise InvalidError(name, "There is no value to write yet: type it, or ask the customer.")
    why = refusal(correction.field, correction.after)
    if why:
        raise InvalidError(name, why)


def _approve_line(correction: Correction, actor: Actor) -> None:
    if correction.correct is not Correct.FOUR_EYES:
        correction.state, correction.approved_by = CorrectionState.APPROVED, actor.staff
        return
    if correction.typed_by == actor.staff:
        raise NotAllowedError("you typed this value: somebody else must approve it (four eyes)")
    if correction.state is not CorrectionState.APPROVED_ONCE:
        correction.state, correction.approved_by = CorrectionState.APPROVED_ONCE, actor.staff
    elif correction.approved_by == actor.staff:
        raise NotAllowedError("you approved this value already: a second person must approve it (four eyes)")
    else:
        correction.state, correction.second_by = CorrectionState.APPROVED, actor.staff


def _approve_package(request: Request) -> None:
    """Only a package of data can be approved; the other kinds are answered by hand."""
    if request.kind is not Kind.ACCESS:
        raise InvalidError("kind", "This kind is answered by hand: write the answer once it is done.")
    if request.found is None:
        raise InvalidError("rows", "The customer database has not been asked yet: try again in a minute.")
    if request.found == 0 and not request.chosen:
        raise InvalidError("rows", "Nothing is held on this address: answer, or ask for another address.")
    if request.ambiguous and not request.chosen:
        raise InvalidError("rows", "Several records have this address: choose those that are this person's.")


def _decision(request: Request) -> dict[str, object]:
    lines = [
        {"id": one.id, "column": one.column, "before": one.before, "after": one.after, "state": one.state}
        for one in request.corrections
    ]
    return {"corrections": lines} if lines else {}


def _take_back(session: Session, request: Request, actor: Actor, *, now: datetime) -> None:
    """The whole decision is open again, what was declined with it too."""
    steps.advance(session, request, Step.TAKE_BACK, State.IN_REVIEW, by=actor.by, now=now)
    for correction in request.corrections:
        if correction.state in {CorrectionState.APPROVED, CorrectionState.DECLINED}:
            correction.state, correction.note = CorrectionState.PROPOSED, ""
            correction.approved_by = correction.second_by = None


def _promise_refusal(desk: Desk, session: Session, request: Request, reason: str, *, now: datetime) -> None:
    said = {"reason": reason}
    try:
        outbox.promise(
            desk, session, request.ticket, "declined", now=now, request=request, closes=Outcome.REFUSED, facts=said
        )
    except letters.LetterError as error:
        raise InvalidError("reason", f"The letter cannot be written: {error}") from error


__all__ = [
    "InvalidError",
    "NoSuchRequestError",
    "StaleError",
    "accept_identity",
    "answer",
    "approve",
    "ask",
    "assign",
    "by_hand",
    "choose_rows",
    "close",
    "decline",
    "edit",
    "elsewhere",
    "preview",
    "set_kind",
    "undo",
]
