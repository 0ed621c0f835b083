"""Learns on from what staff decided: mails and some of the corpus flow in, a pipeline with new heads flows out."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import spacy
from spacy.language import Language

from bot.classifier import training
from bot.classifier.corpus_rows import CORPUS, Row
from bot.classifier.encoder import pipe as encoder
from bot.classifier.encoder.exchanges import NewSpans, exchanged, pool
from bot.classifier.encoder.heads import HEADS, Heads
from bot.classifier.encoder.lessons import fields_of, kinds_of, marked, targets
from bot.classifier.encoder.relearning import Example, relearned
from bot.classifier.evaluation import Report, evaluate
from bot.classifier.pipeline import SpacyClassifier
from bot.classifier.sheet import Sheet
from models.rules.kinds import Kind

FORMER = ".former"
_REMEMBERED = 2_000
# A decision of the firm's own staff counts for more than a message of the corpus, but all of them for no more than it.
_WEIGHT = 4.0
# By how much each figure may fall: a quarter of its standard error is chance. Corrections stand in a third of the
# messages held back.
_WATCHED = {
    ("exact",): 0.001,
    ("macro_f1",): 0.001,
    ("corrections", "field_new", "f1"): 0.003,
    ("corrections", "field_old_new", "f1"): 0.003,
}


class WorseError(Exception):
    """What was learned reads the writers held back worse than before: nothing was replaced."""


@dataclass(frozen=True)
class Learned:
    """From how many mails; the figures before and after."""

    mails: int
    before: Report
    after: Report


def relearn(
    base: Path,
    out: Path,
    rows: Sequence[Row],
    *,
    new_spans: NewSpans,
    tell: training.Progress,
    corpora: Sequence[Path] = (CORPUS,),
    seed: int = training.SEED,
) -> Learned:
    """Teaches the heads of the pipeline in ``base`` what ``rows`` say and writes it to ``out``; what was there stays
    beside it under the name ``.former``. Raises WorseError where the writers held back are read worse than before."""
    learning, held_back = training.split(training.rows_of(corpora))
    given = _weighed(rows, learning, new_spans, random.Random(seed))  # noqa: S311  that comes out the same each time
    nlp = spacy.load(base)
    before = _figures(nlp, held_back)
    examples = []
    for number, (row, weight) in enumerate(given, 1):
        examples.append(_example(nlp, row, weight))
        tell("reading", number, len(given))
    with TemporaryDirectory() as folder:
        _give(nlp, Path(folder), relearned(nlp.get_pipe(encoder.NAME).heads, examples))  # type: ignore[attr-defined]
        after = nlp.meta["figures"] = _figures(nlp, held_back)
        _refuse_worse(before, after)
        training.replace_with(out, nlp, keep=FORMER)
    return Learned(len(rows), before, after)


def _weighed(
    rows: Sequence[Row], learning: Sequence[Row], new_spans: NewSpans, chance: random.Random
) -> list[tuple[Row, float]]:
    """Some of the corpus, lest it be forgotten, and the mails, with the values of invented people in them."""
    others = pool(learning)
    remembered = chance.sample(learning, min(_REMEMBERED, len(learning)))
    weight = min(_WEIGHT, len(remembered) / max(1, len(rows)))
    return [(row, 1.0) for row in remembered] + [(exchanged(row, others, new_spans, chance), weight) for row in rows]


def _give(nlp: Language, folder: Path, heads: Heads) -> None:
    """The encoder as it was with other heads, by way of a folder."""
    part: Any = nlp.get_pipe(encoder.NAME)
    part.to_disk(folder)
    heads.write(folder)
    part.open(folder)
    nlp.meta["desk"] = sha256((folder / HEADS).read_bytes()).hexdigest()[:8]


def _example(nlp: Language, row: Row, weight: float) -> Example:
    part: Any = nlp.get_pipe(encoder.NAME)
    text = Sheet(row.writing).text
    words, vectors = part.read(nlp.make_doc(text))
    told = bool(row.labels) or Kind.RECTIFICATION not in row.kinds
    return Example(
        vectors=vectors,
        kinds=kinds_of(row),
        asked=fields_of(row),
        words=targets(words, list(marked(text, row))) if told else None,
        weight=weight,
    )


def _figures(nlp: Language, rows: Sequence[Row]) -> Report:
    return evaluate(rows, SpacyClassifier(nlp=nlp))[0]


def _refuse_worse(before: Report, after: Report) -> None:
    for path, noticed in _WATCHED.items():
        was, now = _figure(before, path), _figure(after, path)
        if now < was - noticed:
            raise WorseError(f"{' '.join(path)} {was:.1%} before, {now:.1%} after")


def _figure(report: Any, path: Sequence[str]) -> float:
    for name in path:
        report = report[name]
    return float(report)
