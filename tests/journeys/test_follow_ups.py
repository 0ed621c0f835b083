"""What comes later on a ticket with open requests: joined, shown as new, or a request that waits for its own proof."""

import pytest
import sqlalchemy as sa

from models.base import NO_DUE_DAY
from models.outbox import OutboxLetter
from models.rules.kinds import Field, Kind
from models.rules.lifecycle import CorrectionState, Outcome, State
from models.services.deciding import review
from models.services.outgoing import outbox, stuck
from models.ticket import Ticket
from tests.firm import ADA, BEN, MALLORY, SUPPORT, Firm
from tests.journeys.stories import CITY, STREET, asked, corrected, passes, proved


def test_a_word_without_a_right_raises_the_version_and_shows_as_new(firm: Firm) -> None:
    request = proved(firm, STREET)
    firm.reply("How long will it take?", to=firm.letters_to(ADA)[-1])
    firm.work()
    after = firm.request()
    assert (after.version > request.version, after.unseen, after.state) == (True, True, State.IN_REVIEW)
    assert firm.promised() == ["proof"]


def test_a_proved_request_takes_more_by_our_own_signed_id_only(firm: Firm) -> None:
    proved(firm, STREET)
    firm.reader.knows("city too", Kind.RECTIFICATION, values=[CITY])
    firm.reply("the city too: Leeds for Manchester", to=firm.letters_to(ADA)[-1])
    firm.work()
    assert {one.after for one in firm.request().corrections} == {"14 Quarry Hill", "Leeds"}


def test_an_id_counts_as_signed_for_whom_its_letter_went_to_alone(firm: Firm) -> None:
    """Staff wrote to Ben about Ada's request: he has a part in it, and her letter is none of his."""
    request = proved(firm, STREET)
    with firm.desk.sessions.begin() as session:
        ticket = session.get_one(Ticket, request.ticket_id)
        said = {"answer": "Do you live there too?"}
        outbox.promise(firm.desk, session, ticket, "answer", now=firm.clock(), recipient=BEN, facts=said)
    firm.work()
    firm.reply("Yes, I live there.", to=firm.letters_to(BEN)[-1], sender=BEN)
    firm.reply("She showed me this.", to=firm.letters_to(ADA)[-1], sender=BEN)
    firm.work()
    assert [one.threaded_by for one in firm.messages()[1:]] == ["signed-id", "message-id"]


def test_an_id_that_no_key_of_ours_signed_is_only_one_that_was_seen(firm: Firm) -> None:
    proved(firm, STREET)
    letter, unsigned = firm.letters_to(ADA)[-1], "rd.1.2.3@shop.example"
    with firm.desk.sessions.begin() as session:
        session.execute(sa.update(OutboxLetter).values(message_id=unsigned))
    letter.replace_header("Message-ID", f"<{unsigned}>")
    firm.reply("How long will it take?", to=letter, subject="Hello")
    firm.work()
    assert firm.messages()[-1].threaded_by == "message-id"


def test_a_forged_mail_with_the_reference_adds_nothing_to_what_is_proved(firm: Firm) -> None:
    request = proved(firm, STREET)
    firm.reader.knows("rather", Kind.RECTIFICATION, values=[(Field.STREET, "3 Mill Lane", "1 Thief Row")])
    firm.receive("rather 1 Thief Row for 3 Mill Lane", subject=f"Re: [{firm.tickets()[0].reference}]")
    firm.work()
    first, second = firm.requests()
    assert [one.after for one in first.corrections] == ["14 Quarry Hill"]
    assert (second.state, second.proved_at) == (State.AWAITING_PROOF, None)
    assert firm.promised() == ["proof", "proof"]
    firm.does(review.approve, request)
    firm.work()
    assert firm.customer()["street"] == "14 Quarry Hill"
    assert firm.requests()[0].outcome is Outcome.FULFILLED
    assert firm.requests()[1].state is State.AWAITING_PROOF


def test_an_unproved_request_neither_blocks_nor_delays_a_proved_one(firm: Firm) -> None:
    proved(firm, STREET)
    before = firm.request()
    firm.receive("Please correct: somebody writes in Ada's name")
    firm.work()
    first, second = firm.requests()
    assert first.version == before.version
    assert first.due_on == before.due_on
    assert (first.state, second.state) == (State.IN_REVIEW, State.AWAITING_PROOF)
    assert first.ticket_id != second.ticket_id
    firm.does(review.approve, first)
    firm.work()
    assert firm.customer()["street"] == "14 Quarry Hill"


