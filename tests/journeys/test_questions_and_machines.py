"""What is no request of a right: questions, machines, spam, and what nobody can sort."""

import pytest

from models.rules.kinds import Field, Kind
from models.rules.lifecycle import Outcome, State
from models.services.deciding import review
from tests.firm import ADA, Firm


def test_a_question_is_answered_by_a_person(firm: Firm) -> None:
    firm.receive("When do you open on Saturdays?")
    firm.work()
    assert (firm.request().kind, firm.request().state) == (Kind.OTHER, State.IN_REVIEW)
    assert firm.promised() == []
    firm.does(review.answer, firm.request(), text="At ten o'clock.")
    firm.work()
    assert "At ten o'clock." in firm.letter_texts(ADA)[-1]
    assert firm.request().state is State.CLOSED


def test_what_stands_below_a_question_is_kept_apart_by_its_kind(firm: Firm) -> None:
    firm.receive("When do you open?\n\n-- \nAda\n\n> We open late.")
    firm.work()
    (message,) = firm.messages()
    kept = [(kind, message.text[start:end]) for start, end, kind in message.apart or ()]
    assert kept == [("signature", "-- \nAda"), ("quote", "> We open late.")]


def test_a_question_is_closed_without_a_letter(firm: Firm) -> None:
    firm.receive("When do you open on Saturdays?")
    firm.work()
    firm.does(review.close, firm.request(), outcome=Outcome.NOT_REQUEST)
    firm.work()
    assert (firm.request().outcome, firm.promised()) == (Outcome.NOT_REQUEST, [])


MACHINES = {
    "out of office": {"Auto_Submitted": "auto-replied"},
    "newsletter": {"List_Id": "<news.example.net>", "List_Unsubscribe": "<https://news.example.net/u>"},
    "bounce": {"X_Failed_Recipients": "somebody@example.net"},
}


@pytest.mark.parametrize("headers", MACHINES.values(), ids=MACHINES)
def test_a_machine_is_stored_and_never_answered(firm: Firm, headers: dict[str, str]) -> None:
    firm.receive("I am not here until Monday.", **headers)
    firm.work()
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.NOT_REQUEST)
    assert firm.promised() == []


def test_a_right_that_came_through_a_list_is_looked_at_by_a_person(firm: Firm) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.receive("Please show me what you hold.", List_Id="<group.shop.example>")
    firm.work()
    assert (firm.request().state, firm.promised()) == (State.TRIAGE, [])
    firm.does(review.set_kind, firm.request(), kinds=[Kind.ACCESS])
    firm.work()
    assert (firm.request().state, firm.promised()) == (State.AWAITING_PROOF, ["proof"])


def test_below_the_threshold_a_person_chooses_the_kind(firm: Firm) -> None:
    firm.reader.knows("my street", Kind.RECTIFICATION, values=[(Field.STREET, None, "14 Quarry Hill")], score=0.6)
    firm.receive("it is about my street, 14 Quarry Hill")
    firm.work()
    assert (firm.request().state, firm.promised()) == (State.TRIAGE, [])
    first, second = firm.does(review.set_kind, firm.request(), kinds=[Kind.RECTIFICATION, Kind.ACCESS])
    assert (first.kind, second.kind) == (Kind.RECTIFICATION, Kind.ACCESS)
    firm.work()
    assert firm.promised() == ["proof"]
    firm.prove()
    assert {one.state for one in firm.requests()} == {State.IN_REVIEW}
    assert firm.requests()[0].corrections[0].after == "14 Quarry Hill"


def test_our_own_letter_that_comes_back_is_known(firm: Firm) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.receive("Please show me what you hold.")
    firm.work()
    firm.deliver(firm.letters_to(ADA)[0])
    firm.work()
    assert firm.promised() == ["proof"]
    assert [message.auto for message in firm.messages()] == [None, "own"]


def test_a_mail_without_a_sender_is_quarantined_and_stops_no_other(firm: Firm) -> None:
    firm.mailbox.put(b"Subject: nobody wrote this\r\n\r\nhello\r\n", internaldate=firm.clock())
    firm.receive("When do you open on Saturdays?")
    result = firm.work()
    assert (result.counts["triaged"], result.counts["quarantined"]) == (1, 1)
    assert [spool.state for spool in firm.spooled()] == ["quarantined", "read"]
