"""Which letter is on its way: marked before it leaves, so whatever kills the worker leaves one in doubt at most."""

import glob
import itertools
import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy.orm import Session

from models.desk import Desk
from models.outbox import LetterState
from models.services import claims
from models.services.outgoing import delivery
from models.services.outgoing.delivery import Ended

BATCH_LASTS = claims.LEASE / 2
"""So long letters of a batch begin: what is claimed must still be ours when it leaves."""
_SUFFIX = "-letters-"
_LINE = re.compile(rf"(?P<letter>[0-9]+)(?: (?P<state>{'|'.join(sorted(delivery.ENDED))}) (?P<answer>.*))?")
_numbers = itertools.count()


class Marks(Protocol):
    """The marks of one batch."""

    def turn(self, ended: Ended | None, next_id: int | None) -> bool:
        """One letter has ended and the next one begins; False where that one must not leave."""

    def end(self) -> None:
        """No letter of the batch is on its way any more."""


@dataclass(frozen=True)
class InDatabase:
    """By one small commit a letter, where the database takes many writers."""

    desk: Desk
    owner: str

    def turn(self, ended: Ended | None, next_id: int | None) -> bool:
        with self.desk.engine.begin() as connection:
            return delivery.turn(connection, ended, next_id, owner=self.owner, now=self.desk.clock())

    def end(self) -> None:
        """All is told already."""


@dataclass
class InFile:
    """By a line in a file beside the database, and one commit at the end of the batch.

    SQLite has one writer, who may be recording mail: a line waits for the disk alone. It is there before its letter
    leaves, and outlives the process and the machine's power.
    """

    desk: Desk
    owner: str
    path: Path
    begun_at: datetime
    told: list[Ended] = field(default_factory=list)

    def turn(self, ended: Ended | None, next_id: int | None) -> bool:
        lines = []
        if ended is not None:
            self.told.append(ended)
            lines.append(f"{ended.letter_id} {ended.state} {' '.join(ended.answer.split())}")
        goes = next_id is not None and self.desk.clock() - self.begun_at < BATCH_LASTS
        if goes:
            lines.append(f"{next_id}")
        if lines:
            self._note(lines)
        return goes

    def end(self) -> None:
        if self.told:
            with self.desk.engine.begin() as connection:
                delivery.tell(connection, self.told, owner=self.owner, now=self.desk.clock())
        self.path.unlink(missing_ok=True)

    def _note(self, lines: Sequence[str]) -> None:
        begins = not self.path.exists()
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_DSYNC, 0o600)
        try:
            os.write(file, "".join(f"{line}\n" for line in lines).encode())
        finally:
            os.close(file)
        if begins:
            _keep_names(self.path.parent)


def _keep_names(folder: Path) -> None:
    """What is on the disk under a new name is lost with the name (fsync(2))."""
    names = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(names)
    finally:
        os.close(names)


def marks_of(desk: Desk, *, owner: str) -> Marks:
    database = _sqlite(desk)
    if database is None:
        return InDatabase(desk, owner)
    path = database.with_name(f"{database.name}{_SUFFIX}{owner}-{next(_numbers)}")
    return InFile(desk, owner, path, desk.clock())


def hear(desk: Desk, session: Session) -> list[Path]:
    """What dead workers noted becomes the state of their letters; their files, to be removed after the commit."""
    heard = []
    for path in _notes(desk):
        owner = path.name.rpartition(_SUFFIX)[2].rpartition("-")[0]
        begun, told = _read(path)
        if delivery.hear(session, begun, told, owner=owner, now=desk.clock()):
            heard.append(path)
    return heard


def forget(heard: Iterable[Path]) -> None:
    for path in heard:
        path.unlink(missing_ok=True)


def _notes(desk: Desk) -> list[Path]:
    database = _sqlite(desk)
    return sorted(database.parent.glob(glob.escape(database.name) + _SUFFIX + "*")) if database else []


def _read(path: Path) -> tuple[set[int], list[Ended]]:
    """The letters that began, and how those ended that did; what a power cut left of a line says nothing."""
    text = ""
    with suppress(FileNotFoundError):
        text = path.read_text("utf-8", "replace")
    lines = [line for line in map(_LINE.fullmatch, text.split("\n")[:-1]) if line]
    told = [Ended(int(line["letter"]), LetterState(line["state"]), line["answer"]) for line in lines if line["state"]]
    return {int(line["letter"]) for line in lines}, told


def _sqlite(desk: Desk) -> Path | None:
    url = desk.engine.url
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None
