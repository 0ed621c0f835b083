"""The database of each version, and what becomes of it."""

import runpy
import stat
import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from models.base import make_engine
from models.message import Message
from models.migrations import drafting, versions
from models.tables import Base

pytestmark = pytest.mark.desk_database

TABLES_OF_THE_FIRST = 16


def differences(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=dict(drafting.COMPARED_BY))
        return list(compare_metadata(context, Base.metadata))


def problem(engine: sa.Engine, **revisions: Any) -> str | None:
    with engine.connect() as connection:
        return versions.problem(connection, **revisions)


def execute(engine: sa.Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_the_schema_of_the_last_version_is_that_of_the_models(empty):
    versions.upgrade(empty)

    assert differences(empty) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("DROP INDEX ix_request_queue", id="index gone"),
        pytest.param("ALTER TABLE ticket DROP COLUMN spam", id="column gone"),
        pytest.param("ALTER TABLE ticket ADD COLUMN mood VARCHAR(8)", id="column more"),
        pytest.param("CREATE TABLE mood (name VARCHAR(8))", id="table more"),
    ],
)
def test_a_schema_that_is_not_that_of_the_models_is_found(empty, change):
    versions.upgrade(empty)
    execute(empty, change)

    assert differences(empty)


def test_the_versions_that_a_start_knows_are_those_of_the_scripts():
    scripts = ScriptDirectory.from_config(versions.alembic_config())

    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == versions.REVISIONS
    assert scripts.get_heads() == [versions.HEAD]


@pytest.mark.parametrize("version", versions.REVISIONS)
def test_rows_of_each_version_live_on_in_the_last(empty, version):
    versions.upgrade(empty, version)
    before = fill(empty)

    versions.upgrade(empty)

    with empty.connect() as connection:
        tables = sa.MetaData()
        tables.reflect(connection)
        after = {
            name: connection.scalar(sa.select(sa.func.count()).select_from(tables.tables[name])) for name in before
        }
    assert after == before
    assert len(before) >= TABLES_OF_THE_FIRST
    assert differences(empty) == []


def test_mail_of_before_0002_waits_for_nobody_and_nobody_vouches_for_it(empty):
    versions.upgrade(empty, "0001")
    fill(empty)

    versions.upgrade(empty)

    with empty.connect() as connection:
        assert connection.execute(sa.text("SELECT sender_digest, state FROM spool")).one() == (None, "x")
        assert connection.execute(sa.text("SELECT verified, sender FROM message")).one() == (None, "x")
        assert connection.execute(sa.text("SELECT verified, requester FROM ticket")).one() == (None, "x")


def test_letters_of_before_0003_know_when_they_left_and_why_they_were_held(empty):
    versions.upgrade(empty, "0002")
    fill(empty)
    execute(empty, "UPDATE outbox SET state = 'held'")

    versions.upgrade(empty)

    with empty.connect() as connection:
        held = connection.execute(
            sa.text("SELECT held_for, tried_at = accepted_at, machine_answered FROM outbox")
        ).one()
        assert (held[0], bool(held[1]), bool(held[2])) == ("limit", True, False)
        assert not connection.scalar(sa.text("SELECT backfilled FROM spool"))


def test_what_people_asked_for_before_0007_was_asked_for_by_no_machine(empty):
    versions.upgrade(empty, "0006")
    fill(empty)

    versions.upgrade(empty)

    with empty.connect() as connection:
        assert connection.execute(sa.text("SELECT by_machine FROM request")).scalars().all() == [False]
        assert connection.scalar(sa.text("SELECT merged_into_id FROM ticket")) is None
        assert connection.scalar(sa.text("SELECT no_such_address_at FROM outbox")) is None


def test_a_message_of_before_0009_keeps_its_new_words_and_tells_nothing_else_apart(empty):
    versions.upgrade(empty, "0008")
    fill(empty)

    versions.upgrade(empty)

    with Session(empty) as session:
        message = session.scalars(sa.select(Message)).one()
        assert (message.new, message.apart) == (["x"], None)


def test_an_upgraded_database_may_be_run(empty):
    versions.upgrade(empty)

    assert problem(empty) is None


def test_a_second_upgrade_changes_nothing(empty):
    assert versions.upgrade(empty) == f"made the database, version {versions.HEAD}"
    assert versions.upgrade(empty) == f"the database is at version {versions.HEAD} already"


