"""What the worker made of one spooled message, and the requests that it begins."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.customers import Row
from models.desk import Desk
from models.request import Request
from models.rules.kinds import RIGHTS, Channel, Kind
from models.rules.lifecycle import Outcome, State
from models.rules.loop_guards import Held
from models.rules.reading import Found, Reading, Verdict
from models.rules.routing import Route, begins_in, names_other
from models.services import clocks
from models.ticket import Ticket


@dataclass(frozen=True)
class Sorted:
    """One spooled message as the worker sorted it, with no transaction open.

    ``kinds`` are what it asks for; ``rows`` the sender's rows in the customer databases, None where one was away.
    ``held_for``: why no letter goes out on it by itself.
    """

    spool_id: int
    channel: Channel
    reference: str
    received_at: datetime
    reading: Reading
    verdict: Verdict | None
    route: Route
    kinds: tuple[Kind, ...]
    found: tuple[Found, ...] = ()
    rows: tuple[Row, ...] | None = None
    trapped: bool = False
    oversize: bool = False
    classifier: str = ""
    language: str = "unknown"
    held_for: Held | None = None
    body_digest: str | None = None

    @property
    def rights(self) -> tuple[Kind, ...]:
        return tuple(kind for kind in self.kinds if kind in RIGHTS)

    @property
    def confidence(self) -> float:
        return self.verdict.confidence if self.verdict else 1.0


def ambiguous(rows: Iterable[Row]) -> bool:
    """Whether one table has several rows of this person, so that staff must say which are meant."""
    tables = [(row.store, row.table) for row in rows]
    return len(set(tables)) < len(tables)


def asked_by(one: Sorted) -> list[tuple[Kind, State, Outcome | None]]:
    """What is certain in the state it begins in, what is not before a person, machines and spam closed and listed."""
    if one.trapped:
        return [(one.kinds[0], State.CLOSED, Outcome.SPAM)]
    if one.route is Route.SET_ASIDE:
        return [(Kind.OTHER, State.CLOSED, Outcome.NOT_REQUEST)]
    if one.route is Route.PERSON:
        return [(one.kinds[0], State.TRIAGE, None)]
    return [(kind, begins_in(kind), None) for kind in one.kinds]


def requests_of(desk: Desk, one: Sorted, ticket: Ticket) -> list[Request]:
    return [new_request(desk, one, ticket, *asked) for asked in asked_by(one)]


def new_request(
    desk: Desk, one: Sorted, ticket: Ticket, kind: Kind, state: State, outcome: Outcome | None = None
) -> Request:
    return Request(ticket=ticket, corrections=[], **request_row(desk, one, kind, state, outcome))


def request_row(desk: Desk, one: Sorted, kind: Kind, state: State, outcome: Outcome | None) -> dict[str, Any]:
    """A request with its clock. What nobody has sorted yet is due like a right, for it may be one."""
    own = [one.reading.sender, *desk.config.desk.addresses]
    counted = Kind.RECTIFICATION if state is State.TRIAGE and kind is Kind.OTHER else kind
    return {
        "kind": kind, "state": state, "outcome": outcome, "received_at": one.received_at,
        "due_on": clocks.due_day(desk, counted, one.received_at), "confidence": one.confidence,
        "classifier": one.classifier, "found": None if one.rows is None else len(one.rows),
        "ambiguous": ambiguous(one.rows or ()), "version": 1, "proved_at": None,
        # Only a mail program's unsubscribing is carried out at once though a machine wrote it.
        "by_machine": one.reading.auto is not None and state is State.APPLYING,
        "names_other": names_other(one.reading.new_text, own),
    }  # fmt: skip
