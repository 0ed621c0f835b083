"""What needs a hand: quarantined mail, letters that are stuck; and the pages of the desk beside its queue."""

import re

import pytest
import sqlalchemy as sa

from models.circuit import Circuit
from models.desk import Desk
from models.outbox import LetterState, OutboxLetter
from models.proof import Link, Purpose
from models.rules.lifecycle import Outcome, State
from models.rules.loop_guards import Held
from models.services.requester import proofs
from models.spool import Spool, SpoolState
from tests.services import rows
from tests.webform.staff.conftest import Member, now

LINK = "Look:\n\nhttp://127.0.0.1/status/~abcdefghijklmnop~"


def _shut_in(desk: Desk) -> int:
    with desk.sessions.begin() as session:
        parcel = rows.spooled(SpoolState.QUARANTINED)
        session.add(parcel)
        session.flush()
        return parcel.id


def _letter(desk: Desk, number: int) -> OutboxLetter:
    with desk.readers() as session:
        return session.get_one(OutboxLetter, number)


def _stuck(desk: Desk, state: LetterState) -> tuple[int, int]:
    with desk.sessions.begin() as session:
        made = rows.request(session, state=State.RESPONDING)
        letter = rows.letter(session, made, state, closes=Outcome.FULFILLED, text=LINK, answer="421 later")
        return made.id, letter.id


def test_a_quarantined_message_is_listed_and_tried_again(desk: Desk, grace: Member) -> None:
    number = _shut_in(desk)
    page = grace.open("/staff/quarantine").text
    assert "took too long" in page
    assert grace.post(f"/staff/quarantine/{number}/retry").location == "/staff/quarantine"
    with desk.readers() as session:
        assert session.get_one(Spool, number).state is SpoolState.WAITING
    assert "Nothing in quarantine" in grace.open("/staff/quarantine").text
    assert grace.post(f"/staff/quarantine/{number}/retry").status_code == 404


def test_a_viewer_tries_nothing_again(desk: Desk, vera: Member) -> None:
    number, (_, letter) = _shut_in(desk), _stuck(desk, LetterState.UNCERTAIN)
    assert "Try again" not in vera.open("/staff/quarantine").text
    page = vera.open("/staff/outbox").text
    assert "Send again" not in page
    assert rows.ADA not in page
    for path in (f"quarantine/{number}/retry", *(f"outbox/{letter}/{deed}" for deed in ("again", "sent", "drop"))):
        assert vera.post(f"/staff/{path}").status_code == 403
    with desk.readers() as session:
        assert session.get_one(Spool, number).state is SpoolState.QUARANTINED
        assert session.get_one(OutboxLetter, letter).state is LetterState.UNCERTAIN


@pytest.mark.parametrize(
    ("state", "buttons"),
    [(LetterState.UNCERTAIN, 2), (LetterState.FAILED, 1), (LetterState.HELD, 2), (LetterState.QUEUED, 0)],
)
def test_a_letter_that_is_stuck_is_listed_with_what_may_be_done(
    desk: Desk, grace: Member, state: LetterState, buttons: int
) -> None:
    number, _ = _stuck(desk, state)
    page = grace.open("/staff/outbox").text
    assert len(re.findall("Count as sent|Send again|Send it|Drop it", page.replace("Send it if", ""))) == buttons
    assert (f'href="/staff/requests/{number}"' in page) is bool(buttons)
    assert "abcdefghijklmnop" not in page


def test_a_letter_counted_as_sent_closes_its_request(desk: Desk, grace: Member) -> None:
    number, letter = _stuck(desk, LetterState.UNCERTAIN)
    grace.open("/staff/outbox")
    assert grace.post(f"/staff/outbox/{letter}/sent").location == "/staff/outbox"
    assert (now(desk, number).state, now(desk, number).outcome) == (State.CLOSED, Outcome.FULFILLED)


def test_a_letter_is_sent_again_from_the_page_of_its_request(desk: Desk, grace: Member) -> None:
    number, letter = _stuck(desk, LetterState.UNCERTAIN)
    grace.look(number, "undelivered")
    answer = grace.post(f"/staff/outbox/{letter}/again", **grace.fields)
    assert answer.location == f"/staff/requests/{number}"
    with desk.readers() as session:
        assert session.get_one(OutboxLetter, letter).state is LetterState.QUEUED


def test_who_was_not_reached_is_told_another_way_or_written_to_again(desk: Desk, grace: Member) -> None:
    with desk.sessions.begin() as session:
        made = rows.request(session, state=State.UNDELIVERED)
        rows.letter(session, made, LetterState.BOUNCED, closes=Outcome.PARTLY)
        number = made.id
    page = grace.look(number, "undelivered").text
    assert "Send again" in page
    _, _, choices = page.partition('id="close-outcome"')
    assert re.findall(r'value="(\w+)"', choices)[0] == "partly"
    assert grace.does("close", number, close__outcome="partly", close__reason="").status_code == 422
    grace.does("close", number, close__outcome="partly", close__reason="told by phone")
    assert (now(desk, number).state, now(desk, number).outcome) == (State.CLOSED, Outcome.PARTLY)


