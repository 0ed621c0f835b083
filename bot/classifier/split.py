"""Fits a correction to the columns a record has: a whole address into its parts, a whole name into two."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace

from models.rules.kinds import Field
from models.rules.parts import Part, address_parts, name_parts, spots_of
from models.rules.reading import Found, Record

_FIRST_LINE = re.compile(r"([^\d\n,]+)[\n,]\s*(?=\S)")


def fit_record(found: Found, record: Record | None) -> Iterator[Found]:
    """The same correction, or one for each column that it touches and changes."""
    parts: list[Part] = []
    if record and found.new and found.field not in record:
        if found.field is Field.ADDRESS and record.keys() & {Field.STREET, Field.CITY, Field.POSTAL_CODE}:
            parts = address_parts(found.new)
        elif found.field is Field.NAME and {Field.GIVEN_NAME, Field.FAMILY_NAME} <= record.keys():
            parts = _held_apart(found.new, record) or name_parts(found.new)
    if not parts:
        yield found
        return
    of_old = _old_parts(found, record or {})
    for field, start, end in parts:
        new = (found.new or "")[start:end]
        if of_old.get(field) != new:
            begin, finish = found.start + start, found.start + end
            yield replace(found, field=field, old=of_old.get(field), new=new, start=begin, end=finish)


def _old_parts(found: Found, record: Record) -> dict[Field, str]:
    old = found.old or ""
    parts = _held_apart(old, record) if found.field is Field.NAME else []
    return {field: old[start:end] for field, start, end in parts or spots_of(found.field, old) if start < end}


def _held_apart(name: str, record: Record) -> list[Part]:
    """A name that ends in the family name on file, or begins with the given one, comes apart there."""
    given, family = (_held(record, field) for field in (Field.GIVEN_NAME, Field.FAMILY_NAME))
    folded = name.casefold()
    if len(folded) != len(name):
        return []
    if family and folded.endswith(f" {family}"):
        cut = len(name) - len(family)
    elif given and folded.startswith(f"{given} "):
        cut = len(given) + 1
    else:
        return []
    return [(Field.GIVEN_NAME, 0, cut - 1), (Field.FAMILY_NAME, cut, len(name))]


def _held(record: Record, field: Field) -> str:
    return (record.get(field) or "").casefold()


def without_name(found: Found, names: Iterable[str]) -> Found:
    """A person writes an address as on an envelope: the line with their own name is no part of it."""
    line = _FIRST_LINE.match(found.new or "") if found.field in {Field.ADDRESS, Field.STREET} else None
    if line is None or not any(_words(name) <= _words(line[1]) for name in names):
        return found
    return replace(found, new=(found.new or "")[line.end() :], start=found.start + line.end())


def _words(name: str) -> set[str]:
    return set(unicodedata.normalize("NFC", name).casefold().split())
