"""Fresh databases of the desk for each test, copied from a template that is made once per run."""

import itertools
import shutil
from pathlib import Path
from typing import Protocol

import psycopg
import sqlalchemy as sa
from psycopg import sql

from models.base import make_engine
from models.migrations import versions


class Databases(Protocol):
    def make(self, folder: Path) -> str:
        """The URL of a new database with all tables, empty."""

    def drop(self, url: str) -> None: ...


class SqliteDatabases:
    """A real file, so that connections may race; copying one costs a twentieth of creating it."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.sqlite3"
        create_tables(f"sqlite:///{self._template}")

    def make(self, folder: Path) -> str:
        return f"sqlite:///{shutil.copyfile(self._template, folder / 'desk.sqlite3')}"

    def drop(self, url: str) -> None:
        """The file goes with the test's folder."""


class PostgresDatabases:
    def __init__(self, template: str) -> None:
        self._template = sa.make_url(template)
        self._numbers = itertools.count(1)
        create_tables(template)

    def make(self, folder: Path) -> str:
        name = f"copy_{next(self._numbers)}"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, str(self._template.database))
        return self._template.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        # Each is 8 MB, and a test may have left a connection open.
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)"), str(sa.make_url(url).database))

    def _run(self, statement: sql.SQL, *names: str) -> None:
        server = self._template.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(statement.format(*map(sql.Identifier, names)))


def create_tables(url: str) -> None:
    """By the migrations, as a real desk has them; that they make what the models say is another test's."""
    engine = make_engine(url)
    versions.upgrade(engine)
    engine.dispose()
