"""What waits too long: the one reminder of a proof, a link for who joined late, the end, and unanswered questions."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.base import NO_DUE_DAY
from models.desk import Desk
from models.proof import Link, Purpose
from models.request import Request
from models.rules.lifecycle import Outcome, State, Step
from models.services import clocks, steps
from models.services.requester import proofs
from models.ticket import Ticket

REMIND_AFTER = timedelta(days=7)
GIVE_UP_AFTER = timedelta(days=14)
ASKED_ENOUGH = 2
LEFT_TO_DECIDE = 3
"""Working days before the due day on which staff must decide without the answer."""
AT_LEAST = timedelta(days=1)
"""For the answer to a question that was asked as late as that."""
BATCH = 64
SINCE = sa.func.coalesce(Request.waiting_since, Request.received_at)
"""From when on a request waits for its proof: from its receipt, or from when staff said what it asks."""


def remind(desk: Desk, session: Session, *, now: datetime) -> tuple[int, int]:
    """Reminders of unanswered proof letters, on day 7, with the same link: how many, and how many needless."""
    due = sa.select(Link).where(
        Link.purpose == Purpose.PROOF, Link.used_at.is_(None), Link.voided_at.is_(None), Link.reminded_at.is_(None),
        Link.created_at <= now - REMIND_AFTER, Link.expires_at > now,
    )  # fmt: skip
    links = list(session.scalars(due.order_by(Link.created_at).limit(BATCH).with_for_update(skip_locked=True)))
    sent = 0
    for link in links:
        link.reminded_at = now
        sent += proofs.remind(desk, session, link, now=now)
    return sent, len(links) - sent


def give_up(desk: Desk, session: Session, *, now: datetime) -> int:
    """After 14 days an unproved request closes without a letter; what was asked in vain goes back to staff."""
    over = now - GIVE_UP_AFTER >= SINCE
    unproved = _waiting(session, State.AWAITING_PROOF, over, sa.not_(_live_link(Request.ticket_id, now)))
    for request in unproved:
        steps.close(session, request, Outcome.IDENTITY_NOT_PROVEN, by=steps.WORKER, now=now, step=Step.GIVE_UP_WAITING)
    unanswered = _waiting(session, State.NEEDS_DETAILS, _asked_in_vain(desk, now))
    for request in unanswered:
        request.waiting_since = None
        steps.advance(session, request, Step.GIVE_UP_WAITING, State.IN_REVIEW, by=steps.WORKER, now=now)
    return len(unproved) + len(unanswered)


def renew(desk: Desk, session: Session, *, now: datetime) -> int:
    """Who joined late has 14 days too: when the link that it shared has ended it gets its own, by a letter.

    A token is bound to the day on which it ends, so no link can be made to last longer.
    """
    late = sa.select(Request.ticket_id).where(Request.state == State.AWAITING_PROOF, now - GIVE_UP_AFTER < SINCE)
    without = sa.select(Ticket).where(Ticket.id.in_(late), sa.not_(_live_link(Ticket.id, now)))
    tickets = list(session.scalars(without.order_by(Ticket.id).limit(BATCH).with_for_update(skip_locked=True)))
    for ticket in tickets:
        proofs.ask(desk, session, ticket, now=now)
    return len(tickets)


def _waiting(session: Session, state: State, *since: sa.ColumnElement[bool]) -> list[Request]:
    waiting = sa.select(Request).where(Request.state == state, *since).order_by(Request.id).limit(BATCH)
    return list(session.scalars(waiting.with_for_update(skip_locked=True)))


def _asked_in_vain(desk: Desk, now: datetime) -> sa.ColumnElement[bool]:
    """Asked twice and unanswered for 14 days, or no time is left to wait. An ordinary question, which has no due day,
    is asked about once."""
    enough = sa.or_(Request.asked >= ASKED_ENOUGH, Request.due_on == NO_DUE_DAY)
    in_vain = sa.and_(Request.waiting_since <= now - GIVE_UP_AFTER, enough)
    no_time = sa.and_(
        Request.due_on <= clocks.working_days_from(desk, now, LEFT_TO_DECIDE), Request.waiting_since <= now - AT_LEAST
    )
    return sa.or_(in_vain, no_time)


def _live_link(ticket_id: InstrumentedAttribute[int], now: datetime) -> sa.ColumnElement[bool]:
    """Whether the ticket has a link that can still be used."""
    live = sa.select(Link.id).where(
        Link.ticket_id == ticket_id, Link.purpose == Purpose.PROOF, Link.used_at.is_(None), Link.voided_at.is_(None),
        Link.expires_at > now, Link.request_id.is_(None),
    )  # fmt: skip
    return live.exists()
