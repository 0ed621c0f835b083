"""The SQL store on a real PostgreSQL: the contract, its own types, rights, locks and absences."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from models.customers import (
    ColumnChange,
    CustomerAwayError,
    CustomerChangedError,
    CustomerStore,
    Row,
    RowChange,
    ValueRefusedError,
)
from models.customers.database import MappingError
from models.customers.sql import SqlStore
from tests.contracts.customer_database import CustomerDatabaseContract
from tests.contracts.shop import ADA, run
from tests.contracts.stores import Open, change

if TYPE_CHECKING:
    from tests.postgres import Postgres


@pytest.fixture(scope="module")
def empty_database(postgres: "Postgres") -> str:
    return postgres.create_database()


class TestPostgres(CustomerDatabaseContract):
    @pytest.fixture
    def url(self, empty_database: str) -> str:
        run(empty_database, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
        return empty_database

    def test_types_that_only_postgresql_has_are_read_written_and_undone(self, open_store: Open, url: str) -> None:
        run(
            url,
            "CREATE EXTENSION IF NOT EXISTS citext",
            "CREATE TYPE mood AS ENUM ('glad', 'sad')",
            "CREATE DOMAIN post_code AS varchar(5)",
            "CREATE TABLE people (id uuid PRIMARY KEY, email citext, feels mood, seen timestamptz, code post_code,"
            " amount numeric, host inet)",
            "INSERT INTO people VALUES ('00000000-0000-0000-0000-00000000000a', 'Ada@Shop.example', 'glad',"
            " '2020-02-03 04:05:06+02', '10115', 12.500, '192.0.2.1')",
        )
        columns = {
            name: {"field": "other", "correct": "approve"} for name in ("feels", "seen", "code", "amount", "host")
        }
        columns["email"] = {"field": "email", "correct": "approve"}
        shop = open_store(url, {"people": {"key": "id", "subject": "email", "columns": columns}})
        (row,) = shop.keyed_by_address("ada@shop.example")
        key = "00000000-0000-0000-0000-00000000000a"
        was = {"email": "Ada@Shop.example", "feels": "glad", "seen": "2020-02-03T02:05:06+00:00", "code": "10115",
               "amount": "12.5", "host": "192.0.2.1"}  # fmt: skip
        will = {"email": "ada@shop.example", "feels": "sad", "seen": "2021-02-03T02:05:06+00:00", "code": "10117",
                "amount": "0.125", "host": "2001:db8::1"}  # fmt: skip
        assert (row.key, dict(row.values)) == (key, was)
        shop.write(RowChange("shop", "people", key, tuple(ColumnChange(name, was[name], will[name]) for name in was)))
        assert dict(self.now(shop, key).values) == will
        shop.write(RowChange("shop", "people", key, tuple(ColumnChange(name, will[name], was[name]) for name in was)))
        assert dict(self.now(shop, key).values) == was
        with pytest.raises(CustomerChangedError):
            shop.write(
                RowChange("shop", "people", key, (ColumnChange("email", "ADA@shop.example", "x@shop.example"),))
            )
        for column, value in (("feels", "angry"), ("host", "localhost"), ("seen", "noon")):
            with pytest.raises(ValueRefusedError):
                shop.check_value("people", column, value)
        with pytest.raises(ValueRefusedError, match="a rule of the customer database"):
            shop.write(RowChange("shop", "people", key, (ColumnChange("code", "10115", "101150"),)))
        assert [finding for finding in shop.check() if not finding.ok] == []

    def now(self, shop: SqlStore, key: str) -> Row:
        row = shop.row("people", key)
        assert row is not None
        return row

    def test_check_names_the_grant_that_is_missing(
        self, open_store: Open, url: str, shop: CustomerStore, postgres: "Postgres"
    ) -> None:
        run(
            url,
            "DROP ROLE IF EXISTS clerk",
            "CREATE ROLE clerk LOGIN",
            "GRANT USAGE ON SCHEMA public TO clerk",
            "GRANT SELECT (id, email, phone, street) ON customers TO clerk",
            "GRANT UPDATE (street) ON customers TO clerk",
        )
        columns = {name: {"field": name, "correct": "approve"} for name in ("phone", "street")}
        tables = {"customers": {"key": "id", "subject": "email", "columns": columns}}
        clerk = open_store(url.replace("postgres@", "clerk@"), tables)
        with pytest.raises(MappingError, match="a right is missing"):
            clerk.write(change(("phone", "+49 30 1234567", "+49 30 5555")))
        bad = [finding for finding in clerk.check() if not finding.ok]
        assert [finding.mend for finding in bad] == ["GRANT UPDATE (phone) ON customers TO clerk;"]
        run(url, bad[0].mend, "REVOKE SELECT (email) ON customers FROM clerk")
        bad = [finding for finding in clerk.check() if not finding.ok]
        assert [finding.mend for finding in bad] == ["GRANT SELECT (email) ON customers TO clerk;"]
        run(url, "DROP OWNED BY clerk", "DROP ROLE clerk")

    def test_a_locked_row_takes_nobody_hostage(self, shop: CustomerStore, url: str) -> None:
        engine = sa.create_engine(url)
        with engine.begin() as other:
            other.execute(sa.text("UPDATE customers SET phone = '1' WHERE id = 1"))
            began = time.monotonic()
            with pytest.raises(CustomerAwayError):
                shop.write(change(("street", "Musterweg 1", "Neuer Weg 2")))
            assert time.monotonic() - began < 8
            other.rollback()
        engine.dispose()
        shop.write(change(("street", "Musterweg 1", "Neuer Weg 2")))

    def test_a_change_between_look_and_write_is_caught_by_the_update_itself(
        self, shop: CustomerStore, url: str
    ) -> None:
        """The row is held by somebody else while our UPDATE waits for it, and has changed when it gets it."""
        engine = sa.create_engine(url)
        with ThreadPoolExecutor(1) as pool, engine.begin() as other:
            other.execute(sa.text("UPDATE customers SET phone = '+49 30 9' WHERE id = 1"))
            ours = pool.submit(shop.write, change(("phone", "+49 30 1234567", "+49 30 5555")))
            wait_for_lock(url)
            other.commit()
            with pytest.raises(CustomerChangedError) as changed:
                ours.result(10)
        engine.dispose()
        assert changed.value.now is not None
        assert changed.value.now.values["phone"] == "+49 30 9"

    def test_a_server_that_went_away_is_found_again(self, shop: CustomerStore, postgres: "Postgres") -> None:
        self.ada(shop)
        postgres.stop()
        with pytest.raises(CustomerAwayError, match="customer database shop is away"):
            shop.find(["ada@shop.example"])
        assert [finding.ok for finding in shop.check()] == [False]
        postgres.start()
        assert dict(self.ada(shop).values) == ADA


def wait_for_lock(url: str) -> None:
    end = time.monotonic() + 5
    while not run(url, "SELECT 1 FROM pg_locks WHERE NOT granted")[:1]:
        assert time.monotonic() < end, "nobody waits for the row"
        time.sleep(0.02)
