"""The package of an access request: whole, self-contained, the same each time, in words that its reader has."""

import base64
import hashlib
import io
import json
import re
import tomllib
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path

import pytest

from models import letters
from models.customers import Column, Row, TableExtract
from models.customers.package import Made, build
from models.customers.words import FALLBACK, FOLDER, languages, words_for
from models.rules.kinds import Field

LANGUAGES = sorted(file.stem for file in FOLDER.glob("*.toml"))
SCRIPT = "<script>alert(1)</script><img src=//evil.example.net/x onerror=alert(1)>"
AT = datetime(2031, 1, 31, 9, 0, 7, tzinfo=UTC)

PERSON = TableExtract(
    store="shop",
    table="customers",
    columns=(
        Column("full_name", field=Field.NAME, purpose="your contract", retention="10 years", source="you"),
        Column("email", field=Field.EMAIL, purpose="your contract", retention="10 years", source="you"),
        Column("newsletter", consent="marketing", off="false", legal_basis="Art. 6(1)(a)"),
        Column("tier", field=Field.OTHER),
        Column("notes"),
    ),
    rows=(
        Row("shop", "customers", "1", {"full_name": "Zoë Ångström", "email": "zoe@example.org", "newsletter": "true",
                                       "tier": "gold", "notes": None}),
    ),
)  # fmt: skip
ORDERS = TableExtract(
    store="shop",
    table="orders",
    columns=(Column("placed_at", label="Ordered on"), Column("total", field=Field.OTHER)),
    rows=tuple(Row("shop", "orders", str(n), {"placed_at": f"2030-0{n}-01", "total": f"{n}.50"}) for n in (1, 2, 3)),
)


def package(*extracts: TableExtract, language: str = "en", made_at: datetime = AT, **told: object) -> Made:
    usual = {
        "desk": "Example Shop",
        "controller": "Example Shop GmbH, Musterweg 1",
        "authority": "Example Authority",
        "contact": "dpo@example.com",
        "recipients": ("parcel carrier",),
        "reference": "RD-7F3K2QXM",
        "address": "zoe@example.org",
    }
    return build(extracts, language=language, made_at=made_at, **usual | told)


def members(made: Made) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(made.content)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def page(made: Made) -> str:
    return members(made)["data.html"].decode("utf-8")


def data(made: Made) -> dict:
    return json.loads(members(made)["data.json"])


