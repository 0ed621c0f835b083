"""A request goes in; out comes all that staff need to see to decide it, as values read in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit import Event, EventDetail
from models.message import Message
from models.outbox import LetterState, OutboxLetter
from models.request import Request
from models.rules.identity import needs_proof
from models.rules.kinds import Channel, Kind
from models.rules.lifecycle import OPEN, STEPS, UNDECIDED, CorrectionState, Outcome, State, Step
from models.rules.permissions import Actor, Right
from models.services import opened, originals, worklist
from models.services.shown import without_links
from models.services.worklist import CorrectionRow, Row
from models.staff import Staff
from models.ticket import Ticket

RELATED = 10

DEEDS: dict[str, tuple[Right, frozenset[State]]] = {
    "approve": (Right.APPROVE, frozenset({State.IN_REVIEW})),
    "decline": (Right.DECLINE, STEPS[Step.ASK][0]),
    "ask": (Right.ASK, STEPS[Step.ASK][0]),
    "kind": (Right.SORT, UNDECIDED),
    "corrections": (Right.PROPOSE, UNDECIDED),
    "elsewhere": (Right.APPROVE, UNDECIDED),
    "choose": (Right.SORT, UNDECIDED),
    "undo": (Right.UNDO, STEPS[Step.TAKE_BACK][0] | STEPS[Step.UNDO][0]),
    "identity": (Right.IDENTITY, STEPS[Step.ACCEPT_IDENTITY][0]),
    "assign": (Right.ASSIGN, OPEN),
    "answer": (Right.ANSWER, UNDECIDED - {State.AWAITING_PROOF}),
    "close": (Right.ANSWER, STEPS[Step.CLOSE][0]),
}


_VOUCHED = frozenset({"identity"})
"""What nobody need do once staff have vouched for the person."""


@dataclass(frozen=True)
class Mark:
    """The passage that a correction came from."""

    start: int
    end: int
    correction: int


@dataclass(frozen=True)
class MessageView:
    """``new`` are the spans that the person newly wrote; spans and marks count code points of ``text``."""

    id: int
    at: datetime
    sender: str
    sender_name: str
    to: str
    subject: str
    text: str
    new: tuple[tuple[int, int], ...]
    marks: tuple[Mark, ...]
    auto: str | None
    defects: tuple[str, ...]
    attachments: tuple[tuple[int, str, str, int], ...]
    has_raw: bool
    is_mail: bool


@dataclass(frozen=True)
class LetterView:
    id: int
    at: datetime
    to: str
    subject: str
    text: str
    letter: str
    state: LetterState
    attempts: int
    answer: str
    closes: bool


@dataclass(frozen=True)
class EventView:
    at: datetime
    by: str
    what: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Related:
    request: int
    ticket: str
    kind: Kind
    state: State
    outcome: Outcome | None
    received_at: datetime


@dataclass(frozen=True)
class RequestPage:
    """``found`` is how many rows belong to the requester, None while nobody could look; ``names`` is staff by id.

    ``vouched``: staff accepted the identity; ``vouched_by`` is who did so first where two must.
    """

    row: Row
    proved_at: datetime | None
    proof: str
    vouched: bool
    vouched_by: int | None
    found: int | None
    chosen: tuple[tuple[str, str, str], ...]
    asked: int
    names_other: bool
    messages: tuple[MessageView, ...]
    letters: tuple[LetterView, ...]
    events: tuple[EventView, ...]
    related: tuple[Related, ...]
    names: Mapping[int, str]
    allowed: frozenset[str]


def read(session: Session, request_id: int, *, actor: Actor) -> RequestPage | None:
    """The page as this member of staff may see it; None where there is no such request."""
    rows = worklist.read_rows(session, session.execute(worklist.rows_of(Request.id == request_id)).all())
    if not rows:
        return None
    row, facts = rows[0], session.get_one(Request, request_id)
    able = allowed(row, actor) - (_VOUCHED if facts.vouched else frozenset())
    return RequestPage(
        row=row, proved_at=facts.proved_at, proof=facts.proof, found=facts.found,
        vouched=facts.vouched, vouched_by=facts.identity_by,
        chosen=tuple((store, table, key) for store, table, key in facts.chosen or ()), asked=facts.asked,
        names_other=facts.names_other, messages=_messages(session, facts.ticket_id, row.corrections),
        letters=_letters(session, facts.ticket_id), events=_events(session, row.ticket),
        related=_related(session, row, facts.ticket_id), names=_names(session), allowed=able,
    )  # fmt: skip


def allowed(row: Row, actor: Actor) -> frozenset[str]:
    """The deeds that this role may do to a request in this state; the services check it once more."""
    able = {deed for deed, (right, states) in DEEDS.items() if actor.may(right) and row.state in states}
    if row.kind is not Kind.OTHER and not actor.may(Right.APPROVE):
        able -= {"answer"}
    return frozenset(able - _beside_the_point(row))


def _beside_the_point(row: Row) -> set[str]:
    """What this kind knows no use for."""
    beside = set()
    if row.kind not in {Kind.RECTIFICATION, Kind.ACCESS}:
        beside |= {"approve"}
    if row.kind is Kind.OTHER:
        beside |= {"decline"}
    unproved = row.state is not State.CLOSED or row.outcome is Outcome.IDENTITY_NOT_PROVEN
    if not needs_proof(row.kind) or not unproved:
        beside |= {"identity"}
    if row.kind is not Kind.RECTIFICATION:
        beside |= {"corrections", "elsewhere"}
    written = any(one.state is CorrectionState.APPLIED and one.store for one in row.corrections)
    return beside if written or row.state is State.APPROVED else beside | {"undo"}


def record_opened(session: Session, row: Row, *, actor: Actor, now: datetime, told: bool) -> None:
    """Personal data opened by staff leaves a row (security.md); ``told``: the log has it of this reader and day."""
    if not told:
        opened.tell(session, opened.of(row.ticket, actor, request_id=row.request), by=actor.by, now=now)
    if row.unseen and actor.may(Right.ASSIGN):
        seen = sa.update(Request).where(Request.id == row.request).values(unseen=False)
        session.execute(seen.execution_options(synchronize_session=False))


def _messages(session: Session, ticket_id: int, corrections: Iterable[CorrectionRow]) -> tuple[MessageView, ...]:
    marks: dict[int | None, list[Mark]] = {}
    for one in corrections:
        if one.place == "text" and one.end > one.start:
            marks.setdefault(one.message_id, []).append(Mark(one.start, one.end, one.id))
    found = session.scalars(sa.select(Message).where(Message.ticket_id == ticket_id).order_by(Message.id))
    kept = originals.kept(session, ticket_id)
    return tuple(_message(one, marks.get(one.id, []), kept.get(one.spool_id or 0)) for one in found)


def _message(message: Message, marks: list[Mark], kept: Channel | None) -> MessageView:
    """``kept`` is how the original came that is not forgotten yet."""
    return MessageView(
        id=message.id, at=message.received_at, sender=message.sender, sender_name=message.sender_name,
        to=message.recipient, subject=message.subject, text=message.text,
        new=tuple((start, end) for start, end in message.new), marks=tuple(sorted(marks, key=lambda m: m.start)),
        auto=message.auto, defects=tuple(map(str, message.defects)),
        attachments=tuple(
            (number, str(file["name"]), str(file["type"]), int(file["size"]))
            for number, file in enumerate(message.attachments)
        ),
        has_raw=kept is not None, is_mail=kept is not None and kept.is_mail,
    )  # fmt: skip


def _letters(session: Session, ticket_id: int) -> tuple[LetterView, ...]:
    kept = sa.and_(OutboxLetter.ticket_id == ticket_id, OutboxLetter.state != LetterState.VOID)
    return tuple(
        LetterView(
            id=letter.id, at=letter.accepted_at or letter.created_at, to=letter.recipient, subject=letter.subject,
            text=without_links(letter.text), letter=letter.letter, state=letter.state, attempts=letter.attempts,
            answer=letter.answer, closes=letter.closes is not None,
        )
        for letter in session.scalars(sa.select(OutboxLetter).where(kept).order_by(OutboxLetter.id))
    )  # fmt: skip


def _events(session: Session, reference: str) -> tuple[EventView, ...]:
    same = sa.and_(EventDetail.chain == Event.chain, EventDetail.number == Event.number)
    events = sa.select(Event.at, Event.by, Event.what, EventDetail.detail).outerjoin(EventDetail, same)
    chosen = events.where(Event.chain == reference).order_by(Event.number)
    return tuple(EventView(row.at, row.by, row.what, row.detail or {}) for row in session.execute(chosen))


def _related(session: Session, row: Row, ticket_id: int) -> tuple[Related, ...]:
    """What else the same address asked for, and the ticket that this one is linked to; the newest first."""
    same = [Ticket.requester == row.requester, Ticket.reference == row.linked_to, Request.ticket_id == ticket_id]
    columns = (Request.id, Ticket.reference, Request.kind, Request.state, Request.outcome, Request.received_at)
    chosen = sa.select(*columns).join(Ticket).where(sa.or_(*same), Request.id != row.request)
    return tuple(Related(*found) for found in session.execute(chosen.order_by(Request.id.desc()).limit(RELATED)))


def _names(session: Session) -> dict[int, str]:
    return dict(session.execute(sa.select(Staff.id, Staff.name).order_by(Staff.name)).all())
