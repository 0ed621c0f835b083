"""The desk's letters: a name, a language and facts in; subject, text and HTML out. A language is a folder.

The facts of each letter stand in README.md beside this file; ``forms.py`` says which may not be empty.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from models.letters.forms import FORMS, Letter, LetterError, headers

if TYPE_CHECKING:
    from models.letters.shelf import Shelf
    from models.letters.words import Words

__all__ = ["Letter", "LetterError", "field_label", "headers", "kind_label", "languages", "masked", "names", "write"]


def languages() -> frozenset[str]:
    """The languages in which every letter and every word is there."""
    return _shelf().languages


def names() -> tuple[str, ...]:
    return tuple(FORMS)


def write(name: str, language: str, facts: Mapping[str, object]) -> Letter:
    """The letter; LetterError where a fact is missing, or empty though the law or the letter lives by it."""
    return _shelf().write(name, language, facts)


def field_label(field: str, language: str) -> str:
    return _words(language).fields[field]


def kind_label(kind: str, language: str) -> str:
    return _words(language).kinds[kind]


def masked(value: str, language: str) -> str:
    """“ends in 17”, in this language."""
    return _words(language).masked(value)


def _words(language: str) -> "Words":
    words = _shelf().words
    if language not in words:
        raise LetterError("words", "its language", "is not on the shelf, or not complete")
    return words[language]


@cache
def _shelf() -> "Shelf":
    from models.letters.shelf import Shelf  # Jinja is loaded by the first letter, not by every command

    return Shelf(Path(__file__).parent)
