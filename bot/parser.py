"""Raw mails go in, what they say comes out: parsed in a process of its own, which a bomb takes along and nothing else.

The limits are mail.md's: 30 s and 448 MB of address space a mail.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Protocol

from bot.beside import AwayError, Beside
from bot.mail import parsing
from bot.mail.parsing import Mail, Ours, Parse, Parsed, lost
from models.rules.reading import NotReadError, Reading

GROUP_BYTES = 1_000_000
"""So much goes to the child at once: more would only fill its memory."""
STARTED_WITHIN = 60.0

TOO_SLOW = "took longer to read than the {:g} s that a mail may take"
KILLED = "ended the program that read it ({})"


@dataclass(frozen=True)
class Limits:
    """Of one mail: seconds by the clock on the wall, and bytes of address space."""

    seconds: float = 30.0
    memory: int = 448 << 20


LIMITS = Limits()


class Parser(Protocol):
    """Parses batches, one after the other."""

    def wake(self) -> None:
        """Mail is on its way: get ready."""

    def parse(self, mails: Sequence[Mail], *, whole: bool = False, within: float | None = None) -> list[Parsed]:
        """One for each mail, but for the last ones where the time is up: after ``within`` seconds no other is begun.

        ``whole``: with the HTML and with the contents of the files.

        Raises AwayError.
        """

    def close(self) -> None: ...


class ParserHere:
    """Parses in this very process, without a limit: for mail that is our own."""

    def __init__(self, ours: Ours, read: Parse = parsing.parse) -> None:
        self._ours, self._read = ours, read

    def wake(self) -> None:
        """Nothing to start."""

    def parse(self, mails: Sequence[Mail], *, whole: bool = False, within: float | None = None) -> list[Parsed]:
        return [parsing.parsed(one, self._ours, self._read, whole=whole) for one in mails]

    def close(self) -> None:
        """Nothing is held."""


class ParserBeside:
    """Parses in a child: a mail that hangs, takes too much memory or kills it costs that child and that mail."""

    def __init__(self, ours: Ours, *, limits: Limits = LIMITS, read: Parse = parsing.parse) -> None:
        self._limits = limits
        self._child = Beside("parser", parsing.serve, ours, limits.memory, read)

    @property
    def pid(self) -> int | None:
        return self._child.pid

    def wake(self) -> None:
        self._started()

    def parse(self, mails: Sequence[Mail], *, whole: bool = False, within: float | None = None) -> list[Parsed]:
        until = math.inf if within is None else time.monotonic() + within
        done: list[Parsed] = []
        while len(done) < len(mails) and time.monotonic() < until:
            done += self._group(_group(mails, len(done)), whole, until)
        return done

    def read(self, raw: bytes) -> Reading:
        """A mail with all that is in it. Raises NotReadError."""
        try:
            (parsed,) = self.parse([Mail(raw)], whole=True)
        except AwayError:
            raise NotReadError("cannot be read now") from None
        if parsed.lost:
            raise NotReadError(parsed.lost)
        return parsed.reading

    def close(self) -> None:
        self._child.close()

    def _group(self, mails: list[Mail], whole: bool, until: float) -> Iterator[Parsed]:
        """Up to the first that is lost, or the end of the time, and the child with it."""
        pipe = self._started()
        try:
            pipe.send((mails, whole))
            for _ in mails:
                one = pipe.recv() if pipe.poll(self._limits.seconds) else self._too_slow()
                yield one
                if one.lost or time.monotonic() > until:
                    return self._child.end()
        except (EOFError, OSError):
            yield self._killed()
            self._child.end()

    def _started(self) -> Connection:
        if self._child.alive:
            return self._child.pipe()
        # Whatever ended it while nothing was asked of it is no mail's fault.
        self._child.end()
        try:
            pipe = self._child.pipe()
            if not pipe.poll(STARTED_WITHIN):
                raise TimeoutError
            pipe.recv()
        except (EOFError, OSError) as error:
            self._child.end()
            raise AwayError(type(error).__name__) from None
        return pipe

    def _too_slow(self) -> Parsed:
        return lost(TOO_SLOW.format(self._limits.seconds))

    def _killed(self) -> Parsed:
        if self._child.closed:
            raise AwayError("closed")
        code = self._child.fate() or 0
        return lost(KILLED.format(f"signal {-code}" if code < 0 else f"exit code {code}"))


def _group(mails: Sequence[Mail], first: int) -> list[Mail]:
    """From this one on, as many as may go together."""
    size = 0
    group: list[Mail] = []
    for one in mails[first:]:
        size += len(one.raw)
        if group and size > GROUP_BYTES:
            break
        group.append(one)
    return group
