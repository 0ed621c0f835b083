"""A language goes in; out come the words of an access package in it, from the TOML files in ``words``."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from models.customers import Column
from models.rules.kinds import Field

FOLDER = Path(__file__).parent / "words"
FALLBACK = "en"
_DATED = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([+-]\d\d:\d\d|Z)?)?")
"""How a database's dates and times stand in canonical text."""
_DAY = len("2031-01-31")


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

    def dated(self, value: str, zone: ZoneInfo) -> str:
        """A day or a moment in the reader's language and the desk's time; anything else as it is."""
        from babel.dates import format_date

        if not _DATED.fullmatch(value):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        if len(value) > _DAY:
            return self.written(moment.astimezone(zone)) if moment.tzinfo else self._without_zone(moment)
        return format_date(moment, "long", locale=self.page["locale"])

    def _without_zone(self, moment: datetime) -> str:
        """Nobody knows in which time zone their database keeps it."""
        from babel.dates import format_date, format_time

        locale = self.page["locale"]
        return f"{format_date(moment, 'long', locale=locale)}, {format_time(moment, 'medium', locale=locale)}"


def words_for(language: str) -> Words:
    return _read(language if language in languages() else FALLBACK)


@cache
def languages() -> frozenset[str]:
    return frozenset(file.stem for file in FOLDER.glob("*.toml"))


@cache
def _read(language: str) -> Words:
    said = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    return Words(language, said["page"], tuple(said["rights"]["points"]), said["fields"])
