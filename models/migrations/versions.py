"""A connection to the desk's database goes in; out comes whether it fits this program, or the database at its head."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from models.tables import Base

if TYPE_CHECKING:
    from alembic.config import Config

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")
"""Every version of the database, the oldest first. Written here too, so that a start need not load Alembic."""

HEAD = REVISIONS[-1]
SCRIPTS = Path(__file__).parent / "scripts"
_NOTED_IN = "alembic_version"
_LOCK = 0x52446D67
"""Of two that migrate a PostgreSQL at once the second waits; any number will do that nobody else takes."""


class VersionError(Exception):
    """The database cannot be brought to this version; the text says what to mend. Nothing was changed."""


def problem(connection: sa.Connection, *, revisions: Sequence[str] = REVISIONS) -> str | None:
    """Why this program must not run on the database, in one line; None when it may."""
    present = set(sa.inspect(connection).get_table_names())
    version = _version(connection, present)
    if version in revisions[:-1]:
        return "the database is older than this version of rightsdesk: run rightsdesk migrate"
    if version is not None and version not in revisions:
        return "the database is newer than this program: install the rightsdesk that last ran on it"
    if version is None or not present.issuperset(Base.metadata.tables):
        return "the database is missing tables: run rightsdesk migrate"
    return None


def upgrade(engine: sa.Engine, to: str = HEAD) -> str:
    """Bring the database to this version, a missing one too, in one transaction; what was done, in one line."""
    _make_missing(engine.url)
    with engine.connect() as connection:
        # The switch does nothing within a transaction; off, a table may be copied that others refer to.
        _enforce_references(connection, on=False)
        try:
            before = _upgrade(connection, to)
        finally:
            _enforce_references(connection, on=True)
    return _said(before, to)


def alembic_config() -> "Config":
    """What Alembic needs to know, without a file of its own."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(connection: sa.Connection, to: str) -> str | None:
    """The version that it was."""
    with connection.begin():
        before = _lock(connection)
        if before != to:
            _run_scripts(connection, to)
            _check_references(connection)
    return before


def _version(connection: sa.Connection, present: set[str]) -> str | None:
    if _NOTED_IN not in present:
        return None
    noted = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return None if noted is None else str(noted)


def _lock(connection: sa.Connection) -> str | None:
    """The version as it stays until the commit; SQLite locks as the transaction begins."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    present = set(sa.inspect(connection).get_table_names())
    version = _version(connection, present)
    if version is not None and version not in REVISIONS:
        raise VersionError("the database is newer than this program: install the rightsdesk that last ran on it")
    if version is None and present.intersection(Base.metadata.tables):
        raise VersionError("the database holds tables that rightsdesk did not make: name another in database.url")
    return version


def _run_scripts(connection: sa.Connection, to: str) -> None:
    # Alembic takes a third of a second to load.
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _said(before: str | None, now: str) -> str:
    if before == now:
        return f"the database is at version {now} already"
    return f"made the database, version {now}" if before is None else f"brought the database from {before} to {now}"


def _enforce_references(connection: sa.Connection, *, on: bool) -> None:
    driver = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" and driver is not None:
        driver.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def _check_references(connection: sa.Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise VersionError(f"table {broken[0]} refers to rows that are gone: restore a backup, then migrate it")


def _make_missing(url: sa.URL) -> None:
    if url.get_backend_name() == "sqlite" and url.database:
        _make_file(Path(url.database))
    elif url.get_backend_name() == "postgresql":
        _make_database(url)


def _make_file(path: Path) -> None:
    """Nobody else may read it, from its first moment on; SQLite gives its journals the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _make_database(url: sa.URL) -> None:
    """The database is made where the server lets us; where it does not, connecting says that it is missing."""
    server = sa.create_engine(
        url.set(database="postgres"), isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5}
    )
    try:
        with server.connect() as connection:
            there = sa.text("SELECT 1 FROM pg_database WHERE datname = :name")
            if connection.scalar(there, {"name": url.database}) is None:
                name = connection.dialect.identifier_preparer.quote(str(url.database))
                connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    except sa.exc.DBAPIError:
        # An account may be kept out of the server's own database, or from making any.
        return
    finally:
        server.dispose()
