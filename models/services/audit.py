"""The audit log: each event becomes a row, chained by hash to the one before it on the same ticket."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit import Chain, Event, EventDetail
from models.base import PUT_BY, Base
from models.keys import new_salt
from models.staff import Staff
from models.ticket import Ticket

DESK = "desk"
"""The chain of what belongs to no ticket: accounts, log-ins, settings."""

_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def _table(model: type[Base]) -> sa.Table:
    return cast("sa.Table", model.__table__)


_CHAIN = _table(Chain)
_GROWN = (
    sa.update(_CHAIN)
    .where(_CHAIN.c.name == sa.bindparam("chain"))
    .values(count=sa.bindparam("last"), head=sa.bindparam("hash"))
)
_NEW_CHAIN, _NEW_EVENT, _NEW_DETAIL = map(sa.insert, (_CHAIN, _table(Event), _table(EventDetail)))
Json = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One event as it is chained; its row is written with the next flush."""

    chain: str
    number: int
    at: datetime
    by: str
    what: str
    request_id: int | None
    digest: str
    hash: str = ""


@dataclass
class _Head:
    """Count and hash of the last event of a chain that this transaction has locked, or makes (``fresh``)."""

    name: str
    count: int
    head: str
    fresh: bool = False
    grown: bool = False


@dataclass
class _Log:
    """The heads of one transaction and the events that wait for its next flush: written by the many."""

    heads: dict[str, _Head] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    details: list[Json] = field(default_factory=list)

    def write(self, session: Session) -> None:
        grown = [head for head in self.heads.values() if head.grown or head.fresh]
        rows: dict[sa.Executable, list[Json]] = {
            _NEW_CHAIN: [{"name": head.name, "count": head.count, "head": head.head} for head in grown if head.fresh],
            _NEW_EVENT: [vars(entry) for entry in self.entries],
            _NEW_DETAIL: self.details,
            _GROWN: [{"chain": head.name, "last": head.count, "hash": head.head} for head in grown if not head.fresh],
        }
        for statement in filter(rows.get, rows):
            session.connection().execute(statement, rows[statement])
        self.entries, self.details = [], []
        for head in grown:
            head.fresh = head.grown = False


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold, and why."""

    chain: str
    number: int
    why: str


def record(
    session: Session,
    chain: str,
    what: str,
    *,
    by: str,
    now: datetime,
    request_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Entry:
    """Append one event. The chain's row is locked, so two workers cannot take the same number."""
    log, head = _log(session), _head(session, chain)
    salt, said = new_salt(), dict(detail or {})
    number, digest = head.count + 1, digest_of(salt, said)
    chained = _hash(head.head, chain, number, now, by, what, request_id, digest)
    entry = Entry(chain, number, now, by, what, request_id, digest, chained)
    head.count, head.head, head.grown = entry.number, entry.hash, True
    log.entries.append(entry)
    if said:
        log.details.append({"chain": chain, "number": entry.number, "salt": salt, "detail": said})
    return entry


def digest_of(salt: str, detail: Mapping[str, Any]) -> str:
    """SHA-256(salt ‖ detail), the detail as canonical JSON."""
    return hashlib.sha256((salt + canonical(detail)).encode()).hexdigest()


def hash_of(previous: str, event: Event | Entry) -> str:
    """SHA-256(previous hash ‖ all of this event but its hash)."""
    return _hash(
        previous, event.chain, event.number, event.at, event.by, event.what, event.request_id, event.digest
    )  # fmt: skip


def canonical(value: Any) -> str:
    return _CANONICAL.encode(value)


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def verify(session: Session) -> Iterator[Break]:
    """Every place where a chain is broken: a row changed, removed (the last one too), added or swapped."""
    for chain in session.scalars(sa.select(Chain).order_by(Chain.name)):
        yield from _verify_chain(session, chain)
    orphans = sa.select(Event.chain).where(Event.chain.not_in(sa.select(Chain.name))).distinct()
    for name in session.scalars(orphans):
        yield Break(name, 0, "events without a chain")
    yield from _missing_chains(session)


