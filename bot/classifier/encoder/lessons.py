"""What the encoder is taught of a message: labelled rows flow in, pieces, words and what each word is flow out."""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.classifier.corpus_rows import Row
from bot.classifier.encoder.encoder import Encoder
from bot.classifier.encoder.heads import DROP, FIELDS, KINDS, NEITHER, NEW, OLD
from bot.classifier.encoder.variations import varied
from bot.classifier.sheet import Sheet
from models.rules.kinds import Action, Field
from models.rules.reading import LANGUAGES

UNTOLD = -1

Spans = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int32]
Words = Callable[[str], Spans]
"""A text in words: (words, 2), where each begins and ends."""


@dataclass(frozen=True)
class Mark:
    """A value where it stands in the sheet, its role and its field."""

    start: int
    end: int
    role: int
    field: Field


@dataclass(frozen=True)
class Lesson:
    """A message in pieces; ``word`` is the word of each piece, and each word has its role, field and beginning."""

    id: str
    pieces: Numbers
    word: Numbers
    words: Spans
    roles: Numbers
    fields: Numbers
    begins: Numbers
    kinds: npt.NDArray[np.float32]
    asked: npt.NDArray[np.float32]
    language: int


def lesson(row: Row, encoder: Encoder, words: Words, *, most: int, chance: random.Random | None = None) -> Lesson:
    """The first ``most`` pieces of a message, written otherwise where there is a ``chance``."""
    text = Sheet(row.writing).text
    marks = list(marked(text, row))
    if chance is not None:
        text = varied(text, [(mark.start, mark.end) for mark in marks], chance)
    pieces = encoder.pieces(text)
    spans = words(text)
    word = _of_words(pieces.starts[:most], pieces.ends[:most], spans)
    roles, fields, begins = _targets(spans, marks)
    return Lesson(
        id=row.id,
        pieces=pieces.numbers[:most],
        word=word,
        words=spans,
        roles=roles,
        fields=fields,
        begins=begins,
        kinds=np.array([kind in row.kinds for kind in KINDS], np.float32),
        asked=np.array([any(label.field is field for label in row.labels) for field in FIELDS], np.float32),
        language=LANGUAGES.index(row.language),
    )


def _of_words(starts: Numbers, ends: Numbers, spans: Spans) -> Numbers:
    """The first word that each piece touches, or none."""
    first = np.searchsorted(spans[:, 1], starts, side="right")
    within = np.minimum(first, len(spans) - 1)
    return np.where((first < len(spans)) & (spans[within, 0] < ends), within, UNTOLD).astype(np.int32)


def _targets(spans: Spans, marks: Sequence[Mark]) -> tuple[Numbers, Numbers, Numbers]:
    roles, fields, begins = (np.full(len(spans), start, np.int32) for start in (NEITHER, UNTOLD, 0))
    for mark in marks:
        touched = np.flatnonzero((spans[:, 0] < mark.end) & (mark.start < spans[:, 1]))
        roles[touched], fields[touched] = mark.role, FIELDS.index(mark.field)
        begins[touched[:1]] = 1
    return roles, fields, begins


def marked(text: str, row: Row) -> Iterator[Mark]:
    """Each labelled value once, where it first stands free of the others."""
    taken: list[tuple[int, int]] = []
    for label in row.labels:
        for value, role in ((label.old, DROP if label.action is Action.REMOVE else OLD), (label.new, NEW)):
            spot = _free(text, value, taken) if value else None
            if spot is not None:
                taken.append(spot)
                yield Mark(*spot, role, label.field)


def _free(text: str, value: str, taken: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Where a value stands by itself, else where it stands within a word."""
    spots = [(found.start(), found.end()) for found in re.finditer(re.escape(value), text)]
    free = [(start, end) for start, end in spots if not any(a < end and start < b for a, b in taken)]
    alone = [
        (start, end) for start, end in free if not text[start - 1 : start].isalnum() | text[end : end + 1].isalnum()
    ]
    return next(iter(alone or free), None)
