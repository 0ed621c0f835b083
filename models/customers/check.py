"""A mapped customer database goes in; out comes a line for each table, column, right and index."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import CITEXT

from models.customers import CustomerAwayError, Finding, ValueRefusedError
from models.customers.canonical import is_writable, text_of, value_of
from models.customers.database import Database, Reflected, columns_of, meant
from models.customers.indexes import has_index
from models.customers.mapping import MappedTable

# Below this a look through the whole table costs less than anybody would notice.
_SMALL = 10_000


def check_database(name: str, database: Database, tables: Mapping[str, MappedTable]) -> list[Finding]:
    what = f"customers.{name}"
    try:
        with database.reached() as connection:
            connection.execute(sa.select(1))
    except CustomerAwayError as away:
        return [
            Finding(what, ok=False, detail=str(away), mend="start the database, or mend its url in the configuration")
        ]
    findings = [Finding(what, ok=True, detail="reached")]
    for table in tables.values():
        findings += _table(f"{what}.{table.name}", database, table)
    return findings


def _table(what: str, database: Database, table: MappedTable) -> list[Finding]:
    try:
        with database.reached() as connection:
            known = [column["name"] for column in columns_of(connection, table.name)]
            missing = [_missing(what, column, known) for column in table.needed if column not in known]
            if table.key not in known or table.subject not in known:
                return missing
            return [*missing, *_present(what, connection, database, _without(table, known))]
    except CustomerAwayError as away:
        return [Finding(what, ok=False, detail=str(away), mend="mend the mapping, or the table")]


def _missing(what: str, column: str, known: Sequence[str]) -> Finding:
    detail = f"there is no such column{meant(column, known)}"
    return Finding(f"{what}.{column}", ok=False, detail=detail, mend="mend its name in the configuration")


def _without(table: MappedTable, known: Sequence[str]) -> MappedTable:
    """The table as far as it is there, so that one missing column hides nothing of the others."""
    columns = {name: column for name, column in table.columns.items() if name in known}
    return replace(table, columns=columns, needed=tuple(name for name in table.needed if name in known))


def _present(what: str, connection: sa.Connection, database: Database, table: MappedTable) -> Iterator[Finding]:
    reflected = database.reflect(connection, table)
    closed = _closed(connection, reflected, table)
    yield from (_right(what, connection, reflected, right, columns) for right, columns in closed.items())
    if "SELECT" in closed:
        return
    for name in table.columns:
        yield _column(f"{what}.{name}", connection, reflected, table, name)
    yield _index(f"{what}.{table.subject}", connection, reflected, table)


def _closed(connection: sa.Connection, reflected: Reflected, table: MappedTable) -> dict[str, list[str]]:
    """The columns whose right the desk's account lacks, by right (PostgreSQL tells; elsewhere nothing is known)."""
    if connection.dialect.name != "postgresql":
        return {}
    name = connection.dialect.identifier_preparer.format_table(reflected.table)
    closed: dict[str, list[str]] = {}
    for right, columns in (("SELECT", table.needed), ("UPDATE", table.written)):
        for column in columns:
            if not connection.scalar(sa.select(sa.func.has_column_privilege(name, column, right))):
                closed.setdefault(right, []).append(column)
    return closed


def _right(what: str, connection: sa.Connection, reflected: Reflected, right: str, columns: Sequence[str]) -> Finding:
    quote = connection.dialect.identifier_preparer
    account = quote.quote(str(connection.scalar(sa.text("SELECT current_user"))))
    names = ", ".join(quote.quote(column) for column in columns)
    grant = f"GRANT {right} ({names}) ON {quote.format_table(reflected.table)} TO {account};"
    return Finding(what, ok=False, detail=f"no right to {right.lower()} {', '.join(columns)}", mend=grant)


def _column(what: str, connection: sa.Connection, reflected: Reflected, table: MappedTable, name: str) -> Finding:
    kind = reflected.types[name]
    shown = str(kind.compile(connection.dialect)) if not isinstance(kind, sa.types.NullType) else "a type of its own"
    if name not in table.written:
        return Finding(what, ok=True, detail=shown)
    if not is_writable(kind):
        return Finding(
            what,
            ok=False,
            detail=f"{shown} never equals what was read from it, so a correction could not tell whether it changed",
            mend='write correct = "never", or give the column a type like numeric or text',
        )
    refused = _off_refused(table, reflected, name)
    if refused:
        return Finding(what, ok=False, detail=f"off: {refused}", mend="write an off that the column can hold")
    return _round_trip(what, connection, reflected, table, name, shown)


def _off_refused(table: MappedTable, reflected: Reflected, name: str) -> str:
    try:
        value_of(table.consents.get(name), reflected.types[name])
    except ValueRefusedError as refused:
        return str(refused)
    return ""


def _round_trip(
    what: str, connection: sa.Connection, reflected: Reflected, table: MappedTable, name: str, shown: str
) -> Finding:
    """Read a value, and ask for its row by it: what a correction will do."""
    column, key = reflected.column(name), reflected.column(table.key)
    sample = connection.execute(sa.select(key, column).where(column.is_not(None)).limit(1)).first()
    if sample is None:
        return Finding(what, ok=True, detail=f"{shown}, no value to try yet")
    same = sa.select(sa.func.count()).where(key == sample[0], column.is_not_distinct_from(sample[1]))
    if connection.scalar(same) == 1 and text_of(sample[1], reflected.types[name]) is not None:
        return Finding(what, ok=True, detail=f"{shown}, read and found again")
    detail = f"{shown}: a value that was read is not found again in its row"
    return Finding(what, ok=False, detail=detail, mend=f'write correct = "never", or see that {table.key} is unique')


def _index(what: str, connection: sa.Connection, reflected: Reflected, table: MappedTable) -> Finding:
    kind: Any = reflected.types[table.subject]
    lowered = table.target is None and not isinstance(kind, CITEXT)
    if has_index(connection, reflected.table, table.subject, lowered=lowered):
        return Finding(what, ok=True, detail="index on the subject column")
    few = sa.select(sa.literal(1)).select_from(reflected.table).limit(_SMALL + 1).subquery()
    rows = connection.scalar(sa.select(sa.func.count()).select_from(few)) or 0
    quote = connection.dialect.identifier_preparer
    subject = quote.quote(table.subject)
    indexed = f"lower({subject})" if lowered else subject
    name = quote.quote(f"rightsdesk_{table.name.rpartition('.')[2]}_{table.subject}")
    mend = f"CREATE INDEX {name} ON {quote.format_table(reflected.table)} ({indexed});"
    if rows <= _SMALL:
        return Finding(what, ok=True, detail=f"no index on {indexed}, none needed for {rows} rows", mend=mend)
    return Finding(what, ok=False, detail=f"no index on {indexed}: every look-up reads the whole table", mend=mend)
