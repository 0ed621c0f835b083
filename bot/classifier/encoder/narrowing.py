"""Takes out of each layer what matters least: tuned weights and lessons flow in, narrower weights flow out."""

from collections.abc import Iterable

import jax
import numpy as np

from bot.classifier.encoder.blocks import Array
from bot.classifier.encoder.network import Batch, Weights, loss


def narrowed(weights: dict[str, Array], layers: int, batches: Iterable[Batch], width: int) -> dict[str, Array]:
    """Keeps the ``width`` numbers between the halves of each feed-forward part without which the loss of the batches
    would change most (first-order Taylor: Molchanov et al., 2019, "Importance Estimation for Neural Network Pruning").

    A number's activation times its slope is the sum, over its row, of the weights after it times their slopes.
    """
    now: Weights = {name: jax.numpy.asarray(value) for name, value in weights.items()}
    slopes = jax.jit(lambda batch, key: jax.grad(loss)(now, layers, batch, key))
    matter = {layer: np.zeros(weights[f"l{layer}.fi.b"].shape, np.float64) for layer in range(layers)}
    key = jax.random.PRNGKey(0)
    for batch in batches:
        key, own = jax.random.split(key)
        slope = slopes(batch, own)
        for layer, sums in matter.items():
            name = f"l{layer}.fo.w"
            sums += np.square(np.asarray((now[name] * slope[name]).sum(0)))
    kept = dict(weights)
    for layer, sums in matter.items():
        best = np.sort(np.argsort(-sums)[:width])
        kept[f"l{layer}.fi.w"] = weights[f"l{layer}.fi.w"][best]
        kept[f"l{layer}.fi.b"] = weights[f"l{layer}.fi.b"][best]
        kept[f"l{layer}.fo.w"] = np.ascontiguousarray(weights[f"l{layer}.fo.w"][:, best])
    return kept
