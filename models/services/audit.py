"""The audit log: each event becomes a row, chained by hash to the one before it on the same ticket."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit import Chain, Event, EventDetail
from models.keys import new_salt
from models.ticket import Ticket

DESK = "desk"
"""The chain of what belongs to no ticket: accounts, log-ins, settings."""


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
) -> Event:
    """Append one event. The chain's row is locked, so two workers cannot take the same number."""
    head = _head(session, chain)
    event = Event(chain=chain, number=head.count + 1, at=now, by=by, what=what, request_id=request_id, head=head)
    salt, said = new_salt(), dict(detail or {})
    event.digest = digest_of(salt, said)
    event.hash = hash_of(head.head, event)
    head.count, head.head = event.number, event.hash
    if said:
        event.detail = EventDetail(chain=chain, number=event.number, salt=salt, detail=said)
    session.add(event)
    return event


def digest_of(salt: str, detail: Mapping[str, Any]) -> str:
    """SHA-256(salt ‖ detail), the detail as canonical JSON."""
    return hashlib.sha256((salt + canonical(detail)).encode()).hexdigest()


def hash_of(previous: str, event: Event) -> str:
    """SHA-256(previous hash ‖ all of this event but its hash)."""
    row = [event.chain, event.number, stamp(event.at), event.by, event.what, event.request_id, event.digest]
    return hashlib.sha256((previous + canonical(row)).encode()).hexdigest()


def canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


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


def _head(session: Session, chain: str) -> Chain:
    """The chain's row, locked once for the transaction that this session is."""
    locked: dict[str, Chain] = session.info.setdefault("chains", {})
    if chain not in locked:
        locked[chain] = session.get(Chain, chain, with_for_update=True) or _begin(session, chain)
    return locked[chain]


def _begin(session: Session, chain: str) -> Chain:
    head = Chain(name=chain, count=0, head="")
    session.add(head)
    return head


def lock(session: Session, chains: Iterable[str]) -> None:
    """Lock the chains of a batch by one query, in order, so that no two batches wait for each other."""
    rows = sa.select(Chain).where(Chain.name.in_(set(chains))).order_by(Chain.name).with_for_update()
    session.info.setdefault("chains", {}).update({chain.name: chain for chain in session.scalars(rows)})


def begin(session: Session, chain: str) -> None:
    """The chain of a ticket that this transaction makes: nobody else can hold it."""
    session.info.setdefault("chains", {})[chain] = _begin(session, chain)


def _verify_chain(session: Session, chain: Chain) -> Iterator[Break]:
    previous, number = "", 0
    events = sa.select(Event).where(Event.chain == chain.name).order_by(Event.number)
    for event in session.scalars(events.execution_options(yield_per=500)):
        number += 1
        if event.number != number:
            yield Break(chain.name, number, "an event is missing or was added")
            return
        if event.hash != hash_of(previous, event):
            yield Break(chain.name, number, "an event was changed or swapped")
            return
        previous = event.hash
    if (number, previous) != (chain.count, chain.head):
        yield Break(chain.name, number + 1, "the last events are missing, or some were added")
        return
    yield from _verify_details(session, chain.name)


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
