"""Chooses what of a long text is worth reading: pieces and sentences flow in, fewer pieces flow out."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bot.classifier.encoder.encoder import Pieces

# Of its weight each sentence gives so much to those beside it too: values run over lines, an ask over sentences.
_SHARED = 0.5

Weights = npt.NDArray[np.float64]


def telling(pieces: Pieces, sentences: Sequence[tuple[int, int]], weights: Weights, most: int) -> Pieces:
    """The pieces of the weightiest sentences, ``most`` in all, in the order of the text; the first one is among them,
    for it is the subject."""
    ranked = _with_neighbours(weights)
    ranked[0] = np.inf
    rank = np.argsort(np.argsort(-ranked, kind="stable"))
    # A piece has the white space before it, which may belong to the sentence before.
    sentence = np.searchsorted([start for start, _ in sentences], pieces.ends - 1, side="right") - 1
    order = np.argsort(rank[np.maximum(sentence, 0)], kind="stable")
    kept = np.zeros(len(pieces), bool)
    kept[order[:most]] = True
    return pieces[kept]


def _with_neighbours(weights: Weights) -> Weights:
    summed = weights.copy()
    summed[1:] += _SHARED * weights[:-1]
    summed[:-1] += _SHARED * weights[1:]
    return summed
