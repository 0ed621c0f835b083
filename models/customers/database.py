"""A database URL goes in; connections come out that give up after 5 s, and tables with their mapped columns."""

import difflib
import sqlite3
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine.interfaces import ReflectedColumn

from models.config.sqlite import existing_file
from models.customers import CustomerAwayError
from models.customers.canonical import Type, Untyped, bare
from models.customers.mapping import MappedTable

_SECONDS = 5


class MappingError(CustomerAwayError):
    """The database answers but does not have what the mapping names; away until somebody mends one of the two."""


@dataclass(frozen=True)
class Reflected:
    """A table as the database has it: what is bound and read through it, and the declared types of its columns."""

    table: sa.Table
    types: Mapping[str, Type]
    nullable: Mapping[str, bool]

    def column(self, name: str) -> sa.Column[Any]:
        return self.table.c[name]


class Database:
    """One customer database, reached when first asked and again after each time it was away."""

    def __init__(self, name: str, url: str) -> None:
        self._name, self._url = name, url
        self._reflected: dict[str, Reflected] = {}

    @contextmanager
    def reached(self) -> Iterator[sa.Connection]:
        """A connection in a transaction; every failure of database or driver becomes a CustomerAwayError.

        The errors go without their cause: a driver's words may quote the values of a row.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except exc.ProgrammingError as error:
            self._reflected.clear()
            raise MappingError(f"customer database {self._name} refused a query: {_state(error)}") from None
        except exc.DBAPIError as error:
            self._reflected.clear()
            raise CustomerAwayError(f"customer database {self._name} is away: {_reason(error)}") from None
        except exc.TimeoutError:
            raise CustomerAwayError(f"customer database {self._name} is away: all connections are busy") from None

    def reflected(self, connection: sa.Connection, mapped: MappedTable) -> Reflected:
        if mapped.name not in self._reflected:
            self._reflected[mapped.name] = self.reflect(connection, mapped)
        return self._reflected[mapped.name]

    def shape(self, mapped: MappedTable) -> Reflected:
        """The table as it was last seen; connects only where it was not seen yet."""
        if mapped.name in self._reflected:
            return self._reflected[mapped.name]
        with self.reached() as connection:
            return self.reflected(connection, mapped)

    def reflect(self, connection: sa.Connection, mapped: MappedTable) -> Reflected:
        """The table as it is at this moment."""
        found = {column["name"]: column for column in columns_of(connection, mapped.name)}
        missing = [name for name in mapped.needed if name not in found]
        if missing:
            raise MappingError(f"table {mapped.name} has no column {missing[0]}{meant(missing[0], found)}")
        # SQLite keeps what it was given, whatever the type says: values pass as they are and are read by us.
        raw = connection.dialect.name == "sqlite"
        types = {name: _type_of(found[name], raw=raw) for name in mapped.needed}
        columns = [sa.Column(name, None if raw else kind) for name, kind in types.items()]
        schema, _, name = mapped.name.rpartition(".")
        return Reflected(
            table=sa.Table(name, sa.MetaData(), *columns, schema=schema or None),
            types=types,
            nullable={name: found[name]["nullable"] for name in mapped.needed},
        )

    def close(self) -> None:
        if "_engine" in vars(self):
            self._engine.dispose()

    @cached_property
    def _engine(self) -> sa.Engine:
        try:
            return _make_engine(sa.make_url(self._url))
        except (exc.ArgumentError, exc.NoSuchModuleError):
            raise MappingError(f"customer database {self._name}: its url is no SQLAlchemy URL") from None
        except ModuleNotFoundError as error:
            raise MappingError(f"customer database {self._name}: install its driver, {error.name}") from None


def _type_of(column: ReflectedColumn, *, raw: bool) -> Type:
    return Untyped() if raw and isinstance(column["type"], sa.types.NullType) else bare(column["type"])


def columns_of(connection: sa.Connection, table: str) -> Sequence[ReflectedColumn]:
    """All columns of a table; raises MappingError when there is none of this name."""
    schema, _, name = table.rpartition(".")
    inspector = sa.inspect(connection)
    with warnings.catch_warnings():
        # Columns of types that SQLAlchemy does not know are none of our business unless mapped; check names those.
        warnings.simplefilter("ignore", exc.SAWarning)
        try:
            return inspector.get_columns(name, schema or None)
        except exc.NoSuchTableError:
            known = [*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)]
            raise MappingError(f"there is no table {table}{meant(name, known)}") from None


def meant(name: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f": did you mean {close[0]}?" if close else ""


def _make_engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() == "sqlite":
        # Opened anew each time: a file that was replaced (a backup put back) would else be read on as it was.
        return sa.create_engine(url, creator=lambda: _open_sqlite(url), poolclass=sa.NullPool, hide_parameters=True)
    options: dict[str, Any] = {"pool_pre_ping": True, "pool_timeout": _SECONDS, "hide_parameters": True}
    match url.get_backend_name(), url.get_driver_name():
        case "postgresql", "psycopg" | "psycopg2":
            options["connect_args"] = _postgres_limits(url)
        case "mysql" | "mariadb", "pymysql" | "mysqldb":
            options["connect_args"] = dict.fromkeys(("connect_timeout", "read_timeout", "write_timeout"), _SECONDS)
    return sa.create_engine(url, **options)


def _postgres_limits(url: sa.URL) -> dict[str, Any]:
    given = url.query.get("options", "")
    settings = given if isinstance(given, str) else " ".join(given)
    return {
        "connect_timeout": _SECONDS,
        "tcp_user_timeout": _SECONDS * 1000,
        "options": f"{settings} -c statement_timeout={_SECONDS * 1000}".strip(),
    }


def _open_sqlite(url: sa.URL) -> sqlite3.Connection:
    """An existing file only: one that is missing is away, and never made empty. The mode of its journal is theirs."""
    address = existing_file(url.database or "")
    connection = sqlite3.connect(address, uri=True, timeout=_SECONDS, check_same_thread=False)
    connection.text_factory = lambda stored: stored.decode("utf-8", "replace")
    return connection


def _state(error: exc.DBAPIError) -> str:
    """SQLSTATE where there is one, else the class of the error: neither holds a value."""
    state = getattr(error.orig, "sqlstate", None)
    if state == "42501":
        return "a right is missing, rightsdesk check names the GRANT"
    return f"{type(error.orig).__name__}{f' {state}' if state else ''}, rightsdesk check says more"


def _reason(error: exc.DBAPIError) -> str:
    """Before a statement was sent a driver's words hold no value of a row; afterwards they may."""
    if error.statement is None:
        return (str(error.orig).strip().splitlines() or [type(error.orig).__name__])[0]
    return type(error.orig).__name__
