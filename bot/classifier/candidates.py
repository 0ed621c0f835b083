"""Cuts a message into candidates for values: what the encoder made of its words flows in, whole passages flow out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.classifier.encoder.align import Spans
from bot.classifier.encoder.blocks import Array
from bot.classifier.encoder.heads import FIELDS, NEITHER, OLD, Judgement
from bot.classifier.segments import stretches
from bot.classifier.shapes import Shape, shapes, trimmed
from models.rules.kinds import Field

_WORTH_A_LOOK = 0.25
_SENTENCE_OVER, _PARAGRAPH_OVER, _UNREAD_OVER = -3.0, -3.0, -9.0
_WHAT_IS_ASKED = 0.5
_OVER_THE_EDGE = 1
# A stop behind a short word mostly shortens it: ul., Str., Av.
_SENTENCE_ENDS = re.compile(r"(?:\w{4}|\d|[)\]\"'”»])[.!?]$|[!?]$")
_NAMED = frozenset({Shape.VAT, Shape.EMAIL, Shape.DATE})
_NAME_OF_SHAPE = re.compile(r"[^\W\d_][^\W\d_.\-]{0,11}[.:]?\s+")
_WORD = 8
_MOST = 24


@dataclass(frozen=True)
class Passage:
    """A passage of the sheet with the logarithms of how likely each role and each field of it is."""

    start: int
    end: int
    roles: Array
    fields: Array


def passages(text: str, judged: Judgement) -> list[Passage]:
    """In the order of the text, none overlapping."""
    spans = judged.words
    roles, fields = _logarithms(judged.roles), _logarithms(judged.fields)
    asked = -np.logaddexp(0, -judged.asked)
    found = []
    for start, end, shape in _cut(text, spans, roles, judged.begins):
        within = _within(spans, start, end)
        if within.any():
            fits = fields[within].mean(axis=0) + _WHAT_IS_ASKED * asked + fitting(text[start:end], shape)
            found.append(Passage(start, end, roles[within].mean(axis=0), fits))
    return found[:_MOST]


def _logarithms(logits: Array) -> Array:
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


def _within(spans: Spans, start: int, end: int) -> npt.NDArray[np.bool_]:
    """Which words a passage touches."""
    touched: npt.NDArray[np.bool_] = (spans[:, 0] < end) & (start < spans[:, 1])
    return touched


def _cut(text: str, spans: Spans, roles: Array, begins: Array) -> list[tuple[int, int, Shape | None]]:
    """What has a shape is whole, wherever the words seem to end; what is part of something longer belongs to that."""
    value = np.stack([roles[:, NEITHER], np.logaddexp.reduce(roles[:, OLD:], axis=1)], axis=1)
    cut = stretches(value, begins, list(_breaks(text, spans)))
    runs = [trimmed(text, int(spans[first, 0]), int(spans[last, 1])) for first, last in cut]
    found: list[tuple[int, int, Shape | None]] = []
    for start, end, shape in shapes(text):
        over = [(a, b) for a, b in runs if a < end and start < b]
        if any(a < _lead_in(text, a, start, shape) or b > end + _OVER_THE_EDGE for a, b in over):
            continue
        within = _within(spans, start, end)
        if over or (within.any() and np.exp(value[within, 1]).mean() > _WORTH_A_LOOK):
            runs = [run for run in runs if run not in over]
            found.append((start, end, shape))
    found += [(start, end, None) for start, end in runs if start < end]
    return sorted(found, key=lambda passage: passage[:2])


def _lead_in(text: str, begun: int, start: int, shape: Shape) -> int:
    """Where what leads in to a shape may begin: a word that names it ("VAT GB 123…") is no part of it."""
    named = shape in _NAMED and _NAME_OF_SHAPE.fullmatch(text, begun, start)
    return begun if named else start - _OVER_THE_EDGE


def _breaks(text: str, spans: Spans) -> Iterator[float]:
    """What it costs a value to go on over the end of a sentence or of a paragraph, or over what was not read."""
    ended = 0
    for start, end in spans.tolist():
        gap = text[ended:start]
        over = _SENTENCE_OVER if gap == " " and _SENTENCE_ENDS.search(text, max(0, ended - _WORD), ended) else 0.0
        unread = _UNREAD_OVER if gap.strip() else 0.0
        yield over + unread + (_PARAGRAPH_OVER if gap.count("\n") > 1 else 0.0)
        ended = end


def fitting(words: str, shape: Shape | None) -> Array:
    """What speaks against each field, in logarithms: a telephone has digits, an e-mail address an @."""
    digits = sum(map(str.isdigit, words))
    return np.array([-_AGAINST if _against(field, words, digits, shape) else 0.0 for field in FIELDS], np.float32)


_AGAINST = 3.0
_FEWEST_DIGITS = {Field.PHONE: 2, Field.VAT_ID: 5, Field.POSTAL_CODE: 1, Field.DATE_OF_BIRTH: 1}
_WITHOUT_DIGITS = {Field.NAME, Field.GIVEN_NAME, Field.FAMILY_NAME, Field.CITY, Field.COUNTRY}
_FIELDS_OF_SHAPE = {
    Shape.EMAIL: {Field.EMAIL},
    Shape.VAT: {Field.VAT_ID, Field.OTHER},
    Shape.DATE: {Field.DATE_OF_BIRTH, Field.OTHER},
    Shape.POSTAL: {Field.POSTAL_CODE, Field.ADDRESS},
    Shape.DIGITS: {Field.PHONE, Field.VAT_ID, Field.OTHER, Field.POSTAL_CODE},
}


def _against(field: Field, words: str, digits: int, shape: Shape | None) -> bool:
    if shape is not None:
        return field not in _FIELDS_OF_SHAPE[shape]
    if field is Field.EMAIL:
        return not re.search(r"[@.]", words)
    return digits < _FEWEST_DIGITS.get(field, 0) or (digits > 0 and field in _WITHOUT_DIGITS)
