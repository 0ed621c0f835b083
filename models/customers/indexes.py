"""A table and a column go in; out comes whether an index serves the look-up that the desk makes by it."""

import re

import sqlalchemy as sa

_POSTGRES = """
    SELECT pg_get_indexdef(indexrelid, 1, true) FROM pg_index
    WHERE indrelid = to_regclass(:table) AND indisvalid AND indpred IS NULL
"""
_SQLITE = """
    SELECT list.name, info.cid, info.name AS first, schema.sql
    FROM pragma_index_list(:table) AS list
    JOIN pragma_index_xinfo(list.name) AS info ON info.seqno = 0
    LEFT JOIN sqlite_master AS schema ON schema.name = list.name AND schema.type = 'index'
    WHERE NOT list.partial
"""


def has_index(connection: sa.Connection, table: sa.Table, column: str, *, lowered: bool) -> bool:
    """Whether an index begins with the column, or with ``lower(column)`` where the look-up is made by that."""
    match connection.dialect.name:
        case "postgresql":
            return _postgres_has(connection, table, column, lowered=lowered)
        case "sqlite":
            return _sqlite_has(connection, table, column, lowered=lowered)
    return _some_has(connection, table, column)


def _postgres_has(connection: sa.Connection, table: sa.Table, column: str, *, lowered: bool) -> bool:
    name = connection.dialect.identifier_preparer.format_table(table)
    definitions = connection.scalars(sa.text(_POSTGRES), {"table": name})
    return any(_is_on(definition, column, lowered=lowered) for definition in definitions)


def _sqlite_has(connection: sa.Connection, table: sa.Table, column: str, *, lowered: bool) -> bool:
    for index in connection.execute(sa.text(_SQLITE), {"table": table.name}):
        inside = (index.sql or "").partition("(")[2]
        if index.first == column and not lowered:
            return True
        if index.cid == -2 and lowered and _is_on(inside, column, lowered=True):
            return True
    keys = sa.inspect(connection).get_pk_constraint(table.name)["constrained_columns"]
    return not lowered and keys[:1] == [column]


def _some_has(connection: sa.Connection, table: sa.Table, column: str) -> bool:
    inspector = sa.inspect(connection)
    indexes = [index["column_names"][:1] for index in inspector.get_indexes(table.name, table.schema)]
    keys = inspector.get_pk_constraint(table.name, table.schema)["constrained_columns"]
    return [column] in (*indexes, keys[:1])


def _is_on(definition: str, column: str, *, lowered: bool) -> bool:
    name = rf'["`\[]?{re.escape(column)}["`\]]?'
    pattern = rf"\s*lower\s*\(\s*\(?\s*{name}\s*\)?(::text)?\s*\)" if lowered else rf"\s*{name}\s*$"
    return re.match(pattern, definition, re.IGNORECASE) is not None
