"""The desk talks to no machine and writes nothing twice; what it keeps back is shown, and staff may send it."""

from datetime import timedelta

import pytest

from models.audit import Event
from models.mailbox import Mailbox as Row
from models.outbox import LetterState
from models.rules.kinds import Kind
from models.rules.lifecycle import State
from models.rules.loop_guards import Held
from models.services.deciding import review
from models.services.outgoing import stuck
from tests.firm import ADA, Firm
from tests.journeys.conftest import Founded
from tests.journeys.stories import STREET, bounce, passes, proved


def ask_access(firm: Firm, sender: str, text: str = "Show me what you hold", **how: str) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.receive(text, sender=sender, **how)


def strangers(firm: Firm, count: int, *, named: str = "s") -> list[str]:
    """So many people ask, and get a letter each."""
    senders = [f"{named}{number}@example.net" for number in range(count)]
    for sender in senders:
        ask_access(firm, sender)
    firm.work()
    return senders


def states(firm: Firm, letter: str = "proof") -> list[LetterState]:
    return [one.state for one in firm.outbox() if one.letter == letter]


def held(firm: Firm) -> list[Held | None]:
    return [one.held_for for one in firm.outbox() if one.state is LetterState.HELD]


def sends(firm: Firm) -> None:
    """Staff send the newest letter."""
    with firm.desk.sessions.begin() as session:
        assert stuck.send_again(firm.desk, session, firm.outbox()[-1].id, by=firm.staff().by, now=firm.clock())
    firm.work()


def desk_events(firm: Firm) -> list[str]:
    with firm.session() as session:
        return [
            one.what for one in session.query(Event).order_by(Event.at, Event.number) if one.what.startswith("circuit")
        ]


# The circuit


def bounced(firm: Firm, senders: list[str]) -> None:
    for sender in senders:
        bounce(firm, firm.letters_to(sender)[-1])
    firm.work()


def test_automatic_letters_wait_once_a_fifth_came_back_and_leave_by_themselves_later(firm: Firm) -> None:
    senders = strangers(firm, 50)
    bounced(firm, senders[:10])
    strangers(firm, 1, named="eleventh")
    assert len(firm.letters_to("eleventh0@example.net")) == 1
    bounced(firm, senders[10:12])
    strangers(firm, 2, named="late")
    assert held(firm) == [Held.CIRCUIT] * 2
    assert not firm.letters_to("late0@example.net")
    passes(firm, minutes=59)
    firm.work()
    assert held(firm) == [Held.CIRCUIT] * 2
    passes(firm, minutes=2)
    firm.work()
    assert held(firm) == []
    assert len(firm.letters_to("late0@example.net")) == len(firm.letters_to("late1@example.net")) == 1
    assert desk_events(firm) == ["circuit opened", "circuit closed"]


def test_while_the_circuit_is_open_staff_letters_leave_and_what_they_send_does(firm: Firm) -> None:
    request = proved(firm, STREET)
    senders = strangers(firm, 50)
    bounced(firm, senders[:12])
    firm.does(review.approve, request)
    firm.work()
    assert firm.requests()[0].state is State.CLOSED
    strangers(firm, 1, named="late")
    assert held(firm) == [Held.CIRCUIT]
    sends(firm)
    assert len(firm.letters_to("late0@example.net")) == 1


def test_letters_of_staff_that_arrive_do_not_close_it_within_the_hour(firm: Firm) -> None:
    bounced(firm, strangers(firm, 50)[:11])
    strangers(firm, 6, named="late")
    with firm.desk.sessions.begin() as session:
        for letter in firm.outbox()[-6:]:
            assert stuck.send_again(firm.desk, session, letter.id, by="grace", now=firm.clock())
    firm.work()
    strangers(firm, 1, named="later")
    assert held(firm) == [Held.CIRCUIT]


@pytest.mark.parametrize("answers_from", ["{}", "away-for-{}"])
def test_answers_of_machines_open_the_circuit_too(firm: Firm, answers_from: str) -> None:
    senders = strangers(firm, 50)
    for sender in senders[:11]:
        letter = firm.letters_to(sender)[-1]
        away = answers_from.format(sender)
        firm.reply(f"I am away, {sender}", to=letter, sender=away, Auto_Submitted="auto-replied")
    firm.work()
    strangers(firm, 1, named="late")
    assert held(firm) == [Held.CIRCUIT]


@pytest.mark.parametrize(
    ("minutes", "opened"), [(0, [Held.CIRCUIT]), (61, [])], ids=["at once", "to none of the last hour"]
)
def test_an_answer_that_names_no_letter_counts_for_the_address_that_we_wrote_to(
    firm: Firm, minutes: int, opened: list[Held]
) -> None:
    senders = strangers(firm, 50)
    passes(firm, minutes=minutes)
    for sender in [*senders[:10], senders[0], "nobody-we-know@example.net"]:
        firm.receive(f"I am away, {sender}", sender=sender, Auto_Submitted="auto-replied")
    strangers(firm, 1, named="tenth")
    assert held(firm) == []
    firm.receive("I am away", sender=senders[10].upper(), Auto_Submitted="auto-replied")
    firm.work()
    strangers(firm, 1, named="late")
    assert held(firm) == opened


