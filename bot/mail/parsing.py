"""Raw mails come in by a pipe; what each says goes out: in a process with a limit, that may be killed at any mail.

It imports little, for it is started anew after each mail that was too much for it.
"""

import gc
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import TypeAlias

from bot.beside import leave_signals_to_the_parent
from models import message_ids
from models.keys import Keyring
from models.rules.reading import Reading

TOO_LARGE = "took more memory to read than the {} MB that a mail may take"
FAILED = "failed the program that read it ({})"


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
    loop_id: str | None
    keys: Keyring | None


NOBODYS = Ours(frozenset(), None, None)


@dataclass(frozen=True)
class Parsed:
    """What a mail says, and the seconds that the parsing took. ``lost``: why it could not be read, else blank."""

    reading: Reading
    seconds: float = 0.0
    lost: str = ""


Parse: TypeAlias = Callable[[Mail, Ours], Reading]
Batch: TypeAlias = tuple[list[Mail], bool]
"""Mails, and whether their HTML and the contents of their files are wanted too."""


def parse(one: Mail, ours: Ours) -> Reading:
    from bot.mail import mime  # who has it parsed in a process beside has no use for it

    is_own_id = partial(message_ids.is_ours, ours.keys) if ours.keys else None
    return mime.read(
        one.raw, own_addresses=ours.addresses, loop_id=ours.loop_id, own_lists=one.own_lists, is_own_id=is_own_id,
        authserv_id=one.authserv_id,
    )  # fmt: skip


def parsed(one: Mail, ours: Ours, read: Parse, *, whole: bool) -> Parsed:
    """Only the parsing counts: neither the way here nor the way back."""
    begun = time.perf_counter()
    reading = read(one, ours)
    seconds = time.perf_counter() - begun
    return Parsed(reading if whole else reading.without_files(), seconds)


def lost(why: str) -> Parsed:
    return Parsed(Reading(defects=(why,)), lost=why)


def serve(pipe: Connection, ours: Ours, memory: int, read: Parse) -> None:
    """An answer a mail, in order, until the other side is gone; ``memory`` is in bytes."""
    leave_signals_to_the_parent()
    _limit(memory)
    # What only the first mail would load.
    read(Mail(b""), ours)
    gc.freeze()
    pipe.send(None)
    try:
        while True:
            mails, whole = pipe.recv()
            for one in mails:
                pipe.send(parsed(one, ours, read, whole=whole))
    except EOFError:
        return
    except MemoryError:
        pipe.send(lost(TOO_LARGE.format(memory >> 20)))
    except Exception as error:  # its words may hold the mail's
        pipe.send(lost(FAILED.format(type(error).__name__)))


def _limit(memory: int) -> None:
    """Linux heeds the address space and not the resident set (setrlimit(2)); a dump of the core would hold mail."""
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
        allowed = resource.getrlimit(what)[1]
        most = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(what, (most, most))
