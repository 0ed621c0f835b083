"""Settles what each candidate is, all of a message together: candidates flow in, pairs of old and new flow out."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from bot.classifier.encoder.heads import DROP, FIELDS, NEITHER, NEW, OLD
from models.rules.kinds import WHOLES, Action, Field
from models.rules.reading import Candidate

# The weights of a log-linear model of who is what, fitted by maximum likelihood on 680 messages of writers whom the
# encoder had not seen, with their records and without. What the words say for a role, against its being none:
_SAID = {OLD: 0.79, NEW: 0.75, DROP: 1.18}
# The values of one family are so many new ones, old ones and ones to go, against their being none at all:
_COUNTS = {
    (1, 1, 0): -0.75,
    (1, 0, 0): -1.04,
    (0, 0, 1): -1.95,
    (2, 2, 0): -3.5,
    (0, 1, 0): -2.79,
    (2, 1, 0): -4.9,
    (2, 0, 0): -4.64,
    (1, 0, 1): -6.46,
    (1, 1, 1): -6.45,
}
_RARELY = -7.3
# Of an old value and a new one: e-folds of the way between them, and by which the new one is longer.
_APART, _LONGER = -0.14, -0.25
_FIRST_OF_ALL = 4.0
# By how much two halves may fit one field less well than each fits its own.
_FITS = 3.0
_MOST = 5
_FAR = 1_000


@dataclass(frozen=True)
class Pair:
    """A correction as candidates: the wrong one, the right one, or both."""

    action: Action
    field: Field
    old: Candidate | None
    new: Candidate | None


def paired(candidates: Sequence[Candidate]) -> list[Pair]:
    """The corrections of a message, in the order of their families."""
    families: dict[Field, list[Candidate]] = {}
    for one in candidates:
        families.setdefault(_family(one), []).append(one)
    settled = {family: _settled(members[:_MOST]) for family, members in families.items()}
    chosen = {family: one for family, one in settled.items() if one.gain > 0}
    if not chosen and settled:
        family, best = max(settled.items(), key=lambda one: one[1].gain)
        chosen = {family: best} if best.gain + _FIRST_OF_ALL > 0 else {}
    return _rejoined([pair for family, one in chosen.items() for pair in _pairs(family, one)])


def _rejoined(pairs: list[Pair]) -> list[Pair]:
    """One wrong value alone and one right value alone belong together, whatever fields they were taken for."""
    olds = [one.old for one in pairs if one.old and not one.new and one.action is Action.SET]
    news = [one.new for one in pairs if one.new and not one.old]
    if len(olds) != 1 or len(news) != 1:
        return pairs
    (old,), (new,) = olds, news
    both = [one + other for one, other in zip(old.fields, new.fields, strict=True)]
    if max(both) < max(old.fields) + max(new.fields) - _FITS:
        return pairs
    rest = [one for one in pairs if one.new is not new and one.old is not old]
    return [*rest, Pair(Action.SET, FIELDS[both.index(max(both))], old, new)]


def _family_of(field: Field) -> Field:
    """The whole of which a field is a part, else itself."""
    return WHOLES.get(field, field)


def _family(one: Candidate) -> Field:
    """The family whose fields are likeliest together."""
    total: dict[Field, float] = {}
    for field, logarithm in zip(FIELDS, one.fields, strict=True):
        total[_family_of(field)] = total.get(_family_of(field), 0.0) + math.exp(logarithm)
    return max(total, key=lambda family: total[family])


@dataclass(frozen=True)
class _Settled:
    """The best roles of a family that is spoken of, and by how much they beat its not being spoken of."""

    gain: float
    roles: tuple[tuple[Candidate, int], ...]


def _settled(members: Sequence[Candidate]) -> _Settled:
    every = (_weighed(members, roles) for roles in product(range(4), repeat=len(members)) if any(roles))
    return max(every, key=lambda one: one.gain)


def _weighed(members: Sequence[Candidate], roles: tuple[int, ...]) -> _Settled:
    given = tuple(zip(members, roles, strict=True))
    gain = _COUNTS.get((roles.count(NEW), roles.count(OLD), roles.count(DROP)), _RARELY)
    for one, role in given:
        if role != NEITHER:
            gain += _SAID[role] * (one.roles[role] - one.roles[NEITHER])
    olds, news = ([one for one, role in given if role == wanted] for wanted in (OLD, NEW))
    if len(olds) == len(news) == 1:
        gain += _beside(olds[0], news[0])
    return _Settled(gain, given)


def _beside(old: Candidate, new: Candidate) -> float:
    longer = math.log((1 + len(new.words)) / (1 + len(old.words)))
    return _APART * math.log1p(abs(old.start - new.start)) + _LONGER * longer


def _pairs(family: Field, settled: _Settled) -> Iterator[Pair]:
    def those(wanted: int) -> list[Candidate]:
        return [one for one, role in settled.roles if role == wanted]

    olds = those(OLD)
    for new in those(NEW):
        old = max(olds, key=lambda one: _belong(one, new), default=None)
        olds = [one for one in olds if one is not old]
        yield Pair(Action.SET, _field(family, new, old), old, new)
    yield from (Pair(Action.SET, _field(family, old, None), old, None) for old in olds)
    yield from (Pair(Action.REMOVE, _field(family, one, None), one, None) for one in those(DROP))


def _belong(old: Candidate, new: Candidate) -> float:
    """Values of one field that stand near each other."""
    alike = max(one + other for one, other in zip(old.fields, new.fields, strict=True))
    return alike - abs(old.start - new.start) / _FAR


def _field(family: Field, one: Candidate, other: Candidate | None) -> Field:
    beside = other.fields if other else (0.0,) * len(FIELDS)
    likely = {field: a + b / 2 for field, a, b in zip(FIELDS, one.fields, beside, strict=True)}
    return max((field for field in FIELDS if _family_of(field) is family), key=lambda field: likely[field])
