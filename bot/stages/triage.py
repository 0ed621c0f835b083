"""Spool → message, ticket, requests, corrections: a batch is read, classified, looked up, and recorded at once."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import undefer

from bot.reader import Answer, Mail, Ours, Reader, Told, writing_of
from bot.stages import deliver
from bot.stages.customers import rows_of
from bot.traces import told
from models.customers import Row
from models.desk import Desk
from models.rules.identity import needs_proof
from models.rules.kinds import Auto, Kind
from models.rules.loop_guards import Held
from models.rules.reading import Reading
from models.rules.routing import Route, route
from models.rules.submission import Submission
from models.rules.unsubscribing import is_unsubscribing
from models.services import claims, intake, triage
from models.services.intake import DOOR
from models.services.proposals import record_of
from models.services.sorting import Sorted
from models.services.threads import subjects_of_ours
from models.spool import Spool, SpoolState

log = logging.getLogger(__name__)

BATCH = 64
BATCH_BYTES = 16_000_000
OVERSIZE = "larger than the desk reads: only its header was fetched"


@dataclass(frozen=True)
class Taken:
    """One spooled message on its way to the reader; ``submission`` where it was typed, not mailed."""

    spool: Spool
    reference: str
    unread: Mail | Reading
    submission: Submission | None = None

    @property
    def certain(self) -> bool:
        """Whether the kind was chosen by whoever typed it: nothing is left to be judged."""
        return self.submission is not None and self.submission.kind is not Kind.OTHER


@dataclass(frozen=True)
class Begun:
    """A batch that the reader has begun with."""

    taken: list[Taken]
    answer: Answer


class Triage:
    """The stage of one worker. While a batch is recorded the reader is at the next one."""

    def __init__(self, desk: Desk, reader: Reader, *, owner: str) -> None:
        self._desk, self._reader, self._owner = desk, reader, owner
        self._ahead: Begun | None = None

    def batch(self) -> dict[str, int]:
        """How many messages were triaged and how many quarantined; nothing when none waits."""
        begun, self._ahead = self._ahead or self._begin(), None
        if begun is None:
            return {}
        self._ahead = self._begin()
        try:
            return self._record(begun)
        except OperationalError:
            # Our own database is away: the claims run out, and the same batch comes again.
            raise
        except Exception as error:  # one bad mail stops no other
            log.warning("a batch of %d could not be triaged (%s): one by one", len(begun.taken), told(error))
            return self._one_by_one(begun.taken)

    def close(self) -> None:
        """Give back what was taken ahead."""
        if self._ahead is not None:
            ids = [one.spool.id for one in self._ahead.taken]
            self._ahead = None
            with self._desk.sessions.begin() as session:
                claims.release(session, Spool, ids, owner=self._owner, until=None)

    def _begin(self) -> Begun | None:
        taken = [_open(self._desk, spool) for spool in _take(self._desk, owner=self._owner)]
        return self._begin_with(taken) if taken else None

    def _begin_with(self, taken: list[Taken]) -> Begun:
        return Begun(taken, self._reader.begin([one.unread for one in taken if not one.certain]))

    def _record(self, begun: Begun) -> dict[str, int]:
        told = self._judged_anew(_told(begun))
        unreadable = {one.spool.id: _why(said) for one, said in told if _from_nobody(said.reading)}
        good = [(one, said) for one, said in told if one.spool.id not in unreadable]
        batch = _sort(self._desk, self._reader, good)
        _quarantine(self._desk, unreadable)
        if batch:
            with self._desk.sessions.begin() as session:
                triage.record(self._desk, session, batch, now=self._desk.clock())
        return {"triaged": len(batch), "quarantined": len(unreadable)}

    def _judged_anew(self, told: list[tuple[Taken, Told]]) -> list[tuple[Taken, Told]]:
        """An answer is judged by what the person wrote: the subject of our own letter, come back, asks for nothing."""
        subjects = [said.reading.subject for _, said in told if said.verdict is not None]
        with self._desk.readers() as session:
            own = subjects_of_ours(session, subjects)
        answers = [at for at, (_, said) in enumerate(told) if said.verdict is not None and said.reading.subject in own]
        if answers:
            anew = self._reader.begin([replace(told[at][1].reading, subject_is_ours=True) for at in answers])()
            for at, said in zip(answers, anew, strict=True):
                told[at] = told[at][0], said
        return told

    def _one_by_one(self, taken: Sequence[Taken]) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for one in taken:
            try:
                counts.update(self._record(self._begin_with([one])))
            except OperationalError:
                raise
            except Exception as error:  # kept raw, shown to staff, and the next one is read
                log.warning("spool %d is quarantined: %s", one.spool.id, told(error))
                _quarantine(self._desk, {one.spool.id: f"could not be read: {type(error).__name__}"})
                counts["quarantined"] += 1
        return counts


def ours(desk: Desk) -> Ours:
    mine = (desk.config.desk.address, *desk.config.desk.aliases)
    return Ours(frozenset(address.lower() for address in mine), deliver.loop_id(desk), desk.keys)


def _take(desk: Desk, *, owner: str) -> list[Spool]:
    with desk.sessions.begin() as session:
        waiting = Spool.state == SpoolState.WAITING
        ids = claims.claim(session, Spool, waiting, owner=owner, now=desk.clock(), limit=BATCH, first_by=Spool.id)
        if not ids:
            return []
        sizes = dict(session.execute(sa.select(Spool.id, Spool.size).where(Spool.id.in_(ids))).all())
        kept = _within(ids, sizes)
        claims.release(session, Spool, ids[len(kept) :], owner=owner, until=None)
        rows = sa.select(Spool).where(Spool.id.in_(kept)).order_by(Spool.id).options(undefer(Spool.raw))
        return list(session.scalars(rows))


def _within(ids: Sequence[int], sizes: Mapping[int, int]) -> list[int]:
    """As many of them as fit the memory of a batch, one at the least."""
    total = 0
    kept: list[int] = []
    for one in ids:
        total += sizes[one]
        if kept and total > BATCH_BYTES:
            break
        kept.append(one)
    return kept


def _open(desk: Desk, spool: Spool) -> Taken:
    raw = desk.keys.unseal(spool.raw or b"")
    reference = spool.reference or desk.new_reference()
    if spool.channel.is_mail:
        return Taken(spool, reference, Mail(raw, *trusted_on(desk, spool.account)))
    typed = Submission.from_bytes(raw)
    return Taken(spool, reference, typed.reading(reference=reference, received_at=spool.received_at), typed)


def _told(begun: Begun) -> list[tuple[Taken, Told]]:
    """Each message with its reading: from the reader, or as it was typed where nothing is to be judged."""
    answers = iter(begun.answer())
    return [(one, _as_typed(one.unread) if one.certain else next(answers)) for one in begun.taken]


def _as_typed(reading: Mail | Reading) -> Told:
    assert isinstance(reading, Reading)  # noqa: S101
    return Told(reading, None, "")


def trusted_on(desk: Desk, account: str) -> tuple[frozenset[str], str]:
    """Which lists are our own, and whose Authentication-Results are trusted, on the way that a mail came by."""
    config = desk.config
    way = config.listener if account == DOOR else {one.name: one for one in config.mailboxes}.get(account)
    return (frozenset(way.own_lists), way.authserv_id) if way else (frozenset(), "")


def _from_nobody(reading: Reading) -> bool:
    """A mail server that gives a letter back often has no address that one could write to."""
    return not reading.sender and reading.auto is not Auto.BOUNCE


def _why(said: Told) -> str:
    return "no sender: " + ", ".join(said.reading.defects or ("no From header",))


def _sort(desk: Desk, reader: Reader, told: Sequence[tuple[Taken, Told]]) -> list[Sorted]:
    sorted_ = [_sorted(desk, one, said) for one, said in told]
    about_someone = [one for one in sorted_ if one.route is not Route.SET_ASIDE and _needs_rows(one)]
    rows = rows_of(desk, {one.reading.sender for one in about_someone})
    return [_with_rows(desk, reader, one, rows) for one in sorted_]


def _sorted(desk: Desk, one: Taken, said: Told) -> Sorted:
    typed, verdict, reading = one.submission, said.verdict, said.reading
    kinds: tuple[Kind, ...] = (typed.kind,) if typed and verdict is None else (Kind.OTHER,)
    way = Route.AUTO if typed else Route.SET_ASIDE
    if verdict is not None:
        kinds = verdict.decided
        way = route(verdict, reading.auto, threshold=desk.config.desk.threshold)
    if one.spool.channel.is_mail and is_unsubscribing(reading, desk.config.desk.addresses):
        kinds, way, verdict = (Kind.OPT_OUT,), Route.AUTO, None
    if one.spool.oversize:
        # Nobody can tell from a header alone what is asked.
        way = Route.PERSON if way is Route.AUTO else way
        reading = replace(reading, defects=(OVERSIZE, *reading.defects))
    language = (typed.language if typed else "") or (said.verdict.language if said.verdict else "unknown")
    return Sorted(
        one.spool.id, one.spool.channel, one.reference, one.spool.received_at, reading, verdict, way, kinds,
        trapped=one.spool.trapped, oversize=one.spool.oversize, classifier=said.version if verdict else "",
        language=language, found=typed.found() if typed else (), held_for=Held.OLD if one.spool.backfilled else None,
    )  # fmt: skip


def _needs_rows(one: Sorted) -> bool:
    return one.route is Route.PERSON or any(needs_proof(kind) for kind in one.kinds)


def _with_rows(desk: Desk, reader: Reader, one: Sorted, rows: Mapping[str, Sequence[Row]] | None) -> Sorted:
    """The message with its sender's rows, and its corrections read against them."""
    if one.route is Route.SET_ASIDE or not _needs_rows(one):
        return one
    own = None if rows is None else tuple(rows.get(one.reading.sender, ()))
    found = one.found
    if one.verdict is not None and (Kind.RECTIFICATION in one.kinds or one.route is Route.PERSON):
        record = record_of(own or (), desk.stores)
        found = (*found, *reader.corrections(writing_of(one.reading), one.verdict, record))
    return replace(one, rows=own, found=found)


def _quarantine(desk: Desk, reasons: Mapping[int, str]) -> None:
    if reasons:
        with desk.sessions.begin() as session:
            for spool_id, reason in reasons.items():
                intake.quarantine(session, spool_id, reason=reason, now=desk.clock())
