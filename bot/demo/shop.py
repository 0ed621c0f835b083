"""A path and a seed go in; a SQLite shop of invented customers is there, the same one for the same seed."""

import os
import random
import sqlite3
import tomllib
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import resources
from pathlib import Path

Customer = tuple[str, str, str, str, str, str, str, str, bool]
"""Name, e-mail, phone, street, postcode, city, country, date of birth, newsletter."""

_OPENED = datetime(2024, 3, 1, 9, 0)  # noqa: DTZ001 - the shop keeps its times without a zone, as shops do
_DAYS_OPEN = 900
_DAYS_OF_IP_LOG = 90
_GIVEN_BY = ("check-out", "account page", "trade fair")

_SCHEMA = """
CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    full_name VARCHAR(200) NOT NULL,
    email VARCHAR(254) NOT NULL UNIQUE,
    phone VARCHAR(40),
    street VARCHAR(200),
    postal_code VARCHAR(20),
    city VARCHAR(100),
    country VARCHAR(60),
    date_of_birth DATE,
    newsletter BOOLEAN NOT NULL,
    created_at DATETIME NOT NULL
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    placed_at DATETIME NOT NULL,
    total NUMERIC(10, 2) NOT NULL,
    payment_last4 VARCHAR(4)
);
-- How the newest consent of an address was given: a row an address, kept by the newsletter tool.
CREATE TABLE consent_log (
    id INTEGER PRIMARY KEY,
    email VARCHAR(254) NOT NULL UNIQUE,
    given_at DATETIME NOT NULL,
    given_by VARCHAR(40) NOT NULL
);
CREATE TABLE ip_log (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    ip_address VARCHAR(45) NOT NULL,
    seen_at DATETIME NOT NULL
);
CREATE INDEX customers_by_email ON customers (lower(email));
CREATE INDEX consent_log_by_email ON consent_log (lower(email));
CREATE INDEX orders_by_customer ON orders (customer_id);
CREATE INDEX ip_log_by_customer ON ip_log (customer_id);
"""


def make_shop(path: Path, *, seed: int) -> None:
    """Make the shop's database; one that is there stays as it is. Half a shop is never seen under this name."""
    if path.exists():
        return
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as shop:
        shop.executescript(_SCHEMA)
        _fill(shop, random.Random(seed))  # noqa: S311 - sample rows, not secrets
        shop.commit()
    os.replace(unfinished, path)


def customers() -> list[Customer]:
    text = resources.files("bot.demo").joinpath("customers.toml").read_text("utf-8")
    return [tuple(row) for row in tomllib.loads(text)["customers"]]


def _fill(shop: sqlite3.Connection, chance: random.Random) -> None:
    for number, customer in enumerate(customers(), 1):
        since = _OPENED + timedelta(days=chance.randrange(_DAYS_OPEN // 2), minutes=chance.randrange(600))
        _insert(shop, "customers", [(*customer, since.isoformat(" "))])
        _insert(shop, "orders", _orders(number, since, chance))
        _insert(shop, "ip_log", _visits(number, chance))
        if customer[-1] and chance.random() < 0.5:
            _insert(shop, "consent_log", [(customer[1], since.isoformat(" "), chance.choice(_GIVEN_BY))])


def _insert(shop: sqlite3.Connection, table: str, rows: list[tuple[object, ...]]) -> None:
    """The key counts up from 1, so customers have the numbers that they are gone through by."""
    for row in rows:
        marks = ", ".join("?" * len(row))
        shop.execute(f"INSERT INTO {table} VALUES (NULL, {marks})", row)  # noqa: S608 - names of ours


def _orders(customer: int, since: datetime, chance: random.Random) -> list[tuple[object, ...]]:
    """Up to six orders, each paid by card or on account."""
    orders: list[tuple[object, ...]] = [
        (
            customer,
            (since + timedelta(days=chance.randrange(_DAYS_OPEN // 2), minutes=chance.randrange(600))).isoformat(" "),
            str(Decimal(chance.randrange(990, 24_900)) / 100),
            f"{chance.randrange(10_000):04}" if chance.random() < 0.8 else None,
        )
        for _ in range(chance.randrange(7))
    ]
    return sorted(orders, key=lambda order: str(order[1]))


def _visits(customer: int, chance: random.Random) -> list[tuple[object, ...]]:
    """Addresses from the ranges that are kept for documentation (RFC 5737, RFC 3849)."""
    ranges = ("192.0.2.{}", "198.51.100.{}", "203.0.113.{}", "2001:db8::{:x}")
    days = sorted(chance.randrange(_DAYS_OF_IP_LOG) for _ in range(chance.randrange(4)))
    last = _OPENED + timedelta(days=_DAYS_OPEN)
    return [
        (customer, chance.choice(ranges).format(chance.randrange(1, 255)), (last - timedelta(days=day)).isoformat(" "))
        for day in days
    ]
