"""Checks the corpus: files of labelled messages flow in, a sentence for each fault flows out."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.classifier.normal import comparable
from models.rules.kinds import Action, Field, Kind

_KEYS = {"id": str, "lang": str, "writer": str, "subject": str, "text": str, "labels": list, "fields": list}
_FEWEST_MESSAGES = 350
_FEWEST_WRITERS = 3
_FEWEST_OF_A_KIND = {
    Kind.RECTIFICATION: 50, Kind.OPT_OUT: 50, Kind.ACCESS: 50, Kind.ERASURE: 50,
    Kind.PORTABILITY: 20, Kind.RESTRICTION: 20, Kind.OBJECTION: 20, Kind.OTHER: 150,
}  # fmt: skip
_FEWEST_RECORDS = 1_000


def faults(files: Sequence[Path]) -> list[str]:
    """Everything wrong with these files, none where they may be trained on."""
    found: list[str] = []
    rows: list[dict[str, Any]] = []
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            row = json.loads(line)
            wrong = list(_faults_of(row, language=file.stem))
            found += [f"{file.name}, line {number}: {fault}" for fault in wrong]
            rows.append(row)
    return [*found, *_doubles(rows)]


def imbalances(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What there is too little of to be learned from: of records in all, of anything else in a language."""
    found = [fault for language in sorted({row["lang"] for row in rows}) for fault in _imbalances_of(language, rows)]
    records = sum(Kind.RECTIFICATION in row["labels"] and "record" in row for row in rows)
    if records < _FEWEST_RECORDS:
        found.append(f"{records} rectifications with a record, fewer than {_FEWEST_RECORDS}")
    return found


def _imbalances_of(language: str, every: Sequence[dict[str, Any]]) -> Iterator[str]:
    rows = [row for row in every if row["lang"] == language]
    if len(rows) < _FEWEST_MESSAGES:
        yield f"{language}: {len(rows)} messages, fewer than {_FEWEST_MESSAGES}"
    if len({row["writer"] for row in rows}) < _FEWEST_WRITERS:
        yield f"{language}: fewer than {_FEWEST_WRITERS} writers"
    counted = Counter(label for row in rows for label in row["labels"])
    for kind in Kind:
        if counted[kind] < _FEWEST_OF_A_KIND[kind]:
            yield f"{language}: {counted[kind]} messages of {kind}, fewer than {_FEWEST_OF_A_KIND[kind]}"


def _faults_of(row: dict[str, Any], *, language: str) -> Iterator[str]:
    for key, kind in _KEYS.items():
        if not isinstance(row.get(key), kind):
            yield f"{key} is missing or no {kind.__name__}"
            return
    if row["lang"] != language:
        yield "its language is not the file's"
    yield from _faults_of_labels(row["labels"])
    if row["fields"] and Kind.RECTIFICATION not in row["labels"]:
        yield "has corrections without being a rectification"
    for field in row["fields"]:
        yield from _faults_of_field(field, row)
    if not set(row.get("record", ())) <= set(Field):
        yield "its record has an unknown field"


def _faults_of_labels(labels: list[str]) -> Iterator[str]:
    if not labels or not set(labels) <= set(Kind):
        yield "no label, or an unknown one"
    if Kind.OTHER in labels and len(labels) > 1:
        yield "other does not stand alone"


def _faults_of_field(field: dict[str, Any], row: dict[str, Any]) -> Iterator[str]:
    if field.get("action") not in set(Action) or field.get("field") not in set(Field):
        yield "a correction with an unknown action or field"
    if field.get("action") == Action.REMOVE and field.get("new"):
        yield "a removal with a new value"
    for side in ("old", "new"):
        passage = field.get(side)
        if passage and passage not in row["text"] and passage not in row["subject"]:
            yield f"the {side} value of {field['field']} does not stand in the message"


def _doubles(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    ids = Counter(row.get("id") for row in rows)
    yield from (f"{name}: this id stands {times} times" for name, times in ids.items() if times > 1)
    texts: dict[str, str] = {}
    for row in rows:
        text = comparable(f"{row.get('subject')} {row.get('text')}")
        if text in texts:
            yield f"{row.get('id')}: the same message as {texts[text]}"
        texts.setdefault(text, str(row.get("id")))
