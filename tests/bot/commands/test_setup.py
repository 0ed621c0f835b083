"""A new desk in a folder, whole or not at all; and a database brought to its version."""

import json
import stat
from pathlib import Path

import pytest

from bot.commands import setup
from bot.commands.running import COUNTED
from bot.edge import DeskError
from models.base import make_engine
from models.migrations import versions
from tests.bot.commands.conftest import Terminal, refusal, rightsdesk
from tests.firm import PASSWORD


def init(folder: Path, password_file: Path, email: str = "ada@shop.example"):
    return rightsdesk("init", "--dir", folder, "--admin-email", email, "--admin-password-file", password_file)


def everything_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_desk_is_ready_to_work(tmp_path, password_file):
    result = init(tmp_path / "desk", password_file)

    assert result.exit_code == 0, result.stderr
    terminal = Terminal(tmp_path / "desk" / "config.toml")
    assert [one["role"] for one in terminal.json("staff", "list")] == ["admin"]
    assert terminal.json("work", "--once") == dict.fromkeys(COUNTED, 0)
    assert all(finding["ok"] for finding in terminal.json("check"))


def test_nobody_else_reads_what_is_secret(tmp_path, password_file):
    init(tmp_path / "desk", password_file)

    var = tmp_path / "desk" / "var"
    assert mode(var) == 0o700
    assert {path.name: mode(path) for path in var.iterdir() if not path.name.endswith(("-wal", "-shm"))} == {
        "secret": 0o600,
        "rightsdesk.sqlite3": 0o600,
    }


def test_a_folder_that_holds_other_things_will_do(tmp_path, password_file):
    folder = tmp_path / "desk"
    (folder / "var").mkdir(parents=True)
    (folder / "notes.txt").write_text("kept")

    assert init(folder, password_file).exit_code == 0
    assert (folder / "notes.txt").read_text() == "kept"


def test_an_existing_configuration_is_not_written_over(tmp_path, password_file):
    (tmp_path / "config.toml").write_text("[desk]\n")
    before = everything_in(tmp_path)

    assert "there is a" in refusal(init(tmp_path, password_file))
    assert (tmp_path / "config.toml").read_text() == "[desk]\n"
    assert everything_in(tmp_path) == before


def test_a_secret_that_is_there_stays(tmp_path, password_file):
    init(tmp_path / "desk", password_file)
    secret = (tmp_path / "desk" / "var" / "secret").read_bytes()
    (tmp_path / "desk" / "config.toml").unlink()

    assert init(tmp_path / "desk", password_file).exit_code == 0
    assert (tmp_path / "desk" / "var" / "secret").read_bytes() == secret


def test_a_short_password_is_refused_before_anything_is_written(tmp_path):
    (tmp_path / "short").write_text("short\n")

    assert "at least 12 characters" in refusal(init(tmp_path / "desk", tmp_path / "short"))
    assert not (tmp_path / "desk").exists()


def test_what_fails_half_way_leaves_nothing_behind(tmp_path, password_file):
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "notes.txt").write_text("kept")

    assert refusal(init(folder, password_file, email="nobody")) == "this is no e-mail address"
    assert everything_in(folder) == {"notes.txt"}


def test_without_a_terminal_and_without_options_is_wrong_usage(tmp_path):
    assert rightsdesk("init", "--dir", tmp_path / "desk").exit_code == 2
    assert not (tmp_path / "desk").exists()


def test_migrate_makes_a_missing_database(tmp_path, password_file):
    init(tmp_path, password_file)
    for path in (tmp_path / "var").glob("rightsdesk*"):
        path.unlink()
    terminal = Terminal(tmp_path / "config.toml")

    assert terminal.call("migrate").stdout == f"made the database, version {versions.HEAD}\n"
    assert terminal.call("migrate").stdout == f"the database is at version {versions.HEAD} already\n"


ON_A_DESK = [
    ("work", "--once"), ("run", "--only", "worker"), ("queue",), ("ticket", "RD-ZZZZZZZZ"), ("staff", "list"),
    ("audit", "verify"), ("outbox", "list"), ("quarantine", "list"), ("mailbox", "list"),
    ("suppression", "check", "a@example.net"), ("undo", "1", "--as", "a@shop.example"),
]  # fmt: skip


@pytest.mark.parametrize("command", ON_A_DESK, ids=" ".join)
def test_only_migrate_makes_a_database(tmp_path, password_file, command):
    init(tmp_path, password_file)
    for path in (tmp_path / "var").glob("rightsdesk*"):
        path.unlink()

    said = refusal(Terminal(tmp_path / "config.toml").call(*command))

    assert said.startswith("database.url: there is no ")
    assert "rightsdesk migrate makes it" in said
    assert list((tmp_path / "var").iterdir()) == [tmp_path / "var" / "secret"]


@pytest.mark.parametrize("command", ON_A_DESK, ids=" ".join)
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        pytest.param("DROP TABLE alembic_version", "is missing tables: run rightsdesk migrate", id="unversioned"),
        pytest.param("UPDATE alembic_version SET version_num = '9999'", "is newer than this program", id="newer"),
    ],
)
def test_a_database_of_another_version_is_not_worked_on(tmp_path, password_file, command, statement, said):
    init(tmp_path, password_file)
    execute(tmp_path, statement)

    assert said in refusal(Terminal(tmp_path / "config.toml").call(*command))


def test_a_newer_database_is_not_migrated(tmp_path, password_file):
    init(tmp_path, password_file)
    execute(tmp_path, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(DeskError, match="is newer than this program"):
        setup.migrate(tmp_path / "config.toml")


def execute(folder: Path, statement: str) -> None:
    engine = make_engine(f"sqlite:///{folder / 'var' / 'rightsdesk.sqlite3'}")
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_the_password_of_the_first_admin_opens_the_desk(tmp_path, password_file):
    from bot.building import build
    from bot.cli import EDGE
    from models.services import staffing

    init(tmp_path, password_file)
    desk = build(tmp_path / "config.toml", EDGE)

    with desk.readers() as session:
        (admin,) = staffing.accounts(session)
        assert staffing.check_password(session, admin.id, PASSWORD)
    assert json.loads(Terminal(tmp_path / "config.toml").call("staff", "list", "--json").stdout)[0]["name"] == "ada"
