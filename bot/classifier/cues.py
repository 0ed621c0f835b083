"""Finds the words in English, German, French and Italian that say what a value is and on which side it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from models.rules.kinds import Field

WORDS = Path(__file__).parent / "words"

_Patterns = tuple[tuple[str, Field | None, re.Pattern[str]], ...]


@dataclass(frozen=True)
class Cue:
    """A cue word where it stands; ``field`` where it names one, ``name`` what it tells in any case."""

    start: int
    end: int
    name: str
    field: Field | None


def spot(text: str) -> list[Cue]:
    """The cue words of a text in their order."""
    return list(_spotted(text))


@lru_cache(maxsize=10_000)
def names_field(word: str) -> bool:
    """Whether a word by itself names a field."""
    return any(cue.field is not None and cue.end == len(word) for cue in _spotted(word) if cue.start == 0)


@cache
def not_names() -> frozenset[str]:
    """What is capitalised without being part of a name."""
    return frozenset(word for line in lines("not_names.txt") for word in line.split())


@cache
def greeting() -> re.Pattern[str]:
    """What a message that says nothing consists of."""
    return re.compile(
        rf"(?<!\w)(?:{'|'.join(_alternatives(' | '.join(lines('greetings.txt'))))})(?!\w)", re.IGNORECASE
    )


def lines(name: str) -> list[str]:
    """The lines of a word list, without its comments."""
    text = (WORDS / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _alternatives(line: str) -> list[str]:
    return line.split(" | ")


def _spotted(text: str) -> Iterator[Cue]:
    index = _by_first_letter()
    for begin in _beginning().finditer(text):
        for name, field, pattern in index.get(begin[0].lower(), ()):
            match = pattern.match(text, begin.start())
            if match:
                yield Cue(match.start(), match.end(), name, field)


@cache
def _by_first_letter() -> dict[str, _Patterns]:
    """Each pattern under the letter that it begins with: trying them all at every word costs ten times as much."""
    sorted_out: dict[str, list[tuple[str, Field | None, re.Pattern[str]]]] = {}
    for name, field, words in _tables():
        for letter in sorted({word[0] for word in words}):
            beginning = "|".join(sorted((word for word in words if word[0] == letter), key=len, reverse=True))
            pattern = re.compile(rf"(?:{beginning})" + (r"(?!\w)" if letter.isalpha() else ""), re.IGNORECASE)
            sorted_out.setdefault(letter, []).append((name, field, pattern))
    return {letter: tuple(patterns) for letter, patterns in sorted_out.items()}


def _tables() -> Iterator[tuple[str, Field | None, list[str]]]:
    for line in lines("fields.txt"):
        field, _, words = line.partition(": ")
        yield f"field {field}", Field(field), _alternatives(words)
    for line in lines("roles.txt"):
        role, _, words = line.partition(": ")
        yield role, None, _alternatives(words)


@cache
def _beginning() -> re.Pattern[str]:
    signs = "".join(re.escape(letter) for letter in _by_first_letter() if not letter.isalpha())
    return re.compile(rf"(?<!\w)[^\W\d_]|[{signs}]")
