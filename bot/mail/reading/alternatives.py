"""A letter in two forms: what the HTML says of where quote and signature are settles it for the plain text."""

import re
from bisect import bisect_left
from collections.abc import Iterator

from bot.mail.markup.containers import Container, Mark
from bot.mail.markup.page import Page
from bot.mail.quotes.lines import LOOKED_AT

_LETTER = re.compile(r"[^\W_]")
# Only one of the forms tells where a link leads.
_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>]*")
# So much of the quote has to follow in both, or as much as there is.
_COMPARED = 20


def marks_by(page: Page, text: str) -> tuple[Mark, ...]:
    """What of the plain ``text`` is a signature or quoted as the HTML says."""
    return tuple(sorted((*_signatures_by(page, text), *_quote_by(page, text))))


def _signatures_by(page: Page, text: str) -> Iterator[Mark]:
    """Each where both forms say the same, letter by letter, up to its end."""
    signatures = [mark for mark in page.marks if mark.kind is Container.SIGNATURE]
    if not signatures:
        return
    shown, shown_at = _letters(page.text[:LOOKED_AT])
    said, places = _letters(text[:LOOKED_AT])
    same = next((n for n, (one, other) in enumerate(zip(shown, said, strict=False)) if one != other), None)
    agreed = min(len(shown), len(said)) if same is None else same
    for mark in signatures:
        first, end = bisect_left(shown_at, mark.start), bisect_left(shown_at, mark.end)
        if first < end <= agreed and (lines := _lines_of_its_own(text, places, first, end)):
            yield Mark(*lines, Container.SIGNATURE)


def _lines_of_its_own(text: str, places: list[int], first: int, end: int) -> tuple[int, int] | None:
    """Where the lines of these letters begin and end; None where other letters stand on one of them."""
    start, line_end = text.rfind("\n", 0, places[first]) + 1, text.find("\n", places[end - 1])
    line_end = line_end if line_end >= 0 else len(text)
    before, behind = places[first - 1] if first else -1, places[end] if end < len(places) else len(text)
    return (start, line_end) if before < start and behind >= line_end else None


def _quote_by(page: Page, text: str) -> tuple[Mark, ...]:
    """That all of ``text`` from some place on is quoted, where the HTML quotes all from there on and both forms say
    the same, letter by letter, up to it."""
    start = _quote_begins(page)
    if start == len(page.text) or start > LOOKED_AT:
        return ()
    own, quoted = _letters(page.text[:start])[0], _letters(page.text[start : start + LOOKED_AT])[0][:_COMPARED]
    said, places = _letters(text[:LOOKED_AT])
    if not own or not quoted or not said.startswith(own + quoted):
        return ()
    return (Mark(text.rfind("\n", 0, places[len(own)]) + 1, len(text), Container.ORIGINAL),)


def _quote_begins(page: Page) -> int:
    """Where all that follows is quoted; the end of the text where the person's own words stand below a quote."""
    begins = [mark.start for mark in page.marks if mark.kind is Container.ORIGINAL]
    start = min(begins, default=len(page.text))
    for line in reversed(page.text[:start].splitlines(keepends=True)):
        if line.strip() and not line.startswith(">"):
            break
        start -= len(line)
    above = [
        mark.start for mark in page.marks if mark.kind is Container.ATTRIBUTION and mark.end <= start <= mark.end + 2
    ]
    return min([start, *above])


def _letters(text: str) -> tuple[str, list[int]]:
    """The text without blanks, marks and signs, and where each letter stands in it."""
    text = _LINK.sub(lambda link: " " * len(link[0]), text)
    places = [letter.start() for letter in _LETTER.finditer(text)]
    return "".join(text[place] for place in places), places
