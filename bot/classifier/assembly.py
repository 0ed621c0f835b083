"""Makes corrections of candidates, the customer's record having the casting vote."""

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from bot.classifier.assignment import Pair, paired
from bot.classifier.encoder.heads import FIELDS, NEW, OLD
from bot.classifier.normal import digits, normalise
from bot.classifier.split import fit_record, without_name
from bot.classifier.swaps import swapped
from models.rules.kinds import Field
from models.rules.reading import Candidate, Found, Record, Verdict, Writing

_SPEAKS_FOR_OLD, _SPEAKS_AGAINST_NEW = 1.7, 4.0
_OF_THAT_FIELD = 5.0
# A record has no more fields than this; a hostile letter names thousands.
_MOST = 20
_TELLING_DIGITS = 7
_TELLING, _NOT_ALL = 0.4, 0.8
_WORD = re.compile(r"\w+")


def assemble(writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
    """The corrections that the message states, in the order of their passages."""
    held = record or {}
    seen = _once(_against(one, held) for one in verdict.values)
    whole = [_found(pair) for pair in paired(seen)] or ([verdict.asked] if verdict.asked else [])
    names = _names_of(writing, held)
    whole = [_with_held(without_name(found, names), writing, held) for found in swapped(whole, writing, held)]
    fitted = [part for found in whole for part in fit_record(found, record)][:_MOST]
    return [replace(found, normal=_normal(found, verdict.language, record)) for found in fitted]


def _against(one: Candidate, record: Record) -> Candidate:
    """What stands on file is mostly the old value, and of that field: the more of it, the likelier."""
    likely = FIELDS[one.fields.index(max(one.fields))]
    shares = {field: _share(field, one.words, held) for field, held in record.items() if held and _kin(field, likely)}
    field = max(shares, key=lambda field: (shares[field], field is likely), default=None)
    if field is None or shares[field] < _TELLING:
        return one
    weight = shares[field] ** 2
    roles = tuple(
        said + weight * {OLD: _SPEAKS_FOR_OLD, NEW: -_SPEAKS_AGAINST_NEW}.get(role, 0.0)
        for role, said in enumerate(one.roles)
    )
    fields = tuple(
        said + weight * _OF_THAT_FIELD * (own is field) for own, said in zip(FIELDS, one.fields, strict=True)
    )
    return replace(one, roles=roles, fields=fields)


def _kin(one: Field, other: Field) -> bool:
    shaped = {Field.EMAIL, Field.PHONE, Field.DATE_OF_BIRTH, Field.VAT_ID}
    return one in FIELDS and (one == other or not {one, other} & shaped)


def _share(field: Field, words: str, held: str) -> float:
    """How much of a passage stands on file: 1 for what does to the letter, 0 for what does not.

    Case makes no difference, an accent or a sharp s does: it may be all that is to be corrected.
    """
    if field is Field.PHONE:
        return _share_of_digits(digits(words).lstrip("0"), digits(held))
    said, known = _plain(words), _plain(held)
    if said == known:
        return 1.0
    parts, whole = _WORD.findall(said), set(_WORD.findall(known))
    return _NOT_ALL * sum(len(part) for part in parts if part in whole) / max(1, sum(map(len, parts)))


def _share_of_digits(said: str, known: str) -> float:
    """The country's code is written or not; of a few digits people mean the last ones."""
    tail = said[-_TELLING_DIGITS:]
    if len(tail) == _TELLING_DIGITS:
        return float(known.endswith(tail))
    return _NOT_ALL if said and known.endswith(said) else 0.0


def _plain(value: str) -> str:
    return " ".join(unicodedata.normalize("NFC", value).lower().split())


def _once(candidates: Iterable[Candidate]) -> list[Candidate]:
    """A value that is said twice is meant once: where it is likelier to be a value."""
    seen: dict[str, Candidate] = {}
    for one in candidates:
        known = seen.get(_plain(one.words))
        if known is None or one.roles[0] < known.roles[0]:
            seen[_plain(one.words)] = one
    return list(seen.values())


def _found(pair: Pair) -> Found:
    shown = pair.new or pair.old
    assert shown is not None  # noqa: S101  a pair has a side at least
    score = min(math.exp(min(0.0, max(one.roles[1:]))) for one in (pair.old, pair.new) if one)
    return Found(
        action=pair.action,
        field=pair.field,
        old=pair.old.words if pair.old else None,
        new=pair.new.words if pair.new else None,
        normal=None,
        where=shown.where,
        start=shown.start,
        end=shown.end,
        score=round(score, 4),
    )


def _with_held(found: Found, writing: Writing, record: Record) -> Found:
    """The value on file is the old one where the message cites it to the letter."""
    held = record.get(found.field)
    if found.old is not None or found.new is None or not held or held == found.new:
        return found
    cited = held in writing.subject or any(writing.text.find(held, start, end) >= 0 for start, end in writing.new)
    return replace(found, old=held) if cited else found


def _names_of(writing: Writing, record: Record) -> list[str]:
    """What the person may write above their address: as they sign, and as they stand on file."""
    parts = [record.get(Field.GIVEN_NAME), record.get(Field.FAMILY_NAME)]
    names = (writing.name, record.get(Field.NAME), " ".join(filter(None, parts)))
    return [name for name in names if name and " " in name]


def _normal(found: Found, language: str, record: Record | None) -> str | None:
    return normalise(found.field, found.new, language=language, record=record)
