"""Where a block of headers stands above what is answered or forwarded, without a mark at any of its lines."""

import re

from bot.mail.quotes.labels import DATED, FROM, OTHER, SENT, SUBJECT
from bot.mail.quotes.lines import Line
from bot.mail.quotes.signs import ADDRESS, DATE, TIME

HEADER_LINES = 8
# Notes' table of headers, with what stands in it and the blank lines between.
TABLE_LINES = 14
STAMP_WORDS = 8

_LABEL = re.compile(r"[\s*_]*([^\W\d_][\w'’ .-]{0,24}?)[\s*_]*[:：]")
_ALL = (FROM, SENT, SUBJECT, OTHER)


def header_block(lines: list[Line], number: int, *, ruled: bool = False) -> bool:
    """Three labels or more that only mail programs put together, with an address or a time of day among them, or the
    word that it was sent; two do below the line of underscores that Outlook draws.
    "From: old@… To: new@…" is a wish, and so is "From: Mill Lane 3, To: Quarry Hill 14, Date: in May"; not a quote."""
    if number < len(lines) and lines[number].blank:
        number += 1
    labels: list[str] = []
    stamped = False
    for line in lines[number : number + HEADER_LINES]:
        label = _LABEL.match(line.head)
        if label is None:
            break
        labels.append(_plain(label[1]))
        stamped = stamped or any(mark.search(line.head) for mark in (ADDRESS, TIME))
    if ruled and _are_two(labels):
        return True
    return _are_headers(labels) and (stamped or any(name in SENT and name not in DATED for name in labels))


def names_sender(lines: list[Line], number: int) -> bool:
    """Whether the next line that is not blank says from whom a forwarded mail is."""
    following = next((line.head for line in lines[number : number + 3] if not line.blank), "")
    label = _LABEL.match(following)
    return label is not None and _plain(label[1]) in FROM


def header_table(lines: list[Line], number: int) -> bool:
    """As Notes 6 and 7 lay it out: who wrote, when, and then each label and what it names on lines of their own."""
    if not ADDRESS.search(lines[number].head):
        return False
    spoken = [line.head.strip() for line in lines[number + 1 : number + TABLE_LINES] if not line.blank]
    if not spoken or not _is_stamp(spoken[0]):
        return False
    # In HTML the first label stands in the next cell.
    labels = [one.lower().rstrip(":") for one in (spoken[0].rpartition(" ")[2], *spoken[1:])]
    labels += [label.partition(" ")[0] for label in labels]
    return any(label in OTHER for label in labels) and any(label in SUBJECT for label in labels)


def _plain(label: str) -> str:
    return " ".join(label.lower().replace("’", "'").split())


def _is_stamp(text: str) -> bool:
    return DATE.search(text) is not None and TIME.search(text) is not None and len(text.split()) <= STAMP_WORDS


def _are_two(labels: list[str]) -> bool:
    return len(labels) > 1 and labels[0] in FROM and any(name in SENT or name in SUBJECT for name in labels[1:])


def _are_headers(labels: list[str]) -> bool:
    """Who sent it comes first, or, with GMX, second; in any other order all four kinds have to stand there."""
    if not labels:
        return False
    if labels[0] in FROM or (labels[0] in SENT and labels[1:2] and labels[1] in FROM):
        known = [name for name in labels[1:] if any(name in names for names in _ALL)]
        return len(known) >= 2 and any(name in SENT or name in SUBJECT for name in labels)
    return all(any(name in names for name in labels) for names in _ALL) and any(labels[0] in names for names in _ALL)
