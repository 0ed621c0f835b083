"""What `check` finds, and that it names how to mend it without a word of what is secret."""

import contextlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.bot.commands.conftest import Terminal
from tests.conftest import Mailbox
from tests.firm import MAILBOX, Firm

Change = Callable[[str, str], None]


def findings(terminal: Terminal) -> dict[str, dict[str, Any]]:
    result = terminal.call("check", "--json")
    found = json.loads(result.stdout)
    assert all(set(one) == {"what", "ok", "detail", "mend"} for one in found)
    assert result.exit_code == (0 if all(one["ok"] for one in found) else 1)
    return {one["what"]: one for one in found}


@pytest.fixture
def change(firm: Firm) -> Change:
    def changed(old: str, new: str) -> None:
        text = firm.path.read_text("utf-8")
        assert old in text
        firm.path.write_text(text.replace(old, new), "utf-8")

    return changed


@pytest.fixture
def unmigrated(firm: Firm) -> None:
    """A desk whose database does not say which version it is."""
    with firm.desk.sessions.begin() as session:
        session.execute(sa.text("DROP TABLE alembic_version"))


@pytest.mark.usefixtures("unmigrated")
def test_a_desk_whose_tables_nobody_made_says_how_to_make_them(terminal):
    found = findings(terminal)

    assert found["database"]["ok"]
    assert not found["migrations"]["ok"]
    assert found["migrations"]["mend"] == "run rightsdesk migrate"
    assert {name for name, one in found.items() if not one["ok"]} == {"migrations"}
    assert found["smtp"]["detail"].startswith("connected")
    assert found["customers.shop"]["detail"] == "reached"
    assert found["classifier"]["detail"]


@pytest.mark.usefixtures("unmigrated")
def test_a_person_reads_a_line_each(terminal):
    lines = terminal.call("check").stdout.splitlines()

    assert lines[0].startswith("ok  configuration: ")
    assert any(line.startswith("!!  migrations: ") and line.endswith(" — run rightsdesk migrate") for line in lines)


def test_every_fault_of_the_configuration_is_a_line(terminal, change):
    change('country = "DE"', 'country = "ZZ"\nmood = "fine"')

    result = terminal.call("check")

    assert result.exit_code == 1
    assert [line[:19] for line in result.stdout.splitlines()] == ["!!  configuration: "] * 2
    assert "desk.mood" in result.stdout


def test_the_law_that_comes_later_is_said(terminal, change):
    change('law = "gdpr"', 'law = "uk"')

    assert not findings(terminal)["desk.law"]["ok"]


def test_a_secret_that_others_can_read(firm, terminal):
    (firm.folder / "secret").chmod(0o644)

    found = findings(terminal)["secret"]
    assert not found["ok"]
    assert found["mend"] == f"chmod 600 {firm.folder / 'secret'}"
    assert "has mode 0644" in found["detail"]


def test_a_relay_that_is_away(firm, terminal, change):
    change(f"port = {firm.sink.port}", "port = 1")

    found = findings(terminal)["smtp"]
    assert (found["ok"], found["detail"]) == (False, "no connection: ConnectionRefusedError")
    assert "127.0.0.1:1" in found["mend"]


@pytest.fixture
def with_mailbox(firm: Firm, mailbox: Mailbox) -> Callable[[str], None]:
    def added(password: str) -> None:
        section = MAILBOX.format(host=mailbox.host, port=mailbox.port, user=mailbox.user, after="leave")
        with firm.path.open("a", encoding="utf-8") as file:
            file.write(section)
        (firm.folder / "imap-password").write_text(password)
        (firm.folder / "imap-password").chmod(0o644)

    return added


def test_a_mailbox_is_logged_in_to(terminal, with_mailbox):
    with_mailbox("secret\n")

    found = findings(terminal)
    assert found["mailboxes.support"]["ok"]
    warning = found["mailboxes[0].password_file"]
    assert warning["ok"]
    assert warning["mend"].startswith("chmod 600 ")


def test_a_wrong_password_is_said_and_not_shown(terminal, with_mailbox, mailbox):
    with_mailbox("wrong horse battery\n")

    found = findings(terminal)["mailboxes.support"]
    assert (found["ok"], found["detail"]) == (False, "the server refuses the user name or the password")
    assert "horse" not in terminal.call("check").output


def test_a_column_that_is_not_there(firm, terminal, change):
    change("phone = {", "fone = {")

    assert not findings(terminal)["customers.shop.customers.fone"]["ok"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("oracle+nothing://eve:s3cret@127.0.0.1/shop", "no SQLAlchemy URL", id="no such dialect"),
        pytest.param("mssql+pymssql://eve:s3cret@127.0.0.1/shop", "pymssql", id="no driver"),
        pytest.param("postgresql+psycopg://eve:s3cret@127.0.0.1:1/shop", "", id="away"),
    ],
)
def test_a_customer_database_that_cannot_be_asked_hides_nothing_else(firm, terminal, change, url, said):
    change(firm.shop_url, url)

    result = terminal.call("check")
    found = findings(terminal)

    assert not found["customers.shop"]["ok"]
    assert said in found["customers.shop"]["detail"]
    assert found["classifier"]["ok"]
    assert "s3cret" not in result.output


def test_a_check_makes_no_database(tmp_path: Path, firm: Firm, terminal: Terminal, database_url: str, change: Change):
    change(database_url, f"sqlite:///{tmp_path / 'none.sqlite3'}")

    found = findings(terminal)["database"]

    assert (found["ok"], found["mend"]) == (False, "run rightsdesk migrate")
    assert not (tmp_path / "none.sqlite3").exists()


def test_a_database_that_is_away(terminal, change, database_url):
    change(database_url, "postgresql+psycopg://eve:s3cret@127.0.0.1:1/desk")

    found = findings(terminal)

    assert not found["database"]["ok"]
    assert "migrations" not in found
    assert "s3cret" not in terminal.call("check").output


def test_without_a_mail_server_letters_wait(tmp_path, terminal, firm):
    text = firm.path.read_text("utf-8")
    start = text.index("[smtp]")
    firm.path.write_text(text[:start] + text[text.index("[[customers]]") :], "utf-8")

    assert findings(terminal)["smtp"]["detail"] == "not configured: letters wait in the outbox"


def test_the_shop_stays_as_it_was(firm, terminal):
    def content() -> list[str]:
        with contextlib.closing(sqlite3.connect(firm.folder / "shop.sqlite3")) as shop:
            return list(shop.iterdump())

    before = content()
    findings(terminal)

    assert content() == before
