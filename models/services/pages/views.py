"""A request goes in; out comes which views of the queue it belongs to, as a condition of a query or for one row."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

import sqlalchemy as sa

from models.message import Message
from models.outbox import LetterState, OutboxLetter
from models.request import Request
from models.rules.kinds import Kind
from models.rules.lifecycle import OPEN, Outcome, State

SOON = timedelta(days=3)
TROUBLED = (LetterState.UNCERTAIN, LetterState.HELD, LetterState.FAILED)


class View(StrEnum):
    TO_APPROVE = "to_approve"
    UNCLEAR = "unclear"
    PROOF = "proof"
    DETAILS = "details"
    QUESTIONS = "questions"
    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    MINE = "mine"
    UNDELIVERED = "undelivered"
    TO_TELL = "to_tell"
    QUARANTINE = "quarantine"
    STUCK = "stuck"
    SPAM = "spam"
    SET_ASIDE = "set_aside"
    DONE = "done"


NEWEST_FIRST = frozenset({View.SPAM, View.SET_ASIDE, View.DONE})
APART = frozenset({View.TO_TELL, View.QUARANTINE, View.STUCK})
"""Counted beside the states: closed requests may be in the one, and no request is in the others."""
NO_REQUESTS = frozenset({View.QUARANTINE, View.STUCK})
"""What these count and list are messages nobody could read, and letters that wait for a hand."""
COUNTED = tuple(view for view in View if view not in NEWEST_FIRST)


def in_view(view: View, *, staff_id: int, today: date) -> sa.ColumnElement[bool]:
    """What belongs to a view; parcels of the spool are no requests, so the view of them holds none."""
    closed = Request.state == State.CLOSED
    conditions: dict[View, sa.ColumnElement[bool]] = {
        View.TO_APPROVE: sa.and_(Request.state == State.IN_REVIEW, Request.kind != Kind.OTHER),
        View.UNCLEAR: Request.state == State.TRIAGE,
        View.PROOF: Request.state == State.AWAITING_PROOF,
        View.DETAILS: Request.state == State.NEEDS_DETAILS,
        View.QUESTIONS: sa.and_(Request.state == State.IN_REVIEW, Request.kind == Kind.OTHER),
        View.OVERDUE: sa.and_(Request.state.in_(OPEN), Request.due_on < today),
        View.DUE_SOON: sa.and_(Request.state.in_(OPEN), Request.due_on <= today + SOON),
        View.MINE: sa.and_(Request.state.in_(OPEN), Request.assignee_id == staff_id),
        View.UNDELIVERED: sa.or_(
            Request.state == State.UNDELIVERED, sa.and_(Request.state == State.RESPONDING, in_trouble())
        ),
        View.TO_TELL: Request.to_tell.is_not(None),
        **dict.fromkeys(NO_REQUESTS, sa.false()),
        View.SPAM: sa.and_(closed, Request.outcome == Outcome.SPAM),
        View.SET_ASIDE: sa.and_(closed, Request.outcome == Outcome.NOT_REQUEST, _by_machine()),
        View.DONE: sa.and_(
            closed,
            Request.outcome != Outcome.SPAM,
            sa.or_(Request.outcome != Outcome.NOT_REQUEST, sa.not_(_by_machine())),
        ),
    }  # fmt: skip
    return conditions[view]


def views_of(state: State, question: bool, late: bool, soon: bool, mine: bool) -> Iterable[View]:
    by_state = {
        State.TRIAGE: View.UNCLEAR,
        State.AWAITING_PROOF: View.PROOF,
        State.NEEDS_DETAILS: View.DETAILS,
        State.IN_REVIEW: View.QUESTIONS if question else View.TO_APPROVE,
        State.UNDELIVERED: View.UNDELIVERED,
    }
    if state in by_state:
        yield by_state[state]
    yield from (view for view, holds in ((View.OVERDUE, late), (View.DUE_SOON, soon), (View.MINE, mine)) if holds)


def in_trouble() -> sa.ColumnElement[bool]:
    """Whether its own letter is stuck, or the one of another request that it leans on."""
    tells = sa.or_(OutboxLetter.request_id == Request.id, OutboxLetter.message_id == Request.leans_on)
    return sa.select(OutboxLetter.id).where(tells, OutboxLetter.state.in_(TROUBLED)).exists()


def _by_machine() -> sa.ColumnElement[bool]:
    machine = sa.select(Message.id).where(Message.ticket_id == Request.ticket_id, Message.auto.is_not(None))
    return machine.exists()
