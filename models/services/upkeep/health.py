"""The desk's tables and its disk go in; out come the signs by which one sees how it does. Few queries, all indexed."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import insert_of
from models.config.servers import JUNK
from models.desk import Desk
from models.heartbeat import Heartbeat
from models.mailbox import Mailbox
from models.outbox import LetterState, OutboxLetter
from models.rules.health import LAST_READ, LAST_READ_JUNK, Measure
from models.services.arrival import parcels
from models.services.claims import LEASE
from models.services.outgoing import circuit, outbox
from models.services.upkeep import canary, oauth_tokens
from models.spool import Spool, SpoolState

FORGOTTEN_AFTER = timedelta(days=1)
"""A worker that has been silent for so long is not coming back; as long as no other beats its last beat stays."""

DiskFree = Callable[[Path], int]


@dataclass(frozen=True)
class Box:
    """A mailbox of the configuration. ``seen``: when it was last read to its end, or a part of it just now."""

    name: str
    folder: str
    state: str
    seen: datetime | None
    behind: int
    missed: int


def beat(session: Session, owner: str, *, started: datetime, now: datetime) -> None:
    """A worker's sign of life, by one statement; rows of those that have long been silent go."""
    row = insert_of(session)(Heartbeat).values(owner=owner, started_at=started, beat_at=now)
    session.execute(row.on_conflict_do_update(index_elements=[Heartbeat.owner], set_={"beat_at": now}))
    session.execute(sa.delete(Heartbeat).where(Heartbeat.beat_at < now - FORGOTTEN_AFTER))


def workers(session: Session) -> Sequence[Heartbeat]:
    """The one that showed a sign of life last comes first."""
    return session.scalars(sa.select(Heartbeat).order_by(Heartbeat.beat_at.desc())).all()


def boxes(desk: Desk, session: Session) -> list[Box]:
    """Those of the configuration, in its order, as far as a worker has ever looked."""
    known = {row.name: row for row in session.scalars(sa.select(Mailbox))}
    return [_box(known[name]) for name in _names(desk) if name in known]


def measures(desk: Desk, session: Session, *, now: datetime, disk_free: DiskFree | None = None) -> list[Measure]:
    """All signs but the size of the database, which costs more."""
    beats = workers(session)
    free = (disk_free or _disk_free)(_folder(desk))
    return [
        *_mailboxes(desk, session, beats, now),
        *_tokens(desk, session, now),
        *_canary(desk, session, now),
        *_workers(beats, now),
        *_queues(session, now),
        Measure("disk_free_bytes", free),
    ]


def size(session: Session) -> Measure:
    """The size of the desk's own database on its disk."""
    if session.get_bind().dialect.name == "postgresql":
        octets = session.scalar(sa.select(sa.func.pg_database_size(sa.func.current_database())))
    else:
        pages = sa.text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        octets = session.scalar(pages)
    return Measure("database_bytes", float(octets or 0))


def _mailboxes(desk: Desk, session: Session, beats: Sequence[Heartbeat], now: datetime) -> Iterator[Measure]:
    found = {box.name: box for box in boxes(desk, session)}
    for name in _names(desk):
        box = found.get(name)
        if box is None and name.endswith(JUNK):
            # Not every mailbox has a junk folder.
            continue
        # One that was never read counts from when a worker began.
        since = box.seen if box and box.seen else beats[0].started_at if beats else None
        if since is not None:
            yield Measure(LAST_READ_JUNK if name.endswith(JUNK) else LAST_READ, _age(since, now), name)
        if box is not None:
            yield Measure("mailbox_login_refused", box.state == "needs_login", name)
            yield Measure("mailbox_uids_behind", box.behind, name)
            yield Measure("mailbox_mails_missed", box.missed, name)


def _tokens(desk: Desk, session: Session, now: datetime) -> Iterator[Measure]:
    for one in oauth_tokens.standings(desk, session):
        yield Measure("token_refused", one.refused, one.of)
        if not one.refused:  # that it cannot be renewed says enough
            yield Measure("token_run_out_seconds", _age(one.expires_at, now), one.of)


