"""The SQL store on an SQLite file: the contract, and what only SQLite lets in."""

import contextlib
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from models.customers import (
    CustomerAwayError,
    CustomerStore,
)
from models.customers.database import MappingError
from tests.contracts.customer_database import CustomerDatabaseContract
from tests.contracts.shop import run
from tests.contracts.stores import Open, change


class TestSqlite(CustomerDatabaseContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        sqlite3.connect(tmp_path / "shop.sqlite3").close()
        (tmp_path / "shop.sqlite3").touch()
        return f"sqlite:///{tmp_path}/shop.sqlite3"

    def test_a_file_that_is_missing_is_away_and_never_made(self, open_store: Open, tmp_path: Path) -> None:
        shop = open_store(f"sqlite:///{tmp_path}/gone.sqlite3")
        with pytest.raises(CustomerAwayError, match="customer database shop is away"):
            shop.find(["ada@shop.example"])
        assert [finding.ok for finding in shop.check()] == [False]
        assert not (tmp_path / "gone.sqlite3").exists()

    def test_a_file_that_was_replaced_is_read_anew(self, shop: CustomerStore, tmp_path: Path, url: str) -> None:
        self.ada(shop)
        shutil.copy(tmp_path / "shop.sqlite3", tmp_path / "backup.sqlite3")
        run(f"sqlite:///{tmp_path}/backup.sqlite3", "UPDATE customers SET street = 'Aus der Sicherung 3'")
        (tmp_path / "backup.sqlite3").replace(tmp_path / "shop.sqlite3")
        assert self.ada(shop).values["street"] == "Aus der Sicherung 3"
        shop.write(change(("street", "Aus der Sicherung 3", "Neuer Weg 2")))
        assert self.ada(shop).values["street"] == "Neuer Weg 2"

    @pytest.mark.parametrize("journal", ["delete", "wal"])
    def test_the_journal_stays_theirs(self, shop: CustomerStore, url: str, journal: str) -> None:
        run(url, "SELECT 1")
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as theirs:
            theirs.execute(f"PRAGMA journal_mode = {journal}")
        shop.write(change(("street", "Musterweg 1", "Neuer Weg 2")))
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as theirs:
            assert theirs.execute("PRAGMA journal_mode").fetchone() == (journal,)

    def test_a_file_that_is_no_database_is_away(self, open_store: Open, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("hats " * 400)
        with pytest.raises(CustomerAwayError):
            open_store(f"sqlite:///{tmp_path}/notes.txt").find(["ada@shop.example"])

    def test_a_locked_file_is_away_and_comes_back(self, shop: CustomerStore, url: str) -> None:
        self.ada(shop)
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as theirs:
            theirs.execute("BEGIN EXCLUSIVE")
            began = time.monotonic()
            with pytest.raises(CustomerAwayError):
                shop.write(change(("street", "Musterweg 1", "Neuer Weg 2")))
            assert 4 < time.monotonic() - began < 8
        shop.write(change(("street", "Musterweg 1", "Neuer Weg 2")))

    @pytest.mark.parametrize(
        ("declared", "stored", "text", "after"),
        [
            ("BOOLEAN", "'true'", "true", "false"),
            ("BOOLEAN", "'f'", "f", "true"),
            ("DATE", "'10.12.1980'", "10.12.1980", "1980-12-10"),
            ("DATETIME", "'2020-02-03 04:05:06.000000'", "2020-02-03T04:05:06", "2020-02-03T04:05:07"),
            ("DECIMAL(10,2)", "12", "12.00", "12.10"),
            ("NUMERIC", "0.1", "0.1", "0.2"),
            ("", "5", "5", "6"),
            ("INTEGER", "'five'", "five", "5"),
            ("VARCHAR(9)", "7", "7", "007"),
            ("TINYINT(1)", "1", "1", "0"),
        ],
        ids=["truth-as-text", "truth-as-letter", "german-date", "datetime", "decimal", "nearest", "untyped",
             "text-in-integer", "number-in-text", "tinyint"],
    )  # fmt: skip
    def test_what_sqlite_let_in_is_read_changed_and_brought_back(
        self, open_store: Open, url: str, declared: str, stored: str, text: str, after: str
    ) -> None:
        run(url, f"CREATE TABLE odd (id PRIMARY KEY, email TEXT, v {declared})")
        run(url, f"INSERT INTO odd VALUES (7, 'ada@shop.example', {stored})")  # noqa: S608
        columns = {"v": {"field": "other", "correct": "approve"}}
        shop = open_store(url, {"odd": {"key": "id", "subject": "email", "columns": columns}})
        (row,) = shop.keyed_by_address("ada@shop.example")
        assert (row.key, row.values["v"]) == ("7", text)
        shop.write(change(("v", text, after), table="odd", key="7"))
        assert shop.keyed_by_address("ada@shop.example")[0].values["v"] == after
        shop.restore(change(("v", after, text), table="odd", key="7"))
        assert shop.keyed_by_address("ada@shop.example")[0].values["v"] == text

    def test_a_key_that_is_shared_changes_nothing(self, open_store: Open, url: str) -> None:
        run(url, "CREATE TABLE odd (id TEXT, email TEXT, v TEXT)")
        run(url, "INSERT INTO odd VALUES ('1', 'ada@shop.example', 'a'), ('1', 'bob@shop.example', 'a')")
        columns = {"v": {"field": "other", "correct": "approve"}}
        shop = open_store(url, {"odd": {"key": "id", "subject": "email", "columns": columns}})
        with pytest.raises(MappingError, match="is not the key"):
            shop.write(change(("v", "a", "b"), table="odd", key="1"))
        assert [tuple(row) for row in run(url, "SELECT v FROM odd")] == [("a",), ("a",)]

    def test_keys_are_told_apart_where_the_database_does_not(self, open_store: Open, url: str) -> None:
        run(url, "CREATE TABLE odd (id TEXT COLLATE NOCASE, email TEXT)")
        run(url, "INSERT INTO odd VALUES ('a1', 'ada@shop.example')")
        shop = open_store(url, {"odd": {"key": "id", "subject": "email", "columns": {}}})
        assert shop.row("odd", "a1") is not None
        assert shop.row("odd", "A1") is None