def test_what_the_mail_server_refuses_counts_as_come_back(firm: Firm) -> None:
    firm.sink.refuse_next(550, at="rcpt", times=11)
    strangers(firm, 50)
    strangers(firm, 1, named="late")
    assert held(firm) == [Held.CIRCUIT]


# Repeats


def test_what_was_answered_twice_within_a_day_is_answered_no_third_time(firm: Firm) -> None:
    for subject in ("one", "two", "three"):
        ask_access(firm, ADA, "Show me what you hold!", subject=subject)
        firm.work()
        passes(firm, hours=4)
    assert (len(firm.letters_to(ADA)), held(firm)) == (2, [Held.REPEAT])
    assert len(firm.messages()) == len(firm.requests()) == 3
    passes(firm, hours=25)
    ask_access(firm, ADA, subject="a day later")
    firm.work()
    assert len(firm.letters_to(ADA)) == 3


def test_other_words_after_two_answers_are_answered(firm: Firm) -> None:
    for subject, words in (("one", "Show"), ("two", "Show"), ("three", "Send")):
        ask_access(firm, ADA, f"{words} me what you hold", subject=subject)
        firm.work()
    assert len(firm.letters_to(ADA)) == 3


def test_the_same_words_of_two_people_are_no_repeat(firm: Firm) -> None:
    assert len(strangers(firm, 2)) == len(firm.sink.inbox)


def test_a_third_message_under_one_subject_within_three_hours_causes_no_letter(firm: Firm) -> None:
    for number in range(3):
        ask_access(firm, ADA, f"Show me what you hold, number {number}")
        firm.work()
    assert (len(firm.letters_to(ADA)), held(firm)) == (2, [Held.REPEAT])
    passes(firm, minutes=181)
    ask_access(firm, ADA, "Show me what you hold, at last")
    firm.work()
    assert len(firm.letters_to(ADA)) == 3


# Addresses that take no answer


@pytest.mark.parametrize("sender", ["abuse@example.net", "root@example.net"])
def test_no_letter_goes_by_itself_to_an_address_behind_which_nobody_sits(firm: Firm, sender: str) -> None:
    ask_access(firm, sender)
    firm.work()
    assert firm.request().state is State.AWAITING_PROOF
    assert (firm.sink.inbox, held(firm)) == ([], [Held.ADDRESS])
    sends(firm)
    assert len(firm.letters_to(sender)) == 1


# Old mail


def test_what_was_old_when_the_desk_began_to_read_gets_no_letter_by_itself(firm: Firm) -> None:
    now = firm.clock()
    passes(firm, days=-4)
    ask_access(firm, "old@example.net")
    passes(firm, days=2)
    ask_access(firm, "young@example.net")
    passes(firm, seconds=(now - firm.clock()).total_seconds())
    firm.work()
    assert len(firm.requests()) == 2
    assert (held(firm), firm.letters_to("old@example.net")) == ([Held.OLD], [])
    assert len(firm.letters_to("young@example.net")) == 1


def test_staff_send_what_was_held_of_an_old_mail_and_what_follows_needs_no_more_of_them(firm: Firm) -> None:
    now = firm.clock()
    passes(firm, days=-4)
    ask_access(firm, ADA)
    passes(firm, seconds=(now - firm.clock()).total_seconds())
    firm.work()
    sends(firm)
    assert len(firm.letters_to(ADA)) == 1
    passes(firm, days=7, minutes=1)
    firm.work()
    assert firm.promised() == ["proof", "proof_reminder"]
    assert len(firm.letters_to(ADA)) == 2


def test_what_came_while_the_desk_was_down_is_answered_however_long_that_was(firm: Firm) -> None:
    firm.work()
    ask_access(firm, ADA)
    passes(firm, days=5)
    firm.work()
    assert len(firm.letters_to(ADA)) == 1


def test_a_folder_that_was_numbered_anew_brings_no_letters_for_old_mail(firm: Firm) -> None:
    firm.work()
    ask_access(firm, ADA)
    passes(firm, days=5)
    with firm.desk.sessions.begin() as session:
        session.query(Row).one().uidvalidity = 1
    firm.work()
    assert (held(firm), firm.letters_to(ADA)) == ([Held.OLD], [])


# The rate


def test_letters_that_the_mail_server_put_off_count_in_their_minute(found_firm: Founded) -> None:
    firm = found_firm(changed={"per_minute = 0": "per_minute = 3"})
    firm.sink.refuse_next(451, at="rcpt", times=2)
    strangers(firm, 5)
    assert sorted(states(firm)) == ["accepted", "deferred", "deferred", "queued", "queued"]
    passes(firm, seconds=61)
    firm.work()
    assert states(firm).count(LetterState.ACCEPTED) == 4


def test_what_another_worker_has_claimed_counts_in_the_minute(found_firm: Founded) -> None:
    firm = found_firm(changed={"per_minute = 0": "per_minute = 3"})
    firm.sink.go_down()
    strangers(firm, 5)
    with firm.desk.sessions.begin() as session:
        from models.services.outgoing import delivery

        first = delivery.take(firm.desk, session, owner="worker-2", now=firm.clock())
        assert (len(first), delivery.take(firm.desk, session, owner="worker-3", now=firm.clock())) == (3, [])
        assert delivery.take(firm.desk, session, owner="worker-3", now=firm.clock() + timedelta(seconds=91)) != []
