"""Fresh databases of the desk for each test, copied from a template that is made once per run."""

import itertools
import shutil
from pathlib import Path
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa
from psycopg import sql

from models.base import Base, make_engine
from models.migrations import versions

_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_TABLES = """
    SELECT c.relname, c.relacl::text, a.attname, a.atttypid, a.atttypmod, a.attnotnull,
        (SELECT count(*) FROM pg_trigger)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 ORDER BY c.relname, a.attnum
"""
_START_NUMBERS_ANEW = """
    SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
"""


class Databases(Protocol):
    def make(self) -> str:
        """The URL of a database with all tables, empty."""

    def drop(self, url: str) -> None: ...


class SqliteDatabases:
    """A real file, so that connections may race; copying one costs a twentieth of creating it."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.sqlite3"
        self._numbers = itertools.count(1)
        self._free: list[Path] = []
        create_tables(f"sqlite:///{self._template}")

    def make(self) -> str:
        folder = self._free.pop() if self._free else self._template.with_name(f"desk-{next(self._numbers)}")
        folder.mkdir()
        return f"sqlite:///{shutil.copyfile(self._template, folder / 'desk.sqlite3')}"

    def drop(self, url: str) -> None:
        """With all that lies beside it."""
        folder = Path(str(sa.make_url(url).database)).parent
        shutil.rmtree(folder)
        self._free.append(folder)


class PostgresDatabases:
    """One is emptied and used again: copying the template costs a test fifty times that."""

    def __init__(self, template: str) -> None:
        self._template = sa.make_url(template)
        self._numbers = itertools.count(1)
        self._emptied: list[str] = []
        create_tables(template)
        with self._connect(str(self._template.database)) as connection:
            self._tables = _tables(connection)

    def make(self) -> str:
        if self._emptied:
            return self._emptied.pop()
        name = f"copy_{next(self._numbers)}"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, str(self._template.database))
        return self._template.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """What a test did to the tables themselves goes with its database; a connection that it left open is ended."""
        name = str(sa.make_url(url).database)
        with self._connect(name) as connection:
            connection.execute(_END_OTHERS)
            if _tables(connection) == self._tables:
                _empty(connection)
                self._emptied.append(url)
                return
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)"), name)

    def _run(self, statement: sql.SQL, *names: str) -> None:
        with self._connect("postgres") as connection:
            connection.execute(statement.format(*map(sql.Identifier, names)))

    def _connect(self, name: str) -> psycopg.Connection[Any]:
        url = self._template.set(drivername="postgresql", database=name)
        return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


class Engines:
    """What an engine has compiled serves the next test on the same URL too. Two of one test are two."""

    def __init__(self) -> None:
        self._idle: dict[str, list[sa.Engine]] = {}
        self._lent: list[tuple[str, sa.Engine]] = []

    def make(self, url: str) -> sa.Engine:
        idle = self._idle.get(url)
        engine = idle.pop() if idle else make_engine(url)
        self._lent.append((url, engine))
        return engine

    def end(self) -> None:
        """Close all connections; an engine with one that never came back is used no more."""
        for url, engine in self._lent:
            # Asked first: once it is disposed of, a pool says that none is out.
            if not (isinstance(engine.pool, sa.QueuePool) and engine.pool.checkedout()):
                self._idle.setdefault(url, []).append(engine)
            engine.dispose()
        self._lent = []


def create_tables(url: str) -> None:
    """By the migrations, as a real desk has them; that they make what the models say is another test's."""
    engine = make_engine(url)
    versions.upgrade(engine)
    engine.dispose()


def _tables(connection: psycopg.Connection[Any]) -> list[Any]:
    """All that a test may have changed but rows."""
    return connection.execute(_TABLES).fetchall()


def _empty(connection: psycopg.Connection[Any]) -> None:
    """Without asking for each row who refers to it, and so in any order."""
    connection.execute("SET session_replication_role = replica")
    for name in Base.metadata.tables:
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
    connection.execute(_START_NUMBERS_ANEW)
