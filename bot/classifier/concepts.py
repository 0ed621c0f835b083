"""Words of four languages that mean the same for a rights desk; a concept learned in one language counts in all."""

from functools import cache, lru_cache

from bot.classifier.word_lists import lines

_Words = dict[str, tuple[str, ...]]
_Table = tuple[_Words, _Words, tuple[int, ...]]
"""Whole words, stems, and how long stems are."""


def concepts_of(word: str) -> frozenset[str]:
    """What a word means, none for most; an elided article in front makes no difference."""
    lower = word.lower().replace("’", "'")
    tail = lower.rpartition("'")[2]
    return frozenset(concept for form in {lower, tail} if form for concept in _of_form(form))


@lru_cache(maxsize=20_000)
def _of_form(form: str) -> frozenset[str]:
    whole, stems, lengths = _table()
    begun = [stems.get(form[:length], ()) for length in lengths if length <= len(form)]
    return frozenset(whole.get(form, ())).union(*begun)


@cache
def _table() -> _Table:
    whole: _Words = {}
    stems: _Words = {}
    for line in lines("concepts.txt"):
        concept, _, words = line.partition(": ")
        for word in words.split():
            known, written = (stems, word[:-1]) if word.endswith("*") else (whole, word)
            known[written] = (*known.get(written, ()), concept)
    return whole, stems, tuple(sorted({len(stem) for stem in stems}))
