"""First and last name the wrong way round: corrections with one of the two sides flow in, with both flow out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from bot.classifier.citations import Citation, citations
from bot.classifier.normal import unmarked
from bot.classifier.word_lists import lines
from models.rules.kinds import Action, Field
from models.rules.reading import Found, Place, Record, Writing

_OTHER = {Field.GIVEN_NAME: Field.FAMILY_NAME, Field.FAMILY_NAME: Field.GIVEN_NAME}
_MOST_WORDS = 3


def swapped(found: Sequence[Found], writing: Writing, record: Record) -> list[Found]:
    """Both names exchanged, where the record or the message says that they stand the wrong way round."""
    names = [one for one in found if one.field in _OTHER]
    if not names or any(one.action is Action.SET and one.field is Field.NAME for one in found):
        return list(found)
    told = [one for one in names if one.action is Action.SET and one.new]
    pair = _by_record(names, writing, record) or _by_words(told, writing)
    return [*(one for one in found if one.field not in _OTHER), *pair] if pair else list(found)


def _by_record(names: Sequence[Found], writing: Writing, record: Record) -> list[Found]:
    """Who says that their given name is what stands on file as the family's says so of both; so does who writes both
    as they stand on file, and that they are the wrong way round. Marks are often missing on file."""
    held = {field: record.get(field) or "" for field in _OTHER}
    values = {value for one in names for value in (one.old, one.new) if value}
    as_written = {
        field: next((one for one in values if unmarked(one) == unmarked(name)), name) for field, name in held.items()
    }
    said = any(one.new and unmarked(one.new) == unmarked(held[_OTHER[one.field]]) for one in names)
    right = {field: as_written[other] for field, other in _OTHER.items()}
    return _exchanged(names[0], right, writing) if all(held.values()) and (said or _says_so(writing)) else []


def _by_words(names: Sequence[Found], writing: Writing) -> list[Found]:
    """Two short names, and a word that says so."""
    values = {value for one in names for value in (one.old, one.new) if value}
    short = all(len(value.split()) <= _MOST_WORDS for value in values)
    if len({one.field for one in names}) != len(names) or len(values) != len(_OTHER) or not short:
        return []
    first, new = names[0], names[0].new or ""
    (other,) = values - {new}
    return _exchanged(first, {first.field: new, _OTHER[first.field]: other}, writing) if _says_so(writing) else []


def _exchanged(like: Found, right: Mapping[Field, str], writing: Writing) -> list[Found]:
    """Each name new where the other one was; nothing where the message does not hold both."""
    spots = {field: spot for field, name in right.items() if (spot := _spot(writing, name)) is not None}
    if len(spots) < len(right):
        return []
    return [
        replace(
            like,
            action=Action.SET,
            field=field,
            old=spots[_OTHER[field]][3],
            new=new,
            where=where,
            start=start,
            end=end,
        )
        for field, (where, start, end, new) in spots.items()
    ]


def _spot(writing: Writing, value: str) -> Citation | None:
    """The first place in the text, else in the subject."""
    return min(citations(value, writing), key=lambda spot: spot[0] is Place.SUBJECT, default=None)


def _says_so(writing: Writing) -> bool:
    return any(_cue().search(part) for part in (writing.subject, *(writing.text[a:b] for a, b in writing.new)))


@cache
def _cue() -> re.Pattern[str]:
    beginnings = [word for line in lines("swapped.txt") for word in line.split(" | ")]
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, beginnings))})", re.IGNORECASE)
