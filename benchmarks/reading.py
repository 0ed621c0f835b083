"""How fast messages of 120 words are read: half of them ask for nothing, a quarter for corrections.

Prints messages a second with their corrections, what the same process takes for loading, and its peak memory.
"""

import argparse
import random
import re
import resource
import time
from collections.abc import Sequence
from multiprocessing import get_context

import bot.classifier
from bot.classifier.corpus_rows import CORPUS, Row
from models.rules.kinds import Kind
from models.rules.reading import Writing

WORDS = 120
MEGABYTE = 1024
WARM = 20


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--messages", type=int, default=400)
    asked = words.parse_args()
    # The corpus is not held beside what is measured.
    with get_context("spawn").Pool(1) as pool:
        writings = pool.apply(mixed, (asked.messages,))
    begun = time.perf_counter()
    classifier = bot.classifier.load()
    classifier.read([Writing("", "hello", ((0, 5),))])
    print(f"loaded, first message read: {time.perf_counter() - begun:.1f} s (to reach: 2)")
    _read(classifier, writings[:WARM])
    begun, busy = time.perf_counter(), time.process_time()
    _read(classifier, writings)
    took, busy = time.perf_counter() - begun, time.process_time() - busy
    print(f"messages a second: {len(writings) / took:.0f} (to reach: 60)")
    print(f"messages a second of the processor: {len(writings) / busy:.0f}")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE:.0f} MB (to reach: 350)")


def _read(classifier: bot.classifier.Classifier, writings: Sequence[Writing]) -> None:
    for writing, verdict in zip(writings, classifier.read(writings), strict=True):
        classifier.corrections(writing, verdict, None)


def mixed(number: int, seed: int = 7) -> list[Writing]:
    """Each a message of a writer held back, which others that ask for nothing follow until it has its words."""
    from bot.classifier.training import rows_of, split

    chance = random.Random(seed)
    _, rows = split(rows_of([CORPUS]))
    nothing = [row for row in rows if Kind.OTHER in row.kinds]
    corrections = [row for row in rows if Kind.RECTIFICATION in row.kinds]
    rights = [row for row in rows if row.kinds and not row.kinds & {Kind.OTHER, Kind.RECTIFICATION}]
    made = []
    for count in range(number):
        row = chance.choice((nothing, corrections, nothing, rights)[count % 4])
        made.append(_of_length(row, [one for one in nothing if one.language == row.language], chance))
    return made


def _of_length(row: Row, fillers: Sequence[Row], chance: random.Random) -> Writing:
    parts = [row.writing.text]
    while sum(len(part.split()) for part in parts) < WORDS:
        parts.append(chance.choice(fillers).writing.text)
    first = re.match(rf"(?:\s*\S+){{{WORDS}}}", "\n\n".join(parts))
    assert first  # there are as many words, or more
    text = first[0]
    return Writing(row.writing.subject, text, ((0, len(text)),))


if __name__ == "__main__":
    main()