def test_a_reply_that_a_group_stamped_is_looked_at_by_a_person(firm: Firm) -> None:
    """A list is no machine's word for sure where the mail asks for a right."""
    corrected(firm, STREET)
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.reply("Show me what you hold", to=firm.letters_to(ADA)[-1], List_Id="<family.example.net>")
    firm.work()
    assert [(one.kind, one.state) for one in firm.requests()] == [
        (Kind.RECTIFICATION, State.CLOSED), (Kind.ACCESS, State.TRIAGE),
    ]  # fmt: skip
    assert firm.promised() == ["proof", "corrected"]


def test_a_machine_on_an_open_ticket_changes_nothing(firm: Firm) -> None:
    request = asked(firm, STREET)
    firm.reply("Out of office", to=firm.letters_to(ADA)[-1], Auto_Submitted="auto-replied")
    firm.reply("Our newsletter", to=firm.letters_to(ADA)[-1], List_Id="<news.example.net>")
    firm.work()
    after = firm.request()
    assert (after.version, after.state, after.unseen) == (request.version, State.AWAITING_PROOF, False)
    assert len(firm.messages()) == 3
    assert firm.promised() == ["proof"]


def test_an_answer_leads_back_to_review_though_staff_asked_twice(firm: Firm) -> None:
    request = proved(firm, STREET)
    firm.does(review.ask, request, question="Which flat?")
    firm.work()
    firm.does(review.ask, request, question="And which floor?")
    firm.work()
    assert (firm.request().state, firm.request().asked) == (State.NEEDS_DETAILS, 2)
    firm.reply("Flat two, first floor.", to=firm.letters_to(ADA)[1])
    firm.work()
    assert firm.request().state is State.IN_REVIEW


def test_a_later_word_on_one_field_takes_the_place_of_the_earlier(firm: Firm) -> None:
    asked(firm, STREET)
    firm.reader.knows("sorry", Kind.RECTIFICATION, values=[(Field.STREET, "3 Mill Lane", "15 Quarry Hill")])
    firm.reply("sorry, 15 Quarry Hill for 3 Mill Lane", to=firm.letters_to(ADA)[-1])
    firm.work()
    assert [(one.after, one.state) for one in firm.request().corrections] == [
        ("15 Quarry Hill", CorrectionState.PROPOSED)
    ]


def test_who_was_in_copy_takes_no_part(firm: Firm) -> None:
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[STREET])
    firm.receive("Please correct 3 Mill Lane to 14 Quarry Hill", Cc=MALLORY)
    firm.work()
    firm.reply("And mine", to=firm.letters_to(ADA)[-1], sender=MALLORY)
    firm.work()
    assert [ticket.requester for ticket in firm.tickets()] == [ADA, MALLORY]
    assert firm.letters_to(MALLORY) == []


def test_within_a_fortnight_a_closed_ticket_takes_a_new_request(firm: Firm) -> None:
    corrected(firm, STREET)
    passes(firm, days=13)
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.reply("Show me what you hold", to=firm.letters_to(ADA)[-1])
    firm.work()
    assert len(firm.tickets()) == 1
    assert firm.promised()[-1] == "proof"


@pytest.mark.parametrize("counted", [False, True], ids=["failed", "counted as sent"])
def test_the_fortnight_begins_with_a_letter_that_was_accepted(firm: Firm, counted: bool) -> None:
    firm.reader.knows("no newsletter", Kind.OPT_OUT)
    mail = firm.receive("no newsletter")
    passes(firm, days=10)
    firm.sink.drop_next()
    firm.work()
    actor, (letter,) = firm.staff(), firm.outbox()
    if counted:
        with firm.desk.sessions.begin() as session:
            stuck.count_as_sent(firm.desk, session, letter.id, actor=actor, now=firm.clock())
    else:
        firm.sink.refuse_next(550)
        with firm.desk.sessions.begin() as session:
            stuck.send_again(firm.desk, session, letter.id, by=actor.by, now=firm.clock())
        firm.work()
        firm.does(review.close, firm.request(), outcome=Outcome.WITHDRAWN, reason="No way to reach her.")
    passes(firm, days=13)
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.receive("Show me what you hold", In_Reply_To=mail)
    firm.work()
    assert firm.requests()[-1].kind is Kind.ACCESS
    assert len(firm.tickets()) == (1 if counted else 2)


