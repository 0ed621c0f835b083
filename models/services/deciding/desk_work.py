"""What staff do with a request beside deciding it: sort, ask, answer, edit, mark as done elsewhere, vouch, close."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import NO_DUE_DAY
from models.correction import Correction
from models.customers.values import refusal
from models.desk import Desk
from models.outbox import OutboxLetter
from models.proof import Purpose
from models.request import Request
from models.rules.kinds import Action, Correct, Kind
from models.rules.lifecycle import OPEN_CORRECTIONS, CorrectionState, IllegalStepError, Outcome, State, Step
from models.rules.permissions import Actor, Right, closing_takes, require
from models.rules.submission import MAX_LINES, Line
from models.services import steps
from models.services.deciding.seen import InvalidError, as_seen, undecided, written
from models.services.outgoing import outbox
from models.services.requester import links

WITHOUT_LETTER = frozenset({Outcome.NOT_REQUEST, Outcome.SPAM, Outcome.WITHDRAWN, Outcome.MERGED})
"""Outcomes that close a request without a letter (lifecycle.md, invariant 5)."""


def ask(
    desk: Desk, session: Session, request_id: int, *, version: int, actor: Actor, now: datetime, question: str
) -> Request:
    require(actor, Right.ASK)
    request = as_seen(session, request_id, version)
    written(question, "question", "Write what you want to know.")
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
    written(text, "text", "Write the answer.")
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
    request = as_seen(session, request_id, version)
    takes = closing_takes(request.kind, request.state, proved=request.proved_at is not None)
    require(actor, Right.DECLINE if outcome is Outcome.REFUSED else takes)
    if request.state is State.UNDELIVERED:
        if outcome not in WITHOUT_LETTER | _meant(session, request):
            raise InvalidError("outcome", "Close it as its letter would have, or as no request, spam or withdrawn.")
        written(reason, "reason", "Say how the person was told, or why nothing more can be done.")
    elif outcome is Outcome.EXPIRED:
        if not request.asked:
            raise InvalidError("outcome", "Nobody was asked for anything yet: ask first, or answer or decline.")
        steps.advance(session, request, Step.ANSWER, State.RESPONDING, by=actor.by, now=now, detail={"reason": reason})
        outbox.promise(desk, session, request.ticket, "expired", now=now, request=request, closes=Outcome.EXPIRED)
        return request
    elif outcome not in WITHOUT_LETTER:
        raise InvalidError("outcome", "This outcome needs a letter: approve, answer or decline.")
    elif takes is Right.DECLINE:
        written(reason, "reason", "Say why: a right that was asked for is closed without a letter.")
    if request.kind is Kind.OTHER:
        request.due_on = NO_DUE_DAY
    steps.close(session, request, outcome, by=actor.by, now=now, reason=reason.strip())
    request.ticket.spam = outcome is Outcome.SPAM
    return request


def _meant(session: Session, request: Request) -> set[Outcome | None]:
    """What the letters that did not reach the person would have closed it as."""
    own = sa.or_(OutboxLetter.request_id == request.id, OutboxLetter.message_id == request.leans_on)
    return set(session.scalars(sa.select(OutboxLetter.closes).where(own, OutboxLetter.closes.is_not(None))))


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
    undecided(request)
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
    undecided(request)
    written(note, f"note-{correction_id}", "Say where it was corrected, and by whom.")
    correction = next((one for one in request.corrections if one.id == correction_id), None)
    if correction is None or correction.store is not None or correction.state not in OPEN_CORRECTIONS:
        raise InvalidError(f"note-{correction_id}", "Only a value that the desk cannot write is done elsewhere.")
    correction.state, correction.note, correction.approved_by = CorrectionState.APPLIED, note.strip(), actor.staff
    detail = {"correction": correction.id, "note": note.strip()}
    steps.changed(session, request, "done elsewhere", by=actor.by, now=now, detail=detail)
    return request


def _type(correction: Correction, value: str, actor: Actor) -> bool:
    if correction.state not in OPEN_CORRECTIONS or value.strip() == (correction.after or ""):
        return False
    why = refusal(correction.field, value.strip() or None)
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
