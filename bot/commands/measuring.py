"""Labelled messages go in; out come the figures of the contract, or a pipeline trained on them and its figures."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from bot import classifier
from bot.classifier import SHIPPED, SHIPPED_ENCODER, Classifier
from bot.commands.tables import table
from bot.edge import DeskError
from models.rules.reading import Found, Record, Verdict, Writing

CHUNK = 256


class Watched:
    """A classifier that tells how many messages it has read."""

    def __init__(self, inner: Classifier, tell: Callable[[int], None]) -> None:
        self._inner, self._tell = inner, tell

    @property
    def version(self) -> str:
        return self._inner.version

    def read(self, writings: Sequence[Writing]) -> list[Verdict]:
        verdicts: list[Verdict] = []
        for start in range(0, len(writings), CHUNK):
            verdicts += self._inner.read(writings[start : start + CHUNK])
            self._tell(len(verdicts) - start)
        return verdicts

    def corrections(self, writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
        return self._inner.corrections(writing, verdict, record)


class Bars:
    """A progress bar a stage on standard error; a stage ends with its last number."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, stage: str, number: int, of: int) -> None:
        if self._bar is None:
            self._bar = click.progressbar(length=of, label=stage, file=sys.stderr)
        self._bar.update(1)
        if number == of:
            self._bar.render_finish()
            self._bar = None


def evaluate(file: Path, *, as_json: bool, predictions: Path | None) -> None:
    from bot.classifier import evaluation

    with _readable():
        rows = evaluation.read_rows(file)
    if not rows:
        raise DeskError(f"{file} holds no labelled message")
    reader = classifier.load()
    with click.progressbar(length=len(rows), label="reading", file=sys.stderr) as bar:
        report, predicted = evaluation.evaluate(rows, Watched(reader, bar.update))
    if predictions is not None:
        lines = "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in predicted)
        predictions.write_text(lines, "utf-8")
    if as_json:
        click.echo(json.dumps(report))
    else:
        click.echo(figures(report))


@dataclass(frozen=True)
class Tuning:
    """How the encoder is tuned: from its source, else from what is shipped."""

    source: Path | None
    layers: int
    epochs: int
    width: int
    heads: int


def train(out: Path | None, corpora: Sequence[Path], tuning: Tuning | None = None) -> None:
    from bot.classifier import training
    from bot.classifier.corpus_rows import CORPUS

    missing = next((corpus for corpus in corpora if not corpus.is_dir()), None)
    if missing is not None:
        raise DeskError(f"there is no folder {missing}: --corpus names one with labelled messages in *.jsonl")
    bars = Bars()
    with _readable(), TemporaryDirectory() as folder:
        encoder = SHIPPED_ENCODER
        if tuning is not None:
            encoder = Path(folder)
            _tune(encoder, (CORPUS, *corpora), tuning, bars)
        learned = training.train(out or SHIPPED, (CORPUS, *corpora), progress=bars, encoder_from=encoder)
    click.echo(f"learned from {learned.learned_from} messages, measured on {learned.held_back} of other writers:")
    click.echo(figures(learned.report))


def _tune(out: Path, corpora: Sequence[Path], tuning: Tuning, bars: Bars) -> None:
    try:
        from bot.classifier.encoder.making import Plan, make
    except ModuleNotFoundError as missing:
        raise DeskError(f"tuning needs {missing.name}: pip install 'rightsdesk[encoder]'") from missing
    from bot.classifier.pipeline import words_of
    from bot.classifier.training import rows_of, split
    from bot.mail.replies import new_spans

    learning, _ = split(rows_of(corpora))
    plan = Plan(tuning.source, tuning.layers, tuning.epochs, tuning.width, tuning.heads, words_of(), new_spans)
    make(out, SHIPPED_ENCODER, learning, plan, tell=lambda step, of: bars("encoder", step, of))


def figures(report: dict[str, Any]) -> str:
    """The report as a person reads it: shares, and in brackets what they lie between in 95 of 100 cases."""
    kinds = [[kind, *_retrieval(found), str(found["support"])] for kind, found in report["kinds"].items()]
    values = [[f"{of}, {part}", *_retrieval(report[of][part]), ""] for of in VALUES for part in PARTS]
    auto = report["auto"]
    shares = [
        ["all kinds right", _share(report, "exact")],
        ["decided without a person", _share(auto, "share")],
        ["right where decided without a person", _share(auto, "precision")],
        ["rights missed", _share(report, "missed_rights")],
        ["language right", _share(report, "language_accuracy")],
        ["macro F1", f"{report['macro_f1']:.1%}"],
        ["messages", str(report["n"])],
        ["messages a second", str(report["messages_per_second"])],
    ]
    head = ["", "precision", "recall", "f1", "messages"]
    return f"{table([head, *kinds, *values])}\n\n{table(shares)}"


VALUES = ("corrections", "with_record")
PARTS = ("field_new", "field_old_new")


def _retrieval(found: dict[str, Any]) -> list[str]:
    return [_share(found, name) for name in ("precision", "recall", "f1")]


def _share(of: dict[str, Any], name: str) -> str:
    return f"{of[name]:.1%} ({of['low'][name]:.1%} to {of['high'][name]:.1%})"


@contextmanager
def _readable() -> Iterator[None]:
    from bot.classifier.corpus_rows import CorpusError

    try:
        yield
    except CorpusError as error:
        raise DeskError(str(error)) from error
    except UnicodeDecodeError as error:
        raise DeskError("the file is not in UTF-8: save it as such") from error
