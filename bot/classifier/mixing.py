"""Weighs what the words say against what the encoder says: the scores of both flow in, one score a kind flows out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.classifier.encoder.heads import KINDS

Array = npt.NDArray[Any]

_ROUNDS, _DRAWN = 30, 0.001
_SUREST = 20.0
_LEAST = 1e-6


@dataclass(frozen=True)
class Mix:
    """What each kind's score is made of: its logit by words, its logit by the encoder, and a constant, (kinds, 3)."""

    weights: Array

    def scores(self, by_words: Array, by_encoder: Array | None) -> Array:
        """Between 0 and 1, (kinds,): of scores by words, and of the encoder's logits where it has read the text."""
        if by_encoder is None:
            return by_words
        words, encoder, constant = self.weights.T
        logits = words * logits_of(by_words) + encoder * by_encoder + constant
        mixed: Array = 1 / (1 + np.exp(-np.clip(logits, -_SUREST, _SUREST)))
        return mixed


def plain() -> Mix:
    """Both count alike."""
    return Mix(np.tile([1.0, 1.0, 0.0], (len(KINDS), 1)))


def logits_of(scores: Array) -> Array:
    bounded = np.clip(scores, _LEAST, 1 - _LEAST)
    logits: Array = np.log(bounded / (1 - bounded))
    return logits


def fitted(by_words: Array, by_encoder: Array, wanted: Array) -> Mix:
    """So that 0.8 is right in four of five: logistic regression on both, (messages, kinds) each."""
    given = np.stack([logits_of(by_words), by_encoder, np.ones(wanted.shape)], axis=2)
    return Mix(np.stack([_regression(given[:, kind], wanted[:, kind]) for kind in range(len(KINDS))]))


def _regression(given: Array, wanted: Array) -> Array:
    """By Newton's method; the weights of the columns, drawn a little towards nothing."""
    weights, drawn = np.zeros(given.shape[1]), np.full(given.shape[1], _DRAWN)
    for _ in range(_ROUNDS):
        likely = 1 / (1 + np.exp(-given @ weights))
        slope = given.T @ (likely - wanted) / len(wanted) + drawn * weights
        bend = (given.T * (likely * (1 - likely))) @ given / len(wanted) + np.diag(drawn)
        weights -= np.linalg.solve(bend, slope)
    return weights
