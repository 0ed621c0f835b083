"""An e-mail address gave way to another: both are told, the old one may take it back, the new one hears little."""

import re
from datetime import timedelta
from typing import Any

import pytest

from models.outbox import LetterState
from models.request import Request
from models.rules.kinds import Field, Kind
from models.rules.lifecycle import CorrectionState, Outcome, State
from models.services import suppressions
from models.services.deciding import review
from models.services.requester import renewals
from tests.firm import ADA, BEN, MALLORY, Firm, links_in
from tests.journeys.stories import STREET, bounce, passes, proved

NEW = "ada.new@example.net"
KNOWN = {"method": "called back on the number on file", "reason": "Her old address is gone."}
MOVE = (Field.EMAIL, ADA, NEW)


def approved(firm: Firm, request: Request) -> None:
    """By two of staff."""
    firm.does(review.approve, request)
    firm.does(review.approve, request, actor=firm.staff("linus"))


def moved(firm: Firm, *values: Any) -> Request:
    approved(firm, proved(firm, MOVE, *values))
    firm.work()
    assert firm.customer()["email"] == NEW
    return firm.request()


def known_by_staff(firm: Firm) -> Request:
    """Ada writes from the new address, for the old one is lost."""
    firm.reader.knows("I am customer", Kind.RECTIFICATION, values=[MOVE])
    firm.receive(f"I am customer 1, {ADA} is gone, please use {NEW}.", sender=NEW)
    firm.work()
    assert firm.prove(NEW).status_code == 200
    firm.does(review.choose_rows, firm.request(), rows=[("shop", "customers", "1")])
    firm.does(review.accept_identity, firm.request(), **KNOWN)
    firm.does(review.accept_identity, firm.request(), actor=firm.staff("linus"), **KNOWN)
    firm.work()
    return firm.request()


def moved_for_who_lost_the_old(firm: Firm) -> Request:
    approved(firm, known_by_staff(firm))
    firm.work()
    assert firm.customer()["email"] == NEW
    return firm.request()


def test_both_addresses_are_told_and_the_old_one_gets_a_way_back(firm: Firm) -> None:
    request = moved(firm)
    assert (request.state, request.outcome) == (State.CLOSED, Outcome.FULFILLED)
    assert firm.promised() == ["proof", "address_changed", "corrected"]
    old, (new,) = firm.letter_texts(ADA)[-1], firm.letter_texts(NEW)
    assert "Until 16 March 2026 you can have the change taken back" in old
    assert "is now on file" in new
    assert not links_in(new)
    assert ADA not in new


def test_the_preview_names_the_way_back_like_the_letter_itself(firm: Firm) -> None:
    request = proved(firm, MOVE)
    with firm.session() as session, session.no_autoflush:
        shown = review.preview(firm.desk, session, request.id, letter="corrected", now=firm.clock())
    approved(firm, request)
    firm.work()
    sent = firm.letter_texts(ADA)[-1]
    assert re.sub(r"http\S+", "", shown.text) == re.sub(r"http\S+", "", sent)


def test_an_address_entered_elsewhere_is_told_and_hears_little_at_first(firm: Firm) -> None:
    request = proved(firm, MOVE)
    with firm.desk.sessions.begin() as session:
        (line,) = session.get_one(Request, request.id).corrections
        line.store = line.table = line.key = line.column = None
        suppressions.suppress(firm.desk, session, ADA, source="mail", now=firm.clock())
        number = line.id
    firm.does(review.elsewhere, request, correction_id=number, note="in the old shop, by Grace")
    firm.does(review.approve, request)
    firm.work()
    assert firm.promised() == ["proof", "address_changed", "corrected"]
    assert "is now on file" in firm.letter_texts(NEW)[-1]
    assert NEW in firm.letter_texts(ADA)[-1]
    with firm.session() as session:
        assert suppressions.is_suppressed(firm.desk, session, NEW)


def test_a_correction_of_a_street_carries_no_way_back(firm: Firm) -> None:
    firm.does(review.approve, proved(firm, STREET))
    firm.work()
    assert "/undo/" not in firm.letter_texts(ADA)[-1]


