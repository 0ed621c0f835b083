"""Unread mails go in, readings and verdicts come out: in a process of its own, whose death takes nothing along."""

import gc
import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Protocol, TypeAlias

from bot import classifier
from bot.classifier import Classifier
from models import message_ids
from models.keys import Keyring
from models.rules.kinds import Auto
from models.rules.reading import Found, Reading, Record, Verdict, Writing

MACHINES_WORD = frozenset({Auto.OWN, Auto.BOUNCE, Auto.AUTO_REPLY})
"""What these wrote is nobody's request; lists and notifications are classified, for they may carry a person's."""
ANSWER_WITHIN = 120.0
"""Seconds for a batch, the loading of the classifier included."""


class ReaderLostError(Exception):
    """The process that read died, or answered nothing in time: some mail of the batch was too much for it."""


@dataclass(frozen=True)
class Mail:
    """A mail as it came, which lists are the firm's own address, and whose Authentication-Results are trusted."""

    raw: bytes
    own_lists: frozenset[str] = frozenset()
    authserv_id: str = ""


@dataclass(frozen=True)
class Ours:
    """What tells our own letters from others' mail."""

    addresses: frozenset[str]
    loop_id: str
    keys: Keyring


@dataclass(frozen=True)
class Told:
    """A reading, and what the classifier of this version says of it: nothing of a machine's word."""

    reading: Reading
    verdict: Verdict | None
    version: str


Unread: TypeAlias = Mail | Reading
Answer: TypeAlias = Callable[[], list[Told]]


class Reader(Protocol):
    """Reads batches, one after the other."""

    def wake(self) -> None:
        """Mail is on its way: get ready."""

    def begin(self, unread: Sequence[Unread]) -> Answer:
        """Begin with a batch; the answer waits for its end. Raises ReaderLostError then."""

    def corrections(self, writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
        """What is to be changed, read against the customer's record where there is one."""

    def close(self) -> None: ...


class ReaderHere:
    """Reads in this very process, when the answer is asked for."""

    def __init__(self, load: Callable[[], Classifier], ours: Ours) -> None:
        self._load, self._ours = load, ours

    def wake(self) -> None:
        """What loads here would hold up whoever calls."""

    def begin(self, unread: Sequence[Unread]) -> Answer:
        return lambda: read_all(unread, self._load(), self._ours)

    def corrections(self, writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
        return self._load().corrections(writing, verdict, record)

    def close(self) -> None:
        """Nothing is held."""


class ReaderBeside:
    """Reads in a process that is started by the first batch, and anew after it was lost.

    Reading is arithmetic and touches no database: beside us it takes no time from the recording and sending.
    """

    def __init__(self, ours: Ours) -> None:
        self._ours = ours
        self._child: tuple[BaseProcess, Connection] | None = None
        self._turns = ThreadPoolExecutor(1, "reader")

    def wake(self) -> None:
        self._turns.submit(self._pipe)

    def begin(self, unread: Sequence[Unread]) -> Answer:
        asked: Future[list[Told]] = self._turns.submit(self._ask, list(unread))
        return asked.result

    def corrections(self, writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
        return classifier.corrections(writing, verdict, record)

    def close(self) -> None:
        self._turns.shutdown()
        self._end()

    def _ask(self, unread: list[Unread]) -> list[Told]:
        try:
            pipe = self._pipe()
            pipe.send(unread)
            if not pipe.poll(ANSWER_WITHIN):
                raise TimeoutError
            told: list[Told] | None = pipe.recv()
        except (EOFError, OSError) as error:
            self._end()
            raise ReaderLostError(type(error).__name__) from None
        if told is None:
            raise ReaderLostError("the reader failed")
        return told

    def _pipe(self) -> Connection:
        if self._child is None:
            ours, theirs = multiprocessing.get_context("spawn").Pipe()
            process = multiprocessing.get_context("spawn").Process(
                target=_serve, args=(theirs, self._ours), name="reader", daemon=True
            )
            process.start()
            # Only the child holds the other end: when one of us dies, the other one sees the end.
            theirs.close()
            self._child = process, ours
        return self._child[1]

    def _end(self) -> None:
        if self._child is not None:
            process, pipe = self._child
            self._child = None
            pipe.close()
            process.kill()
            process.join()


def read_all(unread: Sequence[Unread], judge: Classifier, ours: Ours) -> list[Told]:
    readings = [one if isinstance(one, Reading) else _read(one, ours) for one in unread]
    asked = [reading for reading in readings if reading.auto not in MACHINES_WORD]
    verdicts = iter(judge.read([writing_of(reading) for reading in asked]))
    return [
        Told(reading, None if reading.auto in MACHINES_WORD else next(verdicts), judge.version) for reading in readings
    ]


def writing_of(reading: Reading) -> Writing:
    """What the person wrote; our own words, come back as the subject of an answer, are none of theirs."""
    subject = "" if reading.subject_is_ours else reading.subject
    return Writing(subject, reading.text, reading.new, reading.sender_name)


def _read(one: Mail, ours: Ours) -> Reading:
    from bot.mail import mime  # who reads in a process beside has no use for it

    return mime.read(
        one.raw, own_addresses=ours.addresses, loop_id=ours.loop_id, own_lists=one.own_lists,
        is_own_id=partial(message_ids.is_ours, ours.keys), authserv_id=one.authserv_id,
    )  # fmt: skip


def _serve(pipe: Connection, ours: Ours) -> None:
    """Until the other side is gone; signals to the whole group are for the worker to follow."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # What is loaded stays to the end: the collector of garbage need not walk through it, neither now nor later.
    gc.disable()
    judge = classifier.load()
    # What only the first mail would load.
    _answer([Mail(b"")], judge, ours)
    gc.freeze()
    gc.enable()
    while True:
        try:
            unread = pipe.recv()
        except EOFError:
            return
        pipe.send(_answer(unread, judge, ours))


def _answer(unread: Sequence[Unread], judge: Classifier, ours: Ours) -> list[Told] | None:
    try:
        return read_all(unread, judge, ours)
    except Exception:  # its words may hold the mail's; the worker reads the batch one by one
        return None
