"""How a whole value comes apart: an address into street, town, postal code and country, a name into two."""

import re
from collections.abc import Sequence

from models.rules.kinds import Field

LETTERED_CODES = r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[\dW]\s?[A-Z\d]{4}|\d{4}\s?[A-Z]{2}"
"""Postal codes of Britain, Ireland and the Netherlands, as part of a pattern."""
# Postal codes as they are written; five digits may be a house's number, so the last one in an address is meant.
_CODE = re.compile(
    rf"(?<![\w-])(?:{LETTERED_CODES}|[A-Z]\d[A-Z]\s?\d[A-Z]\d"
    r"|(?:[A-Z]{1,3}-)?(?:\d{2}-\d{3}|\d{4}-\d{3}|\d{5}-\d{3}|\d{5}-\d{4}|\d{3}\s\d{2}|\d{5}|\d{4}))(?![\w-])"
)
_LINES = re.compile(r"[\s,]*\n[\s,]*")
_PART = re.compile(r"[^,;\n]+")
_COUNTRY_AT_MOST = 3
_STATE = re.compile(r"[A-Z]{2}")

Part = tuple[Field, int, int]
"""A field and where its words begin and end in the whole."""
Spot = tuple[int, int]


def words_of(text: str, parts: Sequence[Part]) -> dict[Field, str]:
    """The words of each part, lines joined by commas."""
    said = {field: text[start:end].strip() for field, start, end in parts}
    return {field: _LINES.sub(", ", words) for field, words in said.items() if words}


def spots_of(whole: Field, text: str) -> list[Part]:
    """Where each part stands. What cannot be told apart is the street, or the family's name: nothing that was written
    is dropped."""
    if whole is Field.ADDRESS:
        return address_parts(text) or [(Field.STREET, 0, len(text))]
    return name_parts(text) or [(Field.FAMILY_NAME, 0, len(text))]


def name_parts(name: str) -> list[Part]:
    """The last word is the family name; what goes before it is given. A double family name needs its hyphen."""
    given, _, _ = name.rpartition(" ")
    if not given:
        return []
    return [(Field.GIVEN_NAME, 0, len(given)), (Field.FAMILY_NAME, len(given) + 1, len(name))]


def address_parts(address: str) -> list[Part]:
    """Street, town, postal code and country of an address on one line or on many.

    None where it has no code, or nothing before it: four digits may be a house's number. The part with the code ends
    the address, but for the country.
    """
    spans = [_tidy(address, *part.span()) for part in _PART.finditer(address)]
    spans = [span for span in spans if span[0] < span[1]]
    codes = [list(_CODE.finditer(address, *span)) for span in spans]
    coded = next((number for number in reversed(range(len(spans))) if codes[number]), None)
    if coded is None:
        return []
    code = codes[coded][-1].span()
    town, before = _town(address, spans, coded, code)
    street = _tidy(address, spans[0][0], before)
    if street[0] == street[1]:
        return []
    parts = [(Field.STREET, *street), (Field.CITY, *town), (Field.POSTAL_CODE, *code)]
    if coded + 1 < len(spans) and _could_be_country(address[slice(*spans[-1])]):
        parts.append((Field.COUNTRY, *spans[-1]))
    return sorted((part for part in parts if part[1] < part[2]), key=lambda part: part[1])


def _town(address: str, spans: Sequence[tuple[int, int]], coded: int, code: tuple[int, int]) -> tuple[Spot, int]:
    """The town and where it or its code begins: it stands behind the code, else before it in the same part, else in
    the part before; two capitals are a state of the USA and go with their town."""
    behind = _tidy(address, code[1], spans[coded][1])
    if behind[0] < behind[1]:
        return behind, code[0]
    start, end = _tidy(address, spans[coded][0], code[0])
    if coded and (start == end or _STATE.fullmatch(address, start, end)):
        start, end = spans[coded - 1][0], end if start < end else spans[coded - 1][1]
    return (start, end), start


def _could_be_country(words: str) -> bool:
    return len(words.split()) <= _COUNTRY_AT_MOST and not any(map(str.isdigit, words))


def _tidy(address: str, start: int, end: int) -> tuple[int, int]:
    while start < end and address[start] in _BLANKS:
        start += 1
    while end > start and address[end - 1] in _BLANKS:
        end -= 1
    return start, end


_BLANKS = " ,;\n\t-–"
