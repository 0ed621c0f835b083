"""A language's words.toml in, its words out: labels of kinds and fields, the frame of a letter, dates written out."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

from models.rules.kinds import Field, Kind

_FRAME = frozenset(
    {
        "locale", "date_format", "first_day", "dear", "hello", "regards", "reference", "contact", "colon", "change",
        "before", "now", "wished", "reason", "taken_back", "again", "empty", "removed", "elsewhere", "ends_in",
        "hidden", "remedies", "article", "paragraph", "gdpr", "uk",
    }
)  # fmt: skip
_DAYS_KEPT = 1_000
_SHOWN = 2
_SHORTEST_PARTLY_SHOWN = 6
_FIRST = re.compile(r"\b1\.?(?= )")


@dataclass(frozen=True)
class Words:
    language: str
    frame: Mapping[str, str]
    kinds: Mapping[str, str]
    fields: Mapping[str, str]

    def __getitem__(self, word: str) -> str:
        return self.frame[word]

    @property
    def complete(self) -> bool:
        """Every word is there, none is blank, none is left over."""
        pairs: tuple[tuple[Mapping[str, str], frozenset[str]], ...] = (
            (self.frame, _FRAME),
            (self.kinds, frozenset(Kind)),
            (self.fields, frozenset(Field)),
        )
        return all(set(said) == wanted and all(map(_said, said.values())) for said, wanted in pairs)

    def written(self, day: date) -> str:
        """A day in words; kept, since one day stands in many letters."""
        said = self._days.get(day)
        if said is None:
            if len(self._days) >= _DAYS_KEPT:
                self._days.clear()
            said = self._days[day] = self._write(day)
        return said

    @cached_property
    def _days(self) -> dict[date, str]:
        return {}

    def _write(self, day: date) -> str:
        from babel.dates import format_date  # only letters with a date need its tables

        # French and Italian write an ordinal for the first of a month; the tables of babel have a bare 1.
        shape: Literal["full", "long"] = "full" if self["date_format"] == "full" else "long"
        spoken = format_date(day, shape, locale=self["locale"])
        return _FIRST.sub(self["first_day"], spoken, count=1) if day.day == 1 else spoken

    def basis(self, law: str, article: int, paragraph: int | None) -> str:
        """“ (Art. 12(4) GDPR)”; nothing under a law whose articles have other numbers."""
        if law not in ("gdpr", "uk"):
            return ""
        shape = self["article"] if paragraph is None else self["paragraph"]
        return f" ({shape.format(article=article, paragraph=paragraph, law=self[law])})"

    def masked(self, value: str) -> str:
        """“ends in 17”: enough to recognise a value by, too little to learn it."""
        known = [sign for sign in value if sign.isalnum()]
        if len(known) < _SHORTEST_PARTLY_SHOWN:
            return self["hidden"]
        return self["ends_in"].format(end="".join(known[-_SHOWN:]))


def read_words(folder: Path) -> Words:
    tables = tomllib.loads((folder / "words.toml").read_text("utf-8"))
    return Words(folder.name, tables.get("letter", {}), tables.get("kinds", {}), tables.get("fields", {}))


def _said(word: object) -> bool:
    return isinstance(word, str) and bool(word.strip())
