"""What stands below a letter and is no part of it: a signature, what a phone says of itself, a firm's disclaimer."""

import re

from bot.mail.quotes.lines import Is, Line, rule_above
from bot.mail.quotes.signature_phrases import CLOSING, DEVICE, FOOTER, SENT_FROM

SIGNATURE_LINES = 14
SENT_FROM_WORDS = 6

_DELIMITER = re.compile(r"-- ?|—\s?")
_DIVIDER = "--"


def mark_signatures(lines: list[Line], marks: list[Is]) -> None:
    """Marks what is so far new and belongs to a signature."""
    for end in sorted({_end_of_own(lines, marks), len(lines)}):
        _mark_delimited(lines, marks, end)
    for number in range(len(lines)):
        if marks[number] is Is.NEW and _is_sent_from(lines, marks, number):
            marks[number] = Is.SIGNATURE
    _mark_footers(lines, marks)


def _end_of_own(lines: list[Line], marks: list[Is]) -> int:
    """Where the quote begins that stands below the person's own words."""
    spoken = False
    for number, line in enumerate(lines):
        if spoken and marks[number] is Is.QUOTE:
            return number
        spoken = spoken or (marks[number] is Is.NEW and not line.blank)
    return len(lines)


def _mark_delimited(lines: list[Line], marks: list[Is], end: int) -> None:
    """The last ``-- `` line, in the last 14 lines of what the person wrote, and what follows it (RFC 3676, 4.3)."""
    last = range(end - 1, max(end - 1 - SIGNATURE_LINES, -1), -1)
    found = [number for number in last if marks[number] is Is.NEW and _DELIMITER.fullmatch(lines[number].text)]
    if sum(line.text == _DIVIDER for line in lines) > 1:  # two without their blank part one thing from the next
        found = [number for number in found if lines[number].text != _DIVIDER]
    start = next(iter(found), end)
    marks[start:end] = [Is.SIGNATURE if mark is Is.NEW else mark for mark in marks[start:end]]


def _is_sent_from(lines: list[Line], marks: list[Is], number: int) -> bool:
    """It stands apart from the words below it, and no sentence of a person's begins alike."""
    line = lines[number].head
    if not SENT_FROM.match(line):
        return False
    below = number + 1 < len(lines) and not lines[number + 1].blank and marks[number + 1] is Is.NEW
    above = number > 0 and not lines[number - 1].blank
    short = len(line.split()) <= SENT_FROM_WORDS
    if not above:
        return short or not below
    return not below and (short or DEVICE.search(line) is not None)


def _mark_footers(lines: list[Line], marks: list[Is]) -> None:
    """A paragraph that begins like a disclaimer, with all its lines, below what the person says."""
    last_said = _last_said(lines, marks)
    inside = False
    for number, line in enumerate(lines):
        if line.blank:
            inside = False
        elif number > last_said and _begins_footer(lines, number):
            inside = True
        if inside and marks[number] is Is.NEW:
            marks[rule_above(lines, number)] = marks[number] = Is.DISCLAIMER


def _last_said(lines: list[Line], marks: list[Is]) -> int:
    """The line to which all is the person's: a closing, or the last one of a paragraph that is no disclaimer. People
    too begin with "this message is confidential"; -1 for none, but never less than the first line that says anything.
    """
    first = next((n for n, line in enumerate(lines) if marks[n] is Is.NEW and not line.blank), len(lines))
    closing = next((n for n, line in enumerate(lines) if marks[n] is Is.NEW and CLOSING.match(line.head)), None)
    if closing is not None:
        return closing
    said, footer = first, False
    for number, line in enumerate(lines):
        if line.blank:
            footer = False
            continue
        footer = footer or (number > first and _begins_footer(lines, number))
        if marks[number] is Is.NEW and not footer:
            said = number
    return said


def _begins_footer(lines: list[Line], number: int) -> bool:
    apart = number == 0 or lines[number - 1].blank or lines[number - 1].is_rule
    return apart and FOOTER.match(lines[number].head) is not None