def test_a_held_letter_is_sent(desk: Desk, grace: Member) -> None:
    number, letter = _stuck(desk, LetterState.HELD)
    grace.look(number, "undelivered")
    assert grace.post(f"/staff/outbox/{letter}/again", **grace.fields).location == f"/staff/requests/{number}"
    assert _letter(desk, letter).state is LetterState.QUEUED


def test_a_held_letter_that_is_dropped_leaves_its_request_to_staff_and_a_trace(desk: Desk, grace: Member) -> None:
    number, letter = _stuck(desk, LetterState.HELD)
    page = grace.look(number, "undelivered").text
    assert "3 letters a day to one address" in page
    assert "Dropped, its request goes to “Undelivered”" in page
    assert grace.post(f"/staff/outbox/{letter}/drop", **grace.fields).location == f"/staff/requests/{number}"
    assert _letter(desk, letter).state is LetterState.VOID
    assert now(desk, number).state is State.UNDELIVERED
    assert "letter dropped" in grace.look(number, "undelivered").text
    assert grace.does("close", number, close__outcome="fulfilled", close__reason="told by phone").status_code == 303


def test_a_dropped_proof_letter_takes_its_link_with_it(desk: Desk, grace: Member) -> None:
    with desk.sessions.begin() as session:
        made = rows.request(session, state=State.AWAITING_PROOF, proved=False)
        proofs.ask(desk, session, made.ticket, now=rows.NOW)
        session.flush()
        (link,) = session.scalars(sa.select(Link).where(Link.purpose == Purpose.PROOF))
        (held,) = session.scalars(sa.select(OutboxLetter))
        held.state = LetterState.HELD
        number, letter, name = made.id, held.id, link.id
    page = grace.look(number, "proof").text
    assert "its link is void too" in page
    grace.post(f"/staff/outbox/{letter}/drop", **grace.fields)
    with desk.readers() as session:
        assert session.get_one(Link, name).voided_at is not None
    assert (now(desk, number).state, now(desk, number).version) == (State.AWAITING_PROOF, 1)


def test_what_is_on_its_way_is_not_dropped(desk: Desk, grace: Member) -> None:
    number, letter = _stuck(desk, LetterState.QUEUED)
    grace.look(number, "undelivered")
    grace.post(f"/staff/outbox/{letter}/drop", **grace.fields)
    assert _letter(desk, letter).state is LetterState.QUEUED
    assert now(desk, number).state is State.RESPONDING


@pytest.mark.parametrize("deed", ["sent", "again", "drop"])
def test_a_letter_that_there_is_not_is_not_found(grace: Member, deed: str) -> None:
    grace.open("/staff/outbox")
    assert grace.post(f"/staff/outbox/404/{deed}").status_code == 404


def test_a_long_list_of_stuck_letters_goes_on(desk: Desk, grace: Member) -> None:
    for _ in range(51):
        _stuck(desk, LetterState.HELD)
    first = grace.open("/staff/outbox").text
    assert first.count("Drop it") == 50
    onward = re.search(r'href="(\?after=\d+)"', first)
    assert onward
    assert grace.open(f"/staff/outbox{onward[1]}").text.count("Drop it") == 1


@pytest.mark.parametrize(
    ("why", "said"),
    [(Held.OLD, "more than three days"), (Held.REPEAT, "wrote the same within a day"), (None, "3 letters a day")],
    ids=str,
)
def test_a_letter_that_is_held_says_why(desk: Desk, grace: Member, why: Held | None, said: str) -> None:
    number, letter = _stuck(desk, LetterState.HELD)
    with desk.sessions.begin() as session:
        session.get_one(OutboxLetter, letter).held_for = why
    assert said in grace.open("/staff/outbox").text
    assert said in grace.open(f"/staff/requests/{number}").text


def test_health_says_that_automatic_letters_wait_and_for_how_many_lost_ones(desk: Desk, grace: Member) -> None:
    assert "Automatic letters wait" not in grace.open("/staff/health").text
    with desk.sessions.begin() as session:
        session.add(Circuit(opened_at=rows.NOW, letters=60, lost=17))
    page = grace.open("/staff/health").text
    assert "Automatic letters wait since" in page
    assert "60 letters" in page
    assert "17 came back" in page


def test_what_is_still_to_come_says_so(grace: Member) -> None:
    page = grace.open("/staff/dashboard").text
    assert "come here with a later version" in page
    assert 'href="/staff/dashboard" aria-current="page"' in page


def test_keys_and_light_are_chosen_and_kept(grace: Member) -> None:
    page = grace.open("/staff/settings").text
    assert 'href="/staff/settings" aria-current="page"' in page
    assert '<body data-keys="on">' in page
    assert grace.post("/staff/settings", keys="alt", theme="dark").location == "/staff/settings?kept=1"
    page = grace.open("/staff/").text
    assert '<body data-keys="alt">' in page
    assert 'data-bs-theme="dark"' in page
    grace.post("/staff/settings", keys="<x>", theme="<x>")
    assert '<body data-keys="on">' in grace.open("/staff/").text
