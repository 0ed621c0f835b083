"""The declarative base, the column types that all tables share, engines and sessions."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache, partial
from threading import Lock
from typing import Any, ClassVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from models.config.sqlite import existing_file

NO_DUE_DAY = date(9999, 12, 31)
"""Stored for "no due day": NULLs sort first on SQLite and last on PostgreSQL, and break a keyset."""


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware UTC datetime; a naive one is a bug and is refused. SQLite keeps no offset: it is put back."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UtcDateTime(), dict[str, Any]: sa.JSON(), list[Any]: sa.JSON()}


WAITS_FOR_WRITER = 15
"""Seconds until a writer gives up on another."""
_WRITES = "rd_writes"

PUT_BY = "put by"
"""Where a session's ``info`` keeps what writes rows by the many at the next flush: callables of the session."""
_ROWS = "rows put by"
_Rows = dict[type["Base"], list[dict[str, Any]]]


class WritingSession(Session):
    """A session that writes with each flush what its services have put by."""

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        super().flush(objects)
        for write in self.info.get(PUT_BY, ()):
            write(self)


def put_by(session: Session, table: type[Base], row: dict[str, Any]) -> None:
    """A row that this transaction has no more to do with: written with the next flush, by the many.

    To the session a new object costs several times what its row costs the database.
    """
    rows: _Rows | None = session.info.get(_ROWS)
    if rows is None:
        rows = session.info[_ROWS] = {}
        session.info.setdefault(PUT_BY, []).append(_write_rows)
    rows.setdefault(table, []).append(row)


def make_engine(url: str) -> sa.Engine:
    """An engine on the desk's own database; on SQLite with WAL, foreign keys and BEGIN of our own making.

    SQLite's log is synced with each commit: a mail that was taken in and moved away, or taken over from another server
    (RFC 5321, 6.1), must outlive a power cut too.
    """
    if sa.make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 5})
    engine = sa.create_engine(url, connect_args={"timeout": WAITS_FOR_WRITER})
    sa.event.listen(engine, "do_connect", _open_existing)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    writing = Lock()
    sa.event.listen(engine, "begin", partial(_begin_sqlite, writing))
    sa.event.listen(engine, "checkin", partial(_end_sqlite, writing))
    return engine


def make_sessions(engine: sa.Engine) -> sessionmaker[Session]:
    """Sessions that write: on SQLite they take the write lock when they begin.

    A transaction that reads first and writes later fails at once when another writer has committed in between.
    """
    sessions: sessionmaker[Session] = sessionmaker(engine, class_=WritingSession, expire_on_commit=False)
    # A commit flushes only where it finds changed objects, and what was put by is none.
    sa.event.listen(sessions, "before_commit", WritingSession.flush)
    sa.event.listen(sessions, "after_transaction_end", _forget_transaction)
    return sessions


def make_readers(engine: sa.Engine) -> sessionmaker[Session]:
    """Sessions that only read, and wait for no writer."""
    return sessionmaker(engine.execution_options(rd_reads=True), expire_on_commit=False)


def insert_of(session: Session) -> Any:
    """Both databases have this INSERT … ON CONFLICT; SQLAlchemy has it by dialect only."""
    return postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert


def _write_rows(session: Session) -> None:
    rows: _Rows = session.info[_ROWS]
    for table in list(rows):
        session.connection().execute(_insert_into(table), rows.pop(table))


@cache
def _insert_into(table: type[Base]) -> sa.Insert:
    return sa.insert(cast("sa.Table", table.__table__))


def _forget_transaction(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.clear()


def _open_existing(_dialect: sa.Dialect, _record: Any, words: list[Any], options: dict[str, Any]) -> None:
    """Only ``migrate`` makes a database: a command that meets none must not leave an empty one behind."""
    words[0], options["uri"] = existing_file(words[0]), True


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN is deferred and comes too late: transactions are begun by _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(writing: Lock, connection: sa.Connection) -> None:
    """SQLite has one writer. A thread of ours waits for another by a lock: SQLite itself would look in its sleep,
    up to a tenth of a second late."""
    reads = connection.get_execution_options().get("rd_reads", False)
    if not reads and not connection.info.get(_WRITES):
        connection.info[_WRITES] = writing.acquire(timeout=WAITS_FOR_WRITER)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _end_sqlite(writing: Lock, _connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    if record.info.pop(_WRITES, False):
        writing.release()
