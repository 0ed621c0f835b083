"""Reads labelled messages, a JSON object a line, into rows that training and evaluation share."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.classifier.word_lists import WORDS
from models.rules.kinds import Action, Field, Kind
from models.rules.reading import Record, Writing

CORPUS = Path(__file__).parent / "corpus"
FOREIGN = CORPUS / "foreign.txt"
HELD_BACK = CORPUS / "held_back.txt"
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Label:
    """A correction as labelled: passages of the message, none where it does not give them."""

    action: Action
    field: Field
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Row:
    """A labelled message."""

    id: str
    language: str
    writer: str
    writing: Writing
    kinds: frozenset[Kind]
    labels: tuple[Label, ...]
    record: Record | None


class CorpusError(ValueError):
    """A line that is no labelled message; says which."""


def read_rows(path: Path, *, new_spans: Callable[[str], Spans] | None = None) -> list[Row]:
    """The rows of a file, or of each ``*.jsonl`` of a folder."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    spans = new_spans or _new_spans()
    return [row for file in files for row in _rows(file, spans)]


def _new_spans() -> Callable[[str], Spans]:
    from bot.mail.replies import new_spans

    return new_spans


def _rows(file: Path, spans: Callable[[str], Spans]) -> Iterable[Row]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                yield _row(json.loads(line), spans)
            except (KeyError, TypeError, AttributeError, ValueError) as broken:
                raise CorpusError(
                    f"{file.name}, line {number}: {type(broken).__name__}, not a labelled message"
                ) from None


def _row(typed: dict[str, Any], spans: Callable[[str], Spans]) -> Row:
    text = typed["text"]
    record = typed.get("record")
    return Row(
        id=str(typed["id"]),
        language=typed["lang"],
        writer=typed.get("writer", ""),
        writing=Writing(typed.get("subject") or "", text, spans(text)),
        kinds=frozenset(Kind(kind) for kind in typed["labels"]),
        labels=tuple(_label(label) for label in typed.get("fields", ())),
        record={Field(field): value for field, value in record.items()} if record else None,
    )


def _label(typed: dict[str, Any]) -> Label:
    return Label(Action(typed.get("action", "set")), Field(typed["field"]), typed.get("old"), typed.get("new"))


def digest(corpora: Sequence[Path]) -> str:
    """The hash that a trained pipeline carries of the messages and the word lists that it learned from."""
    total = sha256()
    for corpus in (*corpora, WORDS):
        for file in sorted([*corpus.glob("*.jsonl"), *corpus.glob("*.txt")]):
            total.update(sha256(file.read_bytes()).digest())
    return total.hexdigest()
