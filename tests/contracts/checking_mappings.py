"""How a mapping is checked against every customer database, and what happens where they differ."""

from typing import Any

import pytest
import sqlalchemy as sa

from models.customers import (
    CustomerAwayError,
    CustomerStore,
)
from models.customers.database import MappingError
from tests.contracts.shop import ADA, MAPPING, fill, run
from tests.contracts.stores import Open, Stores


class CheckingContract(Stores):
    """What ``rightsdesk check`` says, and what to mend."""

    def test_check_is_content_with_what_can_be_kept(self, url: str, shop: CustomerStore) -> None:
        findings = shop.check()
        assert [finding for finding in findings if not finding.ok] == []
        named = {finding.what: finding.detail for finding in findings}
        assert named["customers.shop"] == "reached"
        assert "read and found again" in named["customers.shop.customers.credit"]

    @pytest.mark.parametrize("column", ["score", "notes"])
    def test_check_refuses_to_correct_what_never_equals_itself(
        self, open_store: Open, url: str, shop: CustomerStore, column: str
    ) -> None:
        columns = {**MAPPING["customers"]["columns"], column: {"field": "other", "correct": "approve"}}
        findings = open_store(url, {"customers": {**MAPPING["customers"], "columns": columns}}).check()
        bad = [finding for finding in findings if not finding.ok]
        assert [finding.what for finding in bad] == [f"customers.shop.customers.{column}"]
        assert 'correct = "never"' in bad[0].mend

    def test_check_names_what_is_missing_and_what_was_meant(
        self, open_store: Open, url: str, shop: CustomerStore
    ) -> None:
        wrong = {
            "customer": {"key": "id", "subject": "email", "columns": {}},
            "customers": {"key": "id", "subject": "email", "columns": {"ful_name": {"field": "name"}}},
            "orders": {"key": "number", "subject": "customer_id", "columns": {}},
        }
        bad = {finding.what: finding.detail for finding in open_store(url, wrong).check() if not finding.ok}
        assert "did you mean customers?" in bad["customers.shop.customer"]
        assert "did you mean full_name?" in bad["customers.shop.customers.ful_name"]
        assert "no such column" in bad["customers.shop.orders.number"]

    def test_check_refuses_an_off_that_the_column_cannot_hold(
        self, open_store: Open, url: str, shop: CustomerStore
    ) -> None:
        columns = {"newsletter": {"consent": "marketing", "off": "nein"}}
        findings = open_store(url, {"customers": {"key": "id", "subject": "email", "columns": columns}}).check()
        assert [finding.detail for finding in findings if not finding.ok] == [
            "off: the column holds yes or no: write true or false"
        ]

    def test_check_asks_for_an_index_where_a_table_is_large(
        self, open_store: Open, url: str, shop: CustomerStore
    ) -> None:
        assert self.index_findings(open_store, url) == {"email": True, "customer_id": True}
        engine = sa.create_engine(url)
        many = [{"id": number, "email": f"c{number}@shop.example"} for number in range(100, 10_200)]
        with engine.begin() as connection:
            connection.execute(
                sa.text("INSERT INTO customers (id, email, newsletter) VALUES (:id, :email, true)"), many
            )
            connection.execute(sa.text("INSERT INTO orders (id, customer_id) VALUES (:id, :id)"), many)
        engine.dispose()
        run(url, "CREATE INDEX by_email ON customers (email)")
        assert self.index_findings(open_store, url) == {"email": False, "customer_id": False}
        run(url, *(finding.mend for finding in self.indexes(open_store, url)))
        assert self.index_findings(open_store, url) == {"email": True, "customer_id": True}
        assert {finding.detail for finding in self.indexes(open_store, url)} == {"index on the subject column"}

    def indexes(self, open_store: Open, url: str) -> list[Any]:
        tables = {name: {**MAPPING[name], "columns": {}} for name in ("customers", "orders")}
        return [finding for finding in open_store(url, tables).check() if finding.what.count(".") == 3]

    def index_findings(self, open_store: Open, url: str) -> dict[str, bool]:
        return {finding.what.rpartition(".")[2]: finding.ok for finding in self.indexes(open_store, url)}

    def test_a_table_that_is_missing_is_told_and_found_once_it_is_there(self, open_store: Open, url: str) -> None:
        shop = open_store(url)
        with pytest.raises(MappingError, match="there is no table customers"):
            shop.find(["ada@shop.example"])
        fill(url)
        assert len(shop.find(["ada@shop.example"])["ada@shop.example"]) == 2

    def test_a_column_that_goes_away_is_told_and_found_again(self, shop: CustomerStore, url: str) -> None:
        self.ada(shop)
        run(url, "ALTER TABLE customers RENAME COLUMN phone TO telephone")
        with pytest.raises(CustomerAwayError):
            shop.row("customers", "1")
        with pytest.raises(MappingError, match="no column phone: did you mean telephone"):
            shop.row("customers", "1")
        run(url, "ALTER TABLE customers RENAME COLUMN telephone TO phone")
        assert dict(self.ada(shop).values) == ADA
