"""Two tickets of one requester that ask for the same become one: staff say so, and it never happens by itself.

What is unproved never touches what is proved (security.md), so both are proved, or neither is.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.correction import Correction
from models.desk import Desk
from models.request import Request
from models.rules.lifecycle import OPEN_CORRECTIONS, UNDECIDED, Outcome, State
from models.rules.permissions import Actor, closing_takes, require
from models.services import audit, steps, suppressions
from models.services.deciding.seen import InvalidError, as_seen
from models.ticket import Ticket

Pair = tuple[Request, Request]


def merge(
    desk: Desk, session: Session, request_id: int, *, version: int, actor: Actor, now: datetime, into: str
) -> Request:
    """The ticket of this request goes on as the one named ``into``: each of its open requests is closed as merged, and
    its values, and the earlier of the two receipts, are those of its like there. Mail and links follow.

    Raises InvalidError where the two are not of one requester, or something here has no like there.
    """
    request = as_seen(session, request_id, version)
    source, target = request.ticket, _target(desk, session, request.ticket, into)
    held = sa.select(Request).where(Request.ticket_id.in_([source.id, target.id])).order_by(Request.id)
    session.scalars(held.with_for_update().execution_options(populate_existing=True)).all()
    pairs = [(one, _like(one, target)) for one in source.requests if one.state is not State.CLOSED]
    if not pairs:
        raise InvalidError("into", f"Nothing is open on {source.reference}, so there is nothing to merge.")
    for one, _ in pairs:
        require(actor, closing_takes(one.kind, one.state, proved=one.proved_at is not None))
    audit.lock(session, [source.reference, target.reference])
    for pair in pairs:
        _make_one(session, pair, by=actor.by, now=now)
    _lead_on(session, source, target)
    return request


def mergeable(one: Request, other: Request) -> bool:
    """Whether both ask for the same, are as well proved, and neither is decided."""
    alike = one.kind is other.kind and (one.proved_at is None) is (other.proved_at is None)
    return alike and one.ticket_id != other.ticket_id and {one.state, other.state} <= UNDECIDED


def _target(desk: Desk, session: Session, source: Ticket, reference: str) -> Ticket:
    found = session.scalar(sa.select(Ticket).where(Ticket.reference == reference.strip().upper()))
    if found is None or found.current is source or source.merged_into is not None:
        raise InvalidError("into", "Choose another ticket of this requester.")
    target = found.current
    own, other = (suppressions.digest_of(desk, one.requester) for one in (source, target))
    if own != other:
        raise InvalidError("into", f"{target.reference} is somebody else's: only tickets of one requester are merged.")
    return target


def _like(one: Request, target: Ticket) -> Request:
    found = next((other for other in target.requests if mergeable(one, other)), None)
    if found is None:
        why = f"{target.reference} has nothing like it that is open, undecided and proved as this is: decide it here."
        raise InvalidError("into", why)
    return found


def _make_one(session: Session, pair: Pair, *, by: str, now: datetime) -> None:
    one, other = pair
    source, target = one.ticket.reference, other.ticket.reference
    other.corrections += _only_in(one.corrections, other.corrections)
    # The law counts from when the person first asked.
    other.received_at, other.due_on = min(one.received_at, other.received_at), min(one.due_on, other.due_on)
    one.linked_to, other.unseen = target, True
    steps.close(session, one, Outcome.MERGED, by=by, now=now, reason=f"merged into {target}")
    detail = {"from": source, "request": one.id, "due_on": other.due_on.isoformat()}
    steps.changed(session, other, "merged", by=by, now=now, detail=detail)


def _only_in(these: Sequence[Correction], those: Sequence[Correction]) -> list[Correction]:
    """What waits here and is not proposed there already, as fresh proposals."""
    known = {_value(one) for one in those}
    return [one.anew() for one in these if one.state in OPEN_CORRECTIONS and _value(one) not in known]


def _value(one: Correction) -> tuple[object, ...]:
    return one.field, one.store, one.table, one.key, one.column, one.after


def _lead_on(session: Session, source: Ticket, target: Ticket) -> None:
    """Whoever was led here before is led there at once: one step from any ticket to the one that is current."""
    earlier = sa.update(Ticket).where(Ticket.merged_into_id == source.id).values(merged_into_id=target.id)
    session.execute(earlier)
    source.merged_into = target
