"""Unread mails go in, readings and verdicts come out: parsed in one process beside us and judged in another."""

import gc
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import Protocol, TypeAlias

from bot import classifier
from bot.beside import AwayError, Beside, leave_signals_to_the_parent
from bot.classifier import Classifier
from bot.mail.parsing import Mail, Ours, Parsed
from bot.parser import Parser, ParserBeside, ParserHere
from models.rules.kinds import Auto
from models.rules.reading import Found, Reading, Record, Verdict, Writing

MACHINES_WORD = frozenset({Auto.OWN, Auto.BOUNCE, Auto.AUTO_REPLY})
"""What these wrote is nobody's request; lists and notifications are classified, for they may carry a person's."""
ANSWER_WITHIN = 120.0
"""Seconds for the verdicts on a batch, the loading of the classifier included."""
PARSED_WITHIN = 30.0
"""Seconds in which mails of a batch are begun with: bombs shall not hold their neighbours longer than the batch is
ours."""


class ReaderLostError(Exception):
    """The process that read died, or answered nothing in time: some mail of the batch was too much for it."""


@dataclass(frozen=True)
class Told:
    """A reading, and what the classifier of this version says of it: nothing of a machine's word.

    ``lost``: why the mail could not be read, else blank; then the reading says that alone.
    """

    reading: Reading
    verdict: Verdict | None
    version: str
    lost: str = ""


Unread: TypeAlias = Mail | Reading
Judged: TypeAlias = tuple[list[Verdict], str]
"""A verdict a writing, and the classifier's version."""
Answer: TypeAlias = Callable[[], list[Told | None]]
"""One for each of the batch; None for a mail that was not reached in time and is to be given again."""


class Reader(Protocol):
    """Reads batches, one after the other."""

    def wake(self) -> None:
        """Mail is on its way: get ready."""

    def begin(self, unread: Sequence[Unread]) -> Answer:
        """Begin with a batch; the answer waits for its end. Raises then ReaderLostError, or AwayError."""

    def corrections(self, writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
        """What is to be changed, read against the customer's record where there is one."""

    def close(self) -> None: ...


class ReaderHere:
    """Judges in this very process, when the answer is asked for."""

    def __init__(self, load: Callable[[], Classifier], ours: Ours, parser: Parser | None = None) -> None:
        self._load, self._parser = load, parser or ParserHere(ours)

    def wake(self) -> None:
        """What loads here would hold up whoever calls."""

    def begin(self, unread: Sequence[Unread]) -> Answer:
        return lambda: _told(_parsed(unread, self._parser), partial(_judge, self._load()))

    def corrections(self, writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
        return self._load().corrections(writing, verdict, record)

    def close(self) -> None:
        self._parser.close()


class ReaderBeside:
    """Parses in one process and judges in another, each started by the first batch and anew after it was lost.

    Reading is arithmetic and touches no database: beside us it takes no time from the recording and sending. One batch
    is parsed while the one before it is judged; what is too much for the parser does not cost the classifier.
    """

    def __init__(self, ours: Ours, parser: Parser | None = None) -> None:
        self._parser = parser or ParserBeside(ours)
        self._child = Beside("reader", _serve)
        self._parsing, self._judging = ThreadPoolExecutor(1, "parsing"), ThreadPoolExecutor(1, "judging")

    @property
    def pid(self) -> int | None:
        """Of the process that holds the classifier."""
        return self._child.pid

    def wake(self) -> None:
        self._parsing.submit(self._parser.wake)
        self._judging.submit(self._child.pipe)

    def begin(self, unread: Sequence[Unread]) -> Answer:
        unread = list(unread)
        if not any(isinstance(one, Mail) for one in unread):
            return self._judging.submit(self._told, [Parsed(one) for one in unread if isinstance(one, Reading)]).result
        asked = self._parsing.submit(self._parse, unread)
        return lambda: asked.result().result()

    def corrections(self, writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
        return classifier.corrections(writing, verdict, record)

    def close(self) -> None:
        """At once: a batch in hand is given up."""
        self._parser.close()
        self._parsing.shutdown()
        self._child.close()
        self._judging.shutdown()

    def _parse(self, unread: list[Unread]) -> Future[list[Told | None]]:
        return self._judging.submit(self._told, _parsed(unread, self._parser))

    def _told(self, parsed: Sequence[Parsed | None]) -> list[Told | None]:
        return _told(parsed, self._ask)

    def _ask(self, writings: list[Writing]) -> Judged:
        try:
            pipe = self._child.pipe()
            pipe.send(writings)
            if not pipe.poll(ANSWER_WITHIN):
                raise TimeoutError
            judged: Judged | None = pipe.recv()
        except (EOFError, OSError) as error:
            if self._child.closed:
                raise AwayError("closed") from None
            self._child.end()
            raise ReaderLostError(type(error).__name__) from None
        if judged is None:
            raise ReaderLostError("the reader failed")
        return judged


def writing_of(reading: Reading) -> Writing:
    """What the person wrote; our own words, come back as the subject of an answer, are none of theirs."""
    subject = "" if reading.subject_is_ours else reading.subject
    return Writing(subject, reading.text, reading.new, reading.sender_name)


def _parsed(unread: Sequence[Unread], parser: Parser) -> list[Parsed | None]:
    mails = [one for one in unread if isinstance(one, Mail)]
    parsed = iter(parser.parse(mails, within=PARSED_WITHIN))
    return [next(parsed, None) if isinstance(one, Mail) else Parsed(one) for one in unread]


def _told(parsed: Sequence[Parsed | None], judge: Callable[[list[Writing]], Judged]) -> list[Told | None]:
    asked = [one is not None and _is_asked_for(one) for one in parsed]
    found, version = judge([writing_of(one.reading) for one, ask in zip(parsed, asked, strict=True) if one and ask])
    verdicts = iter(found)
    return [
        Told(one.reading, next(verdicts) if ask else None, version, one.lost) if one else None
        for one, ask in zip(parsed, asked, strict=True)
    ]


def _is_asked_for(one: Parsed) -> bool:
    return not one.lost and one.reading.auto not in MACHINES_WORD


def _judge(judge: Classifier, writings: list[Writing]) -> Judged:
    return judge.read(writings), judge.version


def _serve(pipe: Connection) -> None:
    """Until the other side is gone."""
    leave_signals_to_the_parent()
    # What is loaded stays to the end: the collector of garbage need not walk through it, neither now nor later.
    gc.disable()
    judge = classifier.load()
    # What only the first mail would load.
    _answer(judge, [Writing("", "", ())])
    gc.freeze()
    gc.enable()
    while True:
        try:
            writings = pipe.recv()
        except EOFError:
            return
        pipe.send(_answer(judge, writings))


def _answer(judge: Classifier, writings: list[Writing]) -> Judged | None:
    try:
        return _judge(judge, writings)
    except Exception:  # its words may hold the mail's; the worker reads the batch one by one
        return None
