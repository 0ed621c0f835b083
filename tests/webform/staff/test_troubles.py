"""What needs a hand: quarantined mail, letters that are stuck; and the pages of the desk beside its queue."""

import re
from datetime import timedelta

import pytest

from models.desk import Desk
from models.mailbox import Mailbox
from models.outbox import LetterState, OutboxLetter
from models.rules.lifecycle import Outcome, State
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
    for path in (f"quarantine/{number}/retry", f"outbox/{letter}/again", f"outbox/{letter}/sent"):
        assert vera.post(f"/staff/{path}").status_code == 403
    with desk.readers() as session:
        assert session.get_one(Spool, number).state is SpoolState.QUARANTINED
        assert session.get_one(OutboxLetter, letter).state is LetterState.UNCERTAIN


@pytest.mark.parametrize(
    ("state", "buttons"),
    [(LetterState.UNCERTAIN, 2), (LetterState.FAILED, 1), (LetterState.HELD, 1), (LetterState.QUEUED, 0)],
)
def test_a_letter_that_is_stuck_is_listed_with_what_may_be_done(
    desk: Desk, grace: Member, state: LetterState, buttons: int
) -> None:
    number, _ = _stuck(desk, state)
    page = grace.open("/staff/outbox").text
    assert page.count("Count as sent") + page.count("Send again") == buttons
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


@pytest.mark.parametrize("deed", ["sent", "again"])
def test_a_letter_that_there_is_not_is_not_found(grace: Member, deed: str) -> None:
    grace.open("/staff/outbox")
    assert grace.post(f"/staff/outbox/404/{deed}").status_code == 404


def test_a_long_list_of_stuck_letters_goes_on(desk: Desk, grace: Member) -> None:
    for _ in range(51):
        _stuck(desk, LetterState.HELD)
    first = grace.open("/staff/outbox").text
    assert first.count("Send again") == 50
    onward = re.search(r'href="(\?after=\d+)"', first)
    assert onward
    assert grace.open(f"/staff/outbox{onward[1]}").text.count("Send again") == 1


def test_health_says_when_we_looked_and_what_waits(desk: Desk, grace: Member) -> None:
    _stuck(desk, LetterState.UNCERTAIN)
    _stuck(desk, LetterState.QUEUED)
    _shut_in(desk)
    with desk.sessions.begin() as session:
        session.add(rows.spooled(SpoolState.WAITING))
        seen = rows.NOW - timedelta(hours=2)
        session.add(Mailbox(name="support", folder="INBOX", uidvalidity=1, last_uid=2, last_poll=seen, state="ok"))
    page = grace.open("/staff/health").text
    for words in ("support", "31 Jan, 08:00", 'waiting to be read</dt><dd class="num">1<', "31 Jan, 10:00"):
        assert words in page


@pytest.mark.parametrize("path", ["dashboard", "settings"])
def test_what_is_still_to_come_says_so(grace: Member, path: str) -> None:
    page = grace.open(f"/staff/{path}").text
    assert "come here with a later version" in page
    assert f'href="/staff/{path}" aria-current="page"' in page
