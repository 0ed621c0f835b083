"""What was written is taken back, by staff or by the link that went to an old e-mail address; the worker does it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.desk import Desk
from models.keys import Keyring
from models.outbox import LetterState, OutboxLetter
from models.proof import Link, Purpose
from models.request import Request
from models.rules.kinds import Field
from models.rules.lifecycle import STEPS, CorrectionState, State, Step
from models.services import steps
from models.services.requester import links

BY_LINK = "undo link"
WHY = "Taken back by the link that went to the old e-mail address."


def begin(session: Session, request: Request, *, by: str, now: datetime, why: str = "") -> None:
    """The before-image is written back by the worker; letters that have not left are not sent. Staff read why."""
    steps.advance(session, request, Step.UNDO, State.APPLYING, by=by, now=now)
    request.undoing, request.not_before = True, now
    for correction in request.corrections:
        if correction.state is CorrectionState.APPLIED:
            correction.note = why
    unsent = sa.update(OutboxLetter).where(
        OutboxLetter.request_id == request.id, OutboxLetter.state.in_([LetterState.QUEUED, LetterState.DEFERRED])
    )
    session.execute(unsent.values(state=LetterState.VOID))


def open_link(session: Session, token: str, *, keys: Keyring, now: datetime) -> str | None:
    """The language of the page; None: wrong, used or expired, or there is nothing left to take back."""
    request = _undoable(_find(session, token, keys=keys), now)
    return None if request is None else request.ticket.language


def by_link(desk: Desk, session: Session, token: str, *, now: datetime) -> str | None:
    """The button: as staff would undo it. The link is used up, whatever becomes of the writing."""
    link = _find(session, token, keys=desk.keys)
    if link is None or link.request is None:
        return None
    for row in (link, link.request):
        session.refresh(row, with_for_update=True)
    request = _undoable(link, now)
    if request is None:
        return None
    link.used_at, request.unseen = now, True
    begin(session, request, by=BY_LINK, now=now, why=WHY)
    return request.ticket.language


def _find(session: Session, token: str, *, keys: Keyring) -> Link | None:
    return links.find(session, token, Purpose.UNDO, keys=keys)


def _undoable(link: Link | None, now: datetime) -> Request | None:
    """The request of a link that still works, while an address that it wrote stands."""
    if link is None or link.request is None or link.used_at is not None or not links.is_live(link, now):
        return None
    stands = any(
        one.field is Field.EMAIL and one.store and one.state is CorrectionState.APPLIED
        for one in link.request.corrections
    )
    return link.request if stands and link.request.state in STEPS[Step.UNDO][0] else None