def test_the_link_undoes_as_staff_would(firm: Firm) -> None:
    moved(firm)
    link = firm.link(ADA, "undo")
    page = firm.web().get(link)
    assert page.status_code == 200
    assert not any(held in page.text for held in (ADA, NEW, "Quint", "RD-"))
    assert page.headers["Referrer-Policy"] == "no-referrer"
    firm.work()
    assert firm.customer()["email"] == NEW
    done = firm.web().post(link)
    assert "is being taken back" in done.text
    assert firm.request().state is State.APPLYING
    firm.work()
    assert firm.customer()["email"] == ADA
    request = firm.request()
    assert (request.state, request.outcome, request.unseen) == (State.IN_REVIEW, None, True)
    assert [(one.state, one.note[:10]) for one in request.corrections] == [
        (CorrectionState.UNDONE, "Taken back"), (CorrectionState.PROPOSED, "Taken back"),
    ]  # fmt: skip
    assert firm.promised() == ["proof", "address_changed", "corrected", "address_dropped", "undone"]
    assert "taken back" in firm.letter_texts(ADA)[-1]
    passes(firm, hours=73)
    firm.work()
    assert "no longer on file" in firm.letter_texts(NEW)[-1]
    assert not links_in(firm.letter_texts(NEW)[-1])
    assert ("undo", "undo link") in [(event.what, event.by) for event in firm.page(request).events]


def test_what_the_link_took_back_is_told_anew_where_staff_approve_it_anew(firm: Firm) -> None:
    moved(firm)
    used = firm.link(ADA, "undo")
    firm.web().post(used)
    firm.work()
    approved(firm, firm.request())
    firm.work()
    assert firm.customer()["email"] == NEW
    assert firm.link(ADA, "undo") != used
    assert firm.web().post(used).status_code == 404
    assert firm.web().post(firm.link(ADA, "undo")).status_code == 200


def test_that_an_address_is_off_file_is_not_said_once_it_is_on_file_again(firm: Firm) -> None:
    moved(firm)
    firm.web().post(firm.link(ADA, "undo"))
    firm.work()
    approved(firm, firm.request())
    firm.work()
    passes(firm, hours=73)
    firm.work()
    assert [one.letter for one in firm.outbox() if one.recipient == NEW and one.state is LetterState.ACCEPTED] == [
        "address_changed", "address_changed",
    ]  # fmt: skip


@pytest.mark.parametrize("how", ["used", "expired", "wrong", "undone by staff", "of another purpose"])
def test_a_link_that_works_no_more_gets_the_page_of_all_lost_links(firm: Firm, how: str) -> None:
    request = moved(firm)
    link = firm.link(ADA, "undo")
    if how == "used":
        assert firm.web().post(link).status_code == 200
    elif how == "expired":
        passes(firm, days=14)
    elif how == "undone by staff":
        firm.does(review.undo, request)
    elif how == "wrong":
        link = link[:-1] + ("A" if link[-1] != "A" else "B")
    else:
        link = firm.link(ADA).replace("/proof/", "/undo/")
    firm.work()
    lost = firm.web().get("/undo/x.y").text
    for answer in (firm.web().get(link), firm.web().post(link)):
        assert (answer.status_code, answer.text) == (404, lost)
    assert firm.customer()["email"] == (ADA if how in {"used", "undone by staff"} else NEW)


def test_the_link_works_on_the_last_day(firm: Firm) -> None:
    moved(firm)
    passes(firm, days=13, hours=23)
    assert firm.web().post(firm.link(ADA, "undo")).status_code == 200


def test_the_old_address_is_told_though_the_new_one_asked(firm: Firm) -> None:
    """Whoever talked staff into it: the letter with values waits with all others, and the old address may object."""
    request = moved_for_who_lost_the_old(firm)
    assert request.state is State.RESPONDING
    assert firm.promised() == ["proof", "address_left", "address_changed", "corrected"]
    assert [text for text in firm.letter_texts(NEW) if "street" in text.lower()] == []
    assert len(firm.letters_to(NEW)) == 2
    (told,) = firm.letter_texts(ADA)
    assert NEW not in told
    assert "Until" in told or "until" in told
    assert firm.web().post(firm.link(ADA, "undo")).status_code == 200
    firm.work()
    assert firm.customer()["email"] == ADA
    assert firm.request().state is State.IN_REVIEW
    assert next(one for one in firm.outbox() if one.letter == "corrected").state is LetterState.VOID
    passes(firm, hours=73)
    firm.work()
    assert len(firm.letters_to(NEW)) == 3
    assert "no longer on file" in firm.letter_texts(NEW)[-1]


