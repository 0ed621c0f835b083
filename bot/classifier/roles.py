"""Judges each candidate passage by the words around it: old value, new value, to be dropped, or neither."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import Any

from spacy.attrs import IDX, ORTH
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import filter_spans, registry
from thinc.api import Model, SparseLinear_v2, chain, softmax_activation
from thinc.types import Ragged

from bot.classifier import cues
from bot.classifier.features import Keys, Sparse, keys_of, pack, shape_word
from bot.classifier.shapes import Passage, passages
from models.rules.kinds import Kind

CANDIDATES = "candidates"
CUES = "cues"
ROLES = "roles"
OLD, NEW, DROP = "OLD", "NEW", "DROP"

_WORTH_A_LOOK = 0.05
# Values stand near the beginning; a hostile text makes the search dear, so it is bounded.
_SEARCHED = 6_000
_BEFORE = 7
_AFTER = 5
_NEAR = (1, 2, 4, 8, 16, 40)

Spot = tuple[int, int]


@Language.component("rightsdesk_candidates")
def candidates(doc: Doc) -> Doc:
    """Marks what could be a value; the passage of each marked span is kept to the letter beside it."""
    known: dict[Spot, Passage] = {}
    doc.user_data[CANDIDATES] = known
    doc.spans[CANDIDATES] = []
    # Most letters ask for no correction: they are spared the search. A document in training has no scores yet.
    if doc.cats.get(Kind.RECTIFICATION, 1.0) < _WORTH_A_LOOK:
        return doc
    spans = []
    text = doc.text[:_SEARCHED]
    spotted = cues.spot(text)
    for passage in passages(text, spotted):
        # An apostrophe or a bracket may glue a value to its neighbour in one token.
        span = doc.char_span(passage.start, passage.end, alignment_mode="expand")
        if span is not None and (span.start, span.end) not in known:
            known[span.start, span.end] = passage
            spans.append(span)
    doc.spans[CANDIDATES] = filter_spans(spans)
    doc.user_data[CUES] = spotted
    return doc


@registry.architectures("rightsdesk.Roles.v1")  # type: ignore[untyped-decorator]
def build_roles(  # thinc calls its widths nO.
    length: int,
    nO: int | None = None,  # noqa: N803
) -> Model[tuple[list[Doc], Ragged], Any]:
    """One role a span, from hashed features of its surroundings."""
    linear = SparseLinear_v2(nO=nO, length=length)
    model: Model[tuple[list[Doc], Ragged], Any] = chain(_surroundings(), linear, softmax_activation())
    model.set_ref("output_layer", linear)
    return model


def _surroundings() -> Model[tuple[list[Doc], Ragged], Sparse]:
    def forward(
        _model: Model[Any, Any], given: tuple[list[Doc], Ragged], is_train: bool
    ) -> tuple[Sparse, Callable[[Any], Any]]:
        docs, spans = given
        rows = [row for i, doc in enumerate(docs) for row in _rows(doc, [tuple(s) for s in spans[i].dataXd.tolist()])]
        return pack(rows), lambda _gradient: given

    return Model("surroundings", forward)


def _rows(doc: Doc, spots: list[Spot]) -> Iterator[Keys]:
    if not spots:
        return
    scene = _Scene(doc, spots)
    for number in range(len(spots)):
        yield keys_of(scene.features(number))


class _Scene:
    """A message with its candidates and cue words, seen from each candidate in turn."""

    def __init__(self, doc: Doc, spots: list[Spot]) -> None:
        known: dict[Spot, Passage] = doc.user_data.get(CANDIDATES, {})
        self._words = [shape_word(doc.vocab.strings[orth]) for orth in doc.to_array(ORTH).tolist()]
        self._spots = spots
        self._shapes = [str((known[spot].shape if spot in known else None) or "run") for spot in spots]
        self._starts = doc.to_array(IDX).tolist()
        self._cues = [
            (self._token(cue.start), self._token(cue.end - 1), cue.name) for cue in doc.user_data.get(CUES, ())
        ]
        self._all = {cue for _, _, cue in self._cues}

    def _token(self, letter: int) -> int:
        return bisect_right(self._starts, letter) - 1

    def features(self, number: int) -> Iterator[str]:
        shape = self._shapes[number]
        alike = [n for n, other in enumerate(self._shapes) if other == shape]
        place = f"{min(alike.index(number), 2)}/{min(len(alike), 3)}"
        yield f"shape {shape}"
        yield f"place {place}"
        yield f"shape place {shape} {place}"
        yield from (f"in all {cue}" for cue in self._all if not cue.startswith("field"))
        yield from self._around(number)
        yield from self._nearest(number, shape, place)

    def _around(self, number: int) -> Iterator[str]:
        start, end = self._spots[number]
        for distance, word in enumerate(reversed(self._words[max(0, start - _BEFORE) : start]), 1):
            yield f"before {_bucket(distance)} {word}"
        for distance, word in enumerate(self._words[end : end + _AFTER], 1):
            yield f"after {_bucket(distance)} {word}"
        yield "before two " + " ".join(self._words[max(0, start - 2) : start])

    def _nearest(self, number: int, shape: str, place: str) -> Iterator[str]:
        """Cue words between this candidate and its neighbours, and how far off they stand."""
        start, end = self._spots[number]
        left = self._spots[number - 1][1] if number else -1
        right = self._spots[number + 1][0] if number + 1 < len(self._spots) else len(self._words)
        order: list[str] = []
        for first, last, cue in self._cues:
            if last < start and first >= left:
                yield f"cue before {cue} {_bucket(start - last)}"
                yield f"cue before {cue} {place}"
                order.append(cue)
            elif first >= end and last < right:
                yield f"cue after {cue} {_bucket(first - end + 1)}"
                yield f"cue after {cue} {place}"
            elif start <= first < end:
                yield f"cue inside {cue} {shape}"
        yield "last cue " + next((cue for cue in reversed(order) if not cue.startswith("field")), "none")
        yield f"fits {shape} {any(cue.startswith('field') for cue in order)}"


def _bucket(distance: int) -> int:
    return bisect_left(_NEAR, distance)
