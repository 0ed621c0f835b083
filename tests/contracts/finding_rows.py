"""How every customer database finds a person's rows, all of them and nobody else's."""

from typing import Any

import pytest
import sqlalchemy as sa

from models.customers import (
    CustomerStore,
)
from tests.contracts.shop import ADA, TWINS, run
from tests.contracts.stores import Open, Stores


class FindingContract(Stores):
    """Who is found, and what is reached from there."""

    def test_a_row_is_read_in_canonical_text(self, shop: CustomerStore) -> None:
        assert dict(self.ada(shop).values) == ADA

    @pytest.mark.parametrize("key", ["99", "one", "1 OR 1=1", "1\x00", "\ud800", "", "99999999999999999999"])
    def test_no_row_has_a_key_that_is_not_there(self, shop: CustomerStore, key: str) -> None:
        assert shop.row("customers", key) is None

    @pytest.mark.parametrize("asked", ["ada@shop.example", "ADA@SHOP.EXAMPLE", "Ada@Shop.example"])
    def test_a_person_is_found_whatever_the_case_of_the_address(self, shop: CustomerStore, asked: str) -> None:
        assert [(row.table, row.key) for row in shop.find([asked])[asked]] == [
            ("customers", "1"),
            ("list-members", "ada@shop.example"),
        ]

    @pytest.mark.parametrize(
        "asked",
        ["%@shop.example", "ada@shop_example", "ada%", "", "@", "ada", "ada@shop.example\x00", "\ud800@shop.example"],
    )
    def test_a_wildcard_finds_nobody(self, shop: CustomerStore, asked: str) -> None:
        assert shop.find([asked]) == {asked: []}

    def test_twins_are_told_apart(self, shop: CustomerStore) -> None:
        found = shop.find([*TWINS, "ada@shop.example"])
        for number, twin in enumerate(TWINS, 2):
            assert [row.key for row in found[twin] if row.table == "customers"] == [str(number)], twin

    def test_a_letter_that_only_looks_alike_once_lowered_is_another_person(
        self, shop: CustomerStore, url: str
    ) -> None:
        for number, email in enumerate(("Kim@Kiosk.example", "\u212aim@kiosk.example", "kim@\u212aiosk.example"), 50):
            run(url, f"INSERT INTO customers (id, email, newsletter) VALUES ({number}, '{email}', true)")  # noqa: S608
        assert [row.key for row in shop.find(["kim@kiosk.example"])["kim@kiosk.example"]] == ["50"]
        assert [row.key for row in shop.find(["\u212aim@kiosk.example"])["\u212aim@kiosk.example"]] == ["51"]

    def test_the_local_part_counts_where_the_configuration_says_so(
        self, open_store: Open, shop: CustomerStore, url: str
    ) -> None:
        strict = open_store(url, local_part_case=True)
        assert [row.table for row in strict.find(["Ada@SHOP.example"])["Ada@SHOP.example"]] == ["customers"]
        assert [row.table for row in strict.find(["ada@shop.example"])["ada@shop.example"]] == ["list-members"]

    def test_many_addresses_are_one_query_a_table_and_batch(self, shop: CustomerStore) -> None:
        asked = [f"nobody{number}@shop.example" for number in range(1200)]
        found = shop.find([*asked, "ada@shop.example"])
        assert len(found) == 1201
        assert {row.key for rows in found.values() for row in rows} == {"1", "ada@shop.example"}

    def test_an_extract_holds_all_of_the_person_and_nothing_of_the_twins(self, shop: CustomerStore) -> None:
        extract = shop.extract(shop.find(["ada@shop.example"])["ada@shop.example"])
        assert {part.table: [row.key for row in part.rows] for part in extract} == {
            "customers": ["1"],
            "list-members": ["ada@shop.example"],
            "orders": ["10", "11"],
            "order_lines": ["10", "11"],
            "preferences": ["1"],
        }
        titles = {row.values["title"] for part in extract for row in part.rows if part.table == "order_lines"}
        assert titles == {"hat of 1"}
        assert [column.label for column in extract[0].columns if column.name == "full_name"] == ["Name"]

    def test_rows_that_reference_nobody_belong_to_nobody(self, shop: CustomerStore, url: str) -> None:
        run(url, "INSERT INTO orders VALUES (900, NULL, 1, NULL)", "INSERT INTO order_lines VALUES (900, NULL, 'x')")
        run(url, "INSERT INTO order_lines VALUES (901, 900, 'nobody')")
        extract = shop.extract([row for row in shop.find(["ada@shop.example"])["ada@shop.example"]])
        assert not {"900", "901"} & {row.key for part in extract for row in part.rows}

    @pytest.mark.parametrize(("account", "bills"), [("A1", ["1"]), ("", []), (None, [])], ids=["own", "blank", "none"])
    def test_a_blank_account_leads_to_nobodys_bills(
        self, open_store: Open, url: str, account: str | None, bills: list[str]
    ) -> None:
        held = "NULL" if account is None else f"'{account}'"
        run(
            url,
            "CREATE TABLE members (id INTEGER PRIMARY KEY, email VARCHAR(80), account VARCHAR(20))",
            "CREATE TABLE bills (id INTEGER PRIMARY KEY, account VARCHAR(20))",
            f"INSERT INTO members VALUES (1, 'ada@shop.example', {held})",  # noqa: S608
            "INSERT INTO bills VALUES (1, 'A1'), (2, ''), (3, NULL), (4, 'a1')",
        )
        tables: dict[str, Any] = {
            "members": {"key": "id", "subject": "email", "columns": {}},
            "bills": {"key": "id", "subject": {"column": "account", "references": "members.account"}, "columns": {}},
        }
        shop = open_store(url, tables)
        extract = shop.extract(shop.keyed_by_address("ada@shop.example"))
        assert [row.key for part in extract for row in part.rows if part.table == "bills"] == bills

    def test_an_extract_of_many_rows_is_complete(self, shop: CustomerStore, url: str) -> None:
        engine = sa.create_engine(url)
        orders = [{"id": number} for number in range(1000, 2300)]
        with engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO orders VALUES (:id, 1, 1, NULL)"), orders)
            connection.execute(sa.text("INSERT INTO order_lines VALUES (:id, :id, 'hat of 1')"), orders)
        engine.dispose()
        extract = {part.table: part.rows for part in shop.extract([self.ada(shop)])}
        assert len(extract["orders"]) == len(extract["order_lines"]) == 1302

    def test_tables_with_an_address_of_their_own_come_first(self, shop: CustomerStore) -> None:
        tables = shop.tables()
        assert set(tables[:2]) == {"customers", "list-members"}
        assert tables.index("orders") < tables.index("order_lines")
        assert shop.columns("customers")["newsletter"].off == "false"
