"""Compares the corrections found in a message with the labelled ones; how many agree flows out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.classifier.corpus_rows import Label
from bot.classifier.normal import comparable, digits
from models.rules.kinds import PARTS, Field
from models.rules.reading import Found


@dataclass(frozen=True)
class Stated:
    """A correction in the form in which it is compared: each side a set of spellings that count as the same."""

    field: Field
    old: frozenset[str]
    new: frozenset[str]


@dataclass(frozen=True)
class Counts:
    """How many were right, were found, were wanted."""

    right: int = 0
    found: int = 0
    wanted: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.right + other.right, self.found + other.found, self.wanted + other.wanted)


def compare(found: Sequence[Found], labels: Sequence[Label], *, with_old: bool) -> Counts:
    """Each label is met once at most."""
    fields = {one.field for one in found} | {one.field for one in labels}
    joined = [whole for whole in PARTS if whole in fields]
    predicted = _stated(found, joined)
    wanted = _stated(labels, joined)
    left = list(predicted)
    right = 0
    for label in wanted:
        match = next((one for one in left if _agree(one, label, with_old=with_old)), None)
        if match is not None:
            left.remove(match)
            right += 1
    return Counts(right, len(predicted), len(wanted))


def _agree(one: Stated, other: Stated, *, with_old: bool) -> bool:
    if one.field is not other.field or not _same(one.new, other.new):
        return False
    return not with_old or _same(one.old, other.old)


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one & other) or not (one or other)


def _stated(corrections: Iterable[Found | Label], joined: Sequence[Field]) -> list[Stated]:
    whole_of = {part: whole for whole in joined for part in (whole, *PARTS[whole])}
    groups: dict[Field, list[Found | Label]] = {}
    single: list[Stated] = []
    for correction in corrections:
        if correction.field in whole_of:
            groups.setdefault(whole_of[correction.field], []).append(correction)
        else:
            single.append(_one(correction))
    return single + [one for whole, parts in groups.items() for one in _join(whole, parts)]


def _one(correction: Found | Label) -> Stated:
    normal = correction.normal if isinstance(correction, Found) else None
    spell = _spell_phone if correction.field is Field.PHONE else comparable
    return Stated(correction.field, _spellings(spell, correction.old), _spellings(spell, correction.new, normal))


def _spellings(spell: object, *values: str | None) -> frozenset[str]:
    return frozenset(spell(value) for value in values if value) if callable(spell) else frozenset()


def _spell_phone(value: str) -> str:
    return digits(value).removeprefix("00")


def _join(whole: Field, parts: list[Found | Label]) -> list[Stated]:
    """Parts of one address or name as one; two whole ones stay two."""
    if Counter(part.field for part in parts)[whole] == len(parts):
        return [Stated(whole, _bag(part.old), _bag(part.new)) for part in parts]
    order = (whole, *PARTS[whole])
    arranged = sorted(parts, key=lambda part: order.index(part.field))
    return [Stated(whole, _bag(*(part.old for part in arranged)), _bag(*(part.new for part in arranged)))]


def _bag(*values: str | None) -> frozenset[str]:
    """The words of an address in one order, for a postcode stands before the town here and behind it there."""
    words = " ".join(value for value in values if value).replace(",", " ").replace(";", " ")
    return frozenset({" ".join(sorted(comparable(words).split()))}) if words.strip() else frozenset()
