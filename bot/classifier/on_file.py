"""Holds what a message says against the customer's record: candidates flow in, likelier ones flow out."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from bot.classifier.citations import Citation, citations
from bot.classifier.encoder.heads import FIELDS, NEW, OLD
from bot.classifier.normal import digits
from models.rules.kinds import PARTS, Field
from models.rules.reading import Candidate, Found, Record, Writing

_SPEAKS_FOR_OLD, _SPEAKS_AGAINST_NEW = 1.7, 4.0
_OF_THAT_FIELD = 12.0
_TELLING_DIGITS = 7
_TELLING, _NOT_ALL = 0.4, 0.8
# Of a hundred: what resembles a value less is another one.
_RESEMBLES = 50.0
_OF_ITS_FIELD = 8.0
_NEARER = 1.0
_WORD = re.compile(r"\w+")


_Likeness = tuple[Field | None, float]
"""The field whose value on file a passage resembles most, and how much, up to 1; none where it resembles nothing."""


def held_against(candidates: Sequence[Candidate], record: Record) -> list[Candidate]:
    """The candidates with what stands on file for and against each of their roles and fields."""
    if not record:
        return list(candidates)
    record = _with_wholes(record)
    resembled = [_resembled(one, record) for one in candidates]
    held = [_against(one, record, like) for one, like in zip(candidates, resembled, strict=True)]
    return _told_apart(held, resembled)


def _against(one: Candidate, record: Record, resembled: _Likeness) -> Candidate:
    """What stands on file is mostly the old value, and of that field: the more of it, the likelier.

    What only resembles it is of that field too, whichever side it is: a slip may be all that is to be corrected.
    """
    likely = FIELDS[one.fields.index(max(one.fields))]
    shares = {field: _share(field, one.words, held) for field, held in record.items() if held and _kin(field, likely)}
    field = max(shares, key=lambda field: (shares[field], field is likely), default=None)
    if field is None or shares[field] < _TELLING:
        field, alike = resembled
        return _of(one, field, _OF_ITS_FIELD * alike) if field else one
    weight = shares[field] ** 2
    spoken = _leaning(one, old=weight * _SPEAKS_FOR_OLD, new=-weight * _SPEAKS_AGAINST_NEW)
    return _of(spoken, field, weight * _OF_THAT_FIELD)


def _told_apart(candidates: Sequence[Candidate], resembled: Sequence[_Likeness]) -> list[Candidate]:
    """Of several that resemble one value on file, that which does most is likelier the old one, the rest the new."""
    by_field: dict[Field, list[float]] = {}
    for field, alike in resembled:
        if field:
            by_field.setdefault(field, []).append(alike)
    return [
        _nearer(one, alike == max(by_field[field])) if field and len(by_field[field]) > 1 else one
        for one, (field, alike) in zip(candidates, resembled, strict=True)
    ]


def _nearer(one: Candidate, nearest: bool) -> Candidate:
    return _leaning(one, old=_NEARER, new=-_NEARER) if nearest else _leaning(one, old=-_NEARER, new=_NEARER)


def _leaning(one: Candidate, *, old: float, new: float) -> Candidate:
    speaks = {OLD: old, NEW: new}
    return replace(one, roles=tuple(said + speaks.get(role, 0.0) for role, said in enumerate(one.roles)))


def _of(one: Candidate, field: Field, weight: float) -> Candidate:
    fields = (said + weight * (own is field) for own, said in zip(FIELDS, one.fields, strict=True))
    return replace(one, fields=tuple(fields))


def _with_wholes(record: Record) -> Record:
    """The record with its address and its name whole as well: people write them so."""
    wholes = {
        whole: " ".join(filter(None, (record.get(part) for part in parts)))
        for whole, parts in PARTS.items()
        if not record.get(whole)
    }
    return {**record, **{whole: held for whole, held in wholes.items() if held}}


def _kin(one: Field, other: Field) -> bool:
    shaped = {Field.EMAIL, Field.PHONE, Field.DATE_OF_BIRTH, Field.VAT_ID}
    return one in FIELDS and (one == other or not {one, other} & shaped)


def _share(field: Field, words: str, held: str) -> float:
    """How much of a passage stands on file: 1 for what does to the letter, 0 for what does not.

    Case makes no difference, an accent or a sharp s does: it may be all that is to be corrected.
    """
    if field is Field.PHONE:
        return _share_of_digits(digits(words).lstrip("0"), digits(held))
    said, known = plain(words), plain(held)
    if said == known:
        return 1.0
    parts, on_file = _WORD.findall(said), _WORD.findall(known)
    if parts == on_file:
        return 1.0
    whole = set(on_file)
    return _NOT_ALL * sum(len(part) for part in parts if part in whole) / max(1, sum(map(len, parts)))


def _share_of_digits(said: str, known: str) -> float:
    """The country's code is written or not; of a few digits people mean the last ones."""
    tail = said[-_TELLING_DIGITS:]
    if len(tail) == _TELLING_DIGITS:
        return float(known.endswith(tail))
    return _NOT_ALL if said and known.endswith(said) else 0.0


def _resembled(one: Candidate, record: Record) -> _Likeness:
    from rapidfuzz.fuzz import ratio

    words = _letters(one.words)
    alike = {
        field: ratio(words, _letters(held), score_cutoff=_RESEMBLES) for field, held in record.items()
        if held and field in FIELDS
    }  # fmt: skip
    field = max(alike, key=lambda field: alike[field], default=None)
    return (field, alike[field] / 100) if field and alike[field] else (None, 0.0)


def _letters(value: str) -> str:
    """Letters and digits alone."""
    return "".join(filter(str.isalnum, plain(value)))


def plain(value: str) -> str:
    """Case and white space make no difference; unlike in ``comparable``, a sharp s does."""
    return " ".join(unicodedata.normalize("NFC", value).lower().split())


def with_held(found: Found, writing: Writing, record: Record) -> Found:
    """The value on file is the old one where the message cites it, whatever the words around it seemed to be."""
    held = record.get(found.field)
    if not held or (found.new and plain(found.new) == plain(held)):
        return found
    cited = next((spot for spot in citations(held, writing) if not _within_new(spot, found)), None)
    if cited is None:
        return found
    where, start, end, words = cited
    return replace(found, old=words) if found.new else replace(found, old=words, where=where, start=start, end=end)


def _within_new(spot: Citation, found: Found) -> bool:
    where, start, end, _ = spot
    return found.new is not None and where is found.where and start < found.end and found.start < end
