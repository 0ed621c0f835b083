"""The linear heads over the encoder: vectors of words flow in, what the text asks and what each word is flow out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

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

    ``said`` (words, kinds) is what each word said for each kind: all of it together, and a bias, is ``kinds``.
    """

    kinds: Array
    asked: Array
    said: Array
    roles: Array
    fields: Array
    begins: Array


class Heads:
    """One matrix a question, (answers, vectors), and its bias. What is asked of the whole text is asked of the mean of
    its words beside their mean by attention."""

    def __init__(self, weights: dict[str, Array]) -> None:
        self.weights = weights

    @classmethod
    def read(cls, folder: Path) -> "Heads":
        with np.load(folder / HEADS) as stored:
            return cls({name: stored[name].astype(np.float32) for name in stored.files})

    def judge(self, words: Array, seen: Array) -> Judgement:
        """``words`` (words, width), of which those count that were ``seen`` by the encoder."""
        attention = _softmax(np.where(seen, words @ self.weights["attention"], -np.inf))
        shares = np.stack([seen / max(1, seen.sum()), attention], axis=1)
        said = self._said("kinds", words, shares)
        return Judgement(
            kinds=said.sum(axis=0) + self.weights["kinds.b"],
            asked=self._said("asked", words, shares).sum(axis=0) + self.weights["asked.b"],
            said=said,
            roles=self._of_words("roles", words),
            fields=self._of_words("fields", words),
            begins=self._of_words("begins", words)[:, 0],
        )

    def _said(self, name: str, words: Array, shares: Array) -> Array:
        by_mean, by_attention = np.split(self.weights[f"{name}.w"].T, 2)
        said: Array = shares[:, :1] * (words @ by_mean) + shares[:, 1:] * (words @ by_attention)
        return said

    def _of_words(self, name: str, words: Array) -> Array:
        answers: Array = words @ self.weights[f"{name}.w"].T + self.weights[f"{name}.b"]
        return answers


def _softmax(logits: Array) -> Array:
    raised = np.exp(logits - logits.max())
    shares: Array = raised / raised.sum()
    return shares
