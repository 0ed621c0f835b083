"""Where a quote is announced: "On … wrote:", a dashed title, a block of headers. Words and their order alone."""

import re

from bot.mail.quotes.lines import LINE_LIMIT, Line, quote_follows
from bot.mail.quotes.phrases import FROM, ORIGINAL, OTHER_LABELS, SENT, SUBJECT, WROTE

ATTRIBUTION_LINES = 4
ATTRIBUTION_WORDS = 22

_LABEL = re.compile(r"\s*[*_]*\s*([^\W\d_][\w'-]{0,20})\s*[*_]*\s*[:：]\s*[*_]*\s*(\S?)")
_ADDRESS = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,100}")
# "01.04" is no time of day in 01.04.2026.
_TIME = re.compile(r"(?<![\d./-])\d{1,2}[:.h]\d{2}(?!\.?\d)")
_DATE = re.compile(
    r"\b\d{1,2}[./-] ?\d{1,2}[./-] ?(?:\d{4}|\d{2})\b|\b\d{4}[./-]\d{1,2}[./-]\d{1,2}\b"
    r"|\b(?:19|20)\d\d\b|\d{4} ?年"
)
_TITLE = re.compile(r"\s*[-_=*–—]{2,}\s*(\S.{3,200}?)\s*[-_=*–—]{2,}\s*")
_TITLED = re.compile(r"\s*[-_=*–—]{2}")
_APPLE_TITLE = re.compile(r"\s*(\S.{3,80}?)\s*:\s*")


def attribution(lines: list[Line], number: int) -> int:
    """How many lines up to here are "On … wrote:", 0 for none. A date alone proves nothing: letters hold dates too."""
    if not lines[number].text.rstrip().endswith((":", "：")):
        return 0
    follows = quote_follows(lines, number + 1)
    joined = ""
    for length in range(1, min(ATTRIBUTION_LINES, number + 1) + 1):
        line = lines[number + 1 - length]
        if line.blank or line.quoted:
            break
        joined = f"{line.text.strip()[:LINE_LIMIT]} {joined}".strip()
        if _DATE.search(joined) and _attributes(joined, follows):
            return length + _line_above(lines, number - length)
    wrote = lines[number].head
    return int(follows and WROTE.search(wrote) is not None and len(wrote.split()) <= ATTRIBUTION_WORDS)


def begins_original(lines: list[Line], number: int) -> bool:
    """Whether all that stands from this line on is an answered or forwarded mail, quoted without marks."""
    text = lines[number].text
    if lines[number].blank or (":" not in text and "：" not in text and not _TITLED.match(text)):
        return False
    if title := _TITLE.fullmatch(lines[number].head):
        return _announces(title[1]) or _header_block(lines, number + 1)
    if (title := _APPLE_TITLE.fullmatch(lines[number].head)) and ORIGINAL.fullmatch(title[1]):
        return True
    return _header_block(lines, number)


def _announces(title: str) -> bool:
    """Between dashes stands what Outlook calls it, or, with Notes and Zoho, who wrote."""
    wrote = WROTE.search(title) and (_ADDRESS.search(title) or (_DATE.search(title) and _TIME.search(title)))
    return ORIGINAL.fullmatch(title) is not None or bool(wrote)


def _line_above(lines: list[Line], number: int) -> int:
    """1 where the date stands below who wrote: "Ada Quint <ada@…> escreveu"."""
    above = lines[number].head.rstrip() if number >= 0 else ""
    return int(_ADDRESS.search(above) is not None and WROTE.search(above) is not None)


def _attributes(joined: str, quote_follows: bool) -> bool:
    address, time, wrote = _ADDRESS.search(joined), _TIME.search(joined), WROTE.search(joined)
    if len(joined.split()) > ATTRIBUTION_WORDS + 8 * bool(address):
        return False
    # Without a mark of quoting below, a person may be telling who wrote what and when.
    return bool(wrote or address or time) if quote_follows else bool(wrote and address)


def _header_block(lines: list[Line], number: int) -> bool:
    """Three labels or more that only mail programs put together, with an address or a time of day among them.
    "From: old@… To: new@…" is a wish, and so is "From: Mill Lane 3, To: Quarry Hill 14, Date: in May"; not a quote."""
    if number < len(lines) and lines[number].blank:
        number += 1
    labels: list[str] = []
    stamped = False
    for line in lines[number : number + 8]:
        label = _LABEL.match(line.head)
        if label is None:
            break
        labels.append(label[1].lower())
        stamped = stamped or any(mark.search(line.head) for mark in (_ADDRESS, _TIME))
    return stamped and _are_headers(labels)


def _are_headers(labels: list[str]) -> bool:
    """Who sent it comes first, or, with GMX, second."""
    if not labels or not (labels[0] in FROM or (labels[0] in SENT and labels[1:2] and labels[1] in FROM)):
        return False
    known = [name for name in labels[1:] if name in SENT or name in SUBJECT or name in OTHER_LABELS or name in FROM]
    return len(known) >= 2 and any(name in SENT or name in SUBJECT for name in labels)
