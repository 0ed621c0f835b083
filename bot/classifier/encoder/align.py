"""Lays pieces over words: the vectors of pieces flow in, the vectors of the words that they stand in flow out."""

import numpy as np
import numpy.typing as npt

from bot.classifier.encoder.blocks import Array
from bot.classifier.encoder.encoder import Pieces

Spans = npt.NDArray[np.int64]


def over_words(vectors: Array, pieces: Pieces, words: Spans) -> tuple[Spans, Array]:
    """The words (words, 2) that a piece touches, and the mean of their pieces, (words, width)."""
    first = np.searchsorted(pieces.ends, words[:, 0], side="right")
    last = np.searchsorted(pieces.starts, words[:, 1], side="left")
    touched = last > first
    first, last = first[touched], last[touched]
    sums = np.concatenate([np.zeros((1, vectors.shape[1]), np.float32), np.cumsum(vectors, axis=0, dtype=np.float32)])
    means: Array = (sums[last] - sums[first]) / (last - first)[:, None].astype(np.float32)
    return words[touched], means
