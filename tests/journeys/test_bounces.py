"""Letters that come back: what was closed opens again, what waits goes on waiting, and forged reports do nothing."""

import pytest

from models.outbox import LetterState
from models.rules.lifecycle import Outcome, State
from models.services import review, stuck
from tests.firm import ADA, Firm
from tests.journeys.stories import STREET, asked, bounce, corrected


def test_a_person_who_was_not_reached_is_shown_and_closed_with_a_reason(firm: Firm) -> None:
    request = corrected(firm, STREET)
    bounce(firm, firm.letters_to(ADA)[-1])
    firm.work()
    request = firm.requests()[0]
    assert (request.state, request.outcome) == (State.UNDELIVERED, None)
    with pytest.raises(review.InvalidError):
        firm.does(review.close, request, outcome=Outcome.FULFILLED, reason=" ")
    firm.does(review.close, request, outcome=Outcome.FULFILLED, reason="Told by telephone.")
    assert firm.requests()[0].state is State.CLOSED
    assert firm.promised() == ["proof", "corrected"]


@pytest.mark.parametrize("status", ["5.7.1", "5.2.2"])
def test_a_letter_that_a_policy_or_a_full_mailbox_refused_did_not_arrive_either(firm: Firm, status: str) -> None:
    corrected(firm, STREET)
    bounce(firm, firm.letters_to(ADA)[-1], status=status)
    firm.work()
    assert firm.requests()[0].state is State.UNDELIVERED


@pytest.mark.parametrize("sender", ["MAILER-DAEMON", "<>", "Mail Delivery System <MAILER-DAEMON>"])
def test_a_mail_server_without_an_address_is_heard(firm: Firm, sender: str) -> None:
    corrected(firm, STREET)
    bounce(firm, firm.letters_to(ADA)[-1], sender=sender)
    firm.work()
    assert firm.requests()[0].state is State.UNDELIVERED


def test_a_bounced_proof_letter_leaves_the_request_waiting_and_marked(firm: Firm) -> None:
    asked(firm, STREET)
    bounce(firm, firm.letters_to(ADA)[-1])
    firm.work()
    assert firm.requests()[0].state is State.AWAITING_PROOF
    assert [letter.state for letter in firm.outbox()] == [LetterState.BOUNCED]
    assert "bounced" in firm.events()


@pytest.mark.parametrize(
    ("status", "action"),
    [pytest.param("4.4.7", "delayed", id="delayed"), pytest.param("2.0.0", "relayed", id="relayed")],
)
def test_a_letter_that_may_still_arrive_opens_nothing(firm: Firm, status: str, action: str) -> None:
    corrected(firm, STREET)
    bounce(firm, firm.letters_to(ADA)[-1], status=status, action=action)
    firm.work()
    assert firm.requests()[0].state is State.CLOSED


def test_a_report_on_a_letter_that_we_never_wrote_does_nothing(firm: Firm) -> None:
    corrected(firm, STREET)
    letter = firm.letters_to(ADA)[-1]
    number = str(letter["Message-ID"])
    letter.replace_header("Message-ID", number.replace("rd.", "rd.x", 1))
    bounce(firm, letter)
    firm.work()
    assert firm.requests()[0].state is State.CLOSED
    assert len(firm.sink.inbox) == 2


def test_the_same_report_twice_is_one_event(firm: Firm) -> None:
    corrected(firm, STREET)
    letter = firm.letters_to(ADA)[-1]
    bounce(firm, letter)
    bounce(firm, letter, status="5.1.2")
    firm.work()
    assert firm.requests()[0].state is State.UNDELIVERED
    assert firm.events().count("not reached") == 1


def test_a_letter_that_came_back_is_sent_again_and_closes_its_request(firm: Firm) -> None:
    corrected(firm, STREET)
    bounce(firm, firm.letters_to(ADA)[-1])
    firm.work()
    assert _again(firm)
    firm.work()
    first, second = firm.letters_to(ADA)[-2:]
    assert first["Message-ID"] == second["Message-ID"]
    assert (firm.requests()[0].state, firm.requests()[0].outcome) == (State.CLOSED, Outcome.FULFILLED)
    bounce(firm, second)
    firm.work()
    assert firm.requests()[0].state is State.UNDELIVERED


def test_what_came_back_goes_no_more_once_its_request_has_gone_on(firm: Firm) -> None:
    corrected(firm, STREET)
    bounce(firm, firm.letters_to(ADA)[-1])
    firm.work()
    firm.does(review.close, firm.requests()[0], outcome=Outcome.FULFILLED, reason="Told by telephone.")
    assert not _again(firm)
    firm.work()
    assert len(firm.letters_to(ADA)) == 2


def _again(firm: Firm) -> bool:
    actor, letter = firm.staff(), firm.outbox()[-1]
    with firm.desk.sessions.begin() as session:
        return stuck.send_again(firm.desk, session, letter.id, by=actor.by, now=firm.clock())
