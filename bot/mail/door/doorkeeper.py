"""Who may talk to the mail door, for how long, and how much of unfinished mail it holds for all of them."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

MAILS_IN_HAND = 4
"""So many of the largest mails may be half sent at once, whoever sends them: more are to come again."""

TRY_LATER = "451 4.3.0 The desk cannot store mail at the moment, try again later"
TOO_LARGE = "552 5.3.4 The mail is larger than the desk reads"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Envelope:
    """A mail as handed over; ``recipients`` are those of ours that the MTA named."""

    raw: bytes
    mail_from: str
    recipients: tuple[str, ...]


Accept = Callable[[Envelope], None]


@dataclass(frozen=True)
class Bounds:
    """What one client may take of the door: octets a mail, seconds without a word, seconds until a mail is through."""

    size: int
    idle_seconds: float
    mail_seconds: float


class Places:
    """Who talks to the door, how much of unfinished mail it holds for all of them, and what is being stored."""

    def __init__(self, accept: Accept, *, limit: int, octets: int) -> None:
        self._accept, self._limit, self._room = accept, limit, octets
        self._taken: set[asyncio.Transport] = set()
        self.accepting = 0

    def take(self, transport: asyncio.Transport) -> bool:
        if len(self._taken) >= self._limit:
            return False
        self._taken.add(transport)
        return True

    def leave(self, transport: asyncio.Transport) -> None:
        self._taken.discard(transport)

    def clear(self) -> None:
        for transport in list(self._taken):
            transport.abort()

    def hold(self, octets: int) -> bool:
        """Room for so many octets more; False where there is none. Less than none gives room back."""
        if octets > self._room:
            return False
        self._room -= octets
        return True

    async def store(self, mail: Envelope) -> str:
        """The answer to the end of the data: 250 only once ``accept`` has returned."""
        self.accepting += 1
        try:
            # In a thread: a slow database holds up one connection and not all of them.
            await asyncio.get_running_loop().run_in_executor(None, self._accept, mail)
        except Exception as error:  # whatever it is, the MTA must keep the mail and try again
            _log.error("The mail door could not store a mail: %s", type(error).__name__)
            return TRY_LATER
        finally:
            self.accepting -= 1
        return "250 2.0.0 The desk has it"


class Letter:
    """A mail on its way in. Once it is refused nothing of it is kept, and it is heard out to its dot."""

    def __init__(self, places: Places, size: int) -> None:
        self._places, self._size = places, size
        self._octets = bytearray()
        self.refusal = ""

    def add(self, line: bytes) -> None:
        if self.refusal:
            return
        if len(self._octets) + len(line) > self._size:
            self.refuse(TOO_LARGE)
        elif not self._places.hold(len(line)):
            self.refuse(TRY_LATER)
        else:
            self._octets += line

    def refuse(self, answer: str) -> None:
        self.refusal = self.refusal or answer
        self.let_go()

    def whole(self) -> bytes:
        """The octets, of which nothing is held here any more."""
        octets = bytes(self._octets)
        self.let_go()
        return octets

    def let_go(self) -> None:
        self._places.hold(-len(self._octets))
        self._octets = bytearray()


class Clock:
    """Calls ``end`` where nothing was heard for long, or no mail came through in time, word by word as it may come."""

    def __init__(self, loop: asyncio.AbstractEventLoop, bounds: Bounds, end: Callable[[], None]) -> None:
        self._loop, self._bounds, self._end = loop, bounds, end
        self.begin()

    def begin(self) -> None:
        self._begun = self._heard = self._loop.time()
        self._timer = self._loop.call_at(self._due(), self._look)

    def heard(self) -> None:
        self._heard = self._loop.time()

    def stop(self) -> None:
        self._timer.cancel()

    def _due(self) -> float:
        return min(self._heard + self._bounds.idle_seconds, self._begun + self._bounds.mail_seconds)

    def _look(self) -> None:
        if self._due() > self._loop.time():
            self._timer = self._loop.call_at(self._due(), self._look)
        else:
            self._end()
