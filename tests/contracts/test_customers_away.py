"""A customer database that cannot be reached, or not by this URL."""

import time

import pytest

from models.customers import CustomerAwayError
from models.customers.database import MappingError
from tests.contracts.shop import store


class TestWithoutADatabase:
    def test_nothing_is_connected_to_before_it_is_asked(self) -> None:
        shop = store("postgresql+psycopg://nobody@192.0.2.1/shop")
        assert shop.columns("customers")["email"].name == "email"
        assert "orders" in shop.tables()

    @pytest.mark.parametrize(
        ("url", "said"),
        [("nosuch://host/shop", "no SQLAlchemy URL"), ("oracle+cx_oracle://host/shop", "install its driver")],
        ids=["dialect", "driver"],
    )
    def test_a_url_that_leads_nowhere_is_told(self, url: str, said: str) -> None:
        with pytest.raises(MappingError, match=said):
            store(url).find(["ada@shop.example"])

    def test_a_port_where_nobody_listens_is_away(self) -> None:
        began = time.monotonic()
        with pytest.raises(CustomerAwayError, match="customer database shop is away"):
            store("postgresql+psycopg://nobody@127.0.0.1:1/shop").find(["ada@shop.example"])
        assert time.monotonic() - began < 5