@pytest.mark.parametrize("days", [1, 30])
@pytest.mark.parametrize("mark", ["Re: ", "AW: ", "RE: Re: ", ""])
def test_a_bare_thank_you_is_closed_though_our_subject_comes_back_with_it(firm: Firm, days: int, mark: str) -> None:
    corrected(firm, STREET)
    subject = str(firm.letters_to(ADA)[-1]["Subject"]).removeprefix("Re: ")
    firm.reader.knows("my data", Kind.RECTIFICATION)
    passes(firm, days=days)
    firm.reply("Thank you, that was quick!", to=firm.letters_to(ADA)[-1], subject=mark + subject)
    firm.work()
    assert [(one.kind, one.state, one.outcome) for one in firm.requests()][1:] == [
        (Kind.OTHER, State.CLOSED, Outcome.NOT_REQUEST)
    ]
    assert firm.promised() == ["proof", "corrected"]


def test_a_right_beside_the_thanks_is_heard(firm: Firm) -> None:
    corrected(firm, STREET)
    firm.reader.knows("a copy of all", Kind.ACCESS)
    firm.reply("Thank you! Now send me a copy of all you hold.", to=firm.letters_to(ADA)[-1])
    firm.work()
    assert (firm.requests()[-1].kind, firm.requests()[-1].state) == (Kind.ACCESS, State.AWAITING_PROOF)


def test_a_right_in_a_subject_that_the_person_wrote_is_heard(firm: Firm) -> None:
    corrected(firm, STREET)
    firm.reader.knows("delete my data", Kind.ERASURE)
    reference = firm.tickets()[0].reference
    firm.reply("Thank you.", to=firm.letters_to(ADA)[-1], subject=f"Re: please delete my data [{reference}]")
    firm.work()
    assert (firm.requests()[-1].kind, firm.requests()[-1].state) == (Kind.ERASURE, State.AWAITING_PROOF)


def test_thanks_with_our_subject_on_an_open_ticket_make_no_request(firm: Firm) -> None:
    proved(firm, STREET)
    firm.reader.knows("confirm your request", Kind.ACCESS)
    firm.reply("Thanks, I have done so.", to=firm.letters_to(ADA)[-1])
    firm.work()
    assert len(firm.requests()) == 1


def test_a_dispute_of_what_is_closed_is_linked_to_it(firm: Firm) -> None:
    corrected(firm, STREET)
    firm.reply("That is still wrong!", to=firm.letters_to(ADA)[-1])
    firm.work()
    dispute = firm.requests()[-1]
    assert (dispute.kind, dispute.state) == (Kind.OTHER, State.IN_REVIEW)
    assert dispute.linked_to == firm.tickets()[0].reference
    assert len(firm.tickets()) == 1


def test_values_that_come_later_wait_with_what_a_person_must_sort(firm: Firm) -> None:
    firm.reader.knows("my house", Kind.ACCESS, score=0.4)
    first = firm.receive("Something about my house")
    firm.work()
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[STREET])
    firm.receive("Please correct 3 Mill Lane to 14 Quarry Hill", In_Reply_To=first)
    firm.work()
    request = firm.request()
    assert (request.state, [one.after for one in request.corrections]) == (State.TRIAGE, ["14 Quarry Hill"])


@pytest.mark.parametrize(("named", "other"), [(SUPPORT, False), ("ada.quint@example.net", True)])
def test_our_own_address_is_nobody_elses(firm: Firm, named: str, other: bool) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.receive(f"I write to {named}: show me what you hold")
    firm.work()
    assert firm.request().names_other is other


def test_what_turns_out_to_be_a_question_has_no_due_day(firm: Firm) -> None:
    firm.reader.knows("parcel", Kind.OTHER, score=0.4)
    for words in ("Where is my parcel?", "A parcel of thanks"):
        firm.receive(words)
    firm.work()
    first, second = firm.requests()
    assert (first.state, first.due_on < NO_DUE_DAY) == (State.TRIAGE, True)
    firm.does(review.set_kind, first, kinds=[Kind.OTHER])
    firm.does(review.close, second, outcome=Outcome.NOT_REQUEST)
    assert [one.due_on for one in firm.requests()] == [NO_DUE_DAY, NO_DUE_DAY]
