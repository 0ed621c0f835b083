"""Marks where values stand: what each word looks like flows in, stretches of words flow out."""

from collections.abc import Sequence

import numpy as np

from bot.classifier.encoder.blocks import Array

NOTHING, BEGINS, GOES_ON = range(3)
_NEVER = -1e9
# A value that is missed cannot be put right by what comes after; one too many can.
_LENIENCE = 0.5
# Two values stand side by side without a word between them more rarely than one is cut in two.
_SIDE_BY_SIDE = 1.5


def stretches(value: Array, begins: Array, broken: Sequence[float]) -> list[tuple[int, int]]:
    """The most likely stretches (first word, last word), by Viterbi's algorithm.

    ``value`` (words, 2): the logarithms of how likely each word is nothing, and part of a value; ``begins``: the
    logit of its being the first of one; ``broken``: what it costs to go on from the word before.
    """
    count = len(value)
    likely = np.stack(
        [value[:, 0] - _LENIENCE, value[:, 1] - np.logaddexp(0, -begins), value[:, 1] - np.logaddexp(0, begins)],
        axis=1,
    )
    way = np.zeros((count, 3), int)
    so_far = np.array([0.0, _NEVER, _NEVER])
    for word in range(count):
        best = int(so_far.argmax())
        apart = so_far - (0.0, _SIDE_BY_SIDE, _SIDE_BY_SIDE)
        inside = BEGINS if so_far[BEGINS] >= so_far[GOES_ON] else GOES_ON
        way[word] = best, int(apart.argmax()), inside
        reached = np.array([so_far[best], apart.max(), so_far[inside] + broken[word]])
        so_far = reached + likely[word]
    return _followed(way, int(so_far.argmax()))


def _followed(way: Array, last: int) -> list[tuple[int, int]]:
    """The stretches on the way that ends in ``last``, in their order."""
    found: list[tuple[int, int]] = []
    end, state = -1, last
    for word in range(len(way) - 1, -1, -1):
        if state != NOTHING and end < 0:
            end = word
        if state == BEGINS:
            found.append((word, end))
            end = -1
        state = int(way[word, state])
    return found[::-1]
