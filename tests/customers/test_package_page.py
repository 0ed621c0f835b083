"""data.html: everything in one page, nothing from anywhere else, no markup of anybody's making."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from models.customers import Column, Row, TableExtract
from models.customers.words import languages, words_for
from tests.customers.packages import ORDERS, PERSON, members, package, page

LANGUAGES = sorted(languages())
SCRIPT = "<script>alert(1)</script><img src=//evil.example.net/x onerror=alert(1)>"


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


def test_the_page_is_read_on_a_phone_and_in_the_dark(tmp_path: Path, chromium):
    wide = replace(ORDERS, columns=tuple(Column(f"a_rather_long_column_{n}") for n in range(12)))
    (tmp_path / "data.html").write_bytes(members(package(PERSON, wide, language="de"))["data.html"])
    chromium.set_window_size(500, 900)
    chromium.get((tmp_path / "data.html").as_uri())
    assert chromium.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    seen = chromium.execute_script("return getComputedStyle(document.querySelector('.many td')).display")
    assert seen == "block"  # so the policy let the style pass
    assert not [entry for entry in chromium.get_log("browser") if entry["level"] == "SEVERE"]


def test_moments_are_told_in_the_readers_language_and_the_desks_time() -> None:
    visit = {"at": "2030-07-01T21:30:00+00:00", "day": "2030-12-24", "note": "2030-1-1"}
    visits = TableExtract(
        store="shop", table="log_v2", columns=tuple(map(Column, visit)), label="Your visits",
        rows=(Row("shop", "log_v2", "1", visit),),
    )  # fmt: skip
    shown = page(package(visits, language="de"))
    assert all(said in shown for said in ("Your visits", "1. Juli 2030", "23:30:00", "24. Dezember 2030", "2030-1-1"))
    assert "10:00:07" in shown
    assert "log_v2" not in shown
    assert "2030-12-24" not in shown
