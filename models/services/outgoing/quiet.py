"""Claimed letters go in; out come those that may leave: an address that took another's place hears little at first."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.desk import Desk
from models.outbox import OutboxLetter
from models.proof import Link, Purpose
from models.request import Request
from models.rules.lifecycle import State
from models.services import clocks
from models.services.outgoing import outbox
from models.services.requester import links

TELLS = "address_changed"
LASTS = timedelta(hours=72)
"""So long nothing but the note of the change goes to a new address: whoever took over an account gains nothing by it
before the old address could object (security.md)."""


def let_through(desk: Desk, session: Session, ids: Sequence[int], *, now: datetime) -> list[int]:
    """The others are put off to the end of the quiet, or to the day by which the law wants an answer."""
    if not ids:
        return []
    put_off = set()
    for letter, told_at, due_on in _quiet(session, ids, now=now):
        end = _end(desk, told_at, due_on)
        if end > now:
            letter.next_attempt, letter.claimed_until, letter.claimed_by = end, None, None
            _keep_package(session, letter, end)
            put_off.add(letter.id)
    return [number for number in ids if number not in put_off]


def _quiet(session: Session, ids: Sequence[int], *, now: datetime) -> list[tuple[OutboxLetter, datetime, date | None]]:
    """The letters to new addresses, with when these were told and the first due day of what is open on the ticket."""
    note = aliased(OutboxLetter)
    same = sa.and_(note.recipient_digest == OutboxLetter.recipient_digest, note.letter == TELLS)
    told_at = sa.select(sa.func.max(note.created_at)).where(same, note.created_at > now - LASTS).scalar_subquery()
    open_here = sa.and_(Request.ticket_id == OutboxLetter.ticket_id, Request.state != State.CLOSED)
    due_on = sa.select(sa.func.min(Request.due_on)).where(open_here).scalar_subquery()
    quiet = sa.select(OutboxLetter, told_at, due_on).where(
        OutboxLetter.id.in_(ids), OutboxLetter.letter != TELLS, told_at.is_not(None)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(quiet)]


def _end(desk: Desk, told_at: datetime, due_on: date | None) -> datetime:
    end = told_at + LASTS
    return min(end, clocks.start_of(desk, due_on)) if due_on and due_on <= clocks.day_of(desk, end) else end


def _keep_package(session: Session, letter: OutboxLetter, end: datetime) -> None:
    """The hours of a download count from when its letter may leave; the token is made then."""
    download = sa.select(Link).where(Link.id.in_(outbox.carried(letter)), Link.purpose == Purpose.DOWNLOAD)
    for link in session.scalars(download):
        link.expires_at = end + links.DOWNLOAD
