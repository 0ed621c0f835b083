"""The text of a letter goes in; the spans of it that the person newly wrote come out. Nothing is ever deleted."""

import re
from enum import Enum, auto
from itertools import groupby
from typing import NamedTuple

from bot.mail.phrases import FOOTER, FROM, ORIGINAL, OTHER_LABELS, SENT, SENT_FROM, SUBJECT, WROTE

SIGNATURE_LINES = 14
ATTRIBUTION_LINES = 4
ATTRIBUTION_WORDS = 22
LINE_LIMIT = 400
ANSWER_WORDS = 4
LOOKED_AT = 64 * 1024

_QUOTED = re.compile(r"\s{0,3}(?:>|&gt;)")
_LABEL = re.compile(r"\s*[*_]*\s*([^\W\d_][\w'-]{0,20})\s*[*_]*\s*[:：]\s*[*_]*\s*(\S?)")
_WORD = re.compile(r"\w{2,}")
_ADDRESS = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,100}")
_TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
_DATE = re.compile(
    r"\b\d{1,2}[./-] ?\d{1,2}[./-] ?(?:\d{4}|\d{2})\b|\b\d{4}[./-]\d{1,2}[./-]\d{1,2}\b"
    r"|\b(?:19|20)\d\d\b|\d{4} ?年"
)
_TITLE = re.compile(r"\s*[-_=*–—]{2,}\s*(\S.{3,80}?)\s*[-_=*–—]{2,}\s*")
_TITLED = re.compile(r"\s*[-_=*–—]{2}")
_APPLE_TITLE = re.compile(r"\s*(\S.{3,80}?)\s*:\s*")
_RULE = re.compile(r"\s*[_*=–—-]{10,}\s*")
_DELIMITER = re.compile(r"-- ?|—\s?")
_DIVIDER = "--"


class _Is(Enum):
    NEW = auto()
    QUOTE = auto()
    SIGNATURE = auto()


class _Line(NamedTuple):
    start: int
    text: str
    blank: bool
    quoted: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def new_spans(text: str) -> tuple[tuple[int, int], ...]:
    """All but quotes, signature and footers; with the quotes where an answer stands between them, and everything where
    nothing is left."""
    lines = _lines(text)
    marks = [_Is.NEW] * len(lines)
    _mark_quotes(lines, marks)
    _mark_signatures(lines, marks)
    words = [bool(_WORD.search(line.text)) for line in lines]
    said_something = any(spoken for spoken, mark in zip(words, marks, strict=True) if mark is _Is.NEW)
    if not said_something:
        return _whole(text)
    if _interleaved(lines, marks):
        marks = [_Is.NEW if mark is _Is.QUOTE else mark for mark in marks]
    return _spans(lines, marks)


def _lines(text: str) -> list[_Line]:
    """The lines to look at; of a very long text the rest counts as one line."""
    cut = text.rfind("\n", 0, LOOKED_AT) + 1 or LOOKED_AT
    lines, start = [], 0
    for line in text[:cut].removesuffix("\n").split("\n") if len(text) > LOOKED_AT else text.split("\n"):
        lines.append(_line(start, line))
        start += len(line) + 1
    return [*lines, _line(cut, text[cut:])] if len(text) > LOOKED_AT else lines


def _line(start: int, text: str) -> _Line:
    return _Line(start, text, not text or text.isspace(), _QUOTED.match(text) is not None)


def _whole(text: str) -> tuple[tuple[int, int], ...]:
    stripped = text.strip()
    start = text.find(stripped)
    return ((start, start + len(stripped)),) if stripped else ()


def _mark_quotes(lines: list[_Line], marks: list[_Is]) -> None:
    for number, line in enumerate(lines):
        if line.quoted:
            marks[number] = _Is.QUOTE
        elif length := _attribution(lines, number):
            first = number + 1 - length
            marks[first : number + 1] = [_Is.QUOTE] * length
            if not _quote_follows(lines, number + 1):
                return _mark_rest(marks, first)
        elif _begins_original(lines, number):
            return _mark_rest(marks, _rule_above(lines, number))
    return None


def _mark_rest(marks: list[_Is], start: int) -> None:
    marks[start:] = [_Is.QUOTE] * (len(marks) - start)


def _attribution(lines: list[_Line], number: int) -> int:
    """How many lines up to here are "On … wrote:", 0 for none. A date alone proves nothing: letters hold dates too."""
    if not lines[number].text.rstrip().endswith((":", "：")):
        return 0
    follows = _quote_follows(lines, number + 1)
    joined = ""
    for length in range(1, min(ATTRIBUTION_LINES, number + 1) + 1):
        line = lines[number + 1 - length]
        if line.blank or line.quoted:
            break
        joined = f"{line.text.strip()[:LINE_LIMIT]} {joined}".strip()
        if _DATE.search(joined) and _attributes(joined, follows):
            return length + _line_above(lines, number - length)
    wrote = lines[number].text[:LINE_LIMIT]
    return int(follows and WROTE.search(wrote) is not None and len(wrote.split()) <= ATTRIBUTION_WORDS)


def _line_above(lines: list[_Line], number: int) -> int:
    """1 where the date stands below who wrote: "Ada Quint <ada@…> escreveu"."""
    above = lines[number].text[:LINE_LIMIT].rstrip() if number >= 0 else ""
    return int(_ADDRESS.search(above) is not None and WROTE.search(above) is not None)


