"""A customer database by SQLAlchemy: rows come out as canonical text, corrections go in by compare-and-set."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects.postgresql import CITEXT

from models import config
from models.customers import (
    Column,
    ColumnChange,
    CustomerChangedError,
    CustomerStore,
    Finding,
    Row,
    RowChange,
    TableExtract,
    ValueRefusedError,
)
from models.customers.canonical import same_text, value_of
from models.customers.check import check_database
from models.customers.database import Database, MappingError
from models.customers.mapping import MappedTable, mapped_tables
from models.customers.reading import Raw, Reader
from models.customers.values import refuse_unsound

# How often an opt-out reads a row anew that others keep changing under it.
_TRIES = 3


def stores(settings: config.Config) -> dict[str, CustomerStore]:
    """Every customer database by name; none is connected to before it is asked."""
    case = settings.desk.local_part_case
    return {customer.name: SqlStore(customer, local_part_case=case) for customer in settings.customers}


class SqlStore:
    """A CustomerStore over any SQLAlchemy URL."""

    def __init__(self, customer: config.Customer, *, local_part_case: bool) -> None:
        self.name = customer.name
        self._tables = mapped_tables(customer)
        self._database = Database(customer.name, customer.url)
        self._reader = Reader(self._database, self._tables, local_part_case=local_part_case)

    def columns(self, table: str) -> Mapping[str, Column]:
        return self._mapped(table).columns

    def tables(self) -> Sequence[str]:
        return list(self._tables)

    def find(self, addresses: Collection[str]) -> dict[str, list[Row]]:
        """The rows of each address, none left out; an index on ``lower(subject)`` serves it (check names it)."""
        found: dict[str, list[Row]] = {address: [] for address in addresses}
        asked: dict[str, list[str]] = {}
        for address in found:
            asked.setdefault(self._reader.folded(address), []).append(address)
        for folded, raw in self._reader.by_address(found):
            for address in asked[folded]:
                found[address].append(raw.row(self.name))
        return found

    def keyed_by_address(self, address: str) -> list[Row]:
        """The rows, over all tables, whose subject is this address: what an e-mail correction must list."""
        return self.find([address])[address]

    def row(self, table: str, key: str) -> Row | None:
        with self._database.reached() as connection:
            raw = self._reader.by_key(connection, self._mapped(table), key)
        return raw.row(self.name) if raw is not None else None

    def check_value(self, table: str, column: str, value: str | None) -> None:
        mapped = self._mapped(table)
        told = mapped.columns.get(column)
        if told is None:
            raise ValueRefusedError("the mapping does not reach this column")
        refuse_unsound(value, told.field)
        reflected = self._database.shape(mapped)
        if value is None and not reflected.nullable[column]:
            raise ValueRefusedError("the column must hold a value: it cannot be emptied")
        value_of(value, reflected.types[column])

    def write(self, change: RowChange) -> None:
        for column in change.columns:
            self.check_value(change.table, column.column, column.after)
        self.restore(change)

    def restore(self, change: RowChange) -> None:
        """Write like ``write``, but any value that the column can hold: what was there may come back as it was."""
        mapped = self._mapped(change.table)
        unknown = [column.column for column in change.columns if column.column not in mapped.columns]
        if unknown or not change.columns:
            raise ValueRefusedError("the mapping does not reach this column")
        with self._database.reached() as connection:
            raw = self._reader.by_key(connection, mapped, change.key)
            if raw is None or not _holds(raw, change, "before") or not _updated(connection, raw, change):
                now = self._reader.by_key(connection, mapped, change.key)
                if now is None or not _holds(now, change, "after"):
                    raise CustomerChangedError(change, now.row(self.name) if now is not None else None)

    def consents(self, address: str) -> list[RowChange]:
        """In the person's rows, and in those that reference them; what is off already is no change."""
        reached = self._reader.reached_from(self.keyed_by_address(address))
        rows = [raw.row(self.name) for raws in reached.values() for raw in raws if raw.table.consents]
        return [change for row in rows if (change := self._opting_out(row)) is not None]

    def switch_off(self, change: RowChange) -> RowChange | None:
        """A row that others change meanwhile is read again a few times."""
        due: RowChange | None = change
        for _ in range(_TRIES):
            if due is None:
                return None
            try:
                self.restore(due)
            except CustomerChangedError as changed:
                due = self._opting_out(changed.now) if changed.now is not None else None
            else:
                return due
        raise MappingError(f"customer database {self.name}: a consent keeps changing while it is written")

    def extract(self, rows: Sequence[Row]) -> list[TableExtract]:
        return [
            TableExtract(
                store=self.name,
                table=name,
                columns=tuple(self._tables[name].columns.values()),
                rows=tuple(raw.row(self.name) for raw in raws),
                label=self._tables[name].label,
            )
            for name, raws in self._reader.reached_from(rows).items()
            if raws
        ]

    def close(self) -> None:
        """Give the kept connections back; the next call makes new ones."""
        self._database.close()

    def check(self) -> list[Finding]:
        return check_database(self.name, self._database, self._tables)

    def _mapped(self, table: str) -> MappedTable:
        if table not in self._tables:
            raise MappingError(f"customer database {self.name}: table {table} is not mapped")
        return self._tables[table]

    def _opting_out(self, row: Row) -> RowChange | None:
        mapped = self._tables[row.table]
        kinds = self._database.shape(mapped).types
        off = {name: same_text(text, kinds[name]) for name, text in mapped.consents.items()}
        columns = [
            ColumnChange(name, row.values[name], text) for name, text in off.items() if row.values[name] != text
        ]
        return RowChange(self.name, row.table, row.key, tuple(columns)) if columns else None


