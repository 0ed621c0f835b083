"""Letters that come back: what was closed opens again, what waits goes on waiting, and forged reports do nothing."""

import pytest

from models.mailbox import Mailbox
from models.outbox import LetterState
from models.rules.kinds import Field
from models.rules.lifecycle import Outcome, State
from models.rules.loop_guards import Held
from models.services.deciding import review
from models.services.outgoing import stuck
from tests.firm import ADA, BEN, Firm
from tests.journeys.stories import STREET, asked, bounce, corrected, passes

AS_A_RELAY_CHANGED_IT = (
    "Message-ID: <0100@relay.example>\r\nSubject: {Subject}\r\nX-Rightsdesk-Loop: {X-Rightsdesk-Loop}\r\n"
)


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


def test_a_report_lies_on_the_ticket_of_its_letter_and_asks_for_nothing(firm: Firm) -> None:
    corrected(firm, STREET)
    bounce(firm, firm.letters_to(ADA)[-1])
    bounce(firm, firm.letters_to(ADA)[-1], status="4.4.7", action="delayed")
    firm.work()
    assert len(firm.tickets()) == len(firm.requests()) == 1
    assert [one.threaded_by for one in firm.messages()[1:]] == ["letter", "letter"]
    page = firm.page(firm.request())
    assert [(one.auto, one.proven) for one in page.messages[1:]] == [("bounce", False), ("bounce", False)]


def test_an_automatic_answer_from_elsewhere_lies_there_too(firm: Firm) -> None:
    corrected(firm, STREET)
    letter = firm.letters_to(ADA)[-1]
    firm.reply("I am away", to=letter, sender="assistant@example.net", Auto_Submitted="auto-replied")
    firm.reply("It is me, really", to=letter, sender="assistant@example.net")
    firm.work()
    assert [one.threaded_by for one in firm.messages()] == [None, "letter", None]
    assert firm.requests()[0].state is State.CLOSED
    assert firm.messages()[-1].looks_related == firm.tickets()[0].reference


def test_an_old_report_holds_nothing_back_on_the_ticket_of_its_letter(firm: Firm) -> None:
    asked(firm, STREET)
    bounce(firm, firm.letters_to(ADA)[-1], status="5.2.2")
    passes(firm, days=5)
    with firm.desk.sessions.begin() as session:
        session.query(Mailbox).one().uidvalidity = 1
    firm.work()
    assert firm.messages()[-1].threaded_by == "letter"
    assert [one.held_for for one in firm.tickets()] == [None]


@pytest.mark.parametrize(
    ("returned", "state"),
    [
        pytest.param(AS_A_RELAY_CHANGED_IT, State.UNDELIVERED, id="relay gave it another id"),
        pytest.param(AS_A_RELAY_CHANGED_IT.replace("{X-Rightsdesk-Loop}", "x"), State.CLOSED, id="no letter of ours"),
        pytest.param("Subject: {Subject}\r\n", State.CLOSED, id="reference alone"),
    ],
)
def test_a_letter_is_found_by_its_recipient_and_the_reference(firm: Firm, returned: str, state: State) -> None:
    corrected(firm, STREET)
    bounce(firm, firm.letters_to(ADA)[-1], returned=returned)
    firm.work()
    assert firm.requests()[0].state is state


def test_a_letter_to_somebody_else_is_not_found_by_the_reference(firm: Firm) -> None:
    corrected(firm, STREET)
    letter = firm.letters_to(ADA)[-1]
    letter.replace_header("To", BEN)
    bounce(firm, letter, returned=AS_A_RELAY_CHANGED_IT)
    firm.work()
    assert firm.requests()[0].state is State.CLOSED


# An address that is none


def test_nothing_automatic_goes_for_sixty_days_where_no_such_address_is(firm: Firm) -> None:
    asked(firm, STREET)
    bounce(firm, firm.letters_to(ADA)[-1])
    firm.work()
    passes(firm, days=59)
    asked(firm, STREET)
    assert [one.state for one in firm.outbox()] == [LetterState.BOUNCED, LetterState.HELD]
    assert firm.page(firm.requests()[-1]).letters[0].held_for is Held.UNKNOWN
    passes(firm, days=2)
    asked(firm, STREET)
    assert firm.outbox()[-1].state is LetterState.ACCEPTED


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"status": "5.7.1"}, id="policy"),
        pytest.param({"status": "5.2.2"}, id="full"),
        pytest.param({"status": "5.4.1"}, id="no way there"),
        pytest.param({"status": "4.1.1", "action": "delayed"}, id="later"),
        pytest.param({"returned": AS_A_RELAY_CHANGED_IT}, id="not signed"),
    ],
)
def test_an_address_that_may_be_one_goes_on_getting_letters(firm: Firm, how: dict[str, str]) -> None:
    asked(firm, STREET)
    bounce(firm, firm.letters_to(ADA)[-1], **how)
    firm.work()
    asked(firm, STREET)
    assert firm.outbox()[-1].state is LetterState.ACCEPTED


def test_a_letter_to_no_such_address_that_waits_is_none_of_the_three_a_day(firm: Firm) -> None:
    asked(firm, STREET)
    bounce(firm, firm.letters_to(ADA)[-1])
    firm.work()
    passes(firm, days=60, seconds=-1)
    for number in range(4):
        asked(firm, (Field.STREET, "3 Mill Lane", f"{number} Quarry Hill"))
    passes(firm, seconds=2)
    asked(firm, STREET)
    assert [one.held_for for one in firm.outbox()] == [None, *[Held.UNKNOWN] * 4, None]


def test_who_lets_a_letter_go_again_lets_the_others_go(firm: Firm) -> None:
    corrected(firm, STREET)
    bounce(firm, firm.letters_to(ADA)[-1])
    firm.work()
    assert _again(firm)
    asked(firm, STREET)
    assert firm.outbox()[-1].state is LetterState.ACCEPTED


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
