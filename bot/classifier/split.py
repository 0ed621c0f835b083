"""Fits a correction to the columns a record has: a whole address into its parts, a whole name into two."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.classifier.shapes import LETTERED_CODES
from models.rules.kinds import Field
from models.rules.reading import Found, Record

# Postal codes as they are written; five digits may be a house's number, so the last one in an address is meant.
_CODE = re.compile(
    rf"(?<![\w-])(?:{LETTERED_CODES}|[A-Z]\d[A-Z]\s?\d[A-Z]\d"
    r"|(?:[A-Z]{1,3}-)?(?:\d{2}-\d{3}|\d{4}-\d{3}|\d{5}-\d{3}|\d{5}-\d{4}|\d{3}\s\d{2}|\d{5}|\d{4}))(?![\w-])"
)
_PART = re.compile(r"[^,;\n]+")
_COUNTRY_AT_MOST = 3
_STATE = re.compile(r"[A-Z]{2}")
_FIRST_LINE = re.compile(r"([^\d\n,]+)[\n,]\s*(?=\S)")

Part = tuple[Field, int, int]
Spot = tuple[int, int]


def fit_record(found: Found, record: Record | None) -> Iterator[Found]:
    """The same correction, or one for each column that it touches."""
    parts: list[Part] = []
    if record and found.new and found.field not in record:
        if found.field is Field.ADDRESS and record.keys() & {Field.STREET, Field.CITY, Field.POSTAL_CODE}:
            parts = address_parts(found.new)
        elif found.field is Field.NAME and {Field.GIVEN_NAME, Field.FAMILY_NAME} <= record.keys():
            parts = name_parts(found.new)
    if not parts:
        yield found
        return
    for field, start, end in parts:
        new = (found.new or "")[start:end]
        yield replace(
            found, field=field, old=_old_part(found, field), new=new, start=found.start + start, end=found.start + end
        )


def without_name(found: Found, names: Iterable[str]) -> Found:
    """A person writes an address as on an envelope: the line with their own name is no part of it."""
    line = _FIRST_LINE.match(found.new or "") if found.field in {Field.ADDRESS, Field.STREET} else None
    if line is None or not any(_words(name) <= _words(line[1]) for name in names):
        return found
    return replace(found, new=(found.new or "")[line.end() :], start=found.start + line.end())


def _words(name: str) -> set[str]:
    return set(unicodedata.normalize("NFC", name).casefold().split())


def _old_part(found: Found, field: Field) -> str | None:
    whole = found.old or ""
    # Of an address that is left, people name the street; of a name, the family's.
    parts = (
        name_parts(whole) or [(Field.FAMILY_NAME, 0, len(whole))]
        if found.field is Field.NAME
        else address_parts(whole) or [(Field.STREET, 0, len(whole))]
    )
    return next((whole[start:end] for name, start, end in parts if name == field), None) or None


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
