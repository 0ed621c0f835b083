"""Fits a correction to the columns a record has: a whole address into its parts, a whole name into two."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace

from models.rules.kinds import Field
from models.rules.reading import Found, Record

_CODE_FIRST = re.compile(r"((?:[A-Z]{1,3}-)?\d{4,5})\s+(.+)", re.DOTALL)
_CODE_LAST = re.compile(
    r"(.+?(?:,?\s[A-Z]{2}(?=\s\d))?),?\s+(\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[\dW]\s?[A-Z\d]{4})"
)

_FIRST_LINE = re.compile(r"([^\d\n,]+)[\n,]\s*(?=\S)")

Part = tuple[Field, int, int]


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
    parts = name_parts(whole) if found.field is Field.NAME else address_parts(whole)
    return next((whole[start:end] for name, start, end in parts if name == field), None)


def name_parts(name: str) -> list[Part]:
    """The last word is the family name; what goes before it is given. A double family name needs its hyphen."""
    given, _, _ = name.rpartition(" ")
    if not given:
        return []
    return [(Field.GIVEN_NAME, 0, len(given)), (Field.FAMILY_NAME, len(given) + 1, len(name))]


def address_parts(address: str) -> list[Part]:
    from bot.classifier.patterns import ADDRESS  # slow to compile, and rarely needed without the pipeline

    match = ADDRESS.search(address)
    if match is None:
        return []
    parts = [(Field.STREET, match.start(), match.start(2)), *_place_parts(match)]
    if match[3]:
        parts.append((Field.COUNTRY, match.start(3), match.end(3)))
    return [_tidy(address, part) for part in parts]


def _place_parts(match: re.Match[str]) -> list[Part]:
    at = match.start(2)
    first, last = _CODE_FIRST.fullmatch(match[2]), _CODE_LAST.fullmatch(match[2])
    if first:
        return [(Field.POSTAL_CODE, at, at + first.end(1)), (Field.CITY, at + first.start(2), at + first.end(2))]
    if last:
        return [(Field.CITY, at, at + last.end(1)), (Field.POSTAL_CODE, at + last.start(2), at + last.end(2))]
    return [(Field.CITY, at, match.end(2))]


def _tidy(address: str, part: Part) -> Part:
    field, start, end = part
    return field, start, start + len(address[start:end].rstrip(" ,;\n-–"))
