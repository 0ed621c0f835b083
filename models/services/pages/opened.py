"""Personal data that staff opened leaves a row of the audit log (security.md), and opened again that day no second."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit import Event, EventDetail
from models.desk import Desk
from models.rules.permissions import Actor, Right
from models.services import audit, clocks

REQUEST = "opened"
MESSAGE = "opened message"
LATELY = 50
"""So many of one person's rows are looked through: more than one day has, of one kind, on one ticket."""


@dataclass(frozen=True)
class Opening:
    """What was opened of a ticket: a request of it, or a message."""

    reference: str
    what: str
    request_id: int | None = None
    detail: Mapping[str, int | bool] = field(default_factory=dict)


def of(reference: str, actor: Actor, *, request_id: int | None = None, message_id: int | None = None) -> Opening:
    """Who may not reveal has read it masked, and the row says so."""
    masked = {} if actor.may(Right.REVEAL) else {"masked": True}
    if message_id is None:
        return Opening(reference, REQUEST, request_id, masked)
    return Opening(reference, MESSAGE, request_id, masked | {"message": message_id})


def is_told(desk: Desk, session: Session, opening: Opening, *, by: str, now: datetime) -> bool:
    """Whether the log says it already of this person and day. It only reads: a reload waits for no lock."""
    same = sa.and_(EventDetail.chain == Event.chain, EventDetail.number == Event.number)
    theirs = sa.and_(Event.chain == opening.reference, Event.by == by, Event.what == opening.what)
    of_it = sa.select(Event.at, EventDetail.detail).outerjoin(EventDetail, same).where(theirs)
    of_it = of_it.where(Event.request_id.is_not_distinct_from(opening.request_id))
    told = session.execute(of_it.order_by(Event.number.desc()).limit(LATELY))
    today = clocks.day_of(desk, now)
    return any(clocks.day_of(desk, at) == today and (detail or {}) == opening.detail for at, detail in told)


def tell(session: Session, opening: Opening, *, by: str, now: datetime) -> None:
    """The row; it raises no version, for nothing of the decision has changed."""
    audit.record(
        session, opening.reference, opening.what, by=by, now=now, request_id=opening.request_id, detail=opening.detail
    )