class Elements(HTMLParser):
    """Tags with their attributes, and all text, as a browser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


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


@pytest.mark.parametrize(
    ("column", "label"),
    [
        (Column("c", field=Field.PHONE), "Phone number"),
        (Column("c", field=Field.PHONE, label="Line"), "Line"),
        (Column("total", field=Field.OTHER), "total"),
        (Column("c", consent="marketing", off="0"), "Consent: marketing"),
        (Column("plain"), "plain"),
    ],
    ids=["field", "own label", "field other", "consent", "neither"],
)
def test_a_column_is_called_what_its_reader_would_call_it(column, label):
    assert words_for("en").label(column) == label


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


@pytest.mark.parametrize("place", ["value", "label", "table", "purpose", "recipient", "desk", "authority", "contact"])
def test_nothing_that_anybody_typed_becomes_markup(place):
    column = Column("c", label=SCRIPT if place == "label" else "L", purpose=SCRIPT if place == "purpose" else "P")
    rows = tuple(Row("s", "t", key, {"c": SCRIPT if place == "value" else "v"}) for key in "12")
    made = package(
        TableExtract("s", SCRIPT if place == "table" else "t", (column,), rows),
        recipients=(SCRIPT if place == "recipient" else "r",),
        desk=SCRIPT if place == "desk" else "Shop",
        authority=SCRIPT if place == "authority" else "A",
        contact=SCRIPT if place == "contact" else None,
    )
    read = Elements(page(made))
    assert not {"script", "img"} & {tag for tag, _ in read.tags}
    assert any(SCRIPT in text for text in read.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_loads_nothing_and_runs_nothing(language):
    html = page(package(PERSON, ORDERS, language=language))
    read = Elements(html)
    loading = {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a", "video", "audio", "svg"}
    assert not loading & {tag for tag, _ in read.tags}
    assert not {"src", "href", "style", "action", "srcset"} & {name for _, attrs in read.tags for name in attrs}
    assert not any(name.startswith("on") for _, attrs in read.tags for name in attrs)
    assert "://" not in html
    assert "url(" not in html
    assert "@import" not in html


def test_the_policy_allows_this_one_style_and_nothing_else():
    html = page(package(PERSON))
    policy = next(attrs["content"] for tag, attrs in Elements(html).tags if attrs.get("http-equiv"))
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_every_table_has_its_section_with_a_real_table():
    read = Elements(page(package(PERSON, ORDERS)))
    headings = [text.strip() for text in read.text]
    assert {"customers", "orders"} <= set(headings)
    assert [tag for tag, _ in read.tags].count("table") == 3  # each table's rows, and why the first is held
    assert {"1.50", "2.50", "3.50", "Zoë Ångström", "gold"} <= set(headings)


def test_a_consent_is_said_in_words_and_what_is_not_there_is_said_too():
    said = "".join(Elements(page(package(PERSON))).text)
    assert "Consent: marketingyes" in said
    assert "notesempty" in said
    assert "Art. 6(1)(a)not statednot stated" in re.sub(r"\s*\n\s*", "", said)


def test_columns_held_for_one_reason_share_a_line():
    said = "".join(Elements(page(package(PERSON))).text)
    assert "Name, E-mail address" in said
    assert said.count("your contract") == 1


def test_the_page_tells_recipients_rights_and_where_to_complain():
    said = "".join(Elements(page(package(PERSON, recipients=("parcel carrier", "payment provider")))).text)
    for told in ("parcel carrier", "payment provider", "Example Authority", *words_for("en").rights):
        assert told in said


@pytest.mark.parametrize(
    ("missing", "word"),
    [({"recipients": ()}, "nobody"), ({"authority": ""}, "complaint_anywhere")],
    ids=["recipients", "authority"],
)
def test_what_the_desk_was_not_told_is_not_made_up(missing, word):
    assert words_for("en").page[word] in page(package(PERSON, **missing))


def test_a_package_of_nothing_says_so():
    made = package()
    assert (made.tables, made.rows) == (0, 0)
    assert words_for("en").page["nothing"] in page(made)


def test_any_text_of_a_database_survives():
    odd = "\ud800 \x00 <&\"' \u202e \n אבג \U0001f600"
    made = package(TableExtract("s", "t", (Column("c"),), (Row("s", "t", "1", {"c": odd}),)))
    assert data(made)["tables"][0]["rows"] == [{"c": odd}]
    assert "\U0001f600" in page(made)


def test_a_language_without_words_reads_english():
    assert package(PERSON, language="xx").content == package(PERSON, language="en").content
    assert FALLBACK in languages()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_complete(language):
    own, english = words_for(language), words_for("en")
    assert own.language == language
    assert own.page.keys() == english.page.keys()
    assert len(own.rights) == len(english.rights)
    assert all(word.strip() for word in (*own.page.values(), *own.rights, *own.fields.values()))
    assert [re.findall(r"{\w+}", own.page[word]) for word in own.page] == [
        re.findall(r"{\w+}", english.page[word]) for word in own.page
    ]
    assert set(tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))) == {"page", "rights", "fields"}


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_each_language_is_a_translation(language):
    same = {word for word, said in words_for(language).page.items() if said == words_for("en").page[word]}
    assert same <= {"no"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_and_packages_call_a_field_alike(language):
    assert words_for(language).fields == {field: letters.field_label(field, language) for field in Field}


def test_the_page_is_read_on_a_phone_and_in_the_dark(tmp_path: Path, chromium):
    wide = replace(ORDERS, columns=tuple(Column(f"a_rather_long_column_{n}") for n in range(12)))
    (tmp_path / "data.html").write_bytes(members(package(PERSON, wide, language="de"))["data.html"])
    chromium.set_window_size(500, 900)
    chromium.get((tmp_path / "data.html").as_uri())
    assert chromium.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    seen = chromium.execute_script("return getComputedStyle(document.querySelector('.many td')).display")
    assert seen == "block"  # so the policy let the style pass
    assert not [entry for entry in chromium.get_log("browser") if entry["level"] == "SEVERE"]
