"""Mapped tables and keys or addresses go in; out come the rows of exactly those people, as canonical text."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import CITEXT

from models.customers import Row, ValueRefusedError
from models.customers.canonical import Untyped, text_of, value_of
from models.customers.database import Database, Reflected
from models.customers.mapping import MappedTable

BATCH = 500
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True)
class Raw:
    """A row as the driver gave it: what is bound again in a WHERE, so that nothing is lost on the way."""

    table: MappedTable
    reflected: Reflected
    values: Mapping[str, Any]

    def text(self, column: str) -> str | None:
        return text_of(self.values[column], self.reflected.types[column])

    @property
    def key(self) -> str:
        return self.text(self.table.key) or ""

    def row(self, store: str) -> Row:
        return Row(store, self.table.name, self.key, {name: self.text(name) for name in self.table.columns})


class Reader:
    """What is read of one customer database; the addresses of two people are told apart as the configuration says."""

    def __init__(self, database: Database, tables: Mapping[str, MappedTable], *, local_part_case: bool) -> None:
        self._database, self._tables, self._case = database, tables, local_part_case

    def folded(self, address: str) -> str:
        """An address as it is compared: ASCII letters alone lose their case, or a look-alike would be let in."""
        local, at, domain = address.rpartition("@")
        return (local if self._case else local.translate(_ASCII_LOWER)) + at + domain.translate(_ASCII_LOWER)

    def by_address(self, addresses: Collection[str]) -> Iterator[tuple[str, Raw]]:
        """Each row with its folded address; the database finds candidates by lower(), the exact comparison is ours."""
        folded = {self.folded(address) for address in addresses if is_storable(address)}
        with self._database.reached() as connection:
            for table in self._tables.values():
                if table.target is None:
                    yield from self._of_people(connection, table, folded)

    def by_key(self, connection: sa.Connection, table: MappedTable, key: str) -> Raw | None:
        reflected = self._database.reflected(connection, table)
        condition = key_is(reflected, table.key, key)
        found = [raw for raw in _select(connection, table, reflected, condition) if raw.key == key]
        return found[0] if found else None

    def reached_from(self, rows: Iterable[Row]) -> dict[str, list[Raw]]:
        """The rows themselves and all that references them, by table; each table after the one it references."""
        keys: dict[str, set[str]] = {name: set() for name in self._tables}
        for row in rows:
            keys[row.table].add(row.key)
        found: dict[str, list[Raw]] = {}
        with self._database.reached() as connection:
            for name, table in self._tables.items():
                own = self._in(connection, table, table.key, keys[name])
                theirs = self._referencing(connection, table, found)
                found[name] = list({raw.key: raw for raw in (*own, *theirs)}.values())
        return found

    def _of_people(self, connection: sa.Connection, table: MappedTable, folded: set[str]) -> Iterator[tuple[str, Raw]]:
        reflected = self._database.reflected(connection, table)
        column = reflected.column(table.subject)
        # citext compares without case by itself, and so by a plain index.
        compared = column if isinstance(reflected.types[table.subject], CITEXT) else sa.func.lower(column)
        for batch in batches(folded):
            # lower() of the one database changes ASCII letters only, of the other all.
            forms = {form for address in batch for form in (address.translate(_ASCII_LOWER), address.lower())}
            for raw in _select(connection, table, reflected, compared.in_(sorted(forms))):
                address = self.folded(raw.text(table.subject) or "")
                if address in batch:
                    yield address, raw

    def _referencing(
        self, connection: sa.Connection, table: MappedTable, found: Mapping[str, list[Raw]]
    ) -> Iterator[Raw]:
        if table.target is None:
            return iter(())
        parent, column = table.target
        # An empty or missing value references nobody, and so must not lead to everybody who has none.
        return self._in(connection, table, table.subject, {raw.text(column) or "" for raw in found[parent]} - {""})

    def _in(self, connection: sa.Connection, table: MappedTable, column: str, texts: Collection[str]) -> Iterator[Raw]:
        if not texts:
            return
        reflected = self._database.reflected(connection, table)
        for batch in batches(texts):
            values = [value for text in batch for value in candidates(reflected, column, text)]
            for raw in _select(connection, table, reflected, reflected.column(column).in_(values)):
                if raw.text(column) in texts:
                    yield raw


def key_is(reflected: Reflected, column: str, text: str) -> sa.ColumnElement[bool]:
    return reflected.column(column).in_(candidates(reflected, column, text))


def candidates(reflected: Reflected, column: str, text: str) -> list[Any]:
    """The values that may stand for a text in this column; none where it could not hold it."""
    kind = reflected.types[column]
    if not is_storable(text):
        return []
    if isinstance(kind, Untyped):
        return [text, int(text)] if text.isascii() and text.isdecimal() and len(text) < 19 else [text]
    try:
        return [value_of(text, kind)]
    except ValueRefusedError:
        return []


def is_storable(text: str) -> bool:
    """NUL and lone surrogates are in no database, and their drivers fail on the question."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def batches(texts: Collection[str]) -> Iterator[set[str]]:
    rest = iter(sorted(texts))
    while batch := set(islice(rest, BATCH)):
        yield batch


def _select(
    connection: sa.Connection, table: MappedTable, reflected: Reflected, condition: sa.ColumnElement[bool]
) -> Iterator[Raw]:
    query = sa.select(reflected.table).where(condition).order_by(reflected.column(table.key))
    for row in connection.execute(query.execution_options(yield_per=BATCH)).mappings():
        yield Raw(table, reflected, dict(row))