def _canary(desk: Desk, session: Session, now: datetime) -> Iterator[Measure]:
    known = canary.standing(session) if desk.config.desk.canary else None
    if known is not None:
        yield Measure("canary_missing_seconds", _age(known.waiting_since, now))
        if known.round_trip is not None:
            yield Measure("canary_round_trip_seconds", known.round_trip)


def _names(desk: Desk) -> Iterator[str]:
    for one in desk.config.mailboxes:
        yield one.name
        if one.junk != "leave":
            yield one.junk_name


def _box(row: Mailbox) -> Box:
    seen = row.last_poll
    if row.state == "polling" and row.lease_until is not None:
        # A long first import is no silence: the lease is renewed with every batch.
        seen = max(row.lease_until - LEASE, seen) if seen else row.lease_until - LEASE
    behind = max((row.uidnext or 0) - 1 - row.last_uid, 0)
    return Box(row.name, row.folder, row.state, seen, behind, row.gaps)


def _workers(beats: Sequence[Heartbeat], now: datetime) -> Iterator[Measure]:
    """A desk on which no worker has ever run misses none."""
    if beats:
        yield Measure("worker_silent_seconds", _age(beats[0].beat_at, now))
        yield Measure("clock_skew_seconds", _age(now, max(beats[0].beat_at, now)))


def _queues(session: Session, now: datetime) -> Iterator[Measure]:
    letters = {state: _letters(state) for state in LetterState if state in _COUNTED}
    due = sa.select(sa.func.min(OutboxLetter.next_attempt)).where(
        OutboxLetter.state.in_(outbox.WAITING), OutboxLetter.next_attempt < now
    )
    first = sa.select(sa.func.min(OutboxLetter.created_at)).where(OutboxLetter.state.in_(_UNSENT))
    numbers = sa.select(
        _spooled(SpoolState.WAITING), _spooled(SpoolState.QUARANTINED), due.scalar_subquery().label("due"),
        first.scalar_subquery().label("first"), *letters.values(),
    )  # fmt: skip
    found = session.execute(numbers).one()._mapping
    oldest = parcels.oldest(session)
    yield Measure("spool_waiting", found["spool_waiting"])
    yield Measure("spool_oldest_seconds", _age(oldest, now))
    yield Measure("quarantined", found["spool_quarantined"])
    yield Measure("outbox_waiting", sum(found[f"letters_{state}"] for state in _UNSENT))
    yield Measure("outbox_oldest_seconds", _age(found["first"], now))
    yield Measure("outbox_overdue_seconds", _age(found["due"], now))
    yield Measure("circuit_open_seconds", _age(circuit.open_since(session), now))
    for state in _TROUBLED:
        yield Measure(f"letters_{state}", found[f"letters_{state}"])


_UNSENT = (LetterState.QUEUED, LetterState.DEFERRED, LetterState.SENDING)
_TROUBLED = (LetterState.UNCERTAIN, LetterState.HELD, LetterState.FAILED)
_COUNTED = frozenset({*_UNSENT, *_TROUBLED})


def _letters(state: LetterState) -> sa.Label[int]:
    number = sa.select(sa.func.count()).select_from(OutboxLetter).where(OutboxLetter.state == state)
    return number.scalar_subquery().label(f"letters_{state}")


def _spooled(state: SpoolState) -> sa.Label[int]:
    number = sa.select(sa.func.count()).select_from(Spool).where(Spool.state == state)
    return number.scalar_subquery().label(f"spool_{state}")


def _age(since: datetime | None, now: datetime) -> float:
    """Seconds; none of what is not, or lies ahead."""
    return max((now - since).total_seconds(), 0.0) if since is not None else 0.0


def _folder(desk: Desk) -> Path:
    """Where the desk writes: beside its own database, or, where a server keeps that, beside its secret."""
    url = desk.engine.url
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(url.database).parent
    return desk.config.desk.secret_file.parent


def _disk_free(folder: Path) -> int:
    return shutil.disk_usage(folder).free
