"""Proof that comes late: what lapsed is opened again, who joined late has its time, an ended link tells nothing."""

import re
from typing import Any

import pytest

from models.request import Request
from models.rules.kinds import Kind
from models.rules.lifecycle import Outcome, State
from models.services.deciding import review
from tests.firm import ADA, SUPPORT, Firm
from tests.journeys.stories import STREET, asked, passes

KNOWN = {"method": "called back on the number on file", "reason": "Her mails do not arrive."}


def days_go_by(firm: Firm, days: int) -> None:
    for _ in range(days):
        passes(firm, days=1)
        firm.work()


def lapsed(firm: Firm) -> Request:
    """Ada asked, and nobody pressed the button."""
    asked(firm, STREET)
    days_go_by(firm, 15)
    request = firm.request()
    assert (request.state, request.outcome) == (State.CLOSED, Outcome.IDENTITY_NOT_PROVEN)
    return request


def asks_for_a_copy(firm: Firm, **how: Any) -> None:
    """On the thread of the first letter."""
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.reply("Show me what you hold", to=firm.letters_to(ADA)[0], **how)
    firm.work()


@pytest.mark.parametrize("later", [0, 30], ids=["on the same ticket", "on a linked ticket"])
def test_a_later_proof_opens_again_what_lapsed(firm: Firm, later: int) -> None:
    lapsed(firm)
    passes(firm, days=later)
    asks_for_a_copy(firm)
    assert len(firm.tickets()) == (2 if later else 1)
    assert firm.promised() == ["proof", "proof_reminder", "proof"]
    assert "Correction of data" in firm.letter_texts(ADA)[-1]
    page = firm.web().get(firm.link(ADA)).text
    assert "Correct my data" in page
    assert "14 Quarry Hill" in page
    assert "See my data" in page
    firm.prove()
    assert [(one.kind, one.state, one.outcome, one.proof) for one in firm.requests()] == [
        (Kind.RECTIFICATION, State.IN_REVIEW, None, "link"), (Kind.ACCESS, State.IN_REVIEW, None, "link"),
    ]  # fmt: skip
    firm.does(review.approve, firm.requests()[0])
    firm.work()
    assert firm.customer()["street"] == "14 Quarry Hill"


def test_the_code_of_a_later_proof_opens_the_package_of_what_lapsed(firm: Firm) -> None:
    firm.reader.knows("all of it", Kind.ACCESS)
    firm.receive("all of it")
    firm.work()
    days_go_by(firm, 15)
    passes(firm, days=30)
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[STREET])
    firm.reply("Please correct 3 Mill Lane to 14 Quarry Hill", to=firm.letters_to(ADA)[0])
    firm.work()
    page = firm.prove()
    code = re.search(r'<code id="code">(\d{6})</code>', page.text)
    assert code
    assert firm.web().get(firm.link(ADA)).text == page.text
    firm.does(review.approve, firm.requests()[0])
    firm.work()
    assert firm.web().post(firm.link(ADA, "download"), data={"code": code[1]}).status_code == 200


def test_a_proof_opens_nothing_that_somebody_else_may_have_begun_in_her_name(firm: Firm) -> None:
    lapsed(firm)
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.receive("Show me what you hold")
    firm.work()
    assert "Correct my data" not in firm.web().get(firm.link(ADA)).text
    firm.prove()
    assert [one.state for one in firm.requests()] == [State.CLOSED, State.IN_REVIEW]


def test_what_was_not_hers_is_not_listed_again(firm: Firm) -> None:
    lapsed(firm)
    asks_for_a_copy(firm)
    assert firm.web().post(firm.link(ADA), data={"action": "deny"}).status_code == 200
    assert [one.outcome for one in firm.requests()] == [Outcome.WITHDRAWN] * 2
    firm.reader.knows("delete", Kind.ERASURE)
    firm.reply("delete it all", to=firm.letters_to(ADA)[0])
    firm.work()
    page = firm.web().get(firm.link(ADA)).text
    assert "Delete my data" in page
    assert "Correct my data" not in page


def test_a_link_that_has_ended_tells_a_way_on_and_nothing_else(firm: Firm) -> None:
    lapsed(firm)
    link, lost = firm.link(ADA), firm.web().get("/proof/x.y")
    for answer in (firm.web().get(link), firm.web().post(link)):
        assert (answer.status_code, answer.text) == (404, lost.text)
    assert 'href="/support/' in lost.text
    assert SUPPORT in lost.text
    assert ADA not in lost.text


def test_staff_who_know_her_open_it_again(firm: Firm) -> None:
    firm.does(review.accept_identity, lapsed(firm), **KNOWN)
    request = firm.request()
    assert (request.state, request.outcome, request.vouched) == (State.IN_REVIEW, None, True)


def test_what_is_closed_otherwise_is_not_opened_by_a_word_of_staff(firm: Firm) -> None:
    request = asked(firm, STREET)
    firm.does(review.close, request, outcome=Outcome.WITHDRAWN, reason="She called.")
    assert "identity" not in firm.page(request).allowed
    with pytest.raises(review.IllegalStepError):
        firm.does(review.accept_identity, request, **KNOWN)


def test_who_joins_on_day_ten_has_a_fortnight_and_a_reminder_too(firm: Firm) -> None:
    asked(firm, STREET)
    first = firm.link(ADA)
    days_go_by(firm, 10)
    asks_for_a_copy(firm)
    assert firm.promised() == ["proof", "proof_reminder"]
    assert "See my data" in firm.web().get(first).text
    days_go_by(firm, 5)
    assert firm.promised() == ["proof", "proof_reminder", "proof"]
    assert firm.requests()[0].outcome is Outcome.IDENTITY_NOT_PROVEN
    assert firm.web().get(first).status_code == 404
    second = firm.link(ADA)
    days_go_by(firm, 7)
    assert firm.promised() == ["proof", "proof_reminder", "proof", "proof_reminder"]
    assert firm.link(ADA) == second
    days_go_by(firm, 2)
    assert firm.requests()[1].state is State.AWAITING_PROOF
    assert firm.prove().status_code == 200
    assert [one.state for one in firm.requests()] == [State.IN_REVIEW, State.IN_REVIEW]


def test_it_ends_at_last(firm: Firm) -> None:
    asked(firm, STREET)
    days_go_by(firm, 10)
    asks_for_a_copy(firm)
    days_go_by(firm, 40)
    assert {one.outcome for one in firm.requests()} == {Outcome.IDENTITY_NOT_PROVEN}
    assert firm.promised() == ["proof", "proof_reminder", "proof", "proof_reminder"]


def test_who_waited_for_staff_to_say_what_it_is_has_a_fortnight_from_then(firm: Firm) -> None:
    asked(firm, STREET)
    firm.reader.knows("mumbled", Kind.ACCESS, score=0.4)
    firm.reply("mumbled", to=firm.letters_to(ADA)[0])
    firm.work()
    days_go_by(firm, 13)
    firm.does(review.set_kind, firm.requests()[-1], kinds=[Kind.ACCESS])
    days_go_by(firm, 3)
    assert [one.state for one in firm.requests()] == [State.CLOSED, State.AWAITING_PROOF]
    assert firm.promised() == ["proof", "proof_reminder", "proof"]
