"""Settles the role of each candidate: learned roles flow in, rules of wording have the last word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rapidfuzz import fuzz

from bot.classifier import roles
from bot.classifier.cues import Cue
from bot.classifier.fields import field_of
from bot.classifier.shapes import Passage
from bot.classifier.wording import ARROW, CHANGE_TO, LEADS_TO_OLD, NAMED_NOW, NEW_NOT_OLD, OLD_TO_NEW
from models.rules.kinds import Field

_FIRM = 0.95
_LIKELY = 0.55
_NEAR = 6
_ALIKE = 65
_A_PAIR = 2
_SENTENCE = 90
_LONGEST_FRAME = 45
_SHAPED = frozenset(
    {Field.EMAIL, Field.PHONE, Field.ADDRESS, Field.STREET, Field.POSTAL_CODE, Field.DATE_OF_BIRTH, Field.VAT_ID}
)
_ONE_ONLY = _SHAPED - {Field.EMAIL, Field.PHONE}
_SPELT = frozenset({Field.NAME, Field.GIVEN_NAME, Field.FAMILY_NAME, Field.COMPANY, Field.CITY, Field.COUNTRY})


@dataclass(frozen=True)
class Judged:
    """A candidate with the field it is of and its role, none where it is no value."""

    passage: Passage
    field: Field
    role: str
    score: float


def judge(
    text: str, known: Sequence[Passage], learned: Mapping[Passage, tuple[str, float]], spotted: Sequence[Cue]
) -> list[Judged]:
    """The candidates that are values, in the order of the text."""
    candidates = [_judged(text, passage, learned, spotted) for passage in known]
    stated = [_dropped_with_cause(one, spotted) for one in candidates if one is not None]
    introduced = _introduced(text, _framed(text, stated), spotted)
    settled = _spelt_alike(text, _completed(introduced))
    return [one for one in settled if one.role]


def _judged(
    text: str, passage: Passage, learned: Mapping[Passage, tuple[str, float]], spotted: Sequence[Cue]
) -> Judged | None:
    field = field_of(text, passage, spotted)
    role, score = learned.get(passage, ("", 0.0))
    return Judged(passage, field, role, score) if field else None


def _dropped_with_cause(one: Judged, spotted: Sequence[Cue]) -> Judged:
    """Nothing is removed unless a word for it stands within a sentence's reach."""
    if one.role != roles.DROP:
        return one
    start, end = one.passage.start - _SENTENCE, one.passage.end + _SENTENCE
    asked = any(cue.name == "drop" and start <= cue.start <= end for cue in spotted)
    return one if asked else replace(one, role=roles.NEW)


def _framed(text: str, candidates: list[Judged]) -> list[Judged]:
    """ "X, not Y", "from Y to X", "Y -> X": two values of one field in a firm frame."""
    framed = list(candidates)
    for n, (left, right) in enumerate(pairwise(candidates)):
        sides = _sides(text, left.passage, right.passage) if left.field is right.field else None
        if sides:
            framed[n] = replace(left, role=sides[0], score=_FIRM)
            framed[n + 1] = replace(right, role=sides[1], score=_FIRM)
    return framed


def _sides(text: str, left: Passage, right: Passage) -> tuple[str, str] | None:
    gap = text[left.end : right.start]
    if len(gap) > _LONGEST_FRAME:
        return None
    if ARROW.fullmatch(gap):
        return roles.OLD, roles.NEW
    if LEADS_TO_OLD.search(text, max(0, left.start - _LONGEST_FRAME), left.start) and OLD_TO_NEW.fullmatch(gap):
        return roles.OLD, roles.NEW
    return (roles.NEW, roles.OLD) if NEW_NOT_OLD.fullmatch(gap) else None


def _introduced(text: str, candidates: list[Judged], spotted: Sequence[Cue]) -> list[Judged]:
    """A value right behind the word for its field is new; so is the only one given, unless an order is spoken of."""
    bare = not any(one.role for one in candidates)
    lonely = bare and sum(one.field in _SHAPED for one in candidates) == 1
    introduced = []
    for one in candidates:
        before = text[max(0, one.passage.start - _SENTENCE) : one.passage.start]
        new = (
            CHANGE_TO.search(before)
            or _follows_its_cue(one, spotted, lonely=lonely)
            or (bare and NAMED_NOW.search(before))
        )
        introduced.append(replace(one, role=roles.NEW, score=_LIKELY) if new and not one.role else one)
    return introduced


def _follows_its_cue(one: Judged, spotted: Sequence[Cue], *, lonely: bool) -> bool:
    """ "Telefon 030 5550188 und Adresse Seestrasse 12": but not where the word speaks of an order."""
    if one.field not in _SHAPED or one.passage.shape is None:
        return False
    before = [cue for cue in spotted if 0 <= one.passage.start - cue.end <= _SENTENCE]
    named = any(cue.field is one.field and one.passage.start - cue.end <= _NEAR for cue in before)
    return (named or lonely) and not any(cue.name in {"order", "old"} for cue in before)


def _completed(candidates: list[Judged]) -> list[Judged]:
    """Two values of a field, one of them settled: the other is its counterpart."""
    completed = list(candidates)
    for field in dict.fromkeys(one.field for one in candidates):
        same = [n for n, one in enumerate(candidates) if one.field is field]
        if len(same) == _A_PAIR:
            first, second = same
            completed[first], completed[second] = _counterparts(candidates[first], candidates[second])
    return completed


def _counterparts(one: Judged, other: Judged) -> tuple[Judged, Judged]:
    if one.role == other.role and one.role in {roles.OLD, roles.NEW}:
        return _parted(one, other)
    if not one.role and other.role:
        other, one = _counterparts(other, one)
        return one, other
    if other.role:
        return one, other
    if one.role == roles.OLD:
        return one, replace(other, role=roles.NEW, score=_LIKELY)
    if one.role == roles.NEW and one.field in _SHAPED and one.passage.shape is other.passage.shape:
        return one, replace(other, role=roles.OLD, score=_LIKELY)
    return one, other


def _parted(one: Judged, other: Judged) -> tuple[Judged, Judged]:
    """Of two old values the less certain is new; of two new ones the first is old, but there may be two phones."""
    if one.role == roles.NEW:
        return (one if one.field not in _ONE_ONLY else replace(one, role=roles.OLD)), other
    if one.score < other.score:
        return replace(one, role=roles.NEW), other
    return one, replace(other, role=roles.NEW)


def _spelt_alike(text: str, candidates: list[Judged]) -> list[Judged]:
    """Two names that all but agree are a wrong spelling and the right one, which mostly comes last."""
    settled = list(candidates)
    for first, left in enumerate(settled):
        for second in range(first + 1, len(settled)):
            right = settled[second]
            if {left.field, right.field} <= _SPELT and _alike(text, left.passage, right.passage):
                settled[first], settled[second] = left, right = _spellings(left, right)
    return settled


def _alike(text: str, left: Passage, right: Passage) -> bool:
    one, other = text[left.start : left.end], text[right.start : right.end]
    return one != other and fuzz.ratio(one, other) >= _ALIKE


def _spellings(left: Judged, right: Judged) -> tuple[Judged, Judged]:
    if left.role and right.role:
        return left, right
    field = left.field if left.role else right.field
    forwards = (roles.OLD, roles.NEW)
    first, last = reversed(forwards) if left.role == roles.NEW or right.role == roles.OLD else forwards
    score = max(left.score, right.score, _LIKELY)
    return replace(left, field=field, role=first, score=score), replace(right, field=field, role=last, score=score)
