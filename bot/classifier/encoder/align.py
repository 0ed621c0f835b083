"""Lays pieces over words: the vectors of pieces flow in, the vectors of the words that they stand in flow out."""

import numpy as np

from bot.classifier.encoder.blocks import Array
from bot.classifier.encoder.encoder import Places


def over_words(vectors: Array, starts: Places, ends: Places, word_starts: Places, word_ends: Places) -> Array:
    """The mean of each word's pieces, (words, width); nothing where no piece touches it."""
    first = np.searchsorted(ends, word_starts, side="right")
    last = np.maximum(np.searchsorted(starts, word_ends, side="left"), first)
    count = (last - first)[:, None]
    sums = np.concatenate([np.zeros((1, vectors.shape[1]), np.float32), np.cumsum(vectors, axis=0, dtype=np.float32)])
    means: Array = (sums[last] - sums[first]) / np.maximum(count, 1).astype(np.float32)
    return means
