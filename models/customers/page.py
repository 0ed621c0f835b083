"""The rows of one person, the cover and the words go in; out comes data.html, which needs no script and no network."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from models.customers import Column, Row, TableExtract
from models.customers.cover import Cover
from models.customers.words import Words

_BESIDE = Path(__file__).parent
_FACTS = ("purpose", "legal_basis", "retention", "source")


@dataclass(frozen=True)
class Reasons:
    """Columns that are held for the same reason, as long, and from the same source (GDPR Art. 15(1)(a), (d), (g))."""

    labels: tuple[str, ...]
    facts: tuple[str | None, ...]


@dataclass(frozen=True)
class Section:
    store: str
    table: str
    entries: str
    labels: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    reasons: tuple[Reasons, ...]


def render(extracts: Sequence[TableExtract], cover: Cover, words: Words) -> bytes:
    style, zone = _style(), ZoneInfo(cover.timezone)
    page = (
        _environment()
        .get_template("page.html")
        .render(
            words=words,
            said=words.page,
            cover=cover,
            made_at=words.written(cover.made_at.astimezone(zone)),
            sections=[_section(extract, words, zone) for extract in extracts],
            fact_names=_FACTS,
            # The style is of our own making and holds no "<"; escaping would change what the policy's sum is over.
            style=Markup(style),  # noqa: S704 - a file of ours
            policy=f"default-src 'none'; style-src '{_sum(style)}'; base-uri 'none'; form-action 'none'",
        )
    )
    return page.encode("utf-8", "xmlcharrefreplace")


def _section(extract: TableExtract, words: Words, zone: ZoneInfo) -> Section:
    return Section(
        store=extract.store,
        table=extract.label or extract.table,
        entries=words.entries(len(extract.rows)),
        labels=tuple(words.label(column) for column in extract.columns),
        rows=tuple(tuple(_shown(row, column, words, zone) for column in extract.columns) for row in extract.rows),
        reasons=tuple(_reasons(extract.columns, words)),
    )


def _shown(row: Row, column: Column, words: Words, zone: ZoneInfo) -> str | None:
    """A value as it stands in the database; a consent, a day and a moment are put into words."""
    value = row.values.get(column.name)
    if column.consent is not None and value in ("true", "false"):
        return words.page["yes" if value == "true" else "no"]
    return words.dated(value, zone) if value else value


def _reasons(columns: Sequence[Column], words: Words) -> Iterator[Reasons]:
    """One line for all columns that the mapping says the same of; none for those that it is silent about."""
    alike: dict[tuple[str | None, ...], list[str]] = {}
    for column in columns:
        facts = tuple(getattr(column, name) for name in _FACTS)
        if any(facts):
            alike.setdefault(facts, []).append(words.label(column))
    for facts, labels in alike.items():
        yield Reasons(tuple(labels), facts)


def _sum(style: str) -> str:
    """The hash by which a policy allows one inline style and no other (CSP Level 2, 4.2.5)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


@cache
def _style() -> str:
    return (_BESIDE / "page.css").read_text("utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_BESIDE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
