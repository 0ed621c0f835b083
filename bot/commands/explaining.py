"""Raw messages go in; out comes, for each, how the desk would read, sort and route it: one JSON object."""

import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bot import classifier
from bot.classifier import Classifier
from bot.commands import explained
from bot.edge import DeskError
from bot.mail import mime
from models.rules.kinds import Auto, Kind
from models.rules.reading import Found, Reading, Verdict, Writing
from models.rules.routing import Route, route

THRESHOLD = 0.85
BATCH = 64
STDIN = "-"
BESIDE = frozenset({".csv", ".json", ".jsonl", ".md", ".toml"})
"""What lies beside messages in a folder and is none."""
MACHINES_WORD = frozenset({Auto.OWN, Auto.BOUNCE, Auto.AUTO_REPLY})
"""What these wrote is nobody's request, so nothing is corrected by it."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Read:
    """One message as parsed, and how long that took."""

    name: str
    reading: Reading
    seconds: float

    @property
    def writing(self) -> Writing:
        return Writing(self.reading.subject, self.reading.text, self.reading.new, self.reading.sender_name)


@dataclass(frozen=True)
class Explained:
    """One message as understood, and how long that took."""

    read: Read
    verdict: Verdict
    found: Sequence[Found]
    seconds: float

    @property
    def way(self) -> Route:
        return route(self.verdict, self.read.reading.auto, threshold=THRESHOLD)

    def as_json(self, *, alone: bool) -> Json:
        """The object of the contract; of several, each has its name and its times."""
        told = told_of(self.read.reading, self.verdict, self.found, threshold=THRESHOLD)
        spent = {"parse": _milliseconds(self.read.seconds), "classify": _milliseconds(self.seconds)}
        return told if alone else {"file": self.read.name, **told, "ms": spent}


def explain(paths: Sequence[str], *, as_json: bool) -> None:
    sources = _sources(paths)
    alone = len(paths) == 1 and not Path(paths[0]).is_dir()
    for one in _explained(sources, classifier.load()):
        if alone and not as_json and sys.stdout.isatty():
            click.echo("\n".join(explained.lines(one.read.reading, one.verdict, one.found, one.way)))
        else:
            told = one.as_json(alone=alone)
            click.echo(json.dumps(told, ensure_ascii=False, indent=2 if alone and not as_json else None))


def told_of(reading: Reading, verdict: Verdict, found: Sequence[Found], *, threshold: float) -> Json:
    """The object of the contract."""
    return _letterhead(reading) | {
        "text": reading.text,
        "new_text": reading.new_text,
        "attachments": [{"name": one.name, "type": one.type, "size": one.size} for one in reading.attachments],
        "auto": reading.auto.value if reading.auto else None,
        "auto_reason": reading.auto_reason,
        "bounce": _bounce(reading),
        "language": verdict.language,
        "kinds": {kind.value: verdict.scores[kind] for kind in Kind},
        "decided": [kind.value for kind in verdict.decided],
        "route": route(verdict, reading.auto, threshold=threshold).value,
        "corrections": [_correction(one) for one in found],
        "defects": list(reading.defects),
        "threaded_by": None,
    }


def _letterhead(reading: Reading) -> Json:
    return {
        "from": reading.sender,
        "from_name": reading.sender_name,
        "reply_to": reading.reply_to,
        "to": list(reading.to),
        "subject": reading.subject,
        "date": reading.date.isoformat() if reading.date else None,
        "message_id": reading.message_id,
        "in_reply_to": reading.in_reply_to,
        "references": list(reading.references),
    }


def _bounce(reading: Reading) -> Json | None:
    report = reading.bounce
    return {"hard": report.hard, "recipient": report.recipient, "original": report.original} if report else None


def _correction(found: Found) -> Json:
    return {
        "action": found.action.value,
        "field": found.field.value,
        "old": found.old,
        "new": found.new,
        "normal": found.normal,
        "in": found.where.value,
        "start": found.start,
        "end": found.end,
        "score": found.score,
    }


def _sources(paths: Sequence[str]) -> list[tuple[str, Callable[[], bytes]]]:
    """Name and reader of each message, in order of name; a folder stands for the messages in it."""
    named: list[tuple[str, Callable[[], bytes]]] = []
    for given in paths:
        path = Path(given)
        if given == STDIN:
            named.append((STDIN, lambda: sys.stdin.buffer.read()))
        elif path.is_dir():
            named += [(one.name, one.read_bytes) for one in path.iterdir() if _is_message(one)]
        elif path.is_file():
            named.append((given, path.read_bytes))
        else:
            raise DeskError(f"there is no file or folder {given}")
    return sorted(named, key=lambda source: source[0])


def _is_message(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and path.suffix.lower() not in BESIDE


def _explained(sources: Sequence[tuple[str, Callable[[], bytes]]], reader: Classifier) -> Iterator[Explained]:
    """A batch at a time, so that a folder of any size fits into memory."""
    waiting = iter(sources)
    while some := [_read(*source) for source in itertools.islice(waiting, BATCH)]:
        begun = time.perf_counter()
        verdicts = reader.read([one.writing for one in some])
        found = [_found(reader, one, verdict) for one, verdict in zip(some, verdicts, strict=True)]
        each = (time.perf_counter() - begun) / len(some)
        for one, verdict, corrections in zip(some, verdicts, found, strict=True):
            yield Explained(one, verdict, corrections, each)


def _read(name: str, content: Callable[[], bytes]) -> Read:
    raw = content()
    begun = time.perf_counter()
    reading = mime.read(raw)
    return Read(name, reading, time.perf_counter() - begun)


def _found(reader: Classifier, one: Read, verdict: Verdict) -> list[Found]:
    if one.reading.auto in MACHINES_WORD:
        return []
    return reader.corrections(one.writing, verdict, None)


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
