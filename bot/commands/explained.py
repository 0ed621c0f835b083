"""How the desk reads a letter, for a person at a terminal: what is asked, what would change, and by which words."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import click

from models.rules.kinds import Action, Kind
from models.rules.reading import Found, Place, Reading, Verdict
from models.rules.routing import Route

Style = dict[str, Any]

_BAR = 20
_WORTH_A_LINE = 0.005
_OLD: Style = {"fg": "red", "bold": True}
_NEW: Style = {"fg": "green", "bold": True}
_WHY: Style = {"underline": True}
_ROUTES = {
    Route.AUTO: "goes on by itself",
    Route.PERSON: "a person looks at it first",
    Route.SET_ASIDE: "is set aside: a machine wrote it",
}

Mark = tuple[int, int, Style]


def lines(
    reading: Reading, verdict: Verdict, found: Sequence[Found], way: Route, *, certain: str | None = None
) -> Iterator[str]:
    """The letter with what it goes by marked in it, coloured."""
    yield f"{_name('from')} {reading.sender}"
    yield f"{_name('subject')} {_marked(reading.subject, _values(reading.subject, Place.SUBJECT, found))}"
    yield f"{_name('language')} {verdict.language}"
    yield f"{_name('route')} {_ROUTES[way]}"
    if certain:
        yield f"{_name('why')} {certain}"
    if reading.defects:
        yield f"{_name('doubts')} {', '.join(reading.defects)}"
    yield ""
    yield from _kinds(verdict)
    yield ""
    yield from (_correction(one) for one in found)
    yield ""
    why: list[Mark] = [(start, end, _WHY) for start, end in verdict.passages]
    yield _marked(reading.text, [*_values(reading.text, Place.TEXT, found), *why])


def _name(word: str) -> str:
    return click.style(f"{word:>10}", fg="cyan")


def _kinds(verdict: Verdict) -> Iterator[str]:
    for kind in sorted(Kind, key=lambda kind: -verdict.scores[kind]):
        score = verdict.scores[kind]
        if score >= _WORTH_A_LINE or kind in verdict.decided:
            bar = "█" * round(score * _BAR)
            line = f"{kind:>14} {bar:<{_BAR}} {score:4.0%}"
            yield click.style(line, bold=True) if kind in verdict.decided else line


def _correction(one: Found) -> str:
    old = click.style(one.old, **_OLD) if one.old else "?"
    new = click.style(one.new, **_NEW) if one.new else "?"
    stored = f" (stored as {one.normal})" if one.normal and one.normal != one.new else ""
    change = f"{old} is to go" if one.action is Action.REMOVE else f"{old} → {new}{stored}"
    return f"{one.field:>14} {change}  {one.score:.0%}"


def _values(text: str, place: Place, found: Sequence[Found]) -> list[Mark]:
    """New values where they stand; old ones where they first stand, for only the newer side keeps its place."""
    marks: list[Mark] = []
    for one in found:
        if one.where is place and one.new:
            marks.append((one.start, one.end, _NEW))
        start = text.find(one.old) if one.old else -1
        if one.old and start >= 0:
            marks.append((start, start + len(one.old), _OLD))
    return marks


def _marked(text: str, marks: Sequence[Mark]) -> str:
    """Each letter in the style of all marks that it lies in, those first in line having the say."""
    edges = sorted({0, len(text), *(edge for start, end, _ in marks for edge in (start, end))})
    parts = []
    for start, end in pairwise(edges):
        style: Style = {}
        for a, b, own in reversed(marks):
            style |= own if a <= start and end <= b else {}
        parts.append(click.style(text[start:end], **style) if style else text[start:end])
    return "".join(parts)
