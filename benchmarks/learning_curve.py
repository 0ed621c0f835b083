"""Draws docs/learning.svg: the words of more and more writers are learned from, how well others are read comes out.

Only the words and their parts learn anew, eight minutes on one core beside other work: to tune the encoder as often
would take a day. Where this curve still climbs, further writers teach more than further messages of the same.
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.plots import Curve, plot
from benchmarks.understanding import DOCS, Read, macro_f1
from bot.classifier.corpus_rows import CORPUS, Row
from bot.classifier.pipeline import decided
from bot.classifier.sheet import Sheet
from bot.classifier.training import SEED, kinds_by_words, rows_of, split
from models.rules.kinds import Kind
from models.rules.reading import Verdict

SHARES = (0.05, 0.1, 0.2, 0.4, 0.7, 1.0)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--out", type=Path, default=DOCS)
    out = words.parse_args().out
    learning, held_back = split(rows_of([CORPUS]))
    points = [(share, *_read(some, held_back)) for share, some in _more_and_more(learning)]
    exact = Curve("all kinds right", [(share, exact) for share, exact, _ in points])
    macro = Curve("macro F1 over the kinds", [(share, macro) for share, _, macro in points])
    (out / "learning.svg").write_text(plot("share of the writers", "by words alone", [exact, macro]), "utf-8")


def _more_and_more(rows: Sequence[Row]) -> Iterator[tuple[float, list[Row]]]:
    """Whole writers in an order by chance; the more hold all of the fewer."""
    writers = sorted({row.writer for row in rows})
    random.Random(SEED).shuffle(writers)
    for share in SHARES:
        some = set(writers[: round(share * len(writers))])
        yield share, [row for row in rows if row.writer in some]


def _read(rows: Sequence[Row], held_back: Sequence[Row]) -> tuple[float, float]:
    """The share of messages all of whose kinds were right, and macro F1."""
    nlp = kinds_by_words(rows, seed=SEED, tell=_told)
    by_words: Any = nlp.get_pipe("kinds")
    scores = by_words.predict([nlp.make_doc(Sheet(row.writing).text) for row in held_back])
    read = [
        Read(row, _verdict(row, dict(zip(by_words.labels, said.tolist(), strict=True))))
        for row, said in zip(held_back, scores, strict=True)
    ]
    exact, macro = sum(one.right for one in read) / len(read), macro_f1(read)
    writers = len({row.writer for row in rows})
    print(f"{writers:4} writers {len(rows):6} messages: {exact:.3f} exact, {macro:.3f} macro F1")
    return exact, macro


def _told(part: str, epoch: int, of: int) -> None:
    print(f"{part} {epoch}/{of}", end="\r", file=sys.stderr)


def _verdict(row: Row, scores: dict[str, float]) -> Verdict:
    by_kind = {Kind(kind): score for kind, score in scores.items()}
    return Verdict(row.language, by_kind, decided(by_kind))


if __name__ == "__main__":
    main()
