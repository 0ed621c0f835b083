"""Servers that are away and come back: nothing is lost, nothing goes twice."""

from datetime import timedelta
from typing import Any

from models.outbox import LetterState
from models.rules.kinds import Field, Kind
from models.rules.lifecycle import State
from models.services import outbox, review
from tests.firm import ADA, Firm

STREET = (Field.STREET, "3 Mill Lane", "14 Quarry Hill")


def asks(firm: Firm) -> None:
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[STREET])
    firm.receive("Please correct 3 Mill Lane to 14 Quarry Hill")


def passes(firm: Firm, **span: float) -> None:
    clock: Any = firm.clock
    clock.pass_(**span)


def test_the_mail_server_is_down_and_up_again(firm: Firm) -> None:
    asks(firm)
    firm.sink.go_down()
    result = firm.work()
    assert "deliver" in result.away
    (letter,) = firm.outbox()
    assert (letter.state, letter.attempts) == (LetterState.QUEUED, 0)
    firm.sink.come_back()
    firm.work()
    assert len(firm.letters_to(ADA)) == 1


def test_a_letter_that_is_put_off_goes_by_the_ladder(firm: Firm) -> None:
    asks(firm)
    firm.sink.refuse_next(451)
    firm.work()
    assert firm.outbox()[0].state is LetterState.DEFERRED
    firm.work()
    assert firm.letters_to(ADA) == []
    passes(firm, seconds=61)
    firm.work()
    assert len(firm.letters_to(ADA)) == 1


def test_a_letter_that_is_refused_for_good_leaves_the_person_unreached(firm: Firm) -> None:
    asks(firm)
    firm.work()
    firm.prove()
    firm.does(review.approve, firm.request())
    firm.sink.refuse_next(550)
    firm.work()
    assert firm.outbox()[-1].state is LetterState.FAILED
    assert firm.request().state is State.UNDELIVERED


def test_a_letter_whose_end_is_unknown_is_never_sent_again_by_itself(firm: Firm) -> None:
    asks(firm)
    firm.work()
    firm.prove()
    firm.does(review.approve, firm.request())
    firm.sink.drop_next()
    firm.work()
    assert firm.outbox()[-1].state is LetterState.UNCERTAIN
    assert firm.request().state is State.RESPONDING
    passes(firm, hours=100)
    firm.work()
    letters = [str(letter["Message-ID"]) for letter in firm.letters_to(ADA)]
    assert len(letters) == len(set(letters))
    with firm.desk.sessions.begin() as session:
        number = firm.outbox()[-1].id
        outbox.count_as_sent(firm.desk, session, number, actor=firm_staff(firm), now=firm.clock())
    assert firm.request().state is State.CLOSED


def firm_staff(firm: Firm) -> Any:
    return firm._staff["grace"]


def test_the_customer_database_is_away_at_triage_and_the_look_up_follows(firm: Firm) -> None:
    shop = firm.folder / "shop.sqlite3"
    shop.rename(firm.folder / "elsewhere.sqlite3")
    asks(firm)
    firm.work()
    assert firm.request().state is State.AWAITING_PROOF
    assert [one.store for one in firm.request().corrections] == [None]
    (firm.folder / "elsewhere.sqlite3").rename(shop)
    passes(firm, seconds=31)
    firm.work()
    (line,) = firm.request().corrections
    assert (line.before, line.after, line.key) == ("3 Mill Lane", "14 Quarry Hill", "1")


def test_the_customer_database_is_away_when_the_approval_is_carried_out(firm: Firm) -> None:
    asks(firm)
    firm.work()
    firm.prove()
    firm.does(review.approve, firm.request())
    shop = firm.folder / "shop.sqlite3"
    shop.rename(firm.folder / "elsewhere.sqlite3")
    firm.work()
    assert firm.request().state is State.APPLYING
    (firm.folder / "elsewhere.sqlite3").rename(shop)
    passes(firm, seconds=31)
    firm.work()
    assert firm.customer()["street"] == "14 Quarry Hill"
    assert firm.request().state is State.CLOSED


def test_a_worker_that_died_while_it_sent_leaves_one_letter_uncertain(firm: Firm) -> None:
    asks(firm)
    firm.sink.go_down()
    firm.work()
    with firm.desk.sessions.begin() as session:
        letter = session.get_one(outbox.OutboxLetter, firm.outbox()[0].id)
        letter.state, letter.claimed_by = LetterState.SENDING, "the dead"
        letter.claimed_until = firm.clock() + timedelta(seconds=90)
    firm.sink.come_back()
    firm.work()
    assert firm.letters_to(ADA) == []
    passes(firm, seconds=91)
    firm.work()
    assert firm.outbox()[0].state is LetterState.UNCERTAIN
    assert firm.letters_to(ADA) == []
