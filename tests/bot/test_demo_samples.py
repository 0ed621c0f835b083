"""What the demo starts with: a shop that opens, a configuration that loads, mail that reads like mail."""

import re
import sqlite3
import stat
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from bot.demo.config import ADDRESS, SECRET_FILE, SHOP_FILE, demo_config_text
from bot.demo.samples import samples, sources
from bot.demo.shop import customers, make_shop
from bot.mail import mime
from models import letters
from models.config import Config, load, write_secret
from models.customers.sql import stores
from models.rules.kinds import Auto, Correct, Field, Kind

NOW = datetime(2031, 1, 31, 9, 0, tzinfo=UTC)
STRANGERS = {"r.castellane@inbox.example.com", "k.lohse@post.example.net", "growth@rank-first.example.com"}
SPOKEN = ("en", "de", "fr", "it")
SOURCES = sources()


@pytest.fixture
def demo(tmp_path) -> Config:
    """A folder as the demo lays it out."""
    make_shop(tmp_path / SHOP_FILE, seed=7)
    write_secret(tmp_path / SECRET_FILE, b"s" * 64)
    text = demo_config_text(tmp_path, port=8001, smtp_port=8026, catcher_port=8027)
    (tmp_path / "config.toml").write_text(text, "utf-8")
    return load(tmp_path / "config.toml", env={})


def dump(path) -> list[str]:
    with closing(sqlite3.connect(path)) as shop:
        return list(shop.iterdump())


@cache
def raws() -> dict[str, bytes]:
    in_order = sorted(SOURCES, key=lambda source: -source.hours_ago)
    return dict(zip((source.name for source in in_order), (sample.raw for sample in samples(NOW)), strict=True))


def test_the_shop_has_about_sixty_customers_of_many_countries():
    assert 55 <= len(customers()) <= 70
    assert len({customer[6] for customer in customers()}) >= 25
    assert len({customer[1] for customer in customers()}) == len(customers())


def test_the_same_seed_makes_the_same_shop(tmp_path):
    for name, seed in (("one", 7), ("same", 7), ("other", 8)):
        make_shop(tmp_path / name, seed=seed)
    assert dump(tmp_path / "one") == dump(tmp_path / "same") != dump(tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "other", "same"]


def test_a_shop_that_is_there_stays_as_it_is(tmp_path):
    (tmp_path / "shop").write_bytes(b"somebody's")
    make_shop(tmp_path / "shop", seed=7)
    assert (tmp_path / "shop").read_bytes() == b"somebody's"


def test_a_shop_that_was_never_finished_is_begun_anew(tmp_path):
    (tmp_path / "shop.unfinished").write_bytes(b"half")
    make_shop(tmp_path / "shop", seed=7)
    assert len(dump(tmp_path / "shop")) > 100


def test_the_configuration_loads_and_stays_on_this_machine(demo):
    assert demo.desk.base_url == "http://127.0.0.1:8001"
    assert demo.desk.address == ADDRESS
    assert set(demo.desk.languages) == letters.languages()
    assert demo.listener is not None
    assert demo.smtp is not None
    assert (demo.listener.protocol, demo.listener.host, demo.listener.port) == ("smtp", "127.0.0.1", 8026)
    assert (demo.smtp.tls, demo.smtp.host, demo.smtp.port) == ("none", "127.0.0.1", 8027)
    assert (demo.web.host, demo.web.port) == ("127.0.0.1", 8001)
    assert demo.desk.controller
    assert demo.desk.authority
    assert not demo.mailboxes


def test_a_folder_may_have_any_name(tmp_path):
    folder = tmp_path / 'Bühne "2" \\ demo'
    make_shop_in = folder / SHOP_FILE
    folder.mkdir()
    make_shop(make_shop_in, seed=7)
    write_secret(folder / SECRET_FILE, b"s" * 64)
    (folder / "config.toml").write_text(demo_config_text(folder, port=1, smtp_port=2, catcher_port=3), "utf-8")
    found = stores(load(folder / "config.toml", env={}))["shop"].find(["ada.okafor@example.org"])
    assert [row.values["full_name"] for row in found["ada.okafor@example.org"]] == ["Ada Okafor"]


def test_every_finding_about_the_shop_is_well(demo):
    findings = stores(demo)["shop"].check()
    assert [finding for finding in findings if not finding.ok or finding.mend] == []
    assert {finding.what for finding in findings} >= {
        "customers.shop.ip_log.ip_address",
        "customers.shop.orders.total",
    }


def test_the_mapping_shows_how_columns_differ(demo):
    told = {Correct.APPROVE, Correct.FOUR_EYES, Correct.NEVER}
    mapped = {column.correct for table in demo.customers[0].tables.values() for column in table.columns.values()}
    assert mapped == told


def test_one_customer_is_reached_with_orders_visits_and_consents(demo):
    shop = stores(demo)["shop"]
    tables = Counter(
        extract.table
        for customer in customers()
        for extract in shop.extract(shop.find([customer[1]])[customer[1]])
        if extract.rows
    )
    assert tables["customers"] == len(customers())
    assert all(tables[table] >= 10 for table in ("orders", "ip_log", "consent_log"))


