"""What the contracts of a customer database share: the shop's store, others beside it, Ada's row."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from models.customers import (
    ColumnChange,
    CustomerStore,
    Row,
    RowChange,
)
from models.customers.sql import SqlStore
from tests.contracts.shop import MAPPING, fill, store

Open = Callable[..., SqlStore]


def change(*columns: tuple[str, str | None, str | None], table: str = "customers", key: str = "1") -> RowChange:
    return RowChange("shop", table, key, tuple(ColumnChange(*column) for column in columns))


class Stores:
    """Stores that are closed when the test is over; a subclass says where in its ``url`` fixture."""

    @pytest.fixture
    def open_store(self) -> Iterator[Open]:
        opened: list[SqlStore] = []

        def open_one(url: str, tables: dict[str, Any] = MAPPING, *, local_part_case: bool = False) -> SqlStore:
            opened.append(store(url, tables, local_part_case=local_part_case))
            return opened[-1]

        yield open_one
        for one in opened:
            one.close()

    @pytest.fixture
    def shop(self, open_store: Open, url: str) -> CustomerStore:
        fill(url)
        return open_store(url)

    def ada(self, shop: CustomerStore) -> Row:
        row = shop.row("customers", "1")
        assert row is not None
        return row
