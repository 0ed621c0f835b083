"""The customers' form: what it takes, what it refuses, and that nothing typed is lost."""

import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from models.desk import Desk
from models.rules.kinds import Action, Field, Kind
from models.rules.submission import Submission
from models.spool import Spool
from tests.webform.conftest import MakeDesk, browser_of

ADA = {"kind": "access", "email": "ada@example.net", "name": "Ada Quint"}
LINE = {"kind": "rectification", "field": "street", "old": "3 Mill Lane", "new": "14 Quarry Hill"}


def spooled(desk: Desk) -> list[tuple[Spool, Submission]]:
    with desk.readers() as session:
        rows = session.scalars(sa.select(Spool).options(sa.orm.undefer(Spool.raw)).order_by(Spool.id)).all()
        return [(row, Submission.from_bytes(desk.keys.unseal(row.raw or b""))) for row in rows]


def once_of(client: FlaskClient) -> str:
    found = re.search(r'name="once" value="([^"]+)"', client.get("/support/").text)
    assert found
    return found[1]


def test_a_form_becomes_one_spool_row_and_a_reference(client: FlaskClient, desk: Desk) -> None:
    answer = client.post("/support/", data={**ADA, **LINE, "message": "Since May.\r\nThanks"})
    ((row, submission),) = spooled(desk)
    assert answer.status_code == 303
    assert answer.location == f"/support/thanks/{row.reference}"
    assert submission.kind is Kind.RECTIFICATION
    assert submission.email == "ada@example.net"
    assert submission.message == "Since May.\nThanks"
    assert [(line.field, line.old, line.new) for line in submission.lines] == [
        (Field.STREET, "3 Mill Lane", "14 Quarry Hill")
    ]
    assert row.trapped is False


@pytest.mark.parametrize("kind", sorted(Kind))
def test_every_kind_can_be_posted_and_chosen(client: FlaskClient, desk: Desk, kind: str) -> None:
    assert f'value="{kind}"' in client.get("/").text
    assert client.post("/support/", data={**ADA, "kind": kind, "message": "Please."}).status_code == 303
    assert spooled(desk)[0][1].kind == kind


def test_nobody_gets_a_cookie_and_nobody_needs_one(client: FlaskClient) -> None:
    answers = [client.get("/"), client.post("/support/", data={}), client.post("/support/", data=ADA)]
    assert [answer.status_code for answer in answers] == [200, 422, 303]
    assert not any("Set-Cookie" in answer.headers for answer in answers)


def test_an_old_value_without_a_new_one_is_taken_off_and_a_blank_line_is_none(client: FlaskClient, desk: Desk) -> None:
    typed = {
        **ADA,
        "kind": "rectification",
        "field": ["phone", "", "city"],
        "old": ["+44 20 7946 0011", "", ""],
        "new": ["", "", ""],
    }
    client.post("/support/", data=typed)
    lines = spooled(desk)[0][1].lines
    assert [(line.field, line.action) for line in lines] == [(Field.PHONE, Action.REMOVE)]


def test_lines_count_for_a_correction_only(client: FlaskClient, desk: Desk) -> None:
    assert client.post("/support/", data={**ADA, "field": ["street"], "new": ["x", "y"], "old": []}).status_code == 303
    assert spooled(desk)[0][1].lines == ()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no kind": ({"kind": ""}, "kind"),
    "a kind that is none": ({"kind": "everything"}, "kind"),
    "no address": ({"email": ""}, "email"),
    "no mail address": ({"email": "ada at example"}, "email"),
    "two addresses": ({"email": "ada@example.net, eve@example.net"}, "email"),
    "a line break in the address": ({"email": "ada@example.net\r\nBcc: eve@example.net"}, "email"),
    "a line break at its end": ({"email": "ada@example.net\n"}, "email"),
    "a line break in the name": ({"name": "Ada\nQuint"}, "name"),
    "a NUL in the name": ({"name": "Ada\x00Quint"}, "name"),
    "a long name": ({"name": "A" * 201}, "name"),
    "a NUL in the message": ({"message": "a\x00b"}, "message"),
    "a long message": ({"message": "a" * 20_001}, "message"),
    "a question that asks nothing": ({"kind": "other"}, "message"),
    "a correction that corrects nothing": ({"kind": "rectification"}, "lines"),
    "lists of two lengths": ({**LINE, "old": []}, "lines"),
    "a value without a field": ({**LINE, "field": ""}, "line-0"),
    "a field that is none": ({**LINE, "field": "shoe_size"}, "line-0"),
    "a long value": ({**LINE, "new": "a" * 501}, "line-0"),
    "a line break in a value": ({**LINE, "new": "14 Quarry\nHill"}, "line-0"),
    "a mark that turns the text": ({**LINE, "new": "14 \u202eQuarry Hill"}, "line-0"),
    "eleven corrections": (
        {"kind": "rectification", "field": ["city"] * 11, "old": [""] * 11, "new": ["Hull"] * 11},
        "lines",
    ),
}