def export(session: Session) -> Iterator[str]:
    """The whole log as JSON lines, in order; what a stand-alone script needs to check it."""
    rows = sa.select(Event, EventDetail).outerjoin(
        EventDetail, sa.and_(EventDetail.chain == Event.chain, EventDetail.number == Event.number)
    )
    ordered = rows.order_by(Event.chain, Event.number).execution_options(yield_per=500)
    for event, detail in session.execute(ordered):
        yield canonical(
            {
                "chain": event.chain,
                "number": event.number,
                "at": stamp(event.at),
                "by": event.by,
                "what": event.what,
                "request": event.request_id,
                "digest": event.digest,
                "hash": event.hash,
                "salt": getattr(detail, "salt", None),
                "detail": getattr(detail, "detail", None),
            }
        )


def _hash(
    previous: str, chain: str, number: int, at: datetime, by: str, what: str, request_id: int | None, digest: str
) -> str:
    row = [chain, number, stamp(at), by, what, request_id, digest]
    return hashlib.sha256((previous + canonical(row)).encode()).hexdigest()


def _log(session: Session) -> _Log:
    log: _Log | None = session.info.get("audit")
    if log is None:
        log = session.info["audit"] = _Log()
        session.info.setdefault(PUT_BY, []).append(log.write)
    return log


def _head(session: Session, chain: str) -> _Head:
    """The chain's head, its row locked once for the transaction that this session is."""
    heads = _log(session).heads
    if chain not in heads:
        lock(session, [chain])
    if chain not in heads:
        begin(session, chain)
    return heads[chain]


def lock(session: Session, chains: Iterable[str]) -> None:
    """Lock the chains of a batch by one query, in order, so that no two batches wait for each other."""
    heads = _log(session).heads
    wanted = {chain for chain in chains if chain not in heads}
    if wanted:
        columns = sa.select(Chain.name, Chain.count, Chain.head).where(Chain.name.in_(wanted)).order_by(Chain.name)
        for name, count, head in session.connection().execute(columns.with_for_update()):
            heads[name] = _Head(name, count, head)


def begin(session: Session, chain: str) -> None:
    """The chain of a ticket that this transaction makes: nobody else can hold it."""
    _log(session).heads[chain] = _Head(chain, 0, "", fresh=True)


def _verify_chain(session: Session, chain: Chain) -> Iterator[Break]:
    broken = _first_break(session, chain)
    yield from [broken] if broken else _verify_details(session, chain.name)


def _first_break(session: Session, chain: Chain) -> Break | None:
    previous, number = "", 0
    events = sa.select(Event).where(Event.chain == chain.name).order_by(Event.number)
    # A cursor on the server that is left in the middle must be closed.
    with session.scalars(events.execution_options(yield_per=500)) as rows:
        for event in rows:
            number += 1
            if event.number != number:
                return Break(chain.name, number, "an event is missing or was added")
            if event.hash != hash_of(previous, event):
                return Break(chain.name, number, "an event was changed or swapped")
            previous = event.hash
    if (number, previous) != (chain.count, chain.head):
        first = min(number, chain.count) + 1
        return Break(chain.name, first, "the last events are missing, or some were added")
    return None


def _verify_details(session: Session, chain: str) -> Iterator[Break]:
    pairs = sa.select(EventDetail, Event.digest).join(
        Event, sa.and_(Event.chain == EventDetail.chain, Event.number == EventDetail.number)
    )
    for detail, digest in session.execute(pairs.where(EventDetail.chain == chain).order_by(EventDetail.number)):
        if digest_of(detail.salt, detail.detail) != digest:
            yield Break(chain, detail.number, "the detail of an event was changed")
            return


def _missing_chains(session: Session) -> Iterator[Break]:
    lost = sa.select(Ticket.reference).where(Ticket.reference.not_in(sa.select(Chain.name)))
    for reference in session.scalars(lost):
        yield Break(reference, 1, "a ticket without its chain")
    if session.get(Chain, DESK) is None and session.scalar(sa.select(Staff.id).limit(1)) is not None:
        yield Break(DESK, 1, "accounts without their chain")
