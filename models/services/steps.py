"""One step of a request: state, version and audit in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models.request import Request
from models.rules.lifecycle import Outcome, State, Step, check_step
from models.services import audit

WORKER = "rightsdesk"
REQUESTER = "requester"


def advance(
    session: Session,
    request: Request,
    step: Step,
    to: State,
    *,
    by: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Take the step, or raise IllegalStepError and change nothing. A claim ends with the state it was made in, and an
    outcome with being closed."""
    check_step(step, request.state, to)
    said = {"from": request.state, "to": to} | dict(detail or {})
    request.state = to
    if to is not State.CLOSED:
        request.outcome = None
    request.claimed_until = request.claimed_by = None
    changed(session, request, step, by=by, now=now, detail=said)


def changed(
    session: Session, request: Request, what: str, *, by: str, now: datetime, detail: Mapping[str, Any] | None = None
) -> None:
    """Record what changes the decision, and raise the version with it."""
    request.version += 1
    noted(session, request, what, by=by, now=now, detail=detail)


def noted(
    session: Session, request: Request, what: str, *, by: str, now: datetime, detail: Mapping[str, Any] | None = None
) -> None:
    """Record what changes nothing of the decision: a view, a delivery, a note."""
    reference = request.ticket.reference
    audit.record(session, reference, str(what), by=by, now=now, request_id=request.id, detail=detail)


def close(
    session: Session,
    request: Request,
    outcome: Outcome,
    *,
    by: str,
    now: datetime,
    reason: str = "",
    step: Step = Step.CLOSE,
) -> None:
    request.outcome = outcome
    advance(session, request, step, State.CLOSED, by=by, now=now, detail={"outcome": outcome, "reason": reason})
