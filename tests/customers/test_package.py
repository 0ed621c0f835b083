"""The package of an access request: whole, counted, summed, and the same each time."""

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta, timezone

from models.customers import Column, Row, TableExtract
from models.customers.words import words_for
from tests.customers.packages import AT, ORDERS, PERSON, data, members, package, page


def test_a_package_holds_three_flat_files_and_counts_what_is_in_them():
    made = package(PERSON, ORDERS)
    assert sorted(members(made)) == ["data.html", "data.json", "manifest.json"]
    assert (made.tables, made.rows) == (2, 4)


def test_the_json_holds_every_value_as_the_database_does():
    said = data(package(PERSON, ORDERS))
    assert [(table["store"], table["table"]) for table in said["tables"]] == [
        ("shop", "customers"),
        ("shop", "orders"),
    ]
    assert [table["rows"] for table in said["tables"]] == [[dict(row.values) for row in extract.rows]
                                                          for extract in (PERSON, ORDERS)]  # fmt: skip
    assert {name: said[name] for name in ("reference", "address", "controller", "made_at")} == {
        "reference": "RD-7F3K2QXM",
        "address": "zoe@example.org",
        "controller": "Example Shop GmbH, Musterweg 1",
        "made_at": "2031-01-31T09:00:07+00:00",
    }


def test_the_json_says_of_each_column_what_the_mapping_says():
    name = data(package(PERSON))["tables"][0]["columns"][0]
    assert name == {
        "name": "full_name",
        "field": "name",
        "consent": None,
        "label": "Name",
        "purpose": "your contract",
        "legal_basis": None,
        "retention": "10 years",
        "source": "you",
    }


def test_what_the_mapping_does_not_reach_stays_out():
    row = Row("shop", "customers", "1", {"full_name": "Zoë", "password_hash": "not-for-anybody"})
    made = package(replace(PERSON, rows=(row,)))
    assert all(b"not-for-anybody" not in content for content in members(made).values())


def test_the_manifest_has_the_sums_of_both_files():
    held = members(package(PERSON))
    listed = json.loads(held["manifest.json"])["files"]
    assert listed == [
        {"name": name, "size": len(held[name]), "sha256": hashlib.sha256(held[name]).hexdigest()}
        for name in ("data.json", "data.html")
    ]


def test_the_same_input_makes_the_same_bytes():
    assert package(PERSON, ORDERS).content == package(PERSON, ORDERS).content


def test_the_members_carry_the_time_of_the_package_in_utc():
    with zipfile.ZipFile(io.BytesIO(package(made_at=AT.astimezone(timezone(timedelta(hours=5)))).content)) as opened:
        assert {member.date_time for member in opened.infolist()} == {(2031, 1, 31, 9, 0, 6)}


def test_a_package_of_nothing_says_so():
    made = package()
    assert (made.tables, made.rows) == (0, 0)
    assert words_for("en").page["nothing"] in page(made)


def test_any_text_of_a_database_survives():
    odd = "\ud800 \x00 <&\"' \u202e \n אבג \U0001f600"
    made = package(TableExtract("s", "t", (Column("c"),), (Row("s", "t", "1", {"c": odd}),)))
    assert data(made)["tables"][0]["rows"] == [{"c": odd}]
    assert "\U0001f600" in page(made)
