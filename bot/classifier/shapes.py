"""The shapes that values have whatever is said around them, and where a value ends; all repetitions are bounded."""

import re
from collections.abc import Iterator
from enum import Enum, auto

from models.rules.parts import LETTERED_CODES


class Shape(Enum):
    EMAIL = auto()
    VAT = auto()
    DATE = auto()
    POSTAL = auto()
    DIGITS = auto()


# The beginnings of the months in the ten languages, without which a number between two dots is no date.
_MONTHS = (
    r"jan|jän|gen|ene|janv|led|sty|feb|fév|fevr|febr|únor|lut|mar|mär|mrt|março|břez|apr|avr|abr|dub|kwi|ma[ijy]|mag|mei|"
    r"kvě|jun|juin|giu|czerw|červ|jul|juil|lug|lip|aug|aoû|aou|ago|srp|sie|se[pt]|set|září|wrz|o[ck]t|ott|out|říj|paź|nov|"
    r"lis|de[czs]|dic|déc|dez|pro|gru"
)
_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63})+")
_VAT = re.compile(
    r"(?<!\w)(?:ATU|BE|BG|CHE|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK)"
    r"[\s-]?[A-Z\d](?:[\s.\-]?[A-Z\d]){6,12}(?![ ]?[\dA-Z])"
)
_DATE = re.compile(
    rf"(?<![\w.])(?:\d{{1,2}}[./-] ?\d{{1,2}}[./-] ?\d{{2,4}}|\d{{4}}-\d{{2}}-\d{{2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.|°|º)?\s(?:of\s|de\s|d['’])?(?:{_MONTHS})\w{{0,9}}\.?,?\s(?:de\s)?\d{{4}}"
    rf"|(?:{_MONTHS})\w{{0,9}}\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}})(?!\w)",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\w@.\-/])(?:\+|\()?\d[\d \u00a0()/.\-–]{3,22}\d(?!\w)")
# Codes that a word breaks in two: those, and those of Poland, Portugal, Sweden and the Czech Republic.
_POSTAL = re.compile(
    rf"(?<![\w.\-/+])(?:{LETTERED_CODES}|\d{{2}}-\d{{3}}|\d{{4}}-\d{{3}}|\d{{3}}\s\d{{2}})(?![\w/]|[.\- ]\d)"
)
_FEWEST_DIGITS = {Shape.VAT: 5, Shape.DIGITS: 6}
_IN_ORDER = {
    Shape.EMAIL: _EMAIL,
    Shape.VAT: _VAT,
    Shape.DATE: _DATE,
    Shape.POSTAL: _POSTAL,
    Shape.DIGITS: _DIGITS,
}


def shapes(text: str) -> list[tuple[int, int, Shape]]:
    """Passages that have a shape, none overlapping: what has a stronger one takes its letters first."""
    taken: list[tuple[int, int, Shape]] = []
    for start, end, shape in _shapes(text):
        if not any(start < b and a < end for a, b, _ in taken):
            taken.append((start, end, shape))
    return sorted(taken, key=lambda passage: passage[0])


def _shapes(text: str) -> Iterator[tuple[int, int, Shape]]:
    for shape, pattern in _IN_ORDER.items():
        for match in pattern.finditer(text):
            if sum(map(str.isdigit, match[0])) >= _FEWEST_DIGITS.get(shape, 0):
                yield (*_balanced(match), shape)


def _balanced(match: re.Match[str]) -> tuple[int, int]:
    """Without a bracket that has no counterpart."""
    start, end = match.span()
    if match[0].startswith("(") and ")" not in match[0]:
        start += 1
    if match[0].count(")") > match[0].count("("):
        end = start + match[0].rindex(")")
    return start, end


_AROUND = " \t\n.,;:!?\"'‘’‚„“”«»‹›()[]<>*|…–-→"
# A stop that belongs to the value: initials, and what companies and streets are shortened to.
_SHORTENED = re.compile(
    r"(?:(?<!\w)(?:[^\W\d_]\. ?){1,3}[^\W\d_]"
    r"|(?<!\w)(?:str|nr|jr|jun|ml|sr|st|dr|bros|lda|ltda|mej|adj|dcha|izq|izda|esq|dto|fte|inc|corp|coop|cie|cia|mx|mrs?|"
    r"mme|mlle|sra|srta|dra|sig|rag|avv|dott|ing|arch|mgr|mag|bc|mudr|mvdr|judr|phdr|prof|lic|arq|eng|mtro|lek|med|vet|"
    r"dent|nat|hab|csc|ph\.d|drs|dhr|mevr|ir|apt|(?:pte|pvt|co)\. ltd|sp\. ?[jk]|z o\.o|comm\.v))\.$",
    re.IGNORECASE,
)
# French and Italian write it together with what follows; "D'Angelo" and "d'Artagnan" are names.
_ARTICLE = re.compile(r"(?:l|d(?=['’][a-z\d]))['’](?=\w)")
_TAIL = re.compile(r"(?:\.[a-z]{2,}|-\d+)\W*$")


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A passage without the article and the punctuation around it, with the stop of a shortened word at its end."""
    article = _ARTICLE.match(text, start, end)
    start = article.end() if article else start
    while start < end and text[start] in _AROUND and not _opens(text[start:end]):
        start += 1
    while end > start and text[end - 1] in _AROUND and not _closes(text[start:end]):
        end -= 1
    if text[end : end + 1] == ")" and text[start:end].count("(") > text[start:end].count(")"):
        end += 1
    if text[end : end + 1] == "." and _SHORTENED.search(text[start : end + 1]):
        end += 1
    return start, end


def _opens(words: str) -> bool:
    """A bracket that is closed, the end of an address (.org), the last digits of a number (-17)."""
    return (words[0] == "(" and ")" in words[:-1]) or _TAIL.match(words) is not None


def _closes(words: str) -> bool:
    if words[-1] == ")":
        return "(" in words
    return words[-1] == "." and _SHORTENED.search(words) is not None
