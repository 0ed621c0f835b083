"""Joins half corrections (an old side, a new side) into whole ones, the customer's record having the casting vote."""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from bot.classifier import cues
from bot.classifier.normal import digits, normalise
from bot.classifier.split import fit_record, without_name
from models.rules.kinds import Action, Field
from models.rules.reading import Found, Place, Record, Verdict, Writing

_SURE = 0.5
_A_PAIR = 2
# A record has no more fields than this; a hostile letter names thousands.
_MOST = 20
_TELLING_DIGITS = 7
_NAMES = frozenset({Field.NAME, Field.GIVEN_NAME, Field.FAMILY_NAME})
_ASKED_WITHOUT_VALUE = frozenset({Field.ADDRESS, Field.EMAIL, Field.PHONE, Field.DATE_OF_BIRTH, Field.FAMILY_NAME})
_FAR = 2_000


def assemble(writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
    """The corrections that the message states, in the order of their passages."""
    halves = [_against(half, record or {}) for half in verdict.values]
    whole = list(_paired(_once(halves))) or list(_without_value(writing))
    names = _names_of(writing, record or {})
    whole = [_with_held(without_name(found, names), writing, record or {}) for found in whole]
    fitted = [part for found in whole for part in fit_record(found, record)]
    stated = [found for found in fitted if not _is_idle(found)][:_MOST]
    return [replace(found, normal=_normal(found, verdict.language, record)) for found in stated]


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


def _is_idle(found: Found) -> bool:
    return found.old is not None and found.new is not None and found.old == found.new


def _against(half: Found, record: Record) -> Found:
    """What stands on file is the old value, and says which field it is of."""
    words = half.new or half.old or ""
    field = next((f for f, held in record.items() if held and _same(f, words, held)), None)
    if field is None or not _kin(field, half.field):
        return half
    if half.action is Action.REMOVE:
        return replace(half, field=field)
    return replace(half, field=field, old=words, new=None, score=1.0)


def _kin(one: Field, other: Field) -> bool:
    shaped = {Field.EMAIL, Field.PHONE, Field.DATE_OF_BIRTH, Field.VAT_ID}
    return one == other or not {one, other} & shaped


def _same(field: Field, words: str, held: str) -> bool:
    """Case makes no difference, an accent or a sharp s does: it may be all that is to be corrected."""
    if field is Field.PHONE:
        tail = digits(words).lstrip("0")[-7:]
        return len(tail) == _TELLING_DIGITS and digits(held).endswith(tail)
    return _plain(words) == _plain(held)


def _plain(value: str) -> str:
    return " ".join(unicodedata.normalize("NFC", value).lower().split())


def _once(halves: list[Found]) -> list[Found]:
    """A value that is said twice is meant once."""
    seen: dict[tuple[object, ...], Found] = {}
    for half in halves:
        seen.setdefault((half.action, half.field, _plain(half.old or ""), _plain(half.new or "")), half)
    return list(seen.values())


def _paired(halves: list[Found]) -> Iterator[Found]:
    halves = _not_both_old(halves)
    olds = [half for half in halves if half.action is Action.SET and half.new is None]
    for half in halves:
        if half.action is Action.REMOVE:
            yield half
        elif half.new is not None:
            old = _partner(half, olds)
            if old is None:
                yield half
                continue
            olds.remove(old)
            field = old.field if old.score == 1.0 or half.field is Field.FAMILY_NAME else half.field
            yield replace(half, old=old.old, field=field, score=min(half.score, old.score))
    yield from olds


def _not_both_old(halves: list[Found]) -> list[Found]:
    """Of two old values of a field without a new one, the less certain is the new one."""
    turned = list(halves)
    for field in dict.fromkeys(half.field for half in halves):
        same = [half for half in halves if half.field is field and half.action is Action.SET]
        if len(same) == _A_PAIR and not any(half.new for half in same):
            weaker = min(same, key=lambda half: half.score)
            turned[turned.index(weaker)] = replace(weaker, old=None, new=weaker.old)
    return turned


def _partner(half: Found, olds: list[Found]) -> Found | None:
    """The old value of the same field, else of a field of its family and of the same build."""
    alike = [old for old in olds if old.field == half.field]
    kin = [old for old in olds if {old.field, half.field} <= _NAMES]
    return next(iter(alike or kin), None)


def _without_value(writing: Writing) -> Iterator[Found]:
    """Someone who wants a field changed without saying to what is asked; the word for the field is shown."""
    sources = ((Place.TEXT, writing.text, writing.new), (Place.SUBJECT, writing.subject, ((0, len(writing.subject)),)))
    for place, text, spans in sources:
        for start, end in spans:
            named = [
                cue for cue in cues.spot(text[start : min(end, start + _FAR)]) if cue.field in _ASKED_WITHOUT_VALUE
            ]
            if named and named[0].field:
                at, until = start + named[0].start, start + named[0].end
                yield Found(Action.SET, named[0].field, None, None, None, place, at, until, _SURE)
                return
