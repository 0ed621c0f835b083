"""Teaches the heads more while the encoder stays as it is: examples flow in, new heads flow out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from thinc.api import Adam

from bot.classifier.encoder.blocks import Array
from bot.classifier.encoder.heads import KINDS, Heads
from bot.classifier.encoder.lessons import IN_PASSING, VALUED
from models.rules.kinds import Kind

_STEPS, _BATCH, _RATE = 400, 128, 1e-3
# What it costs to leave the heads that were tuned with the encoder: they know more than any one firm's mail, and where
# a value stands more than what a message asks for.
_FAR_FROM_HOME = {"texts": 0.03, "words": 1.0}
_SEED = 7


Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Example:
    """A text as the encoder reads it, what is right for it, and what that counts.

    ``vectors`` (words, width); ``kinds`` and ``asked`` as in the heads, ones and noughts; ``roles``, ``fields`` and
    ``begins`` a number a word, or none of them where nobody said what the words are.
    """

    vectors: Array
    kinds: Array
    asked: Array
    words: tuple[Numbers, Numbers, Numbers] | None
    weight: float

    @property
    def corrects(self) -> bool:
        return bool(self.kinds[KINDS.index(Kind.RECTIFICATION)])


@dataclass(frozen=True)
class _Table:
    """What a head sees, what it should say, and what each line counts."""

    seen: Array
    wanted: Array
    counts: Array


def relearned(heads: Heads, examples: Sequence[Example]) -> Heads:
    """Heads that say of the examples what is right, and else what they said before."""
    weights = dict(heads.weights)
    told = [one for one in examples if one.words is not None]
    tables = {
        "kinds": (_of_texts(heads, "kinds", examples, [one.kinds for one in examples]), False),
        "asked": (_of_texts(heads, "asked", told, [one.asked for one in told]), False),
        **{name: (_of_words(heads, name, told, number), name != "begins") for number, name in enumerate(_WORD_HEADS)},
    }
    for name, (table, one_of) in tables.items():
        if len(table.seen):
            far = _FAR_FROM_HOME["words" if name in _WORD_HEADS else "texts"]
            matrix, bias = _learned(weights[f"{name}.w"], weights[f"{name}.b"], table, far, one_of=one_of)
            weights |= {f"{name}.w": matrix, f"{name}.b": bias}
    return Heads(weights)


_WORD_HEADS = ("roles", "fields", "begins")
_ROLES, _FIELDS = 0, 1


def _of_texts(heads: Heads, name: str, examples: Sequence[Example], wanted: Sequence[Array]) -> _Table:
    """(texts, answers, vectors): each answer sees the words that it seeks."""
    answers, across = heads.weights[f"{name}.w"].shape
    seen = np.zeros((len(examples), answers, across), np.float32)
    for number, one in enumerate(examples):
        seen[number] = heads.views(name, one.vectors)
    counts = np.array([one.weight for one in examples], np.float32)
    return _Table(seen, np.array(wanted, np.float32).reshape(-1, answers), counts)


def _of_words(heads: Heads, name: str, told: Sequence[Example], number: int) -> _Table:
    """(words, vectors); of words that are no part of a value nobody asks for its field or where it begins."""
    answers, width = heads.weights[f"{name}.w"].shape
    parts: list[tuple[Array, Array, Array]] = []
    for one in told:
        assert one.words is not None  # noqa: S101  chosen by the caller
        own = slice(None) if name == "roles" else one.words[_FIELDS] >= 0
        right = one.words[number][own]
        wanted = np.eye(answers, dtype=np.float32)[right] if answers > 1 else right[:, None].astype(np.float32)
        weight = one.weight if one.corrects else one.weight * IN_PASSING
        counts = weight * np.where(one.words[_ROLES][own] > 0, VALUED, 1.0)
        parts.append((one.vectors[own], wanted, counts.astype(np.float32)))
    if not parts:
        return _Table(np.zeros((0, width), np.float32), np.zeros((0, answers), np.float32), np.zeros(0, np.float32))
    return _Table(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _learned(matrix: Array, bias: Array, table: _Table, far: float, *, one_of: bool) -> tuple[Array, Array]:
    """Logistic regression from where the head is."""
    now = np.concatenate([matrix, bias[:, None]], axis=1)
    home, chance, adam = now.copy(), np.random.default_rng(_SEED), Adam(_RATE, L2=0.0, use_averages=False)
    for step in range(_STEPS):
        some = chance.choice(len(table.seen), min(_BATCH, len(table.seen)), p=table.counts / table.counts.sum())
        slope = _slope(now, table.seen[some], table.wanted[some], one_of=one_of) + far * (now - home)
        adam.learn_rate = _RATE * (1 - step / _STEPS)
        now, _ = adam((0, ""), now, slope.astype(np.float32))
    return now[:, :-1].copy(), now[:, -1].copy()


def _slope(now: Array, seen: Array, wanted: Array, *, one_of: bool) -> Array:
    """Of the mean loss, (answers, vectors and a bias)."""
    matrix, bias = now[:, :-1], now[:, -1]
    own = seen.ndim == 3
    logits = (np.einsum("nkd,kd->nk", seen, matrix) if own else seen @ matrix.T) + bias
    wrong = (_one_of(logits) if one_of else 1 / (1 + np.exp(-logits))) - wanted
    turned = np.einsum("nk,nkd->kd", wrong, seen) if own else wrong.T @ seen
    summed: Array = np.concatenate([turned, wrong.sum(axis=0)[:, None]], axis=1)
    return summed / np.float32(len(seen))


def _one_of(logits: Array) -> Array:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    likely: Array = raised / raised.sum(axis=1, keepdims=True)
    return likely
