"""A spooled message, read and sorted, becomes a message on a ticket, with its requests, clocks and letter."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.desk import Desk
from models.message import Message
from models.request import Request
from models.rules.kinds import Channel, Kind
from models.rules.lifecycle import State
from models.rules.reading import Reading
from models.rules.routing import Route
from models.services import audit, locks, steps, suppressions
from models.services.arrival import parcels
from models.services.corrections import lookups
from models.services.outgoing import bounces, circuit, letter_limits
from models.services.outgoing.outbox import Answered
from models.services.requester import proofs
from models.services.tickets import beginnings, copies, followups, oversize, repeats
from models.services.tickets.copies import Identity
from models.services.tickets.followups import Heard
from models.services.tickets.sorting import Sorted, requests_of
from models.services.tickets.threads import OF_A_LETTER, Letter, Threads, gather, marks_of, root_of
from models.spool import Spool, SpoolState
from models.ticket import Ticket

_SPOOL = cast("sa.Table", Spool.__table__)
_MESSAGE = cast("sa.Table", Message.__table__)
_READ = (
    sa.update(_SPOOL)
    .where(_SPOOL.c.id == sa.bindparam("spool"))
    .values(
        state=SpoolState.READ,
        ticket_id=sa.bindparam("ticket"),
        claimed_until=None,
        claimed_by=None,
        reason="",
        sender_digest=None,
    )
)
_NEW_MESSAGE = sa.insert(_MESSAGE).returning(_MESSAGE.c.id, sort_by_parameter_order=True)


@dataclass(frozen=True)
class _Placed:
    """A message on its ticket, with the requests that it made; ``by``: how it was found to belong there.

    ``told_of`` is the letter of ours that it says did not arrive, or was answered by a machine.
    """

    one: Sorted
    ticket: Ticket
    by: str | None
    digest: str
    made: list[Request]
    told_of: Letter | None
    looks_related: str | None


def record(desk: Desk, session: Session, batch: Sequence[Sorted], *, now: datetime) -> None:
    """Record a batch in the transaction that this session is: messages, tickets, requests, letters, audit."""
    locks.hold(session, [key for one in batch for key in (one.reading.sender, root_of(one.reading))])
    # Flushed once where ids are needed, and not before each query: a batch is a few hundred rows.
    with session.no_autoflush:
        senders = {one.reading.sender for one in batch if one.reading.sender}
        letter_limits.expect_letters_to(desk, session, senders, now=now)
        batch = repeats.marked(desk, session, batch, now=now)
        threads = gather(desk, session, [one.reading for one in batch])
        placed, read = _place_all(desk, session, batch, threads, now=now)
        session.flush()
        ids = _write_messages(session, placed)
        _mark_read(session, read)
        parcels.follow(session, [one.spool_id for one in batch if one.channel is Channel.HAND])
        answered = bounces.answered_by(desk, session, [one.one.reading for one in placed if not one.told_of], now=now)
        bounces.hold(session, answered | {one.told_of.id for one in placed if one.told_of is not None})
        bounces.count_answered(session, answered)
        for one, message_id in zip(placed, ids, strict=True):
            _act(desk, session, one, message_id, now=now)
    if any(one.reading.auto in bounces.TELL for one in batch):
        circuit.look(session, now=now)


def _place_all(
    desk: Desk, session: Session, batch: Sequence[Sorted], threads: Threads, *, now: datetime
) -> tuple[list[_Placed], dict[int, Ticket]]:
    """Every message of the batch on its ticket, and the ticket of each spool; a copy of one we hold makes nothing."""
    held = copies.held(session, [one.reading for one in batch])
    identities = [copies.identity(one.reading, held, trapped=one.trapped) for one in batch]
    runs = _beginnings(desk, batch, identities, held, threads)
    placed, read = [], {}
    begun: dict[int, Ticket] = {}
    for one, identity in zip(batch, identities, strict=True):
        if one.spool_id in runs:
            begun |= beginnings.begin(desk, session, runs[one.spool_id])
        if identity not in held:
            placed.append(_place(desk, session, one, identity, threads, begun.get(one.spool_id), now=now))
            held[identity] = placed[-1].ticket
        read[one.spool_id] = held[identity]
    return placed, read


def _beginnings(
    desk: Desk, batch: Sequence[Sorted], identities: Sequence[Identity], held: Container[Identity], threads: Threads
) -> dict[int, list[Sorted]]:
    """Those that begin a ticket for certain: no copies, and nothing in them names a ticket or a message we know.

    In runs, each by its first spool row, so that all rows have their numbers in the order of the batch.
    """
    known = threads.known()
    runs: list[list[Sorted]] = [[]]
    seen: set[Identity] = set()
    for one, identity in zip(batch, identities, strict=True):
        answers = one.channel.is_mail and not known.isdisjoint(marks_of(desk, one.reading))
        if answers or identity in held or identity in seen:
            runs.append([])
        else:
            runs[-1].append(one)
        seen.add(identity)
        known |= {identity[0], root_of(one.reading)[:998], one.reference}
    return {run[0].spool_id: run for run in runs if len(run) >= beginnings.MANY}


def _place(
    desk: Desk, session: Session, one: Sorted, identity: Identity, threads: Threads, begun: Ticket | None, *,
    now: datetime,
) -> _Placed:  # fmt: skip
    """The message on the ticket that it answers, or on a new one."""
    answers = one.channel.is_mail and not one.trapped
    found = threads.find(one.reading) if answers and begun is None else None
    if begun is not None:
        ticket, by, made = begun, None, list(begun.requests)
    elif found is None:
        ticket, by = _begin(session, one), None
        made = requests_of(desk, one, ticket)
    else:
        ticket, by = found
        made = _follow_up(desk, session, one, ticket, by, now=now)
        ticket = made[0].ticket if made else ticket
    if begun is None:
        session.add_all(made)
    message_id, digest = identity
    related = threads.looks_related(one.reading) if one.channel.is_mail and by is None else None
    threads.add(ticket, message_id, root_of(one.reading)[:998])
    told_of = threads.letter_of(one.reading) if bounces.tells(one.reading) else None
    return _Placed(one, ticket, by, digest, made, told_of, related)


def _follow_up(desk: Desk, session: Session, one: Sorted, ticket: Ticket, by: str, *, now: datetime) -> list[Request]:
    if one.route is Route.SET_ASIDE:
        return []
    if any(request.id is None for request in ticket.requests):
        # The ticket was made by this very batch: its requests need their ids before anything follows up on them.
        session.flush()
    if not followups.begins_anew(ticket, one, now):
        return followups.requests_on(desk, ticket, one, threaded_by=by)
    made = requests_of(desk, one, _begin(session, one))
    for request in made:
        request.linked_to = ticket.reference
    return made


def _begin(session: Session, one: Sorted) -> Ticket:
    ticket = Ticket(**beginnings.ticket_row(one), requests=[])
    audit.begin(session, ticket.reference)
    session.add(ticket)
    return ticket


def _write_messages(session: Session, placed: Sequence[_Placed]) -> Sequence[int]:
    """By the many, as what is put by; but their numbers are needed."""
    rows = [_message(one.one, one) for one in placed]
    return session.connection().execute(_NEW_MESSAGE, rows).scalars().all() if rows else ()


def _message(one: Sorted, placed: _Placed) -> dict[str, object]:
    reading = one.reading
    return {
        "ticket_id": placed.ticket.id, "spool_id": one.spool_id, "received_at": one.received_at,
        "sender": reading.sender[:320], "sender_name": reading.sender_name[:200], "reply_to": reading.reply_to,
        "recipient": ", ".join(reading.to)[:320], "subject": reading.subject[:1000], "text": reading.text,
        "new": [list(span) for span in reading.new],
        "apart": [[span.start, span.end, span.kind.value] for span in reading.apart],
        "reasons": [list(span) for span in one.verdict.passages] if one.verdict else [],
        "message_id": reading.message_id[:998], "references": _references(reading),
        "thread_root": root_of(reading)[:998], "digest": placed.digest, "body_digest": one.body_digest,
        "language": one.language, "auto": reading.auto, "auto_reason": reading.auto_reason, "threaded_by": placed.by,
        "verified": reading.verified, "looks_related": placed.looks_related, "defects": list(reading.defects),
        "attachments": [{"name": a.name, "type": a.type, "size": a.size} for a in reading.attachments],
    }  # fmt: skip


def _references(reading: Reading) -> list[str]:
    return list(reading.references)[:100]


def _act(desk: Desk, session: Session, placed: _Placed, message_id: int, *, now: datetime) -> None:
    """What follows from the message: events, corrections, the suppression, the one letter."""
    one, ticket, made = placed.one, placed.ticket, placed.made
    detail = {"from": one.reading.sender, "channel": one.channel, "auto": one.reading.auto, "spool": one.spool_id}
    audit.record(session, ticket.reference, "received", by=steps.WORKER, now=now, detail=detail)
    if placed.told_of is not None:
        bounces.record(session, placed.told_of, one.reading, now=now)
    if placed.by not in {None, OF_A_LETTER} and ticket.held_for is None:
        ticket.held_for = one.held_for
    if placed.by and one.route is not Route.SET_ASIDE:
        heard = Heard(message_id, ticket, placed.by)
        followups.hear(desk, session, heard, one, made, now=now)
    for request in made:
        _sorted(desk, session, one, request, message_id, now=now)
    answers = Answered(one.reading.message_id[:998], _references(one.reading))
    oversize.tell(desk, session, one, ticket, answers, now=now)
    if any(request.state is State.AWAITING_PROOF for request in made):
        by_form = one.channel is Channel.FORM
        proofs.ask(desk, session, ticket, now=now, by_form=by_form, answers=answers, first=placed.by is None)


def _sorted(desk: Desk, session: Session, one: Sorted, request: Request, message_id: int, *, now: datetime) -> None:
    detail = {"kind": request.kind, "state": request.state, "confidence": round(one.confidence, 4)}
    steps.noted(session, request, "sorted", by=one.classifier or steps.WORKER, now=now, detail=detail)
    if Kind.RECTIFICATION in {request.kind, *one.kinds} and request.kind in {Kind.RECTIFICATION, one.kinds[0]}:
        lookups.add_corrections(desk, request, one.found, one.rows, message_id)
    if request.kind is Kind.OPT_OUT and request.state is State.APPLYING:
        suppressions.suppress(desk, session, request.ticket.requester, source=one.channel, now=now)


def _mark_read(session: Session, read: Mapping[int, Ticket]) -> None:
    rows = [{"spool": spool_id, "ticket": ticket.id} for spool_id, ticket in read.items()]
    session.connection().execute(_READ, rows)
