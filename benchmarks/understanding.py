"""Draws docs/classifier.md: the writers held back go in, tables and plots of how well they were read come out."""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bot.classifier
from benchmarks.plots import Curve, plot
from bot.classifier.corpus_rows import CORPUS, Row
from bot.classifier.evaluation import THRESHOLD, evaluate
from bot.classifier.shares import wilson
from bot.classifier.training import rows_of, split
from models.rules.kinds import Kind
from models.rules.reading import LANGUAGES, Verdict
from models.rules.routing import Route, route

DOCS = Path(__file__).parent.parent / "docs"
BINS = 10
SHORT = 40
"""Characters: what is shorter is a line, of which even people cannot always tell the language."""
Predicted = dict[str, Any]


@dataclass(frozen=True)
class Read:
    """A message of a writer held back, and what was made of it."""

    row: Row
    verdict: Verdict

    @property
    def right(self) -> bool:
        return set(self.verdict.decided) == self.row.kinds


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--out", type=Path, default=DOCS)
    out = words.parse_args().out
    learning, held_back = split(rows_of([CORPUS]))
    report, predicted = evaluate(held_back, bot.classifier.load())
    read = [Read(row, _verdict(one)) for row, one in zip(held_back, predicted, strict=True)]
    (out / "reliability.svg").write_text(_reliability(read), "utf-8")
    (out / "auto.svg").write_text(_thresholds(read), "utf-8")
    (out / "classifier.md").write_text("\n".join(_pages(report, read, learning)) + "\n", "utf-8")


def _verdict(predicted: Predicted) -> Verdict:
    scores = {Kind(kind): score for kind, score in predicted["kinds"].items()}
    return Verdict(predicted["language"], scores, tuple(map(Kind, predicted["decided"])))


def _pages(report: Predicted, read: Sequence[Read], learning: Sequence[Row]) -> Iterator[str]:
    writers = {one.row.writer for one in read}
    yield f"""# How well messages are read

Drawn by `python -m benchmarks.understanding` from the shipped pipeline. It learned from {len(learning):,} messages by
{len({row.writer for row in learning})} writers (`bot/classifier/corpus/`) and is measured here on {len(read):,} by
{len(writers)} other writers, of whom neither the encoder nor anything else has seen a line; only what its scores are
worth was fitted on them. Brackets hold what a figure lies between in 95 of 100 cases. How it works:
[understanding.md](understanding.md).

## In short
"""
    yield _markdown(["figure", "reached"], list(_in_short(report, read)))
    yield "\n## By kind\n"
    yield _markdown(["kind", "precision", "recall", "F1", "messages"], list(_by_kind(report)))
    yield "\n## By language\n"
    yield _markdown(
        ["language", "all kinds right", "macro F1", "language right", "messages"], list(_by_language(read))
    )
    yield "\n## What is taken for what\nMessages with one kind: a row what they ask for, a column what was decided.\n"
    yield _markdown(["", *(str(kind) for kind in Kind), "several"], list(_confusion(read)))
    yield """
## What a score is worth
Of the messages with a confidence near 0.8, four of five should be right.

![How often messages are right, by confidence](reliability.svg)

Where the threshold lies, how many messages go on without a person, and how many of those are right:

![Share and precision by threshold](auto.svg)

## What more writers would teach
Drawn by `python -m benchmarks.learning_curve`: the words alone, which learn anew in minutes, read the same messages
after more and more of the writers. It still climbs.

![How many messages are read right by the share of the writers learned from](learning.svg)"""


def _in_short(report: Predicted, read: Sequence[Read]) -> Iterator[list[str]]:
    auto = report["auto"]
    yield ["all kinds right", _share(report, "exact")]
    yield ["macro F1 over the kinds", f"{report['macro_f1']:.1%}"]
    yield [f"go on without a person, at the default threshold of {THRESHOLD}", _share(auto, "share")]
    yield ["of these right", _share(auto, "precision")]
    yield ["real rights that nobody looks at and none of which was decided", _share(report, "missed_rights")]
    for part, of in (("corrections", "corrections"), ("with_record", "corrections, the customer's record at hand")):
        yield [f"{of}: field and new value, F1", _share(report[part]["field_new"], "f1")]
        yield [f"{of}: field, old and new value, F1", _share(report[part]["field_old_new"], "f1")]
    for name, kept in ((f"over {SHORT} characters", False), (f"up to {SHORT}", True)):
        some = [one for one in read if (len(one.row.writing.text + one.row.writing.subject) <= SHORT) is kept]
        yield [f"language, {name}", _of(sum(one.verdict.language == one.row.language for one in some), len(some))]
    yield ["messages a second, reading and corrections", f"{report['messages_per_second']:.0f}"]


def _by_kind(report: Predicted) -> Iterator[list[str]]:
    for kind, found in report["kinds"].items():
        yield [kind, *(_share(found, name) for name in ("precision", "recall", "f1")), str(found["support"])]


def _by_language(read: Sequence[Read]) -> Iterator[list[str]]:
    for language in LANGUAGES:
        some = [one for one in read if one.row.language == language]
        known = sum(one.verdict.language == language for one in some)
        yield [
            language,
            _of(sum(one.right for one in some), len(some)),
            f"{macro_f1(some):.1%}",
            _of(known, len(some)),
            str(len(some)),
        ]


def macro_f1(read: Sequence[Read]) -> float:
    scores = []
    for kind in Kind:
        wanted = sum(kind in one.row.kinds for one in read)
        found = sum(kind in one.verdict.decided for one in read)
        right = sum(kind in one.row.kinds and kind in one.verdict.decided for one in read)
        if wanted:
            scores.append(2 * right / (wanted + found))
    return sum(scores) / max(1, len(scores))


def _confusion(read: Sequence[Read]) -> Iterator[list[str]]:
    alone = [one for one in read if len(one.row.kinds) == 1]
    for kind in Kind:
        decided = Counter(
            str(one.verdict.decided[0]) if len(one.verdict.decided) == 1 else "several"
            for one in alone
            if kind in one.row.kinds
        )
        yield [f"**{kind}**", *(str(decided[column] or "") for column in (*map(str, Kind), "several"))]


def _reliability(read: Sequence[Read]) -> str:
    points = []
    ordered = sorted(read, key=lambda one: one.verdict.confidence)
    for number in range(BINS):
        some = ordered[number * len(ordered) // BINS : (number + 1) * len(ordered) // BINS]
        sure = sum(one.verdict.confidence for one in some) / len(some)
        points.append((sure, sum(one.right for one in some) / len(some)))
    ideal = Curve("as often as promised", [(0.0, 0.0), (1.0, 1.0)], dashed=True)
    return plot("confidence", "share right", [ideal, Curve("a tenth of the messages each", points)])


def _thresholds(read: Sequence[Read]) -> str:
    def at(threshold: float) -> list[Read]:
        return [one for one in read if route(one.verdict, None, threshold=threshold) is Route.AUTO]

    steps = [number / 50 for number in range(51)]
    share = [(step, len(at(step)) / len(read)) for step in steps]
    right = [(step, sum(one.right for one in some) / len(some)) for step in steps if (some := at(step))]
    return plot("threshold", "share", [Curve("go on without a person", share), Curve("of these right", right)])


def _share(of: Predicted, name: str) -> str:
    return f"{of[name]:.1%} ({of['low'][name]:.1%} to {of['high'][name]:.1%})"


def _of(hits: int, of: int) -> str:
    low, high = wilson(hits / of if of else 0.0, of)
    return f"{hits / of if of else 0.0:.1%} ({low:.1%} to {high:.1%})"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    main()
