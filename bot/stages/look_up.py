"""Requests that nobody could look up yet (a customer database was away, staff added a line) → their proposals."""

import logging
from dataclasses import dataclass

import sqlalchemy as sa

from bot.stages.customers import rows_for
from models.customers import Row
from models.desk import Desk
from models.request import Request
from models.rules.kinds import Kind
from models.rules.lifecycle import UNDECIDED
from models.services import claims
from models.services.corrections import lookups
from models.services.corrections.fulfilment import TRY_AGAIN

log = logging.getLogger(__name__)

BATCH = 64


@dataclass(frozen=True)
class Asked:
    request_id: int
    address: str
    chosen: tuple[tuple[str, str, str], ...]
    vouched: bool


def look_up(desk: Desk, *, owner: str) -> int:
    """How many requests were looked up."""
    asked = _take(desk, owner=owner)
    if not asked:
        return 0
    found = {one.request_id: _rows(desk, one) for one in asked}
    with desk.sessions.begin() as session:
        now = desk.clock()
        mine = claims.still_mine(session, Request, list(found), owner=owner)
        for request_id in mine:
            rows = found[request_id]
            request = session.get_one(Request, request_id)
            if rows is not None and request.state in UNDECIDED:
                lookups.record_look_up(desk, session, request, rows, now=now)
        session.flush()  # the release below is an UPDATE of its own
        away = [request_id for request_id in mine if found[request_id] is None]
        claims.release(session, Request, list(mine - set(away)), owner=owner, until=None)
        claims.release(session, Request, away, owner=owner, until=now + TRY_AGAIN)
    return sum(rows is not None for rows in found.values())


def _take(desk: Desk, *, owner: str) -> list[Asked]:
    due = sa.and_(
        Request.found.is_(None), Request.state.in_(UNDECIDED), Request.kind.not_in([Kind.OTHER, Kind.OPT_OUT])
    )
    if not desk.stores:
        return []
    with desk.sessions.begin() as session:
        ids = claims.claim(session, Request, due, owner=owner, now=desk.clock(), limit=BATCH, first_by=Request.due_on)
        requests = session.scalars(sa.select(Request).where(Request.id.in_(ids)))
        return [_asked(one) for one in requests]


def _asked(request: Request) -> Asked:
    chosen = tuple((str(row[0]), str(row[1]), str(row[2])) for row in request.chosen or ())
    return Asked(request.id, request.ticket.requester, chosen, request.vouched)


def _rows(desk: Desk, asked: Asked) -> list[Row] | None:
    return rows_for(desk, asked.address, asked.chosen, vouched=asked.vouched)
