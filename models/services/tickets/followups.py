"""A message on a ticket that exists: it joins what is open, asks for more, or begins anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.desk import Desk
from models.request import Request
from models.rules.kinds import RIGHTS, Kind
from models.rules.lifecycle import UNDECIDED, Outcome, State, Step
from models.rules.routing import Route, begins_in, is_bare_thanks
from models.services import steps
from models.services.corrections import lookups
from models.services.tickets.sorting import Sorted, new_request, requests_of
from models.services.tickets.threads import SIGNED
from models.ticket import Ticket


@dataclass(frozen=True)
class Heard:
    """A message on its ticket, and how it was found to belong there: None where it began it."""

    id: int
    ticket: Ticket
    threaded_by: str | None


SAME_TICKET = timedelta(days=14)
"""How long after the last letter a closed ticket still takes a new request; later ones are linked to it."""


def begins_anew(ticket: Ticket, one: Sorted, now: datetime) -> bool:
    """Whether a message on this ticket makes a ticket of its own, linked to this one."""
    if _is_bare_thanks(one):
        return False
    return not _open(ticket) and now - (ticket.last_letter_at or ticket.received_at) > SAME_TICKET


def requests_on(desk: Desk, ticket: Ticket, one: Sorted, *, threaded_by: str) -> list[Request]:
    """The new requests that a follow-up makes on its ticket."""
    still_open = _open(ticket)
    if not still_open:
        if _is_bare_thanks(one):
            return [new_request(desk, one, ticket, Kind.OTHER, State.CLOSED, Outcome.NOT_REQUEST)]
        return [_linked(request, ticket) for request in requests_of(desk, one, ticket)]
    asked = [kind for kind in one.rights if not _joined(still_open, kind, threaded_by=threaded_by)]
    return [new_request(desk, one, ticket, kind, _state(one, kind)) for kind in asked]


def hear(desk: Desk, session: Session, message: Heard, one: Sorted, made: Sequence[Request], *, now: datetime) -> None:
    """What a person's follow-up does to the requests that were open before it: each shows it as new."""
    before = [request for request in _open(message.ticket) if request not in made]
    takes = _takers(before, one, threaded_by=message.threaded_by or "")
    for request in before:
        request.unseen = True
        detail = {"message": message.id, "threaded_by": message.threaded_by}
        if request in takes:
            lookups.add_corrections(desk, request, one.found, one.rows, message.id)
        if request.state is State.NEEDS_DETAILS:
            request.waiting_since = None
            steps.advance(session, request, Step.HEAR, State.IN_REVIEW, by="requester", now=now, detail=detail)
        else:
            steps.changed(session, request, "message", by="requester", now=now, detail=detail)


def _is_bare_thanks(one: Sorted) -> bool:
    return not one.rights and is_bare_thanks(one.reading.new_text)


def _linked(request: Request, ticket: Ticket) -> Request:
    """A dispute or a complaint on what is closed says so; a right of its own begins on the same ticket."""
    if request.kind is Kind.OTHER:
        request.linked_to = ticket.reference
    return request


def _open(ticket: Ticket) -> list[Request]:
    return [request for request in ticket.requests if request.state is not State.CLOSED]


def _joined(still_open: Sequence[Request], kind: Kind, *, threaded_by: str) -> bool:
    """A right that is open already is joined while it is unproved, or when our own signed id led here."""
    same = [request for request in still_open if request.kind is kind or request.state is State.TRIAGE]
    return any(request.proved_at is None or threaded_by in SIGNED for request in same)


def _takers(requests: Sequence[Request], one: Sorted, *, threaded_by: str) -> list[Request]:
    """Which requests take the values of a message; what nobody has sorted yet, only where nothing else does."""
    may = [request for request in requests if _may_add(request, one, threaded_by=threaded_by)]
    return [request for request in may if request.state is not State.TRIAGE] or may[:1]


def _may_add(request: Request, one: Sorted, *, threaded_by: str) -> bool:
    """An unproved message adds no values to what is proved, unless our own signed id led here."""
    if request.state is State.TRIAGE:
        # Whatever it turns out to be: the lines wait with it.
        about = Kind.RECTIFICATION in one.kinds
    else:
        about = request.kind is Kind.RECTIFICATION and bool(one.found or Kind.RECTIFICATION in one.kinds)
    return about and request.state in UNDECIDED and (request.proved_at is None or threaded_by in SIGNED)


def _state(one: Sorted, kind: Kind) -> State:
    return begins_in(kind) if one.route is Route.AUTO or kind not in RIGHTS else State.TRIAGE
