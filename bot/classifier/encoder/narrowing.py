"""Takes out of each layer what matters least: tuned weights and lessons flow in, narrower weights flow out."""

from collections.abc import Iterable, Sequence

import jax
import numpy as np

from bot.classifier.encoder.blocks import Array
from bot.classifier.encoder.export import HEAD
from bot.classifier.encoder.network import Batch, Weights, loss


def narrowed(
    weights: dict[str, Array], layers: int, batches: Iterable[Batch], *, width: int, heads: int
) -> dict[str, Array]:
    """Keeps the ``width`` numbers between the halves of each feed-forward part and the ``heads`` of each attention
    without which the loss of the batches would change most (first-order Taylor: Molchanov et al., 2019, "Importance
    Estimation for Neural Network Pruning").

    A number's activation times its slope is the sum, over its row, of the weights after it times their slopes.
    """
    matter = _mattering(weights, layers, batches)
    kept = dict(weights)
    for layer in range(layers):
        wide = _best(matter[f"l{layer}.fo.w"], width)
        seen = (_best(matter[f"l{layer}.ao.w"], heads)[:, None] * HEAD + np.arange(HEAD)).ravel()
        kept |= _kept(weights, ("fi",), "fo", layer, wide) | _kept(weights, ("q", "k", "v"), "ao", layer, seen)
    return kept


def _kept(weights: dict[str, Array], into: Sequence[str], out: str, layer: int, best: Array) -> dict[str, Array]:
    """What leads to the best numbers between two halves, and what leads from them."""
    names = [f"l{layer}.{name}.{part}" for name in into for part in ("w", "b")]
    onward = f"l{layer}.{out}.w"
    return {name: weights[name][best] for name in names} | {onward: np.ascontiguousarray(weights[onward][:, best])}


def _mattering(weights: dict[str, Array], layers: int, batches: Iterable[Batch]) -> dict[str, Array]:
    """How much each number between the halves matters, and each head, by the matrix that follows it."""
    now: Weights = {name: jax.numpy.asarray(value) for name, value in weights.items()}
    slopes = jax.jit(lambda batch, key: jax.grad(loss)(now, layers, batch, key))
    groups = {f"l{layer}.{name}.w": size for layer in range(layers) for name, size in (("fo", 1), ("ao", HEAD))}
    matter = {name: np.zeros(weights[name].shape[1] // size) for name, size in groups.items()}
    key = jax.random.PRNGKey(0)
    for batch in batches:
        key, own = jax.random.split(key)
        slope = slopes(batch, own)
        for name, size in groups.items():
            changes = np.asarray((now[name] * slope[name]).sum(0), np.float64)
            matter[name] += np.square(changes.reshape(-1, size).sum(1))
    return matter


def _best(matter: Array, most: int) -> Array:
    return np.sort(np.argsort(-matter)[:most])
