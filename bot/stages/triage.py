"""Spool → message, ticket, requests, corrections: a batch is read, classified, looked up, and recorded at once."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy.exc import OperationalError

from bot.beside import AwayError
from bot.mail.parsing import Mail, Ours
from bot.reader import Answer, Reader, Told, writing_of
from bot.stages import deliver
from bot.stages.customers import rows_of
from bot.stages.taking import Taken, quarantine, take
from bot.traces import told
from models.customers import Row
from models.desk import Desk
from models.rules.identity import needs_proof
from models.rules.kinds import Auto, Kind
from models.rules.loop_guards import Held
from models.rules.reading import Reading
from models.rules.routing import Route, looked_at, route
from models.rules.unsubscribing import unsubscribes_by
from models.services.arrival import spooling
from models.services.corrections.proposals import record_of
from models.services.tickets import triage
from models.services.tickets.sorting import Sorted
from models.services.tickets.threads import subjects_of_ours

log = logging.getLogger(__name__)

OVERSIZE = "larger than the desk reads: only its header was fetched"


@dataclass(frozen=True)
class Begun:
    """A batch that the reader has begun with."""

    taken: list[Taken]
    answer: Answer

    @property
    def was_tried(self) -> bool:
        return any(one.spool.attempts > 1 for one in self.taken)


class Triage:
    """The stage of one worker. While a batch is recorded the reader is at the next one."""

    def __init__(self, desk: Desk, reader: Reader, *, owner: str) -> None:
        self._desk, self._reader, self._owner = desk, reader, owner
        self._ahead: Begun | None = None
        self._in_vain = 0

    def batch(self) -> dict[str, int]:
        """How many messages were triaged and how many quarantined; nothing when none waits."""
        begun, self._ahead = self._ahead or self._begin(), None
        counts: Counter[str] = Counter()
        if begun is not None:
            # Beside what may be deadly nothing else is in hand.
            self._ahead = None if begun.was_tried else self._begin()
            counts.update(self._triaged(begun))
        if self._in_vain:
            counts["quarantined"] += self._in_vain
            self._in_vain = 0
        return counts

    def close(self) -> None:
        """Give back what was taken ahead."""
        if self._ahead is not None:
            self._give_back(self._ahead.taken)
            self._ahead = None

    def _begin(self) -> Begun | None:
        haul = take(self._desk, owner=self._owner)
        self._in_vain += haul.shut_in
        return self._begin_with(haul.taken) if haul.taken else None

    def _begin_with(self, taken: list[Taken]) -> Begun:
        return Begun(taken, self._reader.begin([one.unread for one in taken if not one.certain]))

    def _triaged(self, begun: Begun) -> dict[str, int]:
        try:
            return self._recorded(begun)
        except AwayError:
            # That says nothing of the messages: they are not counted as tried.
            self._give_back(begun.taken)
            raise

    def _recorded(self, begun: Begun) -> dict[str, int]:
        done = self._tried(lambda: begun)
        if isinstance(done, Exception):  # one bad mail stops no other
            log.warning("a batch of %d could not be triaged (%s): one by one", len(begun.taken), told(done))
            return self._one_by_one(begun.taken)
        return done

    def _tried(self, begin: Callable[[], Begun]) -> dict[str, int] | Exception:
        """What was done, or why these messages cannot be triaged together. Raises AwayError, which says nothing of
        them."""
        try:
            return self._record(begin())
        except AwayError:
            raise
        except Exception as error:  # whatever a stranger finds to send
            return error

    def _record(self, begun: Begun) -> dict[str, int]:
        told = self._judged_anew(self._reached(begun))
        unreadable = {one.spool.id: _why(said) for one, said in told if _is_nobodys(one, said)}
        good = [(one, said) for one, said in told if one.spool.id not in unreadable]
        batch = _sort(self._desk, self._reader, good)
        quarantine(self._desk, unreadable)
        if batch:
            with self._desk.sessions.begin() as session:
                triage.record(self._desk, session, batch, now=self._desk.clock())
        return {"triaged": len(batch), "quarantined": len(unreadable)}

    def _reached(self, begun: Begun) -> list[tuple[Taken, Told]]:
        """Each message with its reading, or as it was typed where nothing is to be judged. What the reader had no time
        for, behind a bomb, is given back and comes again."""
        answers = iter(begun.answer())
        told = [(one, _as_typed(one.unread) if one.certain else next(answers)) for one in begun.taken]
        self._give_back([one for one, said in told if said is None])
        return [(one, said) for one, said in told if said is not None]

    def _give_back(self, taken: Sequence[Taken]) -> None:
        if taken:
            with self._desk.sessions.begin() as session:
                ids = [one.spool.id for one in taken]
                spooling.give_back(session, ids, owner=self._owner)

    def _judged_anew(self, told: list[tuple[Taken, Told]]) -> list[tuple[Taken, Told]]:
        """An answer is judged by what the person wrote: the subject of our own letter, come back, asks for nothing."""
        subjects = [said.reading.subject for _, said in told if said.verdict is not None]
        with self._desk.readers() as session:
            own = subjects_of_ours(session, subjects)
        answers = [at for at, (_, said) in enumerate(told) if said.verdict is not None and said.reading.subject in own]
        if answers:
            anew = self._reader.begin([replace(told[at][1].reading, subject_is_ours=True) for at in answers])()
            for at, said in zip(answers, anew, strict=True):
                told[at] = told[at][0], said or told[at][1]
        return told

    def _one_by_one(self, taken: Sequence[Taken]) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for one in taken:
            done = self._tried(partial(self._begin_with, [one]))
            if isinstance(done, Exception):
                counts["quarantined"] += self._set_apart(one.spool.id, done)
            else:
                counts.update(done)
        return counts

    def _set_apart(self, spool_id: int, error: Exception) -> bool:
        """Whether it is in quarantine now: kept raw and shown to staff, and the next one is read."""
        if isinstance(error, OperationalError):
            return self._not_recorded(spool_id, error)
        log.warning("spool %d is quarantined: %s", spool_id, told(error))
        quarantine(self._desk, {spool_id: f"could not be read: {type(error).__name__}"})
        return True

    def _not_recorded(self, spool_id: int, error: OperationalError) -> bool:
        """Whether it is in quarantine now. Raises where our own database is away: the claims run out by themselves."""
        log.warning("spool %d could not be recorded: %s", spool_id, told(error))
        why = f"could not be recorded: {type(error.orig).__name__}"
        with self._desk.sessions.begin() as session:
            return spooling.fail(session, spool_id, reason=why, now=self._desk.clock())


def ours(desk: Desk) -> Ours:
    mine = (desk.config.desk.address, *desk.config.desk.aliases)
    return Ours(frozenset(address.lower() for address in mine), deliver.loop_id(desk), desk.keys)


def _as_typed(reading: Mail | Reading) -> Told:
    assert isinstance(reading, Reading)  # noqa: S101
    return Told(reading, None, "")


def _is_nobodys(one: Taken, said: Told) -> bool:
    """A mail server that gives a letter back often has no address that one could write to, and spam need have none."""
    if one.spool.trapped and not said.lost:
        return False
    return not said.reading.sender and said.reading.auto is not Auto.BOUNCE


def _why(said: Told) -> str:
    return said.lost or "no sender: " + ", ".join(said.reading.defects or ("no From header",))


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
    if one.spool.channel.is_mail and unsubscribes_by(reading, desk.config.desk.addresses):
        kinds, way, verdict = (Kind.OPT_OUT,), Route.AUTO, None
    if one.spool.oversize or reading.in_part:
        # Nobody can tell from a header alone, or from a part, what is asked.
        way = looked_at(way)
    if one.spool.oversize:
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
