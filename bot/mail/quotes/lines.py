"""The lines of a letter, as the search for what is new in it goes through them."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from models.rules.reading import SpanKind

LINE_LIMIT = 400
LOOKED_AT = 64 * 1024

# ">>> … >>>" is GroupWise's title of a quote without marks.
_QUOTED = re.compile(r"\s{0,3}(?:>(?!>> [^\n]{1,300} >>>\s*\Z)|&gt;)")
# What programs put around names and addresses among words written from right to left.
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_RULE = re.compile(r"\s*[_*=–—-]{5,}\s*")


Is = SpanKind
"""What a line is."""


class Line(NamedTuple):
    """``start`` in code points of the letter; ``head`` is as much of it as is compared with anything."""

    start: int
    text: str
    head: str
    blank: bool
    quoted: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_rule(self) -> bool:
        return _RULE.fullmatch(self.head) is not None


def lines_of(text: str) -> list[Line]:
    """The lines to look at; of a very long text the rest counts as one line."""
    cut = text.rfind("\n", 0, LOOKED_AT) + 1 or LOOKED_AT
    lines, start = [], 0
    for line in text[:cut].removesuffix("\n").split("\n") if len(text) > LOOKED_AT else text.split("\n"):
        lines.append(_line(start, line))
        start += len(line) + 1
    return [*lines, _line(cut, text[cut:])] if len(text) > LOOKED_AT else lines


def _line(start: int, text: str) -> Line:
    head = text[:LINE_LIMIT]
    if not head.isascii():
        head = _DIRECTIONS.sub("", head)
    return Line(start, text, head, not text or text.isspace(), _QUOTED.match(text) is not None)


def quote_follows(lines: list[Line], number: int) -> bool:
    following = next((line for line in lines[number : number + 3] if not line.blank), None)
    return following is not None and following.quoted


def rule_above(lines: list[Line], number: int, *, rule: re.Pattern[str] = _RULE) -> int:
    """The line of dashes or underscores, or whatever else is a ``rule``, right above a line; or that line itself."""
    above = number - 1
    while above >= 0 and lines[above].blank:
        above -= 1
    return above if above >= 0 and rule.fullmatch(lines[above].head) else number


def mark_new(marks: list[Is], numbers: Iterable[int], kind: Is) -> None:
    """Of these lines those that were taken for the person's are of another kind from now on."""
    for number in numbers:
        if marks[number] is Is.NEW:
            marks[number] = kind
