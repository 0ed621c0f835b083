"""A function that serves a pipe goes in; out comes a process for it, begun by its first use and anew after its end."""

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize
from threading import Lock
from typing import Any, NamedTuple

_DIES_WITHIN = 1.0
_BEFORE_THE_WAIT = 10


class AwayError(Exception):
    """The process cannot be started, or was closed: that says nothing of what was asked of it."""


class _Child(NamedTuple):
    process: BaseProcess
    pipe: Connection
    kill: Finalize
    """Called by us, or at the end of the program: it waits for its children, and ours obey no signal to end."""


class Beside:
    """One child, spawned and not forked: it holds none of our locks, connections and threads."""

    def __init__(self, name: str, serve: Callable[..., None], *given: Any) -> None:
        """``serve`` is called there with its end of the pipe and with what is ``given``."""
        self._name, self._serve, self._given = name, serve, given
        self._child: _Child | None = None
        self.closed = False
        # Who closes it does so from another thread than the one that asks.
        self._change = Lock()

    @property
    def pid(self) -> int | None:
        return self._child.process.pid if self._child else None

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.process.is_alive()

    def pipe(self) -> Connection:
        """Our end of it. Raises AwayError after ``close``."""
        with self._change:
            if self.closed:
                raise AwayError(self._name)
            self._child = self._child or self._start()
            return self._child.pipe

    def fate(self) -> int | None:
        """How a child ended that hung up: its exit code, less than 0 a signal; None where it has not ended."""
        if self._child is None:
            return None
        self._child.process.join(_DIES_WITHIN)
        return self._child.process.exitcode

    def end(self) -> None:
        """The child's end, whatever it is at; the next use starts another one."""
        with self._change:
            child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.process.join()
            child.pipe.close()

    def close(self) -> None:
        """For good. Who waits for an answer in another thread sees the end of the pipe."""
        with self._change:
            self.closed = True
            child = self._child
        if child is not None:
            child.process.kill()
            child.process.join()

    def _start(self) -> _Child:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=self._serve, args=(theirs, *self._given), name=self._name, daemon=True)
        process.start()
        # Only the child holds the other end: when one of us dies, the other one sees the end.
        theirs.close()
        return _Child(process, ours, Finalize(self, process.kill, exitpriority=_BEFORE_THE_WAIT))


def leave_signals_to_the_parent() -> None:
    """For the child: what is sent to the whole group is for the worker to follow, who ends us when it has finished."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
