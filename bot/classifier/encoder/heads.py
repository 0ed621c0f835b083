"""The linear heads over the encoder: vectors of words flow in, what the text asks and what each word is flow out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.classifier.encoder.align import Spans
from bot.classifier.encoder.blocks import Array
from models.rules.kinds import Field, Kind

HEADS = "heads.npz"
# In this order the heads answer.
KINDS = tuple(Kind)
FIELDS = tuple(field for field in Field if field not in {Field.IP_ADDRESS, Field.PAYMENT})
NEITHER, OLD, NEW, DROP = range(4)


@dataclass(frozen=True)
class Judgement:
    """Logits. ``kinds`` and ``asked`` (fields) of the whole text; ``roles``, ``fields`` and ``begins`` a row a word.

    ``words`` (words, 2) is where each of them begins and ends. ``said`` (words, kinds) is what each word said for each
    kind: all of it together, and a bias, is ``kinds``.
    """

    words: Spans
    kinds: Array
    asked: Array
    said: Array
    roles: Array
    fields: Array
    begins: Array


class Heads:
    """One matrix a question, (answers, vectors), and its bias. What is asked of the whole text is asked of the mean of
    its words, beside a mean in which the words count that this answer seeks."""

    def __init__(self, weights: dict[str, Array]) -> None:
        self.weights = weights

    @classmethod
    def read(cls, folder: Path) -> "Heads":
        with np.load(folder / HEADS) as stored:
            return cls({name: stored[name].astype(np.float32) for name in stored.files})

    def write(self, folder: Path) -> None:
        np.savez(folder / HEADS, **self.weights)  # type: ignore[arg-type]  # numpy's own signature is too narrow

    def judge(self, words: Spans, vectors: Array) -> Judgement:
        """``words`` (words, 2) as they were read, with the vector of each, (words, width)."""
        said = self._said("kinds", vectors)
        return Judgement(
            words=words,
            kinds=said.sum(axis=0) + self.weights["kinds.b"],
            asked=self._said("asked", vectors).sum(axis=0) + self.weights["asked.b"],
            said=said,
            roles=self._of_words("roles", vectors),
            fields=self._of_words("fields", vectors),
            begins=self._of_words("begins", vectors)[:, 0],
        )

    def _said(self, name: str, vectors: Array) -> Array:
        """What each word says for each answer, (words, answers)."""
        by_mean, by_attention = np.split(self.weights[f"{name}.w"].T, 2)
        sought = _softmax(vectors @ self.weights[f"{name}.seek"].T)
        said: Array = vectors @ by_mean / np.float32(len(vectors)) + sought * (vectors @ by_attention)
        return said

    def views(self, name: str, vectors: Array) -> Array:
        """What each answer sees of a text, (answers, 2 * width): the mean of its words, and of those that it seeks."""
        sought = _softmax(vectors @ self.weights[f"{name}.seek"].T)
        mean = np.broadcast_to(vectors.mean(axis=0), (sought.shape[1], vectors.shape[1]))
        return np.concatenate([mean, sought.T @ vectors], axis=1)

    def _of_words(self, name: str, vectors: Array) -> Array:
        answers: Array = vectors @ self.weights[f"{name}.w"].T + self.weights[f"{name}.b"]
        return answers


def _softmax(logits: Array) -> Array:
    """Over the first axis."""
    raised = np.exp(logits - logits.max(axis=0))
    shares: Array = raised / raised.sum(axis=0)
    return shares