def test_after_three_days_the_letter_goes(firm: Firm) -> None:
    moved_for_who_lost_the_old(firm)
    passes(firm, hours=71)
    firm.work()
    assert firm.request().state is State.RESPONDING
    passes(firm, hours=1)
    firm.work()
    assert firm.request().outcome is Outcome.FULFILLED
    assert "corrected your data" in firm.letter_texts(NEW)[-1]


@pytest.mark.parametrize("spelt", [NEW, "ADA.New@example.net"], ids=["as filed", "otherwise"])
def test_a_request_from_the_new_address_waits_for_its_proof_letter(firm: Firm, spelt: str) -> None:
    moved(firm)
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.receive("Show me what you hold", sender=spelt)
    firm.receive("Show me what you hold", sender=BEN)
    firm.work()
    letter = next(one for one in firm.outbox() if one.recipient == spelt and one.letter == "proof")
    assert letter.next_attempt - firm.clock() == timedelta(hours=72)
    assert len(firm.letters_to(BEN)) == 1
    passes(firm, hours=73)
    firm.work()
    assert "asked for this" in firm.letter_texts(spelt)[-1]
    assert firm.prove(spelt).status_code == 200


def test_no_letter_waits_beyond_the_day_of_the_law(firm: Firm) -> None:
    request = known_by_staff(firm)
    with firm.desk.sessions.begin() as session:
        session.get_one(Request, request.id).due_on = (firm.clock() + timedelta(days=1)).date()
    approved(firm, request)
    firm.work()
    passes(firm, hours=13)
    firm.work()
    assert firm.request().state is State.RESPONDING
    passes(firm, hours=2)
    firm.work()
    assert firm.request().outcome is Outcome.FULFILLED


def test_the_package_that_waited_can_be_fetched_for_three_days(firm: Firm) -> None:
    """She asked for both; staff know her, and the package is made while her new address is kept quiet."""
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.receive(f"I was {ADA}. Show me what you hold.", sender=NEW)
    firm.work()
    firm.prove(NEW)
    access = firm.request()
    firm.does(review.choose_rows, access, rows=[("shop", "customers", "1")])
    firm.does(review.accept_identity, access, **KNOWN)
    firm.does(review.accept_identity, access, actor=firm.staff("linus"), **KNOWN)
    approved(firm, proved_move(firm))
    firm.work()
    firm.does(review.approve, access)
    firm.work()
    assert next(one for one in firm.outbox() if one.letter == "package").state is LetterState.QUEUED
    passes(firm, hours=73)
    firm.work()
    passes(firm, hours=70)
    code = firm.does(code_of, access)
    assert firm.web().post(firm.link(NEW, "download"), data={"code": code}).status_code == 200


def code_of(desk: object, session: object, number: int, *, version: int, **how: object) -> str:
    return renewals.show_code(desk, session, number, **how)  # type: ignore[arg-type]


def proved_move(firm: Firm) -> Request:
    """Ada asks from the old address for the new one."""
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[MOVE])
    firm.receive(f"Please correct {ADA} to {NEW}")
    firm.work()
    firm.prove(ADA)
    return firm.requests()[-1]


def test_who_was_only_told_takes_no_part_in_the_ticket(firm: Firm) -> None:
    moved(firm)
    firm.web().post(firm.link(ADA, "undo"))
    firm.work()
    firm.reader.knows("this too", Kind.RECTIFICATION, values=[(Field.STREET, "3 Mill Lane", "1 Thief Row")])
    firm.reply("this too", to=firm.letters_to(NEW)[0], sender=NEW)
    firm.work()
    assert [one.ticket_id for one in firm.requests()] == [1, 2]
    assert {one.after for one in firm.requests()[0].corrections} == {NEW}


def test_a_new_spelling_of_the_same_address_is_no_move(firm: Firm) -> None:
    approved(firm, proved(firm, (Field.EMAIL, ADA, "Ada@Example.net")))
    firm.work()
    assert firm.customer()["email"] == "Ada@Example.net"
    assert firm.promised() == ["proof", "corrected"]
    assert firm.request().outcome is Outcome.FULFILLED


def test_the_way_back_stands_open_though_the_new_address_bounced(firm: Firm) -> None:
    moved(firm)
    bounce(firm, firm.letters_to(NEW)[0])
    firm.work()
    assert firm.web().post(firm.link(ADA, "undo")).status_code == 200
    firm.work()
    assert firm.customer()["email"] == ADA
    assert firm.letters_to(MALLORY) == []
