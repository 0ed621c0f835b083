"""A shop's database as shops have them, on SQLite and on PostgreSQL, with the data of Ada and of her twins."""

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from models import config
from models.config.parts import Surroundings
from models.customers.sql import SqlStore

TABLES = """
CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    email VARCHAR(120) NOT NULL,
    full_name VARCHAR(40),
    phone VARCHAR(30),
    street TEXT,
    code CHAR(8),
    born DATE,
    joined TIMESTAMP,
    credit NUMERIC(10, 2),
    points SMALLINT,
    newsletter BOOLEAN NOT NULL,
    calls INTEGER,
    score REAL,
    notes JSON
);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, total NUMERIC(10, 2), placed_at DATE);
CREATE TABLE order_lines (id INTEGER PRIMARY KEY, order_id INTEGER, title VARCHAR(80));
CREATE TABLE preferences (customer_id INTEGER PRIMARY KEY, sms VARCHAR(10));
CREATE TABLE "list-members" (address VARCHAR(120) PRIMARY KEY, "on" BOOLEAN);
"""

MAPPING: dict[str, Any] = {
    "customers": {
        "key": "id",
        "subject": "email",
        "columns": {
            "email": {"field": "email", "correct": "four_eyes"},
            "full_name": {"field": "name", "correct": "approve", "label": "Name"},
            "phone": {"field": "phone", "correct": "approve"},
            "street": {"field": "street", "correct": "approve"},
            "code": {"field": "other", "correct": "approve"},
            "born": {"field": "date_of_birth", "correct": "approve"},
            "joined": {"field": "other", "correct": "approve"},
            "credit": {"field": "other", "correct": "approve"},
            "points": {"field": "other", "correct": "approve"},
            "newsletter": {"consent": "marketing", "off": False},
            "calls": {"consent": "phone", "off": False},
            "score": {"field": "other"},
            "notes": {"field": "other"},
        },
    },
    "order_lines": {
        "key": "id",
        "subject": {"column": "order_id", "references": "orders.id"},
        "columns": {"title": {"field": "other"}},
    },
    "orders": {
        "key": "id",
        "subject": {"column": "customer_id", "references": "customers.id"},
        "columns": {"total": {"field": "other"}, "placed_at": {"field": "other"}},
    },
    "preferences": {
        "key": "customer_id",
        "subject": {"column": "customer_id", "references": "customers.id"},
        "columns": {"sms": {"consent": "sms", "off": "no"}},
    },
    "list-members": {"key": "address", "subject": "address", "columns": {"on": {"consent": "list", "off": False}}},
}

ADA = {
    "email": "Ada@Shop.example",
    "full_name": "Ada Lovelace",
    "phone": "+49 30 1234567",
    "street": "Musterweg 1",
    "code": "AB1",
    "born": "1980-12-10",
    "joined": "2020-02-03T04:05:06",
    "credit": "12.50",
    "points": "7",
    "newsletter": "true",
    "calls": "1",
    "score": "0.5",
    "notes": '{"hat": "blue"}',
}

# Who must never be taken for Ada: same name, other key; case elsewhere; a tag; a look-alike; a wildcard's catch.
TWINS = (
    "ada@shop.example.org",
    "ada+news@shop.example",
    "ad\u0430@shop.example",  # a Cyrillic a
    "ada@\u017fhop.example",  # a long s, whose upper case is S
    "a_a@shop.example",
    " ada@shop.example",
    "ada@shop.example ",
    "'ada'@shop.example",
)


def fill(url: str) -> None:
    """Ada is number 1; the twins follow, each with orders, preferences and a place on the list."""
    people = [_person(number, email) for number, email in enumerate((ADA["email"], *TWINS), 1)]
    script = "".join([TABLES, *people])
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(f"BEGIN; {script} COMMIT;")
    else:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as server:
            server.execute(script.encode())


def _person(number: int, email: str) -> str:
    address = email.replace("'", "''")
    return f"""
    INSERT INTO customers VALUES ({number}, '{address}', 'Ada Lovelace', '+49 30 1234567', 'Musterweg 1', 'AB1',
        '1980-12-10', '2020-02-03 04:05:06', 12.5, 7, true, 1, 0.5, '{{"hat": "blue"}}');
    INSERT INTO orders VALUES ({number}0, {number}, 9.9, '2026-01-02'), ({number}1, {number}, 9.9, '2026-01-02');
    INSERT INTO order_lines VALUES ({number}0, {number}0, 'hat of {number}');
    INSERT INTO order_lines VALUES ({number}1, {number}1, 'hat of {number}');
    INSERT INTO preferences VALUES ({number}, 'yes');
    INSERT INTO "list-members" VALUES (lower('{address}'), true);
    """  # noqa: S608 - the values are those above


def store(url: str, tables: dict[str, Any] = MAPPING, *, local_part_case: bool = False) -> SqlStore:
    told = {"name": "shop", "url": url, "tables": tables}
    customer = config.Customer.model_validate(told, context=Surroundings(Path("/"), {}))
    return SqlStore(customer, local_part_case=local_part_case)


def run(url: str, *statements: str) -> Sequence[sa.Row[Any]]:
    """What somebody else does to the database meanwhile; the rows of the last statement."""
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            results = [connection.execute(sa.text(statement)) for statement in statements]
            return results[-1].fetchall() if results[-1].returns_rows else []
    finally:
        engine.dispose()
