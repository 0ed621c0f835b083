"""Trains the pipeline: labelled messages flow in, a folder with the trained pipeline and its figures flow out."""

import math
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import Adam, fix_random_seed

from bot.classifier import roles
from bot.classifier.corpus_rows import CORPUS, FOREIGN, Row, digest, read_rows
from bot.classifier.evaluation import evaluate
from bot.classifier.pipeline import SpacyClassifier, blank
from bot.classifier.sheet import Sheet
from models.rules.kinds import Action, Kind
from models.rules.reading import LANGUAGES, UNKNOWN_LANGUAGE

SEED = 7
_BATCH = 16
_EPOCHS = {"kinds": 12, "language": 6, roles.ROLES: 16}
_RATE = {"kinds": 0.01, "language": 0.02, roles.ROLES: 0.02}
# Of seven writers of a language two are held back, of three one.
_HELD_BACK = 2 / 7
_STEPS = 500
_FEW = 6

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
    rows: Sequence[Row] = (),
) -> Figures:
    """Measures on writers held back, then learns from everybody; ``rows`` are what staff decided.

    ``out`` is replaced whole.
    """
    every = [row for corpus in corpora for row in read_rows(corpus)] + list(rows)
    tell = progress or _silent
    learning, held_back = split(every, seed=seed)
    trial = _fit(learning, seed=seed, tell=tell)
    slope = _temperature(trial, held_back)
    trial.meta["slope"] = slope
    report, _ = evaluate(held_back, SpacyClassifier(nlp=trial))
    final = _fit(every, seed=seed, tell=tell)
    final.meta |= {"name": "rightsdesk", "version": "1", "slope": slope}
    final.meta["corpus"] = digest(corpora)
    final.meta["figures"] = report
    _replace(out, final)
    return Figures(len(learning), len(held_back), tuple(sorted({row.writer for row in held_back})), report)


def _silent(_stage: str, _number: int, _of: int) -> None:
    """Nobody watches."""


def split(rows: Sequence[Row], *, seed: int) -> tuple[list[Row], list[Row]]:
    """Whole writers are held back, in every language; the same places of the list where languages have as many, for
    such writers tell the same stories."""
    counted = Counter((row.writer, row.language) for row in rows)
    # Now and then someone writes in another language than their own.
    language_of = dict(sorted(counted, key=lambda pair: counted[pair]))
    held: set[str] = set()
    for language in sorted(set(language_of.values())):
        own = list(dict.fromkeys(row.writer for row in rows if language_of[row.writer] == language))
        # Chance that must come out the same each time, and that protects nothing.
        chosen = random.Random(seed).sample(range(len(own)), max(1, round(len(own) * _HELD_BACK)))  # noqa: S311
        held |= {own[place] for place in chosen}
    return [row for row in rows if row.writer not in held], [row for row in rows if row.writer in held]


def _fit(rows: Sequence[Row], *, seed: int, tell: Progress) -> Language:
    fix_random_seed(seed)
    nlp = blank()
    kinds, languages = [str(kind) for kind in Kind], [*LANGUAGES, UNKNOWN_LANGUAGE]
    sides = [roles.OLD, roles.NEW, roles.DROP]
    _learn(nlp, "kinds", list(_kind_examples(nlp, rows)), kinds, seed=seed, tell=tell)
    _learn(nlp, "language", list(_language_examples(nlp, rows)), languages, seed=seed, tell=tell)
    _learn(nlp, roles.ROLES, list(_role_examples(nlp, rows)), sides, seed=seed, tell=tell)
    return nlp


def _learn(nlp: Language, name: str, examples: list[Example], labels: list[str], *, seed: int, tell: Progress) -> None:
    pipe: Any = nlp.get_pipe(name)
    pipe.initialize(lambda: examples, nlp=nlp, labels=labels)
    order = random.Random(seed)  # noqa: S311
    optimizer = Adam(_RATE[name], L2=1e-4)
    for epoch in range(_EPOCHS[name]):
        order.shuffle(examples)
        optimizer.learn_rate = _RATE[name] * (1 - epoch / _EPOCHS[name])
        for start in range(0, len(examples), _BATCH):
            pipe.update(examples[start : start + _BATCH], sgd=optimizer)
        tell(name, epoch + 1, _EPOCHS[name])


def _kind_examples(nlp: Language, rows: Sequence[Row]) -> Iterator[Example]:
    for row in rows:
        cats = {str(kind): float(kind in row.kinds) for kind in Kind}
        yield Example.from_dict(nlp.make_doc(Sheet(row.writing).text), {"cats": cats})


def _language_examples(nlp: Language, rows: Sequence[Row]) -> Iterator[Example]:
    for line in FOREIGN.read_text(encoding="utf-8").splitlines():
        yield _in_language(nlp, line.partition("\t")[2], UNKNOWN_LANGUAGE)
    for row in rows:
        words = Sheet(row.writing).text.split()
        # Whole, and as short as a hurried line is: its beginning and its end.
        for part in [words] if len(words) <= _FEW else [words, words[:_FEW], words[-_FEW:]]:
            yield _in_language(nlp, " ".join(part), row.language)


def _in_language(nlp: Language, text: str, language: str) -> Example:
    known = language if language in LANGUAGES else UNKNOWN_LANGUAGE
    cats = {label: float(label == known) for label in (*LANGUAGES, UNKNOWN_LANGUAGE)}
    return Example.from_dict(nlp.make_doc(text), {"cats": cats})


def _role_examples(nlp: Language, rows: Sequence[Row]) -> Iterator[Example]:
    for row in rows:
        doc = roles.candidates(nlp.make_doc(Sheet(row.writing).text))
        reference = doc.copy()
        reference.spans[roles.ROLES] = [
            reference.char_span(span.start_char, span.end_char, label=role)
            for span in doc.spans[roles.CANDIDATES]
            if (role := _role(doc, span, row))
        ]
        if len(doc.spans[roles.CANDIDATES]):
            yield Example(doc, reference)


def _role(doc: Doc, span: Any, row: Row) -> str:
    passage = doc.user_data[roles.CANDIDATES][span.start, span.end]
    words = doc.text[passage.start : passage.end]
    for label in row.labels:
        if words == label.new:
            return roles.NEW
        if words == label.old:
            return roles.DROP if label.action is Action.REMOVE else roles.OLD
    return ""


def _temperature(nlp: Language, rows: Sequence[Row]) -> float:
    """How far scores are drawn to the middle so that 0.8 is right in four of five; a decision is left as it is."""
    docs = list(nlp.pipe([Sheet(row.writing).text for row in rows]))
    seen = [
        (_logit(doc.cats[kind]), float(kind in row.kinds))
        for doc, row in zip(docs, rows, strict=True)
        for kind in Kind
    ]
    slope = 1.0
    for _ in range(_STEPS):
        slope -= 0.1 * sum((1 / (1 + math.exp(-slope * x)) - y) * x for x, y in seen) / len(seen)
    return round(slope, 4)


def _logit(score: float) -> float:
    bounded = min(max(score, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))


def _replace(out: Path, nlp: Language) -> None:
    """The new folder stands complete beside the old one before it takes its name."""
    fresh, former = out.with_name(out.name + ".new"), out.with_name(out.name + ".old")
    for folder in (fresh, former):
        shutil.rmtree(folder, ignore_errors=True)
    nlp.to_disk(fresh)
    if out.exists():
        out.rename(former)
    fresh.rename(out)
    shutil.rmtree(former, ignore_errors=True)