def test_a_message_that_waited_before_attempts_counted_against_it_may_be_tried_in_full(empty):
    versions.upgrade(empty, "0001")
    fill(empty)

    versions.upgrade(empty)

    with empty.connect() as connection:
        found = connection.execute(sa.text("SELECT unfinished, taken_from_id, spooled_at FROM spool")).one()
        uidnext = connection.scalar(sa.text("SELECT uidnext FROM mailbox"))
    assert (*found, uidnext) == (0, None, None, None)


def test_an_empty_database_is_refused(empty):
    assert problem(empty) == "the database is missing tables: run rightsdesk migrate"


def test_an_older_database_is_refused(empty):
    versions.upgrade(empty)

    refusal = problem(empty, revisions=(*versions.REVISIONS, "9999"))

    assert refusal == "the database is older than this version of rightsdesk: run rightsdesk migrate"


def test_a_newer_database_is_neither_run_nor_migrated(empty):
    versions.upgrade(empty)
    execute(empty, "UPDATE alembic_version SET version_num = '9999'")

    assert "is newer than this program" in str(problem(empty))
    with pytest.raises(versions.VersionError, match="is newer than this program"):
        versions.upgrade(empty)


def test_a_database_that_lost_a_table_is_refused(empty):
    versions.upgrade(empty)
    execute(empty, "DROP TABLE throttle")

    assert problem(empty) == "the database is missing tables: run rightsdesk migrate"


def test_tables_that_rightsdesk_did_not_make_are_left_alone(empty):
    execute(empty, "CREATE TABLE ticket (seat INTEGER)")

    with pytest.raises(versions.VersionError, match="did not make"):
        versions.upgrade(empty)

    with empty.connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["ticket"]


def test_of_two_that_migrate_at_once_the_second_waits(empty_url):
    said: list[str] = []

    def migrate() -> None:
        engine = make_engine(empty_url)
        said.append(versions.upgrade(engine))
        engine.dispose()

    runs = [threading.Thread(target=migrate) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join(30)

    assert sorted(said) == [
        f"made the database, version {versions.HEAD}", f"the database is at version {versions.HEAD} already"
    ]  # fmt: skip


def test_a_missing_file_is_made_and_nobody_else_may_read_it(tmp_path):
    path = tmp_path / "var" / "desk.sqlite3"
    engine = make_engine(f"sqlite:///{path}")

    versions.upgrade(engine)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "a commit would not outlive a power cut"
    engine.dispose()


def test_a_missing_database_is_made(postgres):
    engine = make_engine(postgres.url("made-by-migrate"))

    assert versions.upgrade(engine) == f"made the database, version {versions.HEAD}"
    assert problem(engine) is None
    engine.dispose()


def test_a_draft_makes_what_the_models_say(empty, tmp_path):
    drafted = drafting.draft("0000", "all", "All of it", folder=tmp_path)

    with empty.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        runpy.run_path(str(drafted))["upgrade"]()
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    assert drafted.name == "0000_all.py"
    assert differences(empty) == []


def test_nothing_is_drafted_where_nothing_changed(tmp_path):
    with pytest.raises(versions.VersionError, match="nothing to draft"):
        drafting.draft("9999", "none", "Nothing", folder=tmp_path)

    assert list(tmp_path.iterdir()) == []


def fill(engine: sa.Engine) -> dict[str, int]:
    """A row in every table, whatever its columns; how many each table holds then."""
    tables = sa.MetaData()
    keys: dict[str, Any] = {}
    with engine.begin() as connection:
        tables.reflect(connection)
        ours = [table for table in tables.sorted_tables if table.name != "alembic_version"]
        for table in ours:
            row = {column.name: _value(column, keys) for column in table.columns}
            connection.execute(table.insert().values(row))
            keys |= {f"{table.name}.{name}": value for name, value in row.items()}
    return {table.name: 1 for table in ours}


def _value(column: sa.Column[Any], keys: dict[str, Any]) -> Any:
    for reference in column.foreign_keys:
        return keys.get(reference.target_fullname)
    match column.type:
        case sa.Boolean():
            return True
        case sa.DateTime():
            return datetime(2031, 1, 31, tzinfo=UTC)
        case sa.Date():
            return date(2031, 1, 31)
        case sa.LargeBinary():
            return b"\x00"
        case sa.JSON():
            return ["x"]
        case sa.Integer() | sa.Float():
            return 1
        case _:
            return "x"