def test_nobody_has_two_rows_in_one_table(demo):
    shop = stores(demo)["shop"]
    found = shop.find([customer[1] for customer in customers()])
    assert all(len({row.table for row in rows}) == len(rows) for rows in found.values())


def test_whoever_asks_for_no_more_mail_gets_it_now(demo):
    shop = stores(demo)["shop"]
    askers = {mime.read(raws()[source.name]).sender for source in SOURCES if Kind.OPT_OUT in source.kinds} - STRANGERS
    assert len(askers) >= 5
    for asker in askers:
        assert [row.values["newsletter"] for row in shop.find([asker])[asker] if row.table == "customers"] == ["true"]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_each_sample_reads_without_a_fault(source):
    reading = mime.read(raws()[source.name], own_addresses=frozenset({ADDRESS}))
    assert reading.sender
    assert reading.subject
    assert reading.to == (ADDRESS,)
    assert reading.defects == ()
    assert reading.date == NOW - source.age
    assert reading.new_text
    assert "{" not in reading.text


def test_samples_come_oldest_first_and_are_the_same_at_each_start():
    ages = [sample.age for sample in samples(NOW)]
    assert ages == sorted(ages, reverse=True)
    assert min(ages) >= timedelta(hours=1)
    assert samples(NOW) == samples(NOW)
    assert len({mime.read(sample.raw).message_id for sample in samples(NOW)}) == len(ages) >= 30


def test_a_later_start_knows_the_samples_again():
    later = [mime.read(sample.raw) for sample in samples(NOW + timedelta(days=3))]
    now = [mime.read(sample.raw) for sample in samples(NOW)]
    assert [one.message_id for one in later] == [one.message_id for one in now]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_asked_for(kind):
    assert any(kind in source.kinds for source in SOURCES)


@pytest.mark.parametrize("language", SPOKEN)
def test_each_language_has_corrections_opt_outs_and_questions(language):
    kinds = {kind for source in SOURCES if source.name.endswith(f"-{language}") for kind in source.kinds}
    assert kinds >= {Kind.RECTIFICATION, Kind.OPT_OUT, Kind.OTHER}


def test_machines_are_known_as_machines_and_people_as_people():
    read = {name: mime.read(raw).auto for name, raw in raws().items()}
    assert {name: auto for name, auto in read.items() if auto} == {
        "abwesend": Auto.AUTO_REPLY,
        "trade-letter": Auto.LIST,
        "undelivered": Auto.BOUNCE,
    }
    assert all(bool(source.kinds) is (read[source.name] is None) for source in SOURCES)


def test_people_write_from_the_address_that_the_shop_has_but_for_strangers():
    people = {mime.read(raws()[source.name]).sender for source in SOURCES if source.kinds}
    assert people - {customer[1] for customer in customers()} == STRANGERS


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("moved-en", {Field.STREET: "12 Juniper Lane", Field.CITY: "London", Field.POSTAL_CODE: "SE1 7PB"}),
        ("umzug-de", {Field.STREET: "Lindenallee 14", Field.CITY: "Berlin", Field.POSTAL_CODE: "14050"}),
        ("demenagement-fr", {Field.STREET: "17 rue des Tanneurs", Field.POSTAL_CODE: "69005"}),
        ("trasloco-it", {Field.STREET: "Via Lagrange 15", Field.CITY: "Torino"}),
        ("verhuizing-nl", {Field.STREET: "Oudegracht 320", Field.POSTAL_CODE: "3511 PK"}),
        ("heirat-de", {Field.NAME: "Aylin Demirel"}),
        ("mail-typo-en", {Field.EMAIL: "calum.rutherford@example.net"}),
        ("telefon-de", {Field.PHONE: "6221 555017"}),
        ("telefono-es", {Field.PHONE: "955 550 118"}),
        ("nome-it", {Field.NAME: "Santacrocce"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_writer_calls_the_old_value_is_what_the_shop_holds(demo, name, fields):
    shop = stores(demo)["shop"]
    reading = mime.read(raws()[name])
    row = next(row for row in shop.find([reading.sender])[reading.sender] if row.table == "customers")
    held = {column.field: row.values[column.name] for column in shop.columns("customers").values()}
    for field, old in fields.items():
        assert old in held[field]
        assert old in reading.new_text


def test_everything_is_invented():
    texts = [raw.decode("utf-8", "replace") for raw in raws().values()] + [" ".join(map(str, c)) for c in customers()]
    domains = {domain for text in texts for domain in re.findall(r"[\w.+-]+@([\w.-]+\w)", text.replace("=\r\n", ""))}
    assert domains
    assert {domain for domain in domains if not re.fullmatch(r"(.+\.)?example\.(com|net|org)", domain)} == set()


def test_the_quote_of_a_reply_is_not_what_they_wrote():
    assert "newsletter" not in mime.read(raws()["thanks-en"]).new_text
    assert "Newsletter" not in mime.read(raws()["telefon-de"]).new_text


def test_the_secret_is_not_part_of_the_text(tmp_path, demo):
    assert stat.S_IMODE((tmp_path / SECRET_FILE).stat().st_mode) == 0o600
    assert "ssss" not in (tmp_path / "config.toml").read_text("utf-8")
