"""A request whose person is known goes in; out comes where it goes, with the letter that this asks for."""

from datetime import datetime

from sqlalchemy.orm import Session

from models.correction import Correction
from models.customers.values import refusal
from models.desk import Desk
from models.proof import Purpose
from models.request import Request
from models.rules.kinds import Action, Correct, Kind
from models.rules.lifecycle import CorrectionState, Outcome, State, Step
from models.services import steps
from models.services.outgoing import outbox
from models.services.requester import links


def after_proof(request: Request) -> State:
    """Where a proved request goes: to staff, back to the person for a value, straight on, or to "no data"."""
    if request.found == 0:
        # That none is left of the records which staff chose is not that there are none.
        return State.IN_REVIEW if request.names_other or request.chosen else State.RESPONDING
    if request.kind is not Kind.RECTIFICATION or request.found is None:
        return State.IN_REVIEW
    if not request.corrections or any(one.action is Action.SET and not one.after for one in request.corrections):
        return State.NEEDS_DETAILS
    return State.APPROVED if all(map(_needs_nobody, request.corrections)) else State.IN_REVIEW


def lead_on(
    desk: Desk, session: Session, request: Request, step: Step, to: State, *, now: datetime, by: str = steps.REQUESTER,
    why: str = "",
) -> None:  # fmt: skip
    """Take the step, with what that state asks for: the question, the approval, the letter."""
    detail = {"proof": request.proof} | ({"reason": why} if why else {})
    steps.advance(session, request, step, to, by=by, now=now, detail=detail)
    if to is State.NEEDS_DETAILS:
        request.asked, request.waiting_since = request.asked + 1, now
        _ask_for_values(desk, session, request, now=now)
    elif to is State.APPROVED:
        request.not_before = now
        for correction in request.corrections:
            correction.state = CorrectionState.APPROVED
    elif to is State.RESPONDING:
        outbox.promise(
            desk, session, request.ticket, "no_data", now=now, request=request, closes=Outcome.NO_DATA, automatic=True
        )


def _needs_nobody(correction: Correction) -> bool:
    """Whether it is written without a look of staff: what the field cannot hold is for them to see."""
    sound = refusal(correction.field, correction.after) is None
    return correction.correct is Correct.AUTO and bool(correction.key) and sound


def _ask_for_values(desk: Desk, session: Session, request: Request, *, now: datetime) -> None:
    ticket = request.ticket
    status = links.make(desk, session, Purpose.STATUS, ticket.requester, now=now, ticket=ticket)
    outbox.promise(desk, session, ticket, "details", now=now, request=request, carries=(status,), automatic=True)
