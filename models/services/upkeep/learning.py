"""What staff decided, as messages to learn from: read from the tickets each time, so that nothing outlives them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from models.audit import Event
from models.correction import Correction
from models.message import Message
from models.request import Request
from models.rules.kinds import Action, Channel, Field, Kind
from models.rules.lifecycle import CorrectionState, Step
from models.rules.reading import Writing
from models.services import steps
from models.services.upkeep.forgetting import FORGOTTEN
from models.ticket import Ticket

BATCH = 200
_SETTLED_BY = (Step.SORT, Step.APPROVE, Step.ANSWER)
_NOT_STAFF = (steps.WORKER, steps.REQUESTER)
_ACCEPTED = frozenset({CorrectionState.APPROVED, CorrectionState.APPLIED})


@dataclass(frozen=True)
class Value:
    """A correction as staff approved it: passages of the message, none where it does not give them."""

    action: Action
    field: Field
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Decided:
    """A mail with the kinds that staff say it has, and its corrections where the mail holds every value of them."""

    ticket: str
    language: str
    writing: Writing
    kinds: frozenset[Kind]
    values: tuple[Value, ...] | None


def decided(session: Session) -> Iterator[Decided]:
    """The tickets of one mail, all of whose requests staff sorted, approved or answered; the newest first."""
    by_staff = sa.select(Event.request_id).where(
        Event.what.in_(_SETTLED_BY), Event.by.not_in(_NOT_STAFF), Event.request_id.is_not(None)
    )
    unsettled = sa.select(Request.ticket_id).where(Request.id.not_in(by_staff))
    of_one_mail = sa.select(Message.ticket_id).group_by(Message.ticket_id).having(sa.func.count() == 1)
    wanted = (
        sa.select(Ticket)
        .where(
            Ticket.id.in_(of_one_mail), Ticket.id.not_in(unsettled), Ticket.requests.any(),
            Ticket.requester != FORGOTTEN, Ticket.channel != Channel.FORM, ~Ticket.spam,
        )
        .options(selectinload(Ticket.messages), selectinload(Ticket.requests).selectinload(Request.corrections))
        .order_by(Ticket.id.desc())
        .execution_options(yield_per=BATCH)
    )  # fmt: skip
    for ticket in session.scalars(wanted):
        yield _decided(ticket)


def _decided(ticket: Ticket) -> Decided:
    (message,) = ticket.messages
    corrections = [one for request in ticket.requests for one in request.corrections if one.state in _ACCEPTED]
    new = tuple((start, end) for start, end in message.new)
    return Decided(
        ticket=ticket.reference,
        language=message.language,
        writing=Writing(message.subject, message.text, new, message.sender_name),
        kinds=frozenset(request.kind for request in ticket.requests),
        values=_values(corrections, f"{message.subject}\n{message.text}"),
    )


def _values(corrections: Sequence[Correction], words: str) -> tuple[Value, ...] | None:
    """None where a value is not the mail's own: what staff typed teaches nothing about where to find it."""
    found = []
    for one in corrections:
        old = one.said_old if one.said_old and one.said_old in words else None
        new = next((value for value in (one.after, one.said) if value and value in words), None)
        if new is None and not (old and one.action is Action.REMOVE):
            return None
        found.append(Value(one.action, one.field, old, None if one.action is Action.REMOVE else new))
    return tuple(dict.fromkeys(found)) or None
