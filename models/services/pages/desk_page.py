"""A request goes in; out comes all that staff need to see to decide it, as values read in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from models.audit import Event, EventDetail
from models.message import Message
from models.outbox import LetterState, OutboxLetter
from models.request import Request
from models.rules.kinds import Kind
from models.rules.lifecycle import OPEN_CORRECTIONS, Outcome, State
from models.rules.loop_guards import Held
from models.rules.permissions import Actor, Right
from models.rules.reading import Span, SpanKind
from models.services.deciding.able import allowed
from models.services.pages import opened, originals, worklist
from models.services.pages.originals import Kept
from models.services.pages.shown import without_links
from models.services.pages.worklist import CorrectionRow, Row
from models.services.requester import renewals
from models.services.tickets import merging, threads
from models.staff import Staff
from models.ticket import Ticket

RELATED = 10


@dataclass(frozen=True)
class Mark:
    """The passage that a correction came from."""

    start: int
    end: int
    correction: int


@dataclass(frozen=True)
class MessageView:
    """``new`` are the spans that the person newly wrote, ``reasons`` those that the classifier went by; spans and
    marks count code points of ``text``.

    ``verified``: whether the sender's domain vouches for it; None where nobody was asked.
    ``taken_from`` is the message in quarantine that staff took it down from.
    ``proven``: not somebody who merely knew where the ticket is; whose first message it is has proved it or will.
    ``looks_related`` is a ticket that it names and that its sender has no part in.
    """

    id: int
    at: datetime
    sender: str
    sender_name: str
    to: str
    subject: str
    text: str
    new: tuple[tuple[int, int], ...]
    reasons: tuple[tuple[int, int], ...]
    marks: tuple[Mark, ...]
    auto: str | None
    defects: tuple[str, ...]
    attachments: tuple[tuple[int, str, str, int], ...]
    has_raw: bool
    is_mail: bool
    proven: bool
    verified: bool | None
    looks_related: str | None
    taken_from: int | None = None
    apart: tuple[Span, ...] = ()


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
    held_for: Held | None
    request: int | None
    closes: Outcome | None


@dataclass(frozen=True)
class EventView:
    at: datetime
    by: str
    what: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Related:
    """``mergeable``: perhaps one and the same wish, that staff make one."""

    request: int
    ticket: str
    kind: Kind
    state: State
    outcome: Outcome | None
    received_at: datetime
    mergeable: bool


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
    assignee_id: int | None
    names_other: bool
    messages: tuple[MessageView, ...]
    letters: tuple[LetterView, ...]
    events: tuple[EventView, ...]
    related: tuple[Related, ...]
    names: Mapping[int, str]
    allowed: frozenset[str]
    renewals: frozenset[str] = frozenset()
    to_tell: tuple[str, ...] = ()

    @property
    def undecided(self) -> frozenset[int]:
        """The lines that a decision is still about."""
        return frozenset(one.id for one in self.row.corrections if one.state in OPEN_CORRECTIONS)


def read(session: Session, request_id: int, *, actor: Actor) -> RequestPage | None:
    """The page as this member of staff may see it; None where there is no such request."""
    rows = worklist.read_rows(session, session.execute(worklist.rows_of(Request.id == request_id)).all())
    if not rows:
        return None
    facts, reveals = session.get_one(Request, request_id), actor.may(Right.REVEAL)
    row = rows[0] if reveals else _without_notes(rows[0])
    return RequestPage(
        row=row, proved_at=facts.proved_at, proof=facts.proof, found=facts.found,
        vouched=facts.vouched, vouched_by=facts.identity_by,
        chosen=tuple((store, table, key) for store, table, key in facts.chosen or ()), asked=facts.asked,
        assignee_id=facts.assignee_id,
        names_other=facts.names_other, messages=_messages(session, facts.ticket_id, row.corrections),
        letters=_letters(session, facts.ticket_id, reveals=reveals), events=_events(session, row.ticket),
        related=_related(session, row, facts), names=_names(session),
        allowed=allowed(row, actor, vouched=facts.vouched), renewals=renewals.offered(session, facts, actor),
        to_tell=tuple(facts.to_tell or ()),
    )  # fmt: skip


def _without_notes(row: Row) -> Row:
    """What staff wrote to each other names people."""
    return replace(row, corrections=tuple(replace(one, note="") for one in row.corrections))


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
    return tuple(
        _message(one, marks.get(one.id, []), kept.get(one.spool_id or 0), first=number == 0)
        for number, one in enumerate(found)
    )


def _message(message: Message, marks: list[Mark], kept: Kept | None, *, first: bool) -> MessageView:
    return MessageView(
        id=message.id, at=message.received_at, sender=message.sender, sender_name=message.sender_name,
        to=message.recipient, subject=message.subject, text=message.text,
        new=tuple((start, end) for start, end in message.new),
        apart=tuple(Span(start, end, SpanKind(kind)) for start, end, kind in message.apart or ()),
        reasons=tuple(sorted((start, end) for start, end in message.reasons)),
        marks=tuple(sorted(marks, key=lambda m: m.start)), auto=message.auto, defects=tuple(map(str, message.defects)),
        attachments=tuple(
            (number, str(file["name"]), str(file["type"]), int(file["size"]))
            for number, file in enumerate(message.attachments)
        ),
        has_raw=kept is not None, is_mail=kept is not None and kept.channel.is_mail,
        taken_from=kept.taken_from if kept else None,
        proven=first or message.threaded_by in {None, *threads.SIGNED}, verified=message.verified,
        looks_related=message.looks_related,
    )  # fmt: skip


def _letters(session: Session, ticket_id: int, *, reveals: bool) -> tuple[LetterView, ...]:
    kept = sa.and_(OutboxLetter.ticket_id == ticket_id, OutboxLetter.state != LetterState.VOID)
    return tuple(
        LetterView(
            id=letter.id, at=letter.accepted_at or letter.created_at, to=letter.recipient, subject=letter.subject,
            text=without_links(letter.text), letter=letter.letter, state=letter.state, attempts=letter.attempts,
            answer=letter.answer if reveals else "", held_for=letter.held_for, request=letter.request_id,
            closes=letter.closes,
        )
        for letter in session.scalars(sa.select(OutboxLetter).where(kept).order_by(OutboxLetter.id))
    )  # fmt: skip


def _events(session: Session, reference: str) -> tuple[EventView, ...]:
    same = sa.and_(EventDetail.chain == Event.chain, EventDetail.number == Event.number)
    events = sa.select(Event.at, Event.by, Event.what, EventDetail.detail).outerjoin(EventDetail, same)
    chosen = events.where(Event.chain == reference).order_by(Event.number)
    return tuple(EventView(row.at, row.by, row.what, row.detail or {}) for row in session.execute(chosen))


def _related(session: Session, row: Row, facts: Request) -> tuple[Related, ...]:
    """What else the same address asked for, and the ticket that this one is linked to; the newest first."""
    same = [Ticket.requester == row.requester, Ticket.reference == row.linked_to, Request.ticket_id == facts.ticket_id]
    others = sa.select(Request).join(Ticket).where(sa.or_(*same), Request.id != row.request)
    newest = others.order_by(Request.id.desc()).limit(RELATED).options(joinedload(Request.ticket))
    return tuple(_related_to(facts, one) for one in session.scalars(newest))


def _related_to(facts: Request, one: Request) -> Related:
    same = one.ticket.requester == facts.ticket.requester and merging.mergeable(facts, one)
    return Related(one.id, one.ticket.reference, one.kind, one.state, one.outcome, one.received_at, same)


def _names(session: Session) -> dict[int, str]:
    return dict(session.execute(sa.select(Staff.id, Staff.name).order_by(Staff.name)).all())
