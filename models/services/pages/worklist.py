"""A view of the queue goes in; out come its rows, a keyset page at a time, and the counts of the live views."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.base import NO_DUE_DAY
from models.correction import Correction
from models.message import Message
from models.outbox import OutboxLetter
from models.request import Request
from models.rules.kinds import Action, Channel, Correct, Field, Kind
from models.rules.lifecycle import OPEN, CorrectionState, Outcome, State
from models.rules.permissions import Actor, Right
from models.rules.references import named_in
from models.services.pages.shown import without_links
from models.services.pages.views import (
    APART,
    COUNTED,
    NEWEST_FIRST,
    SOON,
    TROUBLED,
    View,
    in_trouble,
    in_view,
    views_of,
)
from models.spool import Spool, SpoolState
from models.staff import Staff
from models.ticket import Ticket

__all__ = ["COUNTED", "CorrectionRow", "Row", "View", "counts", "next_of", "page"]

Columns: TypeAlias = "sa.Select[*tuple[Any, ...]]"
GIST = 90
SHORT = 600
"""How much of a message is read for its gist: a quote or greeting may stand before what is new."""


@dataclass(frozen=True)
class CorrectionRow:
    """``start`` and ``end`` are code points of what was said in ``place`` of the message ``message_id``."""

    id: int
    request_id: int
    action: Action
    store: str | None
    table: str | None
    key: str | None
    field: Field
    column: str | None
    before: str | None
    after: str | None
    state: CorrectionState
    said: str | None
    said_old: str | None
    correct: Correct
    note: str
    message_id: int | None
    place: str
    start: int
    end: int
    typed_by: int | None
    approved_by: int | None


@dataclass(frozen=True)
class Row:
    """One request of the queue. ``due_on`` is None where the law sets no day."""

    request: int
    ticket: str
    kind: Kind
    state: State
    outcome: Outcome | None
    due_on: date | None
    requester: str
    requester_name: str
    subject: str
    gist: str
    language: str
    confidence: float
    corrections: tuple[CorrectionRow, ...]
    proved: bool
    linked_to: str | None
    version: int
    assignee: str | None
    unseen: bool
    channel: Channel
    received_at: datetime


def counts(session: Session, *, staff_id: int, today: date) -> dict[View, int]:
    """How many wait in each live view, by one statement; what is closed is not counted, for it only grows."""
    late, soon = Request.due_on < today, Request.due_on <= today + SOON
    mine = sa.func.coalesce(Request.assignee_id, 0) == staff_id
    told = [sa.case((of, 1), else_=0) for of in (Request.kind == Kind.OTHER, late, soon, mine)]
    live = sa.select(sa.type_coerce(Request.state, sa.String), *told, sa.func.count())
    live = live.where(Request.state.in_(OPEN)).group_by(Request.state, *told)
    totals = dict.fromkeys(COUNTED, 0)
    for what, *facts, number in session.execute(sa.union_all(live, *_troubles())):
        for view in (View(what),) if what in APART else views_of(State(what), *map(bool, facts)):
            totals[view] += number
    return totals


def page(
    session: Session,
    view: View,
    *,
    staff_id: int,
    today: date,
    after: str | None,
    search: str = "",
    size: int = 50,
    reader: Actor | None = None,
) -> tuple[list[Row], str | None]:
    """One page of a view and where the next begins; a search looks through all views, the newest first.

    A ``reader`` who may not reveal searches by reference only: what is found tells whose address or name is here.
    Raises ValueError for an ``after`` that no page gave out.
    """
    newest_first = bool(search) or view in NEWEST_FIRST
    only = _matches(search, reader) if search else in_view(view, staff_id=staff_id, today=today)
    chosen = rows_of(only)
    chosen = _from_newest(chosen, after) if newest_first else _from_soonest(chosen, after)
    found = read_rows(session, session.execute(chosen.limit(size + 1)).all())
    more = len(found) > size
    return found[:size], _mark(found[size - 1], newest_first=newest_first) if more else None


def next_of(session: Session, view: View, *, staff_id: int, today: date, after: int) -> int | None:
    """The request that follows this one in a view, else the first: where staff go after a decision."""
    only = in_view(view, staff_id=staff_id, today=today)
    due = sa.select(sa.func.coalesce(sa.func.max(Request.due_on), NO_DUE_DAY)).where(Request.id == after)
    day = due.scalar_subquery()
    passed = sa.or_(Request.due_on < day, sa.and_(Request.due_on == day, Request.id < after))
    order = (sa.case((passed, 1), else_=0), Request.due_on, Request.id)
    return session.scalar(sa.select(Request.id).where(only, Request.id != after).order_by(*order).limit(1))


def rows_of(*conditions: sa.ColumnElement[bool]) -> Columns:
    """The columns of a queue row, with the latest message of the ticket beside them."""
    latest = aliased(Message)
    newest = sa.select(sa.func.max(Message.id)).where(Message.ticket_id == Request.ticket_id).scalar_subquery()
    return (
        sa.select(
            Request.id, Ticket.reference, Request.kind, Request.state, Request.outcome, Request.due_on,
            Ticket.requester, Ticket.requester_name, Ticket.subject, Ticket.language, Request.confidence,
            Request.proved_at, Request.linked_to, Request.version, Staff.name.label("assignee"), Request.unseen,
            Ticket.channel, Request.received_at, latest.new, sa.func.substr(latest.text, 1, SHORT).label("text"),
        )
        .join(Ticket, Ticket.id == Request.ticket_id)
        .outerjoin(Staff, Staff.id == Request.assignee_id)
        .outerjoin(latest, latest.id == newest)
        .where(*conditions)
    )  # fmt: skip


def read_rows(session: Session, chosen: Sequence[sa.Row[Any]]) -> list[Row]:
    """The rows with their corrections, which one further query brings."""
    corrections = corrections_of(session, Correction.request_id.in_([row.id for row in chosen])) if chosen else {}
    return [row_from(row, corrections.get(row.id, ())) for row in chosen]


def corrections_of(session: Session, *only: sa.ColumnElement[bool]) -> dict[int, tuple[CorrectionRow, ...]]:
    columns = [getattr(Correction, name) for name in CorrectionRow.__dataclass_fields__]
    found: dict[int, list[CorrectionRow]] = defaultdict(list)
    for values in session.execute(sa.select(*columns).where(*only).order_by(Correction.id)):
        correction = CorrectionRow(*values)
        found[correction.request_id].append(correction)
    return {request: tuple(rows) for request, rows in found.items()}


def row_from(row: sa.Row[Any], corrections: tuple[CorrectionRow, ...]) -> Row:
    return Row(
        request=row.id, ticket=row.reference, kind=row.kind, state=row.state, outcome=row.outcome,
        due_on=None if row.due_on == NO_DUE_DAY else row.due_on, requester=row.requester,
        requester_name=row.requester_name, subject=row.subject, gist=_gist(row.text or "", row.new or ()),
        language=row.language, confidence=row.confidence, corrections=corrections, proved=row.proved_at is not None,
        linked_to=row.linked_to, version=row.version, assignee=row.assignee, unseen=row.unseen, channel=row.channel,
        received_at=row.received_at,
    )  # fmt: skip


def _troubles() -> tuple[Columns, ...]:
    """Answers whose letter is stuck, which count as undelivered; recipients to tell; messages in quarantine; letters
    that are stuck."""
    stuck = sa.and_(Request.state == State.RESPONDING, in_trouble())
    return (
        _trouble(State.UNDELIVERED, Request, stuck),
        _trouble(View.TO_TELL, Request, Request.to_tell.is_not(None)),
        _trouble(View.QUARANTINE, Spool, Spool.state == SpoolState.QUARANTINED),
        _trouble(View.STUCK, OutboxLetter, OutboxLetter.state.in_(TROUBLED)),
    )


def _trouble(
    what: str, table: type[Request] | type[Spool] | type[OutboxLetter], only: sa.ColumnElement[bool]
) -> Columns:
    nothing = [sa.literal(0)] * 4
    return sa.select(sa.literal(str(what)), *nothing, sa.func.count()).select_from(table).where(only)


def _matches(search: str, reader: Actor | None) -> sa.ColumnElement[bool]:
    """A reference is looked up as such; other words may stand anywhere in address, name or subject."""
    reference = named_in(search)
    if reference is not None:
        return Ticket.reference == reference
    if reader is not None and not reader.may(Right.REVEAL):
        return sa.false()
    columns = (Ticket.requester, Ticket.requester_name, Ticket.subject, Ticket.reference)
    words = search.split()[:10]
    return sa.and_(*(sa.or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words))


def _from_newest(chosen: Columns, after: str | None) -> Columns:
    if after:
        chosen = chosen.where(Request.id < _number(after))
    return chosen.order_by(Request.id.desc())


def _from_soonest(chosen: Columns, after: str | None) -> Columns:
    if after:
        due, _, number = after.partition("_")
        chosen = chosen.where(sa.tuple_(Request.due_on, Request.id) > (date.fromisoformat(due), _number(number)))
    return chosen.order_by(Request.due_on, Request.id)


def _number(text: str) -> int:
    found = int(text)
    if not 0 <= found < 1 << 63:
        raise ValueError("no row has such a number")
    return found


def _mark(last: Row, *, newest_first: bool) -> str:
    return str(last.request) if newest_first else f"{(last.due_on or NO_DUE_DAY).isoformat()}_{last.request}"


def _gist(text: str, new: Iterable[Any]) -> str:
    written = " ".join(text[start:end] for start, end in new) if new else text
    words = " ".join(without_links(written).split())
    return words if len(words) <= GIST else words[: GIST - 1].rstrip() + "…"
