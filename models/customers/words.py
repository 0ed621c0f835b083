"""A language goes in; out come the words of an access package in it, from the TOML files in ``words``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from models.customers import Column
from models.rules.kinds import Field

FOLDER = Path(__file__).parent / "words"
FALLBACK = "en"


@dataclass(frozen=True)
class Words:
    """``fields`` says the same as the letters do (a test compares them): customers may not import letters."""

    language: str
    page: Mapping[str, str]
    rights: tuple[str, ...]
    fields: Mapping[str, str]

    def label(self, column: Column) -> str:
        """How a column is called; several may be of the field ``other``, so those go by their own name."""
        if column.label:
            return column.label
        if column.field is not None and column.field is not Field.OTHER:
            return self.fields[column.field]
        return self.page["consent"].format(consent=column.consent) if column.consent else column.name

    def entries(self, number: int) -> str:
        return self.page["entry"] if number == 1 else self.page["entries"].format(number=number)

    def written(self, moment: datetime) -> str:
        from babel.dates import format_datetime  # only packages and some letters need its tables

        return format_datetime(moment, "long", locale=self.page["locale"])


def words_for(language: str) -> Words:
    return _read(language if language in languages() else FALLBACK)


@cache
def languages() -> frozenset[str]:
    return frozenset(file.stem for file in FOLDER.glob("*.toml"))


@cache
def _read(language: str) -> Words:
    said = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    return Words(language, said["page"], tuple(said["rights"]["points"]), said["fields"])
