"""The page on which a request is decided: the table, the letter, the conversation; and what a viewer sees of it."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.desk import Desk
from models.outbox import LetterState
from models.rules.kinds import Correct, Field, Kind, Role
from models.rules.lifecycle import CorrectionState, State
from tests.services import rows
from tests.webform.staff.conftest import Member, ada_moved, make, now

MakeMember = Callable[..., Member]


def test_what_is_decided_comes_first_then_the_letter_then_the_conversation(desk: Desk, grace: Member) -> None:
    page = grace.look(make(desk, ada_moved)).text
    parts = ("What will change in", "The letter that goes out, in English", 'class="mail')
    order = [page.index(part) for part in parts]
    assert order == sorted(order)
    assert "<em>shop · customers · 1</em>" in page
    assert "City and postcode stay as they are. To be told afterwards: parcel carrier (Art. 19)." in page


def test_the_table_shows_now_says_and_will_be(desk: Desk, grace: Member) -> None:
    page = grace.look(make(desk, ada_moved)).text
    street, phone = _lines(page)
    assert "<del>3 Mill Lane</del>" in street
    assert "+44 20 7946 001<del>1</del>" in phone
    assert 'aria-label="New street" maxlength="500">14 Quarry Hill</textarea>' in street
    assert ">ends in 17</a>" in phone
    assert street.count("checked") == 1


def test_the_whole_of_what_will_be_written_is_in_sight(desk: Desk, grace: Member) -> None:
    """On several rows, in the narrowest cell too, and posted back it is one line again."""
    address = "callum.rutherford-the-younger@customers.example.net"

    def long(session: Session) -> Any:
        made = rows.request(session)
        rows.correction(session, made, field=Field.EMAIL, column="email", before=rows.ADA, after=address)
        return made

    number = make(desk, long)
    page = grace.look(number).text
    assert re.search(rf'<textarea class="value" name="value-1" id="value-1" rows="4" [^>]*>{address}</textarea>', page)
    assert grace.does("corrections", number, value__1=f"{address[:20]}\r\n{address[20:]}").status_code == 422
    assert grace.does("corrections", number, value__1=f"{address}\r\n").status_code == 303
    assert now(desk, number).corrections[0].typed_by is None


def test_the_passages_of_the_message_are_marked_and_the_quote_is_folded(desk: Desk, grace: Member) -> None:
    page = grace.look(make(desk, ada_moved)).text
    assert re.search(r'<mark id="passage-\d+">14 Quarry Hill</mark>', page)
    assert re.search(r'<mark id="passage-\d+">ends in 17</mark>', page)
    assert re.search(r'class="folded"><summary>Show quoted text</summary><div class="text">\s*&gt; old quote', page)


def test_a_signature_and_a_disclaimer_are_folded_under_their_own_names(desk: Desk, grace: Member) -> None:
    def signed(session: Session) -> Any:
        made = rows.request(session, text="Please.\n-- \nAda\n\nThis e-mail is private.")
        made.ticket.messages[0].new = [[0, 7]]
        made.ticket.messages[0].apart = [[8, 15, "signature"], [17, 40, "disclaimer"]]
        return made

    page = grace.look(make(desk, signed)).text
    folded = r'<details class="folded"><summary>Show {}</summary><div class="text">{}</div></details>'
    assert re.search(folded.format("signature", "-- \nAda"), page)
    assert re.search(folded.format("disclaimer", "This e-mail is private."), page)


def test_the_letter_is_the_exact_one(desk: Desk, grace: Member) -> None:
    page = grace.look(make(desk, ada_moved)).text
    letter = page[page.index('id="letter"') : page.index('class="mail')]
    for words in ("Dear Ada Quint", "3 Mill Lane", "14 Quarry Hill", "+44 20 7946 0017", "parcel carrier"):
        assert words in letter


def test_a_value_that_changed_since_is_shown_with_a_warning(desk: Desk, grace: Member, tmp_path: Path) -> None:
    number = make(desk, ada_moved)
    _in_shop(tmp_path, "UPDATE customers SET street = '5 Third Way' WHERE id = 1")
    street, _ = _lines(grace.look(number).text)
    assert "<del>5 Third Way</del>" in street
    assert "It holds “5 Third Way” now" in street


def test_with_the_shop_away_the_page_shows_what_was_there_before(desk: Desk, grace: Member, tmp_path: Path) -> None:
    number = make(desk, ada_moved)
    (tmp_path / "shop.sqlite3").rename(tmp_path / "gone.sqlite3")
    page = grace.look(number)
    assert page.status_code == 200
    assert "could not look now" in _lines(page.text)[0]
    assert "3 Mill Lane" in _lines(page.text)[0]


def test_another_record_with_the_address_is_named(desk: Desk, grace: Member, tmp_path: Path) -> None:
    _in_shop(
        tmp_path,
        "INSERT INTO customers SELECT 88, 'Work', email, phone, street, postal_code, city, country, "
        "newsletter, ip_address FROM customers WHERE id = 1",
    )
    page = grace.look(make(desk, ada_moved)).text
    assert "Another record has this e-mail: shop · customers · 88, “Work”. It is not changed." in page
    assert "Which records are this person" in page


def test_a_four_eyes_value_says_whom_it_waits_for(desk: Desk, grace: Member) -> None:
    def email(session: Session, **more: Any) -> Any:
        made = rows.request(session)
        rows.correction(
            session, made, field=Field.EMAIL, column="email", before=rows.ADA, after="ada@example.org",
            correct=Correct.FOUR_EYES, **more,
        )  # fmt: skip
        return made

    assert "needs a second person" in grace.look(make(desk, email)).text
    once = make(desk, lambda session: email(session, state=CorrectionState.APPROVED_ONCE, approved_by=1))
    assert "approved once by Grace Moor, needs a second person" in grace.look(once).text


def test_a_value_that_the_desk_cannot_write_may_be_done_elsewhere(desk: Desk, grace: Member) -> None:
    def title(session: Session) -> Any:
        made = rows.request(session)
        rows.correction(session, made, field=Field.OTHER, column=None, before=None, after="Dr.", correct=Correct.NEVER)
        return made

    page = grace.look(make(desk, title)).text
    assert "What the desk cannot write" in page
    assert "Done elsewhere" in page


def test_an_access_request_says_how_much_the_package_will_hold(desk: Desk, grace: Member) -> None:
    page = grace.look(make(desk, lambda session: rows.request(session, kind=Kind.ACCESS))).text
    held = re.findall(r'data-label="Table">(\w+)</td><td data-label="Rows" class="num">(\d+)', page)
    assert held == [("customers", "1"), ("orders", "2")]


@pytest.mark.parametrize(("proof", "code"), [("link", "you saw on the page"), ("passport", "by phone or in person")])
def test_the_letter_of_an_access_request_is_the_exact_one(desk: Desk, grace: Member, proof: str, code: str) -> None:
    def known(session: Session) -> Any:
        made = rows.request(session, kind=Kind.ACCESS)
        made.proof = proof
        return made

    page = grace.look(make(desk, known)).text
    letter = page[page.index('id="letter"') : page.index('class="mail')]
    for words in ("Dear Ada Quint", "Your data are now ready", "[link]", code):
        assert words in letter


def test_a_declined_sensitive_value_is_masked_in_the_letter(desk: Desk, grace: Member) -> None:
    def sensitive(session: Session) -> Any:
        made = rows.request(session)
        rows.correction(session, made)
        line = rows.correction(session, made, field=Field.PAYMENT, column="phone", after="DE02120300000000202051")
        line.sensitive = True
        return made

    number = make(desk, sensitive)
    grace.look(number)
    street, _ = (one.id for one in now(desk, number).corrections)
    typed = {**grace.fields, "tick": street, "reason-lines": "Ask your bank.", "letter": "corrected"}
    page = grace.post(f"/staff/preview/{number}", **typed).text
    letter = page[page.index('id="letter"') : page.index('class="mail')]
    assert "Ask your bank." in letter
    assert "ends in 51" in letter
    assert "DE0212" not in letter


def test_letters_stand_in_the_conversation_without_their_links(desk: Desk, grace: Member) -> None:
    def answered(session: Session) -> Any:
        made = rows.request(session, state=State.RESPONDING, text="> https://x.example/proof/abcdefgh.ijklmnopqrstuvw")
        rows.letter(session, made, LetterState.UNCERTAIN, text="Look:\n\nhttp://127.0.0.1/status/~abcdefghijklmnop~")
        return made

    page = grace.look(make(desk, answered), "undelivered").text
    assert page.count("[link]") == 3  # in the list, in the message, in the letter
    assert "abcdefgh" not in page
    assert "perhaps sent: nobody knows" in page
    assert "Count as sent" in page


def test_a_viewer_reads_masked_and_finds_no_button(desk: Desk, vera: Member) -> None:
    page = vera.look(make(desk, ada_moved)).text
    assert "•••• 0017" in page
    for hidden in ("3 Mill Lane", "14 Quarry Hill", "7946", "Quint", rows.ADA, "formaction", "Dear"):
        assert hidden not in page.replace('formaction="/staff/preview', "")


@pytest.mark.parametrize("role", [Role.AGENT, Role.AUDITOR])
def test_only_who_may_approve_finds_the_button(desk: Desk, member: MakeMember, role: Role) -> None:
    page = member(role, "omar").look(make(desk, ada_moved)).text
    assert "/approve" not in page.replace(' action="/staff/requests/1/approve" id="deed"', "")
    assert "3 Mill Lane" in page


def test_a_number_that_there_is_not_is_not_found(grace: Member) -> None:
    assert grace.look(404).status_code == 404


def test_the_page_may_frame_only_ourselves_and_the_text_only_be_framed_by_us(desk: Desk, grace: Member) -> None:
    number = make(desk, ada_moved)
    assert "frame-src 'self'" in grace.look(number).headers["Content-Security-Policy"]
    body = grace.open("/staff/messages/1/body").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in body
    assert body.endswith("; sandbox")
    assert grace.open("/staff/messages/9/body").status_code == 404


def test_the_original_goes_out_as_a_file_and_leaves_a_trace(desk: Desk, grace: Member, vera: Member) -> None:
    raw = b"From: ada\r\n\r\n<script>"

    def spooled(session: Session) -> Any:
        made = rows.request(session)
        parcel = rows.spooled(rows.SpoolState.READ)
        parcel.raw = desk.keys.seal(raw)
        session.add(parcel)
        session.flush()
        made.ticket.messages[0].spool_id = parcel.id
        return made

    number = make(desk, spooled)
    answer = grace.open("/staff/messages/1/raw")
    assert answer.data == raw
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "opened original" in grace.look(number).text
    assert vera.open("/staff/messages/1/raw").status_code == 403
    assert grace.open("/staff/messages/2/raw").status_code == 404


def _lines(page: str) -> list[str]:
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    return [re.sub(r"\s+", " ", line) for line in re.findall(r"<tr.*?</tr>", table, re.DOTALL)]


def _in_shop(folder: Path, statement: str) -> None:
    shop = sqlite3.connect(folder / "shop.sqlite3")
    with shop:
        shop.execute(statement)
    shop.close()