def _attributes(joined: str, quote_follows: bool) -> bool:
    address, time, wrote = _ADDRESS.search(joined), _TIME.search(joined), WROTE.search(joined)
    if len(joined.split()) > ATTRIBUTION_WORDS + 8 * bool(address):
        return False
    # Without a mark of quoting below, a person may be telling who wrote what and when.
    return bool(wrote or address or time) if quote_follows else bool(wrote and address)


def _quote_follows(lines: list[_Line], number: int) -> bool:
    following = next((line for line in lines[number : number + 3] if not line.blank), None)
    return following is not None and following.quoted


def _begins_original(lines: list[_Line], number: int) -> bool:
    text = lines[number].text
    if lines[number].blank or (":" not in text and "：" not in text and not _TITLED.match(text)):
        return False
    if title := _TITLE.fullmatch(text[:LINE_LIMIT]):
        return ORIGINAL.fullmatch(title[1]) is not None or _header_block(lines, number + 1)
    if (title := _APPLE_TITLE.fullmatch(text[:LINE_LIMIT])) and ORIGINAL.fullmatch(title[1]):
        return True
    return _header_block(lines, number)


def _header_block(lines: list[_Line], number: int) -> bool:
    """Three labels or more that only mail programs put together, with an address or a time of day among them.
    "From: old@… To: new@…" is a wish, and so is "From: Mill Lane 3, To: Quarry Hill 14, Date: in May"; not a quote."""
    if number < len(lines) and lines[number].blank:
        number += 1
    labels: list[str] = []
    stamped = False
    for line in lines[number : number + 8]:
        label = _LABEL.match(line.text[:LINE_LIMIT])
        if label is None:
            break
        labels.append(label[1].lower())
        stamped = stamped or any(mark.search(line.text[:LINE_LIMIT]) for mark in (_ADDRESS, _TIME))
    if not labels or labels[0] not in FROM or not stamped:
        return False
    known = [name for name in labels[1:] if name in SENT or name in SUBJECT or name in OTHER_LABELS or name in FROM]
    return len(known) >= 2 and any(name in SENT or name in SUBJECT for name in known)


def _rule_above(lines: list[_Line], number: int) -> int:
    above = number - 1
    while above >= 0 and lines[above].blank:
        above -= 1
    return above if above >= 0 and _RULE.fullmatch(lines[above].text[:LINE_LIMIT]) else number


def _mark_signatures(lines: list[_Line], marks: list[_Is]) -> None:
    for end in {_end_of_own(lines, marks), len(lines)}:
        _mark_delimited(lines, marks, end)
    for number, line in enumerate(lines):
        if marks[number] is _Is.NEW and SENT_FROM.match(line.text[:LINE_LIMIT]):
            marks[number] = _Is.SIGNATURE
    _mark_footers(lines, marks)


def _end_of_own(lines: list[_Line], marks: list[_Is]) -> int:
    """Where the quote begins that stands below the person's own words."""
    spoken = False
    for number, line in enumerate(lines):
        if spoken and marks[number] is _Is.QUOTE:
            return number
        spoken = spoken or (marks[number] is _Is.NEW and not line.blank)
    return len(lines)


def _mark_delimited(lines: list[_Line], marks: list[_Is], end: int) -> None:
    """The last ``-- `` line, in the last 14 lines of what the person wrote, and what follows it (RFC 3676, 4.3)."""
    last = range(end - 1, max(end - 1 - SIGNATURE_LINES, -1), -1)
    found = [number for number in last if marks[number] is _Is.NEW and _DELIMITER.fullmatch(lines[number].text)]
    if sum(line.text == _DIVIDER for line in lines) > 1:  # two without their blank part one thing from the next
        found = [number for number in found if lines[number].text != _DIVIDER]
    start = next(iter(found), end)
    marks[start:end] = [_Is.SIGNATURE if mark is _Is.NEW else mark for mark in marks[start:end]]


def _mark_footers(lines: list[_Line], marks: list[_Is]) -> None:
    """A paragraph that begins like a disclaimer, with all its lines; never the first thing that a letter says."""
    inside = spoken = False
    for number, line in enumerate(lines):
        before_blank = number == 0 or lines[number - 1].blank or _RULE.fullmatch(lines[number - 1].text[:LINE_LIMIT])
        if line.blank:
            inside = False
        elif before_blank and spoken and FOOTER.match(line.text[:LINE_LIMIT]):
            inside = True
        if marks[number] is not _Is.NEW:
            continue
        if inside:
            marks[_rule_above(lines, number)] = marks[number] = _Is.SIGNATURE
        spoken = spoken or not line.blank


def _interleaved(lines: list[_Line], marks: list[_Is]) -> bool:
    """Four words of one's own or more between quotes, or above a quote and below it: without the quotes they cannot be
    understood. An answer that stands below the whole of what it answers can."""
    first = next((n for n, line in enumerate(lines) if line.quoted), None)
    if first is None:
        return False
    own = [n for n, mark in enumerate(marks) if mark is _Is.NEW and not lines[n].blank]
    below = [n for n in own if n > first]
    if sum(len(lines[n].text.split()) for n in below) < ANSWER_WORDS:
        return False
    return own[0] < first or any(line.quoted for line in lines[below[0] :])


def _spans(lines: list[_Line], marks: list[_Is]) -> tuple[tuple[int, int], ...]:
    spans = []
    for new, group in groupby(zip(lines, marks, strict=True), lambda pair: pair[1] is _Is.NEW):
        spoken = [line for line, _mark in group if not line.blank]
        if new and spoken:
            first, last = spoken[0], spoken[-1]
            start = first.end - len(first.text.lstrip())
            spans.append((start, last.start + len(last.text.rstrip())))
    return tuple(spans)
