"""The models of the text categorizers: tokens flow in as hashed features, scores of a sparse linear layer flow out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import ORTH
from spacy.strings import hash_string  # type: ignore[attr-defined]  # Cython, without stubs
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Logistic, Model, SparseLinear_v2, chain, softmax_activation

from bot.classifier.concepts import concepts_of

Keys = NDArray[np.uint64]
Sparse = tuple[Keys, NDArray[np.float32], NDArray[np.int32]]

KINDS_MODEL, LANGUAGE_MODEL = "rightsdesk.Kinds.v1", "rightsdesk.Language.v1"
_CACHE = 20_000
_LONGEST = 24
_CROWD = 16
# A language shows in sixty words; a request stands in the first thousands.
_ENOUGH = 60
_READ = 5_000
_WEIGHT_OF_CONCEPTS = 6
_PAIR = np.uint64(0x9E3779B97F4A7C15)


def keys_of(features: Iterable[str]) -> Keys:
    return np.fromiter(map(hash_string, features), dtype=np.uint64)


def shape_word(word: str) -> str:
    """Lower case, digits alike, addresses alike: what a word is, not which."""
    if "@" in word:
        return "<email>"
    lower = word.lower()
    if lower.isalpha():
        return lower[:_LONGEST]
    return "".join("0" if letter.isdigit() else letter for letter in lower)[:_LONGEST]


@dataclass(frozen=True)
class Word:
    """A word as features: its own key, those of its character n-grams, what it means."""

    key: int
    grams: Keys
    concepts: tuple[str, ...]


class WordKeys:
    """Words as features, kept by spaCy's hash of the word for those already seen."""

    def __init__(self, sizes: tuple[int, ...], *, concepts: bool) -> None:
        self._sizes, self._concepts = sizes, concepts
        self._seen: dict[int, Word | None] = {}

    def words(self, doc: Doc, *, most: int) -> list[Word]:
        """The first words of a document, white space left out."""
        # Asking each token for its text takes three times as long as this.
        orths = doc.to_array(ORTH)[:most].tolist()
        found = [self._seen[orth] if orth in self._seen else self._meet(orth, doc) for orth in orths]
        return [word for word in found if word is not None]

    def _meet(self, orth: int, doc: Doc) -> Word | None:
        # Bounded: letters from strangers would fill any dictionary.
        if len(self._seen) >= _CACHE:
            self._seen.clear()
        text = doc.vocab.strings[orth]
        word = self._seen[orth] = None if text.isspace() else self._hash(text)
        return word

    def _hash(self, word: str) -> Word:
        shaped = shape_word(word)
        marked = f"<{shaped}>"
        grams = {f"c {marked[i : i + n]}" for n in self._sizes for i in range(len(marked) - n + 1)} - {f"c {marked}"}
        grams_keys = keys_of(sorted(grams))
        concepts = tuple(sorted(concepts_of(word))) if self._concepts else ()
        return Word(hash_string("w " + shaped), grams_keys, concepts)


def document_features(sizes: tuple[int, ...], *, pairs: bool) -> Model[list[Doc], Sparse]:
    """Words, neighbouring words and character n-grams of each document, weighted to the document's length."""
    word_keys = WordKeys(sizes, concepts=pairs)

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
    found = word_keys.words(doc, most=_READ if pairs else _ENOUGH)
    words = np.array([word.key for word in found], dtype=np.uint64)
    parts = [words, *[word.grams for word in found]]
    if pairs:
        parts.append(words[:-1] * _PAIR ^ words[1:])
        parts += [_concept_keys(found)] * _WEIGHT_OF_CONCEPTS
    return np.concatenate(parts)


def _concept_keys(found: list[Word]) -> Keys:
    """Which concepts occur, which follow each other, and which occur together: the same in every language."""
    telling = [word.concepts for word in found if word.concepts]
    present = sorted({concept for concepts in telling for concept in concepts})
    follow = {f"next {one} {other}" for left, right in pairwise(telling) for one in left for other in right}
    together = [f"both {one} {other}" for one, other in combinations(present, 2)] if len(present) <= _CROWD else []
    return keys_of([*(f"concept {concept}" for concept in present), *sorted(follow), *together])


@registry.architectures(KINDS_MODEL)  # type: ignore[untyped-decorator]
def build_kinds(length: int, nO: int | None = None) -> Model[list[Doc], Any]:  # noqa: N803  thinc's name
    """Several kinds may be right at once."""
    return _categorizer(document_features((3, 4, 5), pairs=True), length, Logistic(), width=nO, multi_label=True)


@registry.architectures(LANGUAGE_MODEL)  # type: ignore[untyped-decorator]
def build_language(length: int, nO: int | None = None) -> Model[list[Doc], Any]:  # noqa: N803  thinc's name
    """One language is right."""
    features = document_features((1, 2, 3), pairs=False)
    return _categorizer(features, length, softmax_activation(), width=nO, multi_label=False)


def _categorizer(
    features: Model[list[Doc], Sparse], length: int, output: Model[Any, Any], *, width: int | None, multi_label: bool
) -> Model[list[Doc], Any]:
    linear = SparseLinear_v2(nO=width, length=length)
    model: Model[list[Doc], Any] = chain(features, linear, output)
    model.set_ref("output_layer", linear)
    model.attrs["multi_label"] = multi_label
    return model
