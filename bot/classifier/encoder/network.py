"""The encoder and its first heads as functions of their weights, to be tuned; JAX, for maintainers only."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import optax

from bot.classifier.encoder.blocks import Array
from bot.classifier.encoder.export import EPSILON, HEAD
from bot.classifier.encoder.heads import FIELDS, KINDS
from bot.classifier.encoder.lessons import IN_PASSING, VALUED
from models.rules.reading import LANGUAGES

Weights = dict[str, jax.Array]
Batch = dict[str, jax.Array]

_FAR = -1e9
_DROPPED = 0.1
_AS_MANY_WORDS = 20
# What each task weighs beside the kinds.
_WEIGHTS = {"kinds": 1.0, "language": 0.3, "asked": 0.3, "roles": 3.0, "fields": 1.5, "begins": 0.5}
HEAD_SHAPES = {
    "kinds": (2, len(KINDS)),
    "asked": (2, len(FIELDS)),
    "language": (1, len(LANGUAGES)),
    "roles": (1, 4),
    "fields": (1, len(FIELDS)),
    "begins": (1, 1),
}
"""Each head: how many vectors it sees beside each other, how many logits it gives."""


def encoded(weights: Weights, layers: int, given: jax.Array, mask: jax.Array, key: jax.Array | None) -> jax.Array:
    """The vector of each piece in its place, (texts, pieces, width); some are dropped where there is a ``key``."""
    keys = jax.random.split(key, 2 * layers) if key is not None else [None] * (2 * layers)
    hidden = _norm(weights, "emb.ln", given)
    for layer in range(layers):
        name = f"l{layer}"
        seen = _attended(weights, name, hidden, mask)
        half = _norm(weights, f"{name}.aln", hidden + _dropped(_linear(weights, f"{name}.ao", seen), keys[2 * layer]))
        wide = jax.nn.gelu(_linear(weights, f"{name}.fi", half), approximate=False)
        out = _dropped(_linear(weights, f"{name}.fo", wide), keys[2 * layer + 1])
        hidden = _norm(weights, f"{name}.oln", half + out)
    return hidden


def _attended(weights: Weights, name: str, hidden: jax.Array, mask: jax.Array) -> jax.Array:
    texts, pieces, _ = hidden.shape

    def heads(part: str) -> jax.Array:
        apart = _linear(weights, f"{name}.{part}", hidden).reshape(texts, pieces, -1, HEAD)
        return apart.transpose(0, 2, 1, 3)

    scores = heads("q") @ heads("k").transpose(0, 1, 3, 2) / math.sqrt(HEAD)
    weighed = jax.nn.softmax(scores + (1 - mask)[:, None, None, :] * _FAR, axis=-1)
    return (weighed @ heads("v")).transpose(0, 2, 1, 3).reshape(texts, pieces, -1)


def _linear(weights: Weights, name: str, given: jax.Array) -> jax.Array:
    return given @ weights[f"{name}.w"].T + weights[f"{name}.b"]


def _norm(weights: Weights, name: str, given: jax.Array) -> jax.Array:
    mean = given.mean(-1, keepdims=True)
    spread = ((given - mean) ** 2).mean(-1, keepdims=True)
    return (given - mean) * jax.lax.rsqrt(spread + EPSILON) * weights[f"{name}.w"] + weights[f"{name}.b"]


def _dropped(given: jax.Array, key: jax.Array | None) -> jax.Array:
    if key is None:
        return given
    return given * jax.random.bernoulli(key, 1 - _DROPPED, given.shape) / (1 - _DROPPED)


def heads(weights: Weights, hidden: jax.Array, batch: Batch) -> dict[str, jax.Array]:
    """What a text asks for, its language, and what each of its words is; all as logits."""
    words = _of_words(hidden, batch["word"], batch["words"])
    present = batch["words"].astype(jnp.float32)
    mean = (words * present[..., None]).sum(1) / jnp.maximum(present.sum(1, keepdims=True), 1)
    return {
        "kinds": _of_text(weights, "kinds", words, mean, present),
        "asked": _of_text(weights, "asked", words, mean, present),
        "language": _linear(weights, "language", mean),
        "roles": _linear(weights, "roles", words),
        "fields": _linear(weights, "fields", words),
        "begins": _linear(weights, "begins", words)[..., 0],
    }


def _of_text(weights: Weights, name: str, words: jax.Array, mean: jax.Array, present: jax.Array) -> jax.Array:
    """Each answer from the mean of the words, and from the words that it seeks."""
    by_mean, by_attention = jnp.split(weights[f"{name}.w"], 2, axis=1)
    sought = words @ weights[f"{name}.seek"].T + (1 - present)[..., None] * _FAR
    told = (jax.nn.softmax(sought, axis=1) * (words @ by_attention.T)).sum(1)
    return mean @ by_mean.T + told + weights[f"{name}.b"]


def _of_words(hidden: jax.Array, word: jax.Array, words: jax.Array) -> jax.Array:
    """The mean of each word's pieces, (texts, words, width)."""
    belongs = jax.nn.one_hot(word, words.shape[1], axis=1)
    return belongs @ hidden / jnp.maximum(belongs.sum(-1, keepdims=True), 1)


def loss(weights: Weights, layers: int, batch: Batch, key: jax.Array) -> jax.Array:
    """The mean loss of a text over all tasks; the words of texts that ask for no correction count a little."""
    given = heads(weights, encoded(weights, layers, batch["vectors"], batch["mask"], key), batch)
    real = batch["real"] / batch["real"].sum()
    weight = real * jnp.where(batch["kinds"][:, 0] > 0, 1.0, IN_PASSING)
    counted = batch["words"] * weight[:, None] / _AS_MANY_WORDS
    valued = counted * (batch["fields"] >= 0)
    wrong = {
        "kinds": _yes_or_no(given["kinds"], batch["kinds"]).sum(-1) @ real,
        "language": _choice(given["language"], batch["language"]) @ real,
        "asked": _yes_or_no(given["asked"], batch["asked"]).sum(-1) @ (real * batch["kinds"][:, 0]),
        "roles": (
            _choice(given["roles"], batch["roles"]) * counted * jnp.where(batch["roles"] > 0, VALUED, 1.0)
        ).sum(),
        "fields": (_choice(given["fields"], jnp.maximum(batch["fields"], 0)) * valued).sum(),
        "begins": (_yes_or_no(given["begins"], batch["begins"]) * valued).sum(),
    }
    return sum((_WEIGHTS[task] * value for task, value in wrong.items()), jnp.zeros(()))


def _choice(given: jax.Array, wanted: jax.Array) -> jax.Array:
    wrong: jax.Array = optax.softmax_cross_entropy_with_integer_labels(given, wanted)
    return wrong


def _yes_or_no(given: jax.Array, wanted: jax.Array) -> jax.Array:
    wrong: jax.Array = optax.sigmoid_binary_cross_entropy(given, wanted)
    return wrong


def first_heads(width: int, chance: np.random.Generator) -> dict[str, Array]:
    """Heads that know nothing."""
    made: dict[str, Array] = {}
    for name, (across, out) in HEAD_SHAPES.items():
        if across > 1:
            made[f"{name}.seek"] = np.zeros((out, width), np.float32)
        made[f"{name}.w"] = (chance.standard_normal((out, across * width)) * 0.02).astype(np.float32)
        made[f"{name}.b"] = np.zeros(out, np.float32)
    return made
