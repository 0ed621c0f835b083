"""Tunes the encoder: lessons flow in, after each epoch its weights flow out."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import optax

from bot.classifier.encoder.blocks import Array
from bot.classifier.encoder.encoder import WIDTH
from bot.classifier.encoder.lessons import UNTOLD, Lesson
from bot.classifier.encoder.network import Batch, Weights, loss

# Pieces a text and texts a batch: some 1,536 pieces at a time.
_SHAPES = ((16, 96), (32, 48), (48, 32), (64, 24), (96, 16), (128, 12))
LONGEST = _SHAPES[-1][0]
_RATE = {"encoder": 1e-4, "heads": 2e-3}
_WARMING = 0.1
_DECAY = 0.01

Vectors = Callable[[Any], Array]
Lessons = Callable[[random.Random | None], list[Lesson]]
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Course:
    """What is taught: ``lessons``, written anew where there is a chance; ``vectors`` are those of pieces."""

    lessons: Lessons
    vectors: Vectors
    layers: int
    epochs: int
    seed: int = 7


def tune(weights: dict[str, Array], course: Course, *, tell: Told, after: Callable[[dict[str, Array]], None]) -> None:
    """``after`` each epoch gets the weights as they are then."""
    chance = random.Random(course.seed)  # noqa: S311  chance that comes out the same each time
    now: Weights = {name: jax.numpy.asarray(value) for name, value in weights.items()}
    steps = sum(1 for _ in batches(course.lessons(None))) * course.epochs
    optimizer = _optimizer(now, steps)
    state = optimizer.init(now)

    @jax.jit
    def step(now: Weights, state: Any, batch: Batch, key: jax.Array) -> tuple[Weights, Any]:
        slope = jax.grad(loss)(now, course.layers, batch, key)
        change, state = optimizer.update(slope, state, now)
        return optax.apply_updates(now, change), state

    key, done = jax.random.PRNGKey(course.seed), 0
    for epoch in range(course.epochs):
        for group, shape in batches(course.lessons(chance if epoch else None), chance):
            key, own = jax.random.split(key)
            now, state = step(now, state, laid_out(group, shape, course.vectors), own)
            done += 1
            tell(min(done, steps), steps)
        after({name: np.asarray(value) for name, value in now.items()})


def _optimizer(weights: Weights, steps: int) -> optax.GradientTransformation:
    def paced(rate: float, last: float) -> optax.GradientTransformation:
        pace = optax.warmup_cosine_decay_schedule(0, rate, round(steps * _WARMING), steps, rate * last)
        return optax.adamw(pace, weight_decay=_DECAY)

    part = {name: "encoder" if name[1:2].isdigit() or name.startswith("emb") else "heads" for name in weights}
    each = {"encoder": paced(_RATE["encoder"], 0.05), "heads": paced(_RATE["heads"], 0.05)}
    return optax.chain(optax.clip_by_global_norm(1.0), optax.multi_transform(each, part))


def batches(
    lessons: Sequence[Lesson], chance: random.Random | None = None
) -> Iterator[tuple[list[Lesson], tuple[int, int]]]:
    """Lessons of like length together, so that little is padded; the last of each length may be few."""
    sorted_out: dict[tuple[int, int], list[Lesson]] = {shape: [] for shape in _SHAPES}
    for one in lessons:
        sorted_out[next((s for s in _SHAPES if len(one.pieces) <= s[0]), _SHAPES[-1])].append(one)
    made = []
    for (length, size), group in sorted_out.items():
        if chance is not None:
            chance.shuffle(group)
        made += [(group[at : at + size], (length, size)) for at in range(0, len(group), size)]
    if chance is not None:
        chance.shuffle(made)
    yield from made


def laid_out(group: Sequence[Lesson], shape: tuple[int, int], vectors: Vectors) -> Batch:
    """A batch as arrays; words are at most as many as pieces."""
    length, size = shape
    batch: dict[str, Any] = {
        "vectors": np.zeros((size, length + 2, WIDTH), np.float32),
        "mask": np.zeros((size, length + 2), np.float32),
        "word": np.full((size, length + 2), UNTOLD, np.int32),
        "words": np.zeros((size, length), np.float32),
        "roles": np.zeros((size, length), np.int32),
        "fields": np.full((size, length), UNTOLD, np.int32),
        "begins": np.zeros((size, length), np.float32),
        "kinds": np.zeros((size, len(group[0].kinds)), np.float32),
        "asked": np.zeros((size, len(group[0].asked)), np.float32),
        "language": np.zeros(size, np.int32),
        "real": np.zeros(size, np.float32),
    }
    batch["mask"][:, 0] = 1
    for n, one in enumerate(group):
        pieces = one.pieces[:length]
        within = len(pieces) + 2
        batch["vectors"][n, :within] = vectors(pieces)
        batch["mask"][n, :within] = batch["real"][n] = 1
        batch["word"][n, 1 : within - 1] = one.word[:length]
        seen = min(length, int(one.word[:length].max(initial=UNTOLD)) + 1)
        # A word whose piece began in the one before is not seen by itself.
        read = one.word[:length][(one.word[:length] != UNTOLD) & (one.word[:length] < length)]
        batch["words"][n, read] = 1
        for name in ("roles", "fields", "begins"):
            batch[name][n, :seen] = getattr(one, name)[:seen]
        batch["kinds"][n], batch["asked"][n], batch["language"][n] = one.kinds, one.asked, one.language
    return {name: jax.numpy.asarray(value) for name, value in batch.items()}
