"""Tickets, requests and letters as plain rows, so that a test says only what it is about; and a count of queries."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import NO_DUE_DAY
from models.correction import Correction
from models.message import Message
from models.outbox import LetterState, OutboxLetter
from models.request import Request
from models.rules.kinds import Action, Channel, Correct, Field, Kind, Role
from models.rules.lifecycle import State
from models.rules.references import reference_from
from models.services import audit
from models.spool import Spool, SpoolState
from models.staff import Staff
from models.ticket import Ticket

NOW = datetime(2031, 1, 31, 9, 0, tzinfo=UTC)
TODAY = date(2031, 1, 31)
ADA = "ada@example.net"
_numbers = itertools.count(1)


def request(
    session: Session,
    *,
    kind: Kind = Kind.RECTIFICATION,
    state: State = State.IN_REVIEW,
    due: int | None = 10,
    requester: str = ADA,
    name: str = "Ada Quint",
    subject: str = "wrong house",
    text: str = "Please put 14 Quarry Hill in your files.",
    auto: str | None = None,
    proved: bool = True,
    **more: Any,
) -> Request:
    """A ticket with one message and one request, due in so many days."""
    number = next(_numbers)
    ticket = Ticket(
        reference=reference_from(number), requester=requester, requester_name=name, subject=subject, language="en",
        channel=Channel.MAIL, received_at=NOW - timedelta(days=3),
    )  # fmt: skip
    audit.begin(session, ticket.reference)
    made = Request(
        ticket=ticket, kind=kind, state=state, received_at=NOW - timedelta(days=3), found=more.pop("found", 1),
        due_on=NO_DUE_DAY if due is None else TODAY + timedelta(days=due), proved_at=NOW if proved else None,
        proof="link" if proved else "", **more,
    )  # fmt: skip
    message = Message(
        ticket=ticket, received_at=NOW - timedelta(days=3), sender=requester, sender_name=name,
        recipient="support@shop.example", subject=subject, text=text, new=[[0, len(text)]], auto=auto,
        message_id=f"{number}@example.net", digest=f"{number:064d}", thread_root=f"{number}@example.net",
    )  # fmt: skip
    session.add_all([ticket, made, message])
    session.flush()
    return made


def correction(
    session: Session,
    made: Request,
    *,
    field: Field = Field.STREET,
    column: str | None = "street",
    key: str | None = "1",
    before: str | None = "3 Mill Lane",
    after: str | None = "14 Quarry Hill",
    said: str | None = "14 Quarry Hill",
    correct: Correct = Correct.APPROVE,
    **more: Any,
) -> Correction:
    message = made.ticket.messages[-1]
    start = message.text.find(said) if said else -1
    passage = (start, start + len(said)) if said and start >= 0 else (0, 0)
    row = Correction(
        request=made, action=Action.SET if after else Action.REMOVE, field=field, store=column and "shop",
        table=column and "customers", key=column and key, column=column, correct=correct, before=before, after=after,
        said=said, message_id=message.id, start=passage[0], end=passage[1], **more,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def letter(
    session: Session, made: Request, state: LetterState, *, text: str = "Dear Ada,", **more: Any
) -> OutboxLetter:
    number = next(_numbers)
    row = OutboxLetter(
        ticket=made.ticket, request=made, letter="corrected", language="en", recipient=made.ticket.requester,
        recipient_digest="d", automatic=False, subject="Re: wrong house", text=text, html="",
        message_id=f"rd.{number}@shop.example", created_at=NOW, state=state, attempts=1, next_attempt=NOW, **more,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def spooled(state: SpoolState) -> Spool:
    return Spool(
        account="support", channel=Channel.MAIL, sha256=f"{next(_numbers):064d}", size=10,
        received_at=NOW, state=state, reason="took too long",
    )  # fmt: skip


def grace() -> Staff:
    """An approver, number 1."""
    return Staff(
        id=1, email="grace@shop.example", name="Grace Moor", role=Role.APPROVER, password_hash="x", created_at=NOW,
        created_by="test",
    )  # fmt: skip


@contextmanager
def statements(bound: Any) -> Iterator[list[str]]:
    """Every query that reaches the database of a session or an engine, while this is open."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    engine = bound.get_bind() if isinstance(bound, Session) else bound
    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)
