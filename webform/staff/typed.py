"""What staff posted from a request's page; kept as typed, so that a page shown again loses nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import abort, request
from werkzeug.datastructures import MultiDict

from models.rules.kinds import Field, Kind
from models.rules.lifecycle import Outcome
from models.rules.submission import MAX_VALUE, Line
from webform.row_numbers import LARGEST, number


@dataclass(frozen=True)
class Typed:
    """``ticked`` is None where no table was shown: then all lines are meant. ``texts`` are all fields by name."""

    version: int
    ticked: frozenset[int] | None = None
    values: Mapping[int, str] = field(default_factory=dict)
    was: Mapping[int, str] = field(default_factory=dict)
    seen: int | None = None
    texts: MultiDict[str, str] = field(default_factory=MultiDict)

    def changed(self, correction: int, now: str) -> str:
        """What was typed over the value that the page had shown; a value left alone is as it is ``now``."""
        value = self.values.get(correction)
        return now if value is None or value == self.was.get(correction) else value

    def text(self, name: str) -> str:
        return self.texts.get(name, "").replace("\r\n", "\n").strip()

    def either(self, ours: str, plain: str) -> str:
        """Our page, whose one form holds every deed's fields, calls it ``ours``; a post of one deed ``plain``."""
        return self.text(ours if ours in self.texts else plain)


def read(posted: MultiDict[str, str] | None = None) -> Typed:
    """Of a form, else that of this request; 422 where it has no version, which every page of ours sends."""
    form = request.form if posted is None else posted
    version = form.get("version", type=number)
    if version is None:
        abort(422)
    return Typed(
        version=version,
        ticked=frozenset(form.getlist("tick", type=number)) if "table" in form else None,
        values={one: _in_one_line(value) for one, value in _by_id(form, "value-").items()},
        was=_by_id(form, "was-"),
        seen=form.get("seen", type=number),
        texts=form,
    )


def kinds(typed: Typed) -> list[Kind]:
    return [Kind(name) for name in typed.texts.getlist("kind") if name in set(Kind)]


def outcome(typed: Typed, name: str, plain: str = "outcome", *, default: Outcome) -> Outcome:
    chosen = typed.either(name, plain)
    return Outcome(chosen) if chosen in set(Outcome) else default


def rows(typed: Typed) -> list[tuple[str, str, str]]:
    """The ticked records, each posted as a JSON list of its store, table and key."""
    return [(one[0], one[1], one[2]) for one in map(_row, typed.texts.getlist("row")) if one]


def added(typed: Typed) -> list[Line]:
    columns = [typed.texts.getlist(name) for name in ("add-field", "add-old", "add-new")]
    lines = [(name, old.strip(), new.strip()) for name, old, new in zip(*columns, strict=False)]
    return [
        Line(Field(name), old[:MAX_VALUE], new[:MAX_VALUE])
        for name, old, new in lines
        if name in set(Field) and (old or new)
    ]


def _row(posted: str) -> list[str]:
    try:
        parts = json.loads(posted)
    except ValueError:
        return []
    fits = isinstance(parts, list) and len(parts) == 3 and all(isinstance(part, str) for part in parts)
    return parts if fits else []


def _in_one_line(value: str) -> str:
    """A value is one line, though its input shows it on several."""
    return " ".join(value.split("\r\n")) if "\r\n" in value else value


def _by_id(form: MultiDict[str, str], prefix: str) -> dict[int, str]:
    numbered = {name.removeprefix(prefix): value for name, value in form.items() if name.startswith(prefix)}
    return {int(name): value for name, value in numbered.items() if name.isdecimal() and int(name) <= LARGEST}