def _holds(raw: Raw, change: RowChange, side: str) -> bool:
    """Whether the row holds every ``before`` (or ``after``) of a change, in the form its columns give it."""
    return all(
        raw.text(column.column) == same_text(getattr(column, side), raw.reflected.types[column.column])
        for column in change.columns
    )


def _updated(connection: sa.Connection, raw: Raw, change: RowChange) -> bool:
    """One UPDATE of all columns, bound to the very values that were read and found to be the befores."""
    reflected = raw.reflected
    matches = [_is_still(reflected.column(column.column), raw, column.column) for column in change.columns]
    values = {
        reflected.column(column.column): _bound(connection, raw, column.column, column.after)
        for column in change.columns
    }
    key = reflected.column(raw.table.key) == raw.values[raw.table.key]
    try:
        written = connection.execute(sa.update(reflected.table).where(key, *matches).values(values))
    except (exc.IntegrityError, exc.DataError):
        # The driver's words hold the value; a rule of their database refused it.
        raise ValueRefusedError("a rule of the customer database refuses the value") from None
    if written.rowcount > 1:
        raise MappingError(f"table {raw.table.name}: {raw.table.key} is not the key, several rows hold the same")
    return written.rowcount == 1


def _is_still(column: sa.Column[Any], raw: Raw, name: str) -> sa.ColumnElement[bool]:
    """IS NOT DISTINCT FROM what was read; citext is compared as text, since here case is what may have changed."""
    if isinstance(raw.reflected.types[name], CITEXT):
        return sa.cast(column, sa.Text).is_not_distinct_from(raw.values[name])
    return column.is_not_distinct_from(raw.values[name])


def _bound(connection: sa.Connection, raw: Raw, name: str, text: str | None) -> Any:
    """A value as it is stored: SQLite keeps decimals and dates as text, and in them any text that was there."""
    if connection.dialect.name != "sqlite":
        return value_of(text, raw.reflected.types[name])
    try:
        value = value_of(text, raw.reflected.types[name])
    except ValueRefusedError:
        return text
    return str(value) if isinstance(value, (Decimal, date, time, UUID)) else value
