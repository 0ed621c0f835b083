"""Messages on tickets that exist: joined, asked anew, linked, or nothing at all."""

from models.rules.kinds import Field, Kind
from models.rules.lifecycle import Outcome, State
from models.services.deciding import review
from tests.firm import ADA, Firm
from tests.journeys.stories import STREET, bounce, passes


def done(firm: Firm) -> None:
    """A correction from its letter to its confirmation."""
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[STREET])
    firm.receive("Please correct 3 Mill Lane to 14 Quarry Hill")
    firm.work()
    firm.prove()
    firm.does(review.approve, firm.request())
    firm.work()


def test_a_value_that_was_missing_comes_with_the_reply(firm: Firm) -> None:
    firm.reader.knows("my street is wrong", Kind.RECTIFICATION, values=[])
    firm.reader.knows("it is 14 Quarry Hill", Kind.RECTIFICATION, values=[STREET])
    firm.receive("my street is wrong")
    firm.work()
    firm.prove()
    assert firm.request().state is State.NEEDS_DETAILS
    firm.work()
    assert firm.promised() == ["proof", "details"]
    firm.reply("it is 14 Quarry Hill", to=firm.letters_to(ADA)[-1])
    firm.work()
    request = firm.request()
    assert request.state is State.IN_REVIEW
    assert [one.after for one in request.corrections] == ["14 Quarry Hill"]


def test_a_word_of_thanks_asks_for_nothing(firm: Firm) -> None:
    done(firm)
    firm.reply("Thank you very much!", to=firm.letters_to(ADA)[-1])
    firm.work()
    assert [one.outcome for one in firm.requests()] == [Outcome.FULFILLED, Outcome.NOT_REQUEST]
    assert len(firm.tickets()) == 1
    assert firm.promised() == ["proof", "corrected"]


def test_a_new_right_on_a_closed_ticket_waits_for_its_own_proof(firm: Firm) -> None:
    done(firm)
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.reply("Now show me what you hold.", to=firm.letters_to(ADA)[-1])
    firm.work()
    assert len(firm.tickets()) == 1
    assert [one.state for one in firm.requests()] == [State.CLOSED, State.AWAITING_PROOF]


def test_later_than_a_fortnight_it_is_a_linked_ticket(firm: Firm) -> None:
    done(firm)
    passes(firm, days=15)
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.reply("Now show me what you hold.", to=firm.letters_to(ADA)[-1])
    firm.work()
    first, second = firm.tickets()
    assert firm.requests()[-1].linked_to == first.reference
    assert second.requester == ADA


def test_an_unproved_right_of_the_same_kind_joins_with_no_second_letter(firm: Firm) -> None:
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[STREET])
    firm.reader.knows("and the city", Kind.RECTIFICATION, values=[(Field.CITY, "Manchester", "Leeds")])
    firm.receive("Please correct 3 Mill Lane to 14 Quarry Hill")
    firm.work()
    firm.reply("and the city is Leeds", to=firm.letters_to(ADA)[-1])
    firm.work()
    request = firm.request()
    assert {one.after for one in request.corrections} == {"14 Quarry Hill", "Leeds"}
    assert firm.promised() == ["proof"]


def test_an_out_of_office_proves_nothing_and_reopens_nothing(firm: Firm) -> None:
    done(firm)
    firm.reply("I am away", to=firm.letters_to(ADA)[-1], Auto_Submitted="auto-replied")
    firm.work()
    assert firm.request().state is State.CLOSED
    assert firm.promised() == ["proof", "corrected"]
    assert len(firm.messages()) == 2


def test_a_reply_that_is_read_before_its_mail_ends_on_the_same_ticket(firm: Firm) -> None:
    firm.receive("and one thing more", subject="Re: hours", References="<q1@example.net>")
    firm.work()
    firm.mailbox.put(
        b"From: Ada Quint <ada@example.net>\r\nTo: support@shop.example\r\nSubject: hours\r\n"
        b"Message-ID: <q1@example.net>\r\n\r\nWhen do you open on Sunday?\r\n",
        internaldate=firm.clock(),
    )
    firm.work()
    assert len(firm.tickets()) == 1
    assert [message.threaded_by for message in firm.messages()] == [None, "references"]


def test_a_bounce_opens_again_what_its_letter_closed(firm: Firm) -> None:
    done(firm)
    bounce(firm, firm.letters_to(ADA)[-1])
    firm.work()
    assert firm.requests()[0].state is State.UNDELIVERED
