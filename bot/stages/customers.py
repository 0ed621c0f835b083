"""Addresses → the rows that the customer databases hold on them: one query a table for a whole batch."""

import logging
from collections.abc import Collection, Sequence

from models.customers import CustomerAwayError, CustomerStore, Row
from models.desk import Desk

log = logging.getLogger(__name__)


def rows_of(desk: Desk, addresses: Collection[str]) -> dict[str, list[Row]] | None:
    """The rows of each address in all stores; None while any store is away, for half an answer would mislead."""
    found: dict[str, list[Row]] = {address: [] for address in addresses}
    try:
        for store in desk.stores.values():
            for address, rows in store.find(addresses).items() if addresses else ():
                found[address].extend(rows)
    except CustomerAwayError:
        log.warning("a customer database is away: the look-up follows")
        return None
    return found


def store_of(desk: Desk, name: str) -> CustomerStore:
    """The store of that name; one that the configuration no longer names is away."""
    try:
        return desk.stores[name]
    except KeyError as error:
        raise CustomerAwayError("a customer database is no longer in the configuration") from error


def rows_for(desk: Desk, address: str, chosen: Sequence[tuple[str, str, str]], *, vouched: bool) -> list[Row] | None:
    """The rows of a person as they are now, those that staff chose among them; None while a store is away.

    A mailed link proves its own address alone: rows of another one count only where staff vouched for the person.
    """
    try:
        if chosen and vouched:
            rows = [store_of(desk, store).row(table, key) for store, table, key in chosen]
            return [row for row in rows if row is not None]
    except CustomerAwayError:
        return None
    found = rows_of(desk, {address})
    if found is None:
        return None
    return [row for row in found[address] if not chosen or row.place in chosen]
