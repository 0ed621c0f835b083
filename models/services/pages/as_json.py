"""The desk's rows go in; out come the JSON objects of the contract, for the commands that list and show."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit import Event, EventDetail
from models.correction import Correction
from models.mailbox import Mailbox
from models.message import Message
from models.outbox import LetterState, OutboxLetter
from models.request import Request
from models.rules.kinds import Kind
from models.rules.lifecycle import OPEN, State
from models.services.pages import worklist
from models.services.pages.shown import without_links
from models.services.pages.worklist import CorrectionRow, Row
from models.spool import Spool, SpoolState
from models.ticket import Ticket

Json = dict[str, Any]

# The contract knows no word for a letter in a worker's hands, nor for one that is held: neither has left yet.
DELIVERIES = {state: state.value for state in LetterState} | {
    LetterState.SENDING: "queued",
    LetterState.HELD: "queued",
}
SETTLED = (LetterState.ACCEPTED, LetterState.VOID)
TRIED_AGAIN = frozenset({LetterState.QUEUED, LetterState.SENDING, LetterState.DEFERRED})


def queue_json(session: Session, *, state: str | None, kind: str | None) -> list[Json]:
    """The requests in a state (None: all that are open, ``all``: every one) and of a kind, the soonest due first."""
    only = [] if state == "all" else [Request.state.in_(OPEN) if state is None else Request.state == State(state)]
    only += [] if kind is None else [Request.kind == Kind(kind)]
    return _requests(session, *only)


def ticket_json(session: Session, reference: str) -> Json | None:
    ticket = session.scalar(sa.select(Ticket).where(Ticket.reference == reference))
    if ticket is None:
        return None
    return {
        "ticket": ticket.reference,
        "requester": ticket.requester,
        "language": ticket.language,
        "channel": ticket.channel.value,
        "received_at": _stamp(ticket.received_at),
        "requests": _requests(session, Request.ticket_id == ticket.id),
        "messages": _conversation(session, ticket.id),
        "events": list(_events(session, reference)),
    }


def outbox_json(session: Session) -> list[Json]:
    """The letters that no mail server has accepted yet, the oldest first."""
    columns = (
        OutboxLetter.id, Ticket.reference, OutboxLetter.recipient, OutboxLetter.letter, OutboxLetter.state,
        OutboxLetter.attempts, OutboxLetter.next_attempt,
    )  # fmt: skip
    letters = sa.select(*columns).join(Ticket).where(OutboxLetter.state.not_in(SETTLED)).order_by(OutboxLetter.id)
    return [
        {
            "id": row.id,
            "ticket": row.reference,
            "to": row.recipient,
            "letter": row.letter,
            "state": row.state.value,
            "attempts": row.attempts,
            "next_attempt": _stamp(row.next_attempt) if row.state in TRIED_AGAIN else None,
        }
        for row in session.execute(letters)
    ]


def quarantine_json(session: Session) -> list[Json]:
    columns = (Spool.id, Spool.received_at, Spool.reason, Spool.size, Spool.attempts)
    parcels = sa.select(*columns).where(Spool.state == SpoolState.QUARANTINED).order_by(Spool.id)
    return [row._asdict() | {"received_at": _stamp(row.received_at)} for row in session.execute(parcels)]


def mailbox_json(session: Session, configured: Sequence[tuple[str, str]]) -> list[Json]:
    """Those of the configuration, by name and folder, in its order; then what is read no more."""
    columns = (Mailbox.name, Mailbox.folder, Mailbox.uidvalidity, Mailbox.last_uid, Mailbox.last_poll, Mailbox.state)
    boxes = session.execute(sa.select(*columns).order_by(Mailbox.name))
    read = {row.name: row._asdict() | {"last_poll": _stamp(row.last_poll)} for row in boxes}
    never = {"uidvalidity": None, "last_uid": None, "last_poll": None, "state": "new"}
    named = {name: read.get(name) or {"name": name, "folder": folder, **never} for name, folder in configured}
    return list((named | read).values())


def _requests(session: Session, *only: sa.ColumnElement[bool]) -> list[Json]:
    """However many there are: two queries."""
    chosen = session.execute(worklist.rows_of(*only).order_by(Request.due_on, Request.id)).all()
    theirs = Correction.request_id.in_(sa.select(Request.id).where(*only))
    corrections = worklist.corrections_of(session, theirs) if chosen else {}
    return [_request(worklist.row_from(row, corrections.get(row.id, ()))) for row in chosen]


def _request(row: Row) -> Json:
    return {
        "request": row.request,
        "ticket": row.ticket,
        "kind": row.kind.value,
        "state": row.state.value,
        "outcome": row.outcome.value if row.outcome else None,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "requester": row.requester,
        "subject": row.subject,
        "language": row.language,
        "confidence": row.confidence,
        "corrections": [_correction(correction) for correction in row.corrections],
        "proved": row.proved,
        "linked_to": row.linked_to,
        "version": row.version,
    }


def _correction(row: CorrectionRow) -> Json:
    return {
        "id": row.id,
        "action": row.action.value,
        "store": row.store,
        "table": row.table,
        "key": row.key,
        "field": row.field.value,
        "column": row.column,
        "before": row.before,
        "after": row.after,
        "state": row.state.value,
    }


def _conversation(session: Session, ticket_id: int) -> list[Json]:
    """What came in and what went out, by time; a letter that was called back never went."""
    received = session.scalars(sa.select(Message).where(Message.ticket_id == ticket_id))
    letters = sa.select(OutboxLetter).where(
        OutboxLetter.ticket_id == ticket_id, OutboxLetter.state != LetterState.VOID
    )
    said = [(m.received_at, m.id, _received(m)) for m in received]
    said += [
        (letter.accepted_at or letter.created_at, letter.id, _letter(letter)) for letter in session.scalars(letters)
    ]
    return [message for _, _, message in sorted(said, key=lambda entry: entry[:2])]


def _received(message: Message) -> Json:
    return {
        "direction": "in",
        "at": _stamp(message.received_at),
        "to": message.recipient,
        "subject": message.subject,
        "text": without_links(message.text),
        "message_id": message.message_id,
        "auto": message.auto,
        "delivery": None,
    }


def _letter(letter: OutboxLetter) -> Json:
    return {
        "direction": "out",
        "at": _stamp(letter.accepted_at or letter.created_at),
        "to": letter.recipient,
        "subject": letter.subject,
        "text": without_links(letter.text),
        "message_id": letter.message_id,
        "auto": None,
        "delivery": DELIVERIES[letter.state],
    }


def _events(session: Session, reference: str) -> Iterator[Json]:
    same = sa.and_(EventDetail.chain == Event.chain, EventDetail.number == Event.number)
    events = sa.select(Event.at, Event.by, Event.what, EventDetail.detail).outerjoin(EventDetail, same)
    for row in session.execute(events.where(Event.chain == reference).order_by(Event.number)):
        yield {"at": _stamp(row.at), "by": row.by, "what": row.what, "detail": row.detail or {}}


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
