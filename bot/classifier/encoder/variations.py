"""Writes a message as a hurried hand would, letter for letter as long, so that its marks stay where they are."""

import random
import unicodedata
from collections.abc import Sequence

Spans = Sequence[tuple[int, int]]

_LOWER, _UPPER, _BARE, _SLIPS = 0.2, 0.03, 0.15, 0.25
# Of so many letters one is exchanged with its neighbour.
_A_SLIP_IN = 60
_WITHOUT_MARK = {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O"}


def varied(text: str, values: Spans, chance: random.Random) -> str:
    """Small letters, capitals, letters without their marks, slips, but none inside a value."""
    letters = list(text)
    if chance.random() < _LOWER:
        letters = [_as_long(letter, letter.lower()) for letter in letters]
    elif chance.random() < _UPPER:
        letters = [_as_long(letter, letter.upper()) for letter in letters]
    if chance.random() < _BARE:
        letters = [_bare(letter) for letter in letters]
    if chance.random() < _SLIPS:
        _slip(letters, values, chance)
    return "".join(letters)


def _as_long(letter: str, other: str) -> str:
    return other if len(other) == len(letter) else letter


def _bare(letter: str) -> str:
    return _WITHOUT_MARK.get(letter) or _as_long(letter, unicodedata.normalize("NFD", letter)[:1])


def _slip(letters: list[str], values: Spans, chance: random.Random) -> None:
    """Exchanges neighbours."""
    free = [
        at
        for at in range(1, len(letters) - 2)
        if letters[at].isalpha() and letters[at + 1].isalpha() and not any(a - 1 <= at <= b for a, b in values)
    ]
    for at in chance.sample(free, min(len(free), 1 + len(free) // _A_SLIP_IN)):
        letters[at], letters[at + 1] = letters[at + 1], letters[at]
