"""What waits too long: the one reminder of a proof, the end of its wait, and questions that nobody answered."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.desk import Desk
from models.proof import Link, Purpose
from models.request import Request
from models.rules.lifecycle import Outcome, State, Step
from models.services import proofs, steps

REMIND_AFTER = timedelta(days=7)
GIVE_UP_AFTER = timedelta(days=14)
BATCH = 64


def remind(desk: Desk, session: Session, *, now: datetime) -> int:
    """Reminders of unanswered proof letters, on day 7, with the same link."""
    due = sa.select(Link).where(
        Link.purpose == Purpose.PROOF, Link.used_at.is_(None), Link.voided_at.is_(None), Link.reminded_at.is_(None),
        Link.created_at <= now - REMIND_AFTER, Link.expires_at > now,
    )  # fmt: skip
    links = list(session.scalars(due.order_by(Link.created_at).limit(BATCH)))
    for link in links:
        link.reminded_at = now
        proofs.remind(desk, session, link, now=now)
    return len(links)


def give_up(desk: Desk, session: Session, *, now: datetime) -> int:
    """After 14 days: an unproved request closes without a letter; an unanswered question goes back to staff."""
    unproved = _waiting(session, State.AWAITING_PROOF, Request.received_at <= now - GIVE_UP_AFTER)
    given_up = [one for one in unproved if not _may_still_prove(session, one, now)]
    for request in given_up:
        steps.close(session, request, Outcome.IDENTITY_NOT_PROVEN, by=steps.WORKER, now=now, step=Step.GIVE_UP_WAITING)
    unanswered = _waiting(session, State.NEEDS_DETAILS, Request.waiting_since <= now - GIVE_UP_AFTER)
    for request in unanswered:
        request.waiting_since = None
        steps.advance(session, request, Step.GIVE_UP_WAITING, State.IN_REVIEW, by=steps.WORKER, now=now)
    return len(given_up) + len(unanswered)


def _waiting(session: Session, state: State, *since: sa.ColumnElement[bool]) -> list[Request]:
    waiting = sa.select(Request).where(Request.state == state, *since).order_by(Request.id).limit(BATCH)
    return list(session.scalars(waiting))


def _may_still_prove(session: Session, request: Request, now: datetime) -> bool:
    live = sa.select(Link.id).where(
        Link.ticket_id == request.ticket_id, Link.purpose == Purpose.PROOF, Link.used_at.is_(None),
        Link.voided_at.is_(None), Link.expires_at > now,
    )  # fmt: skip
    return session.scalar(live.limit(1)) is not None
