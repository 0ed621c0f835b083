"""Trains the pipeline: labelled messages flow in, a folder with the trained pipeline and its figures flow out."""

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.training import Example
from thinc.api import Adam, fix_random_seed

from bot.classifier import SHIPPED_ENCODER
from bot.classifier.corpus_rows import CORPUS, FOREIGN, HELD_BACK, CorpusError, Row, digest, read_rows
from bot.classifier.encoder import pipe as encoder
from bot.classifier.encoder.heads import KINDS
from bot.classifier.encoder.lessons import kinds_of
from bot.classifier.evaluation import evaluate
from bot.classifier.mixing import Mix, fitted
from bot.classifier.pipeline import SpacyClassifier, blank
from bot.classifier.sheet import Sheet
from models.rules.kinds import Kind
from models.rules.reading import LANGUAGES, UNKNOWN_LANGUAGE

SEED = 7
_BATCH = 16
EPOCHS = {"kinds": 12, "language": 6}
_RATE = {"kinds": 0.01, "language": 0.02}
_FEW = 6
# Some hundred lines in thirty languages beside some thousand messages in each of ten.
_FOREIGN_TIMES = 3

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Figures:
    """What was learned from and how well the writers held back were read; ``report`` is the JSON of ``evaluate``."""

    learned_from: int
    held_back: int
    writers: tuple[str, ...]
    report: dict[str, Any]


def train(
    out: Path,
    corpora: Sequence[Path] = (CORPUS,),
    *,
    seed: int = SEED,
    progress: Progress | None = None,
    encoder_from: Path = SHIPPED_ENCODER,
) -> Figures:
    """Learns from all writers but those held back, on whom scores are fitted and figures measured.

    The writers held back stay so: what is measured on them is true of the very pipeline that is shipped. ``out`` is
    replaced whole.
    """
    learning, held_back = split(rows_of(corpora))
    nlp = fit(learning, seed=seed, tell=progress or _silent)
    part = nlp.add_pipe("rightsdesk_encoder", name=encoder.NAME)
    part.open(encoder_from)  # type: ignore[attr-defined]  # spaCy knows a part only as something to call
    nlp.meta |= {"name": "rightsdesk", "version": "2", "corpus": digest(corpora)}
    nlp.meta["mix"] = mixture(nlp, held_back).weights.round(4).tolist()
    report, _ = evaluate(held_back, SpacyClassifier(nlp=nlp))
    nlp.meta["figures"] = report
    replace_with(out, nlp)
    return Figures(len(learning), len(held_back), tuple(sorted({row.writer for row in held_back})), report)


def _silent(_stage: str, _number: int, _of: int) -> None:
    """Nobody watches."""


def rows_of(corpora: Sequence[Path]) -> list[Row]:
    """The messages of all these folders."""
    return [row for corpus in corpora for row in read_rows(corpus)]


def split(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Those to learn from, and those of the writers held back, some in each language."""
    held = frozenset(HELD_BACK.read_text(encoding="utf-8").split())
    held_back = [row for row in rows if row.writer in held]
    if not held_back:
        raise CorpusError(f"no message is by a writer of {HELD_BACK.name}: there is nothing to measure on")
    return [row for row in rows if row.writer not in held], held_back


def fit(rows: Sequence[Row], *, seed: int, tell: Progress) -> Language:
    nlp = kinds_by_words(rows, seed=seed, tell=tell)
    languages = [*LANGUAGES, UNKNOWN_LANGUAGE]
    _learn(nlp, "language", list(_language_examples(nlp, rows)), languages, seed=seed, tell=tell)
    return nlp


def kinds_by_words(rows: Sequence[Row], *, seed: int, tell: Progress) -> Language:
    """The pipeline before it knows languages and has its encoder."""
    fix_random_seed(seed)
    nlp = blank()
    _learn(nlp, "kinds", list(_kind_examples(nlp, rows)), [str(kind) for kind in Kind], seed=seed, tell=tell)
    return nlp


def _learn(nlp: Language, name: str, examples: list[Example], labels: list[str], *, seed: int, tell: Progress) -> None:
    pipe: Any = nlp.get_pipe(name)
    pipe.initialize(lambda: examples, nlp=nlp, labels=labels)
    order = random.Random(seed)  # noqa: S311
    optimizer = Adam(_RATE[name], L2=1e-4)
    for epoch in range(EPOCHS[name]):
        order.shuffle(examples)
        optimizer.learn_rate = _RATE[name] * (1 - epoch / EPOCHS[name])
        for start in range(0, len(examples), _BATCH):
            pipe.update(examples[start : start + _BATCH], sgd=optimizer)
        tell(name, epoch + 1, EPOCHS[name])


def _kind_examples(nlp: Language, rows: Sequence[Row]) -> Iterator[Example]:
    for row in rows:
        cats = {str(kind): float(kind in row.kinds) for kind in Kind}
        yield Example.from_dict(nlp.make_doc(Sheet(row.writing).text), {"cats": cats})


def _language_examples(nlp: Language, rows: Sequence[Row]) -> Iterator[Example]:
    foreign = [line.partition("\t")[2] for line in FOREIGN.read_text(encoding="utf-8").splitlines()]
    texts = [(text, UNKNOWN_LANGUAGE) for text in foreign * _FOREIGN_TIMES]
    for text, language in (*texts, *((Sheet(row.writing).text, row.language) for row in rows)):
        words = text.split()
        # Whole, and as short as a hurried line is: its beginning and its end.
        for part in [words] if len(words) <= _FEW else [words, words[:_FEW], words[-_FEW:]]:
            yield _in_language(nlp, " ".join(part), language)


def _in_language(nlp: Language, text: str, language: str) -> Example:
    known = language if language in LANGUAGES else UNKNOWN_LANGUAGE
    cats = {label: float(label == known) for label in (*LANGUAGES, UNKNOWN_LANGUAGE)}
    return Example.from_dict(nlp.make_doc(text), {"cats": cats})


def mixture(nlp: Language, rows: Sequence[Row]) -> Mix:
    """What the words and the encoder count for, fitted on what both read."""
    docs = nlp.pipe([Sheet(row.writing).text for row in rows])
    read = [
        ([doc.cats[kind] for kind in KINDS], judged.kinds, kinds_of(row))
        for doc, row in zip(docs, rows, strict=True)
        if (judged := encoder.judgement(doc)) is not None
    ]
    return fitted(*(np.array(column, np.float64) for column in zip(*read, strict=True)))


def replace_with(out: Path, nlp: Language, *, keep: str = "") -> None:
    """The new folder stands complete beside the old one before it takes its name; the old one is kept under its name
    and ``keep``, where that is not empty."""
    fresh, former = out.with_name(out.name + ".new"), out.with_name(out.name + (keep or ".old"))
    for folder in (fresh, former):
        shutil.rmtree(folder, ignore_errors=True)
    # Nobody asks for the words of the corpus again: they made the start longer by 0.3 s and larger by 50 MB.
    nlp.to_disk(fresh, exclude=["vocab"])
    if out.exists():
        out.rename(former)
    fresh.rename(out)
    if not keep:
        shutil.rmtree(former, ignore_errors=True)
