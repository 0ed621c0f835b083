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
from models.rules.kinds import Action, Field, Kind
from models.rules.reading import LANGUAGES

UNTOLD = -1
_SHORT, _PAIRED = 60, 0.3
VALUED, IN_PASSING = 2.0, 0.15
"""What a value's word counts beside another one, and what the words of a text count that asks for no correction."""
RIGHTS = np.array([kind is not Kind.OTHER for kind in KINDS])

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
    roles, fields, begins = targets(spans, marks)
    return Lesson(
        id=row.id,
        pieces=pieces.numbers[:most],
        word=word,
        words=spans,
        roles=roles,
        fields=fields,
        begins=begins,
        kinds=kinds_of(row),
        asked=fields_of(row),
        language=LANGUAGES.index(row.language),
    )


def kinds_of(row: Row) -> npt.NDArray[np.float32]:
    return np.array([kind in row.kinds for kind in KINDS], np.float32)


def fields_of(row: Row) -> npt.NDArray[np.float32]:
    return np.array([any(label.field is field for label in row.labels) for field in FIELDS], np.float32)


def together(lessons: Sequence[Lesson], chance: random.Random) -> Iterator[Lesson]:
    """Some of the short ones in pairs of one language, each pair as one message."""
    waiting: dict[int, Lesson] = {}
    for one in chance.sample(lessons, len(lessons)):
        if len(one.pieces) > _SHORT or chance.random() > _PAIRED:
            yield one
        elif one.language in waiting:
            yield joined(waiting.pop(one.language), one)
        else:
            waiting[one.language] = one
    yield from waiting.values()


def joined(first: Lesson, then: Lesson) -> Lesson:
    """Two messages as one: people ask for several things at once, and beside much that asks for nothing."""
    further = np.where(then.word == UNTOLD, UNTOLD, then.word + len(first.words))
    kinds = np.maximum(first.kinds, then.kinds)
    if kinds[RIGHTS].any():
        kinds = kinds * RIGHTS
    return Lesson(
        id=f"{first.id} {then.id}",
        pieces=np.concatenate([first.pieces, then.pieces]),
        word=np.concatenate([first.word, further]).astype(np.int32),
        words=np.concatenate([first.words, then.words]),
        roles=np.concatenate([first.roles, then.roles]),
        fields=np.concatenate([first.fields, then.fields]),
        begins=np.concatenate([first.begins, then.begins]),
        kinds=kinds,
        asked=np.maximum(first.asked, then.asked),
        language=first.language,
    )


def _of_words(starts: Numbers, ends: Numbers, spans: Spans) -> Numbers:
    """The first word that each piece touches, or none."""
    first = np.searchsorted(spans[:, 1], starts, side="right")
    within = np.minimum(first, len(spans) - 1)
    return np.where((first < len(spans)) & (spans[within, 0] < ends), within, UNTOLD).astype(np.int32)


def targets(spans: Spans, marks: Sequence[Mark]) -> tuple[Numbers, Numbers, Numbers]:
    """The role of each word, its field, and whether a value begins with it."""
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
