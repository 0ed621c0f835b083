"""Raw messages go in; out comes, for each, how the desk would read, sort and route it: one JSON object."""

import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from bot import classifier
from bot.classifier import Classifier
from bot.commands import explained
from bot.edge import DeskError
from bot.mail.parsing import NOBODYS, Mail, Parsed
from bot.parser import Parser, ParserBeside
from bot.reader import MACHINES_WORD, writing_of
from models.rules.addresses import without_plus
from models.rules.kinds import Kind
from models.rules.reading import Found, Reading, Verdict
from models.rules.routing import Route, looked_at, route
from models.rules.unsubscribing import unsubscribes_by

THRESHOLD = 0.85
BATCH = 64
STDIN = "-"
BESIDE = frozenset({".csv", ".json", ".jsonl", ".md", ".toml"})
"""What lies beside messages in a folder and is none."""

Json = dict[str, Any]
Source = tuple[str, Callable[[], bytes]]


@dataclass(frozen=True)
class Explained:
    """One message as parsed and understood, and the seconds that the understanding took.

    ``certain``: by which rule its kind is certain, whatever the classifier thinks.
    """

    name: str
    parsed: Parsed
    verdict: Verdict
    found: Sequence[Found]
    seconds: float
    certain: str | None = None

    @property
    def way(self) -> Route:
        reading = self.parsed.reading
        way = Route.AUTO if self.certain else route(self.verdict, reading.auto, threshold=THRESHOLD)
        return looked_at(way) if reading.in_part else way

    def as_json(self, *, alone: bool) -> Json:
        """The object of the contract; of several, each has its name and its times."""
        told = told_of(self.parsed.reading, self.verdict, self.found, self.way)
        spent = {"parse": _milliseconds(self.parsed.seconds), "classify": _milliseconds(self.seconds)}
        return told if alone else {"file": self.name, **told, "ms": spent}


def explain(paths: Sequence[str], *, as_json: bool, parser: Parser | None = None) -> None:
    sources = _sources(paths)
    alone = len(paths) == 1 and not Path(paths[0]).is_dir()
    with closing(parser or ParserBeside(NOBODYS)) as beside:
        for one in _explained(sources, beside):
            if alone and not as_json and sys.stdout.isatty():
                shown = explained.lines(one.parsed.reading, one.verdict, one.found, one.way, certain=one.certain)
                click.echo("\n".join(shown))
            else:
                told = one.as_json(alone=alone)
                click.echo(json.dumps(told, ensure_ascii=False, indent=2 if alone and not as_json else None))


def told_of(reading: Reading, verdict: Verdict, found: Sequence[Found], way: Route) -> Json:
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
        "route": way.value,
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


def _sources(paths: Sequence[str]) -> list[Source]:
    """Name and reader of each message, in order of name; a folder stands for the messages in it."""
    named: list[Source] = []
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


def _explained(sources: Sequence[Source], parser: Parser) -> Iterator[Explained]:
    """A batch at a time, so that a folder of any size fits into memory; the next one is parsed meanwhile."""
    waiting = iter(sources)
    with ThreadPoolExecutor(1, "parsing") as beside:
        ahead = beside.submit(_parsed, waiting, parser)
        judge = classifier.load()
        while some := ahead.result():
            ahead = beside.submit(_parsed, waiting, parser)
            yield from _understood(some, judge)


def _parsed(waiting: Iterator[Source], parser: Parser) -> list[tuple[str, Parsed]]:
    """One by one, for a folder may hold files of any size."""
    return [(name, parser.parse([Mail(content())])[0]) for name, content in itertools.islice(waiting, BATCH)]


def _understood(some: Sequence[tuple[str, Parsed]], judge: Classifier) -> Iterator[Explained]:
    begun = time.perf_counter()
    verdicts = judge.read([writing_of(parsed.reading) for _, parsed in some])
    found = [_found(judge, parsed.reading, verdict) for (_, parsed), verdict in zip(some, verdicts, strict=True)]
    each = (time.perf_counter() - begun) / len(some)
    for (name, parsed), verdict, corrections in zip(some, verdicts, found, strict=True):
        certain = unsubscribes_by(parsed.reading, _whoever_is_written_to(parsed.reading))
        if certain:
            yield Explained(name, parsed, _opt_out(verdict), (), each, certain)
        else:
            yield Explained(name, parsed, verdict, corrections, each)


def _whoever_is_written_to(reading: Reading) -> frozenset[str]:
    """Without a configuration nobody knows our addresses: whoever got the mail is taken for the desk."""
    return frozenset(without_plus(address).lower() for address in reading.addressed_to)


def _opt_out(verdict: Verdict) -> Verdict:
    scores = {kind: float(kind is Kind.OPT_OUT) for kind in Kind}
    return replace(verdict, scores=scores, decided=(Kind.OPT_OUT,), passages=())


def _found(judge: Classifier, reading: Reading, verdict: Verdict) -> list[Found]:
    if reading.auto in MACHINES_WORD:
        return []
    return judge.corrections(writing_of(reading), verdict, None)


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
