"""Words of four languages that mean the same for a rights desk; a concept learned in one language counts in all."""

from functools import cache, lru_cache

from bot.classifier.cues import lines

_Table = tuple[dict[str, tuple[str, ...]], tuple[tuple[str, str], ...]]


def concepts_of(word: str) -> frozenset[str]:
    """What a word means, none for most; an elided article in front makes no difference."""
    lower = word.lower().replace("’", "'")
    tail = lower.rpartition("'")[2]
    return frozenset(concept for form in {lower, tail} if form for concept in _of_form(form))


@lru_cache(maxsize=50_000)
def _of_form(form: str) -> frozenset[str]:
    whole, stems = _table()
    return frozenset(whole.get(form, ())) | {concept for stem, concept in stems if form.startswith(stem)}


@cache
def _table() -> _Table:
    whole: dict[str, tuple[str, ...]] = {}
    stems: list[tuple[str, str]] = []
    for line in lines("concepts.txt"):
        concept, _, words = line.partition(": ")
        for word in words.split():
            if word.endswith("*"):
                stems.append((word[:-1], concept))
            else:
                whole[word] = (*whole.get(word, ()), concept)
    return whole, tuple(stems)
