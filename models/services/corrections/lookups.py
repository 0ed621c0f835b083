"""Corrections of a request, proposed from what was said and what the customer databases hold."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from models.correction import Correction
from models.customers import Row
from models.desk import Desk
from models.request import Request
from models.rules.kinds import Action, Field, Kind
from models.rules.lifecycle import CorrectionState, State, Step
from models.rules.reading import Found, Place
from models.services import steps
from models.services.corrections import proposals
from models.services.corrections.proposals import Proposal
from models.services.deciding import onward
from models.services.tickets.sorting import ambiguous

SUPERSEDABLE = frozenset({CorrectionState.PROPOSED, CorrectionState.CONFLICT, CorrectionState.FAILED})
"""What nobody has approved even once may give way to a later word."""


def add_corrections(
    desk: Desk, request: Request, found: Sequence[Found], rows: Sequence[Row] | None, message_id: int | None,
    *, typed_by: int | None = None,
) -> None:  # fmt: skip
    """Propose what was stated. With a customer database away the values are kept without a place: a look-up follows.

    A later word on the same cell takes the place of an earlier one that nobody has decided yet.
    """
    for proposal in proposals.propose(found, rows or (), desk.stores):
        _supersede(request, proposal)
        request.corrections.append(_correction(proposal, message_id, typed_by))


def repropose(desk: Desk, request: Request, rows: Sequence[Row]) -> None:
    """Propose again from what was said, now that the rows are known or staff have chosen among them."""
    old = [one for one in request.corrections if one.state in SUPERSEDABLE and one.key is None]
    for correction in old:
        request.corrections.remove(correction)
        made = proposals.propose([_found(correction)], rows, desk.stores)
        request.corrections.extend(_again(correction, proposal) for proposal in made)


def record_look_up(desk: Desk, session: Session, request: Request, rows: Sequence[Row], *, now: datetime) -> None:
    """The look-up that could not be made at triage: proposals now, and what proof has been waiting for."""
    request.found, request.ambiguous = len(rows), ambiguous(rows)
    if request.kind is Kind.RECTIFICATION:
        repropose(desk, request, rows)
    steps.changed(session, request, "looked up", by=steps.WORKER, now=now, detail={"rows": len(rows)})
    if request.state is State.IN_REVIEW and request.proof == "link":
        to = onward.after_proof(request)
        if to is not State.IN_REVIEW:
            onward.lead_on(
                desk, session, request, Step.SORT if to is State.NEEDS_DETAILS else Step.ANSWER, to, now=now
            )


def _supersede(request: Request, proposal: Proposal) -> None:
    place = (proposal.store, proposal.table, proposal.key, proposal.column, proposal.found.field)
    for earlier in [one for one in request.corrections if one.state in SUPERSEDABLE]:
        if (earlier.store, earlier.table, earlier.key, earlier.column, earlier.field) == place:
            request.corrections.remove(earlier)


def _correction(proposal: Proposal, message_id: int | None, typed_by: int | None) -> Correction:
    found = proposal.found
    return Correction(
        action=found.action, field=found.field, store=proposal.store, table=proposal.table, key=proposal.key,
        column=proposal.column, correct=proposal.correct, sensitive=proposal.sensitive, before=proposal.before,
        after=proposal.after, said=found.new, said_old=found.old, message_id=message_id,
        place=found.where, start=found.start, end=found.end, score=found.score, state=CorrectionState.PROPOSED,
        typed_by=typed_by, note="",
    )  # fmt: skip


def _again(correction: Correction, proposal: Proposal) -> Correction:
    return _correction(proposal, correction.message_id, correction.typed_by)


def _found(correction: Correction) -> Found:
    return Found(
        Action(correction.action), Field(correction.field), correction.said_old, correction.said or correction.after,
        correction.after if correction.after != correction.said else None, Place(correction.place), correction.start,
        correction.end, correction.score,
    )  # fmt: skip
