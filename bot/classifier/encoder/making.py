"""Makes the encoder anew: labelled messages flow in, a folder with the tuned encoder and its heads flows out."""

import random
import shutil
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from bot.classifier.corpus_rows import Row
from bot.classifier.encoder.blocks import Array
from bot.classifier.encoder.encoder import LAYERS, LICENSE, PIECES, POSITIONS, VECTORS, WIDTH, Encoder
from bot.classifier.encoder.exchanges import NewSpans, exchanged, pool
from bot.classifier.encoder.export import HEAD, read_layers, write_layers
from bot.classifier.encoder.heads import Heads
from bot.classifier.encoder.lessons import Lesson, Words, lesson, together
from bot.classifier.encoder.narrowing import narrowed
from bot.classifier.encoder.network import HEAD_SHAPES, first_heads
from bot.classifier.encoder.pieces import FIRST_OF_SOURCE, chosen, piece_model
from bot.classifier.encoder.source import Source, read_source
from bot.classifier.encoder.tuning import LONGEST, Course, Told, batches, laid_out, tune
from bot.classifier.sheet import Sheet

_SEED = 7
_EXCHANGED = 0.3
# The mean of the weights after the last epochs reads strangers a little better than the last ones do.
_AVERAGED = 3
# Batches from which it shows what matters least.
_ENOUGH_TO_TELL = 60
_MATRICES = {"q": WIDTH, "k": WIDTH, "v": WIDTH, "ao": WIDTH, "fi": WIDTH, "fo": 4 * WIDTH}
_NORMS = ("aln", "oln")


@dataclass(frozen=True)
class Plan:
    """How to tune: from the source's file, else from what is shipped; ``words`` parts texts as the pipeline does.

    ``width``: what is left between the halves of each feed-forward part, and ``heads`` of each attention, where there
    is more.
    """

    source: Path | None
    layers: int
    epochs: int
    width: int
    heads: int
    words: Words
    new_spans: NewSpans


def make(out: Path, shipped: Path, rows: Sequence[Row], plan: Plan, *, tell: Told) -> None:
    """Tunes on ``rows`` and writes the encoder into ``out`` after each epoch: an end too soon loses one only."""
    out.mkdir(parents=True, exist_ok=True)
    weights = _from_source(out, plan, rows) if plan.source else _from_shipped(out, shipped)
    layers = plan.layers if plan.source else read_layers(shipped / LAYERS)[1]
    shutil.copyfile(shipped / LICENSE, out / LICENSE)
    reader = Encoder(out)
    others = pool(rows)

    def lessons(chance: random.Random | None) -> list[Lesson]:
        told = (_told_anew(row, chance) if chance else row for row in rows)
        taught = [lesson(row, reader, plan.words, most=LONGEST, chance=chance) for row in told]
        return list(together(taught, chance)) if chance else taught

    def _told_anew(row: Row, chance: random.Random) -> Row:
        return exchanged(row, others, plan.new_spans, chance) if chance.random() < _EXCHANGED else row

    last: deque[dict[str, Array]] = deque(maxlen=_AVERAGED)

    def written(now: dict[str, Array]) -> None:
        last.append(now)
        mean = {name: np.mean([weights[name] for weights in last], axis=0) for name in now}
        write_layers(mean, layers, out / LAYERS)
        Heads({name: value for name, value in mean.items() if name.split(".")[0] in HEAD_SHAPES}).write(out)

    if not plan.source and (weights["l0.fi.b"].size > plan.width or weights["l0.q.b"].size > plan.heads * HEAD):
        groups = batches(lessons(None), random.Random(_SEED))  # noqa: S311  which ones makes no difference
        some = (laid_out(group, shape, reader.given) for group, shape in islice(groups, _ENOUGH_TO_TELL))
        weights = narrowed(weights, layers, some, width=plan.width, heads=plan.heads)
    tune(weights, Course(lessons, reader.given, layers, plan.epochs, _SEED), tell=tell, after=written)


def _from_source(out: Path, plan: Plan, rows: Iterable[Row]) -> dict[str, Array]:
    """Pieces and their vectors for the languages of the rows; the first layers, and heads that know nothing."""
    assert plan.source  # noqa: S101  asked by the caller
    source = read_source(plan.source)
    keep = chosen(source, (Sheet(row.writing).text for row in rows))
    (out / PIECES).write_bytes(piece_model(source, keep))
    np.save(out / VECTORS, source.words[[*FIRST_OF_SOURCE, *keep]])
    # All texts are of one type; its vector is part of every place.
    places = (
        source.tensor("emb.pos").reshape(-1, WIDTH)[: LONGEST + 2] + source.tensor("emb.type").reshape(-1, WIDTH)[0]
    )
    np.save(out / POSITIONS, places.astype(np.float16))
    return _layers_of(source, plan.layers) | first_heads(WIDTH, np.random.default_rng(_SEED))


def _layers_of(source: Source, layers: int) -> dict[str, Array]:
    weights = {f"emb.ln.{part}": source.tensor(f"emb.ln.{part}") for part in ("w", "b")}
    for layer in range(layers):
        for name in (*_MATRICES, *_NORMS):
            whole = source.tensor(f"l{layer}.{name}.w")
            weights[f"l{layer}.{name}.w"] = whole.reshape(-1, _MATRICES[name]) if name in _MATRICES else whole
            weights[f"l{layer}.{name}.b"] = source.tensor(f"l{layer}.{name}.b")
    return weights


def _from_shipped(out: Path, shipped: Path) -> dict[str, Array]:
    for name in (PIECES, VECTORS, POSITIONS):
        shutil.copyfile(shipped / name, out / name)
    return read_layers(shipped / LAYERS)[0] | Heads.read(shipped).weights
