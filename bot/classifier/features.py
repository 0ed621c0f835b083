"""Turns tokens into hashed features and scores them with one sparse linear layer: the models behind the text categorizers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.strings import hash_string
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Logistic, Model, SparseLinear_v2, chain, softmax_activation

from bot.classifier.concepts import concepts_of

Keys = NDArray[np.uint64]
Sparse = tuple[Keys, NDArray[np.float32], NDArray[np.int32]]

_CACHE = 50_000
_LONGEST = 24
_CROWD = 16
_WEIGHT_OF_CONCEPTS = 2
_PAIR = np.uint64(0x9E3779B97F4A7C15)


def keys_of(features: Iterable[str]) -> Keys:
    return np.array([hash_string(feature) for feature in features], dtype=np.uint64)


def shape_word(word: str) -> str:
    """Lower case, digits alike, addresses alike: what a word is, not which."""
    if "@" in word:
        return "<email>"
    lower = word.lower()
    return "".join("0" if letter.isdigit() else letter for letter in lower)[:_LONGEST]


@dataclass(frozen=True)
class Word:
    """A word as features: its own key, those of its character n-grams, what it means."""

    key: int
    grams: Keys
    concepts: tuple[str, ...]


class WordKeys:
    """The keys of a word and of its character n-grams, kept for words already seen."""

    def __init__(self, sizes: tuple[int, ...]) -> None:
        self._sizes = sizes
        self._seen: dict[str, Word] = {}

    def __call__(self, word: str) -> Word:
        keys = self._seen.get(word)
        if keys is None:
            # Bounded: letters from strangers would fill any dictionary.
            if len(self._seen) >= _CACHE:
                self._seen.clear()
            keys = self._seen[word] = self._hash(word)
        return keys

    def _hash(self, word: str) -> Word:
        shaped = shape_word(word)
        marked = f"<{shaped}>"
        grams = {marked[i : i + n] for n in self._sizes for i in range(len(marked) - n + 1)} - {marked}
        grams_keys = keys_of(sorted("c " + gram for gram in grams))
        return Word(hash_string("w " + shaped), grams_keys, tuple(sorted(concepts_of(word))))


def document_features(sizes: tuple[int, ...], *, pairs: bool) -> Model[list[Doc], Sparse]:
    """Words, neighbouring words and character n-grams of each document, weighted to the document's length."""
    word_keys = WordKeys(sizes)

    def forward(_model: Model[Any, Any], docs: list[Doc], is_train: bool) -> tuple[Sparse, Callable[[Any], list[Doc]]]:
        return pack([_document_keys(doc, word_keys, pairs=pairs) for doc in docs]), lambda _gradient: []

    return Model("document_features", forward)


def pack(rows: list[Keys]) -> Sparse:
    """Rows of keys as thinc's sparse layer takes them; each row weighs the same whatever its length."""
    lengths = np.array([len(row) for row in rows], dtype=np.int32)
    keys = np.concatenate(rows) if rows else np.zeros(0, dtype=np.uint64)
    weights = (4.0 / np.sqrt(np.maximum(lengths, 16))).astype(np.float32)
    return keys, np.repeat(weights, lengths), lengths


def _document_keys(doc: Doc, word_keys: WordKeys, *, pairs: bool) -> Keys:
    found = [word_keys(token.text) for token in doc if not token.is_space]
    words = np.array([word.key for word in found], dtype=np.uint64)
    parts = [words, *(word.grams for word in found)]
    if pairs:
        parts.append(words[:-1] * _PAIR ^ words[1:])
        parts += [_concept_keys(found)] * _WEIGHT_OF_CONCEPTS
    return np.concatenate(parts)


def _concept_keys(found: list[Word]) -> Keys:
    """Which concepts occur, which follow each other, and which occur together: the same in every language."""
    telling = [word.concepts for word in found if word.concepts]
    present = sorted({concept for concepts in telling for concept in concepts})
    follow = {
        f"next {one} {other}" for left, right in zip(telling, telling[1:], strict=False) for one in left for other in right
    }
    together = [f"both {one} {other}" for one, other in combinations(present, 2)] if len(present) <= _CROWD else []
    return keys_of([*(f"concept {concept}" for concept in present), *sorted(follow), *together])


@registry.architectures("rightsdesk.Kinds.v1")
def build_kinds(length: int, nO: int | None = None) -> Model[list[Doc], Any]:
    """Several kinds may be right at once."""
    return _categorizer(document_features((3, 4, 5), pairs=True), length, Logistic(), nO=nO, multi_label=True)


@registry.architectures("rightsdesk.Language.v1")
def build_language(length: int, nO: int | None = None) -> Model[list[Doc], Any]:
    """One language is right."""
    features = document_features((1, 2, 3), pairs=False)
    return _categorizer(features, length, softmax_activation(), nO=nO, multi_label=False)


def _categorizer(
    features: Model[list[Doc], Sparse], length: int, output: Model[Any, Any], *, nO: int | None, multi_label: bool
) -> Model[list[Doc], Any]:
    linear = SparseLinear_v2(nO=nO, length=length)
    model: Model[list[Doc], Any] = chain(features, linear, output)
    model.set_ref("output_layer", linear)
    model.attrs["multi_label"] = multi_label
    return model