@pytest.mark.parametrize(("typed", "place"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_said_beside_its_field(
    client: FlaskClient, desk: Desk, typed: dict[str, Any], place: str
) -> None:
    answer = client.post("/support/", data={**ADA, **typed})
    assert answer.status_code == 422
    assert f'id="{place}-wrong"' in answer.text
    assert re.search(rf'aria-describedby="[^"]*\b{place}-wrong', answer.text)
    assert f'href="#{place}"' in answer.text
    assert f'id="{place}"' in answer.text
    assert spooled(desk) == []


def test_a_form_shown_again_has_lost_nothing(client: FlaskClient, clock: Any) -> None:
    once = once_of(client)
    clock.pass_(minutes=5)
    typed = {
        "kind": "rectification",
        "email": "ada at example",
        "name": "Ada <Quint>",
        "message": "\nSince “May”\n</textarea>",
        "field": ["city", "phone"],
        "old": ["Hull", ""],
        "new": ["York & Co", "17"],
        "once": once,
    }
    answer = client.post("/support/", data=typed)
    assert answer.status_code == 422
    for kept in (
        once,
        "ada at example",
        "Ada &lt;Quint&gt;",
        "Since “May”\n&lt;/textarea&gt;",
        "Hull",
        "York &amp; Co",
        'value="17"',
    ):
        assert kept in answer.text
    assert re.search(r'value="phone" selected', answer.text)
    assert re.search(r'value="rectification" checked', answer.text)


def test_another_line_loses_nothing_and_stores_nothing(client: FlaskClient, desk: Desk) -> None:
    answer = client.post("/support/line", data={**ADA, **LINE, "once": once_of(client)})
    assert answer.status_code == 200
    assert answer.text.count('name="new"') == 2
    assert 'value="14 Quarry Hill"' in answer.text
    assert 'value="ada@example.net"' in answer.text
    assert spooled(desk) == []


def test_the_deed_is_the_first_post_form_and_its_button_the_first(client: FlaskClient) -> None:
    page = client.get("/").text
    forms = re.findall(r"<form\b.*?</form>", page, re.DOTALL)
    buttons = re.findall(r"<(?:button|input type=\"submit\")[^>]*>", forms[0])
    assert 'method="post"' in forms[0]
    assert 'action="/support/"' in forms[0]
    assert "formaction=" not in buttons[0]
    assert 'formaction="/support/line"' in buttons[1]


@pytest.mark.parametrize("name", ["language", "more", "lang", "action", "submit"])
def test_a_shops_own_form_may_have_fields_of_its_own(client: FlaskClient, desk: Desk, name: str) -> None:
    answer = client.post("/support/", data={**ADA, name: "de"})
    assert answer.status_code == 303
    assert [row.reference for row, _ in spooled(desk)] == [answer.location.rpartition("/")[2]]


def test_a_double_click_makes_one_ticket(client: FlaskClient, desk: Desk, clock: Any) -> None:
    typed = {**ADA, "once": once_of(client)}
    clock.pass_(seconds=20)
    first, second = client.post("/support/", data=typed), client.post("/support/", data=typed)
    assert first.location == second.location
    assert len(spooled(desk)) == 1


TRAPS = {
    "a human hand": ({}, 3, False),
    "faster than a hand": ({}, 2, True),
    "the hidden field filled": ({"website": "https://spam.example"}, 60, True),
}


@pytest.mark.parametrize(("typed", "seconds", "trapped"), TRAPS.values(), ids=TRAPS)
def test_a_trap_that_snaps_is_stored_and_answered_as_usual(
    client: FlaskClient, desk: Desk, clock: Any, typed: dict[str, str], seconds: int, trapped: bool
) -> None:
    once = once_of(client)
    clock.pass_(seconds=seconds)
    assert client.post("/support/", data={**ADA, **typed, "once": once}).status_code == 303
    assert spooled(desk)[0][0].trapped is trapped


@pytest.mark.parametrize("once", ["", "1.a.b", "99999999999.aaaa.bbbb", "…"], ids=["none", "short", "forged", "odd"])
def test_a_mark_that_is_not_ours_is_as_good_as_none(client: FlaskClient, desk: Desk, once: str) -> None:
    assert client.post("/support/", data={**ADA, "once": once}).status_code == 303
    assert spooled(desk)[0][1].once != once or once == ""
    assert spooled(desk)[0][0].trapped is False


FILES = {
    "a scan": ("scan.pdf", "scan.pdf", "application/pdf"),
    "a page with scripts": ("x.svg", "x.svg", "application/octet-stream"),
    "a path": ("..\\..\\etc/passwd.html", "passwd.html", "application/octet-stream"),
    "a name that turns": ("gpj.\u202eexe.txt", "gpj.exe.txt", "text/plain"),
}


@pytest.mark.parametrize(("sent", "name", "kind"), FILES.values(), ids=FILES)
def test_a_file_is_kept_under_a_clean_name(client: FlaskClient, desk: Desk, sent: str, name: str, kind: str) -> None:
    file = (io.BytesIO(b"content"), sent, "text/html")
    client.post("/support/", data={**ADA, "attachment": [file]}, content_type="multipart/form-data")
    kept = spooled(desk)[0][1].attachments[0]
    assert (kept.name, kept.type, kept.content) == (name, kind, b"content")


def test_a_form_without_a_file_has_none(client: FlaskClient, desk: Desk) -> None:
    empty = (io.BytesIO(b""), "")
    client.post("/support/", data={**ADA, "attachment": [empty]}, content_type="multipart/form-data")
    assert spooled(desk)[0][1].attachments == ()


def test_a_large_file_is_refused_beside_its_field(client: FlaskClient, desk: Desk) -> None:
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in ADA.items()]
    file = '--x\r\nContent-Disposition: form-data; name="attachment"; filename="scan.pdf"\r\n\r\n'
    body = "".join([*parts, file]).encode() + b"x" * (5 * 1024 * 1024 + 1) + b"\r\n--x--\r\n"
    answer = client.post("/support/", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 422
    assert 'id="attachment-wrong"' in answer.text


def test_the_eleventh_form_in_an_hour_is_sent_to_the_mail(client: FlaskClient, desk: Desk, clock: Any) -> None:
    answers = [client.post("/support/", data={**ADA, "message": str(number)}) for number in range(11)]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429]
    assert "support@shop.example" in answers[-1].text
    assert answers[-1].headers["Retry-After"] == "3600"
    assert len(spooled(desk)) == 10
    other = browser_of(desk, peer="203.0.113.8")
    assert other.post("/support/", data=ADA).status_code == 303
    clock.pass_(hours=1)
    assert client.post("/support/", data=ADA).status_code == 303


def test_addresses_of_one_ipv6_customer_are_one(make_desk: MakeDesk) -> None:
    desk = make_desk(limits={"form_posts_per_hour": 1})
    peers = ["2001:db8:1:1::1", "2001:db8:1:1::2", "2001:db8:1:2::1"]
    codes = [browser_of(desk, peer=peer).post("/support/", data=ADA | {"name": peer}).status_code for peer in peers]
    assert codes == [303, 429, 303]


def test_a_full_spool_shuts_the_door_and_says_when_to_come_again(make_desk: MakeDesk) -> None:
    client = browser_of(make_desk(limits={"spool_limit": 1}))
    answers = [client.post("/support/", data=ADA | {"name": name}) for name in ("Ada", "Bo")]
    assert [answer.status_code for answer in answers] == [303, 503]
    assert answers[1].headers["Retry-After"]


def test_the_thanks_are_the_same_for_everybody(client: FlaskClient) -> None:
    page = client.get("/support/thanks/RD-7F3K2QXM")
    assert page.status_code == 200
    assert "RD-7F3K2QXM" in page.text
    assert "31 January 2031" in page.text
    assert client.get("/support/thanks/ada@example.net").status_code == 404


@pytest.mark.parametrize("asked", ["en", "de", "fr", "it"])
def test_the_browser_chooses_the_language_and_the_reader_another(desk: Desk, asked: str) -> None:
    client = browser_of(desk, language=f"{asked};q=0.9, xx")
    assert f'<html lang="{asked}">' in client.get("/").text
    assert '<html lang="fr">' in client.get("/?lang=fr").text
    assert f'<html lang="{asked}">' in client.get("/?lang=xx").text


def test_a_chosen_language_is_carried_on(client: FlaskClient, desk: Desk) -> None:
    page = client.get("/support/?lang=de").text
    assert 'action="/support/?lang=de"' in page
    answer = client.post("/support/?lang=de", data=ADA)
    assert answer.location.endswith("?lang=de")
    assert spooled(desk)[0][1].language == "de"


def test_another_language_loses_nothing_typed(client: FlaskClient, desk: Desk) -> None:
    shown = client.get("/support/?lang=en").text
    assert 'formaction="/support/language?lang=de"' in shown[shown.rindex("</form>") :]
    assert '<link rel="alternate" hreflang="de" href="/support/?lang=de">' in shown
    typed = ADA | LINE | {"message": "It has been so since May.", "once": once_of(client)}

    answer = client.post("/support/language?lang=de", data=typed)

    assert answer.status_code == 200
    assert '<html lang="de">' in answer.text
    for value in (ADA["email"], LINE["new"], "It has been so since May.", typed["once"]):
        assert value in answer.text
    assert spooled(desk) == []


@pytest.mark.parametrize("path", ["/support/language", "/support/line"])
def test_the_address_of_a_form_shown_again_opens_as_the_form(client: FlaskClient, path: str) -> None:
    assert client.get(f"{path}?lang=de").location == "/support/?lang=de"


def test_a_desk_that_writes_german_only_offers_no_other(make_desk: MakeDesk) -> None:
    page = browser_of(make_desk(languages=("de",)), language="fr").get("/").text
    assert '<html lang="de">' in page
    assert "hreflang" not in page
