"""A process of our own that answers one question after the other: begun by the first, and anew after it was lost."""

import logging
import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

PATIENCE = 1.0
"""Seconds for the process to end by itself once its pipe is shut."""

Prepare = Callable[..., Callable[[Any], Any]]


class LostError(Exception):
    """The process died, or answered nothing in time."""


class Beside:
    """``prepare`` and its words are called in the new process, and make what answers there.

    What computes beside us takes no time from what computes here. Only the child holds the other end of the pipe: when
    one of us dies, the other one sees the end.
    """

    def __init__(self, name: str, prepare: Prepare, *words: object) -> None:
        self._name, self._prepare, self._words = name, prepare, words
        self._child: tuple[BaseProcess, Connection] | None = None

    @property
    def pid(self) -> int | None:
        return self._child[0].pid if self._child else None

    def start(self) -> Connection:
        if self._child is None:
            spawning = multiprocessing.get_context("spawn")
            ours, theirs = spawning.Pipe()
            heard = logging.getLogger().getEffectiveLevel()
            words = (theirs, heard, self._prepare, self._words)
            process = spawning.Process(target=_serve, args=words, name=self._name, daemon=True)
            process.start()
            theirs.close()
            self._child = process, ours
        return self._child[1]

    def ask(self, question: object, *, within: float) -> Any:
        """The answer. Raises LostError where there is none within that many seconds; the next question begins anew."""
        try:
            pipe = self.start()
            pipe.send(question)
            if not pipe.poll(within):
                raise TimeoutError
            return pipe.recv()
        except (EOFError, OSError) as error:
            self.close()
            raise LostError(type(error).__name__) from None

    def close(self) -> None:
        if self._child is not None:
            process, pipe = self._child
            self._child = None
            pipe.close()
            process.join(PATIENCE)
            process.kill()
            process.join()


def _serve(pipe: Connection, heard: int, prepare: Prepare, words: tuple[object, ...]) -> None:
    """Until the other side is gone; signals to the whole group are for the worker to follow."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    logging.basicConfig(level=heard, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    answer = prepare(*words)
    while True:
        try:
            question = pipe.recv()
        except EOFError:
            return
        pipe.send(answer(question))
