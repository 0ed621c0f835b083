"""The customer databases behind one Protocol: rows found by address, corrected by compare-and-set, read for access."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from models.rules.kinds import Correct, Field


@dataclass(frozen=True)
class Column:
    """What the mapping says of one column."""

    name: str
    field: Field | None = None
    correct: Correct = Correct.NEVER
    consent: str | None = None
    off: str | None = None
    label: str | None = None
    purpose: str | None = None
    retention: str | None = None
    source: str | None = None
    legal_basis: str | None = None
    sensitive: bool = False
    size: int | None = None


@dataclass(frozen=True)
class Row:
    """One mapped row of one customer: every value in canonical text form, by column name."""

    store: str
    table: str
    key: str
    values: Mapping[str, str | None]

    def __hash__(self) -> int:
        return hash(self.place)

    @property
    def place(self) -> tuple[str, str, str]:
        """Which row of all customer databases it is."""
        return self.store, self.table, self.key


@dataclass(frozen=True)
class ColumnChange:
    """One column of a row: what it must still hold, and what it shall hold."""

    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class RowChange:
    """All that changes in one row, written by one UPDATE or not at all."""

    store: str
    table: str
    key: str
    columns: tuple[ColumnChange, ...]


@dataclass(frozen=True)
class TableExtract:
    """The rows of one table that belong to one customer, for an access package; ``label`` is its plain name."""

    store: str
    table: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    label: str | None = None


@dataclass(frozen=True)
class Finding:
    """One line of ``rightsdesk check``: what was looked at, whether it is well, and how to mend it."""

    what: str
    ok: bool
    detail: str
    mend: str = ""


class CustomerAwayError(Exception):
    """The customer database cannot be reached now; the same call may succeed later."""


class CustomerChangedError(Exception):
    """A row no longer holds what the correction was approved against; ``now`` is what it holds (None: it is gone)."""

    def __init__(self, change: RowChange, now: Row | None) -> None:
        super().__init__("the row changed meanwhile")
        self.change, self.now = change, now


class ValueRefusedError(Exception):
    """A value does not fit its column; the text says why in plain words and holds no value."""


class CustomerStore(Protocol):
    """One customer database. All methods raise CustomerAwayError when it cannot be reached in 5 s."""

    name: str

    def columns(self, table: str) -> Mapping[str, Column]:
        """The mapped columns of a table; needs no connection."""
        ...

    def tables(self) -> Sequence[str]:
        """The mapped tables, those with a subject column of their own first; needs no connection."""
        ...

    def find(self, addresses: Collection[str]) -> dict[str, list[Row]]:
        """The rows whose own subject column is one of these addresses: one query a table.

        Compared exactly, after lower-casing the domain and (by config) the local part; never by LIKE.
        """
        ...

    def row(self, table: str, key: str) -> Row | None:
        """One row as it is now."""
        ...

    def write(self, change: RowChange) -> None:
        """One UPDATE of all columns where key and every ``before`` still match; nothing if ``after`` is there.

        Raises CustomerChangedError (nothing written) and ValueRefusedError.
        """
        ...

    def restore(self, change: RowChange) -> None:
        """``write`` for an undo: what was there before may come back as it was, however odd."""
        ...

    def check_value(self, table: str, column: str, value: str | None) -> None:
        """Raise ValueRefusedError when the column could not hold this value; may connect once, to reflect."""
        ...

    def consents(self, address: str) -> list[RowChange]:
        """What an opt-out has to switch off: every consent column of every row of this address; nothing is written."""
        ...

    def switch_off(self, change: RowChange) -> RowChange | None:
        """Set consents of a row to their ``off``, whatever they are by now; what was changed, and from what.

        None where there is nothing left to change: the row is gone.
        """
        ...

    def extract(self, rows: Sequence[Row]) -> list[TableExtract]:
        """All that the mapping reaches from these rows (themselves and what references them), nobody else's."""
        ...

    def check(self) -> list[Finding]:
        """Connection, each table, each mapped column (type, round trip), index on the subject column."""
        ...
