"""What stands below a letter and is no part of it: a signature, what a phone says of itself, a firm's disclaimer."""

import re

from bot.mail.quotes.footers import mark_footers
from bot.mail.quotes.lines import Is, Line, mark_new
from bot.mail.quotes.signature_phrases import DEVICE, OUTLOOK, OUTLOOKS_PLACE, SENT_FROM

SIGNATURE_LINES = 14
SENT_FROM_WORDS = 6
DEVICE_WORDS = 14

# OpenPGP puts "- " before what begins with a dash (RFC 4880, 7.1).
_DELIMITER = re.compile(r"(?:- )?-- ?|—\s?")
_DIVIDERS = ("--", "—")
_POSTSCRIPT = re.compile(r"\s*P\.? ?P?\.? ?S\b[.:]?\s*\S")
_LINK_ALONE = re.compile(r"\s*<?(?:https?://|www\.)[^\s<>]{1,300}>?\s*")
# Where a word of the line leads, as programs that make text of HTML write it.
_LINK = re.compile(r"\s?[<(\[](?:https?://|mailto:)[^\s<>()\[\]]{1,300}[>)\]]|[\[\]]")


def mark_signatures(lines: list[Line], marks: list[Is]) -> None:
    """Marks what is so far new and belongs to a signature."""
    for end in sorted({_end_of_own(lines, marks), len(lines)}):
        _mark_delimited(lines, marks, end)
    for number in range(len(lines)):
        if marks[number] is Is.NEW and _is_sent_from(lines, marks, number):
            end = _past_links(lines, number + 1)
            marks[number:end] = [Is.SIGNATURE] * (end - number)
    mark_footers(lines, marks)


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
    for sign in _DIVIDERS:  # two without their blank part one thing from the next
        if sum(line.text == sign for line in lines) > 1:
            found = [number for number in found if lines[number].text != sign]
    start = next(iter(found), end)
    end = next((n for n in range(start, end) if _POSTSCRIPT.match(lines[n].head)), end)
    mark_new(marks, range(start, end), Is.SIGNATURE)


def _is_sent_from(lines: list[Line], marks: list[Is], number: int) -> bool:
    """It stands apart from the words below it, and no sentence of a person's begins alike."""
    typed = lines[number].head
    line = _LINK.sub("", typed).strip(" *_()<>\u200b")
    if not (SENT_FROM.match(line) or (OUTLOOKS_PLACE.search(typed) and OUTLOOK.fullmatch(line))):
        return False
    next_one = _past_links(lines, number + 1)
    below = next_one < len(lines) and not lines[next_one].blank and marks[next_one] is Is.NEW
    above = number > 0 and not lines[number - 1].blank
    short = len(line.split()) <= SENT_FROM_WORDS
    if not short and not (DEVICE.search(line) and len(line.split()) <= DEVICE_WORDS):
        return False
    return not below or (short and not above)


def _past_links(lines: list[Line], number: int) -> int:
    """Behind the lines that say no more than where the program may be had."""
    while number < len(lines) and _LINK_ALONE.fullmatch(lines[number].head):
        number += 1
    return number
