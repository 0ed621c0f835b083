"""Two tickets of one person that staff make one: nothing of either is lost, and what comes later finds the one."""

import pytest

from models.message import Message
from models.request import Request
from models.rules.kinds import Field, Kind, Role
from models.rules.lifecycle import Outcome, State
from models.rules.permissions import NotAllowedError
from models.services.deciding import review
from models.services.deciding.seen import InvalidError, StaleError
from models.services.tickets import merging
from tests.firm import ADA, BEN, Firm
from tests.journeys.stories import CITY, STREET, Value, asked, passes


def asked_twice(firm: Firm, *, proved: bool = False, second: str = ADA) -> tuple[Request, Request]:
    """The same person wrote two mails a day apart, each of which began a ticket."""
    first = _asks(firm, "Please correct my street", STREET, sender=ADA, proved=proved)
    passes(firm, days=1)
    later = _asks(firm, "And correct my city", CITY, sender=second, proved=proved)
    assert first.ticket_id != later.ticket_id
    return _as_now(firm, first), later


def _asks(firm: Firm, text: str, value: Value, *, sender: str, proved: bool) -> Request:
    firm.reader.knows(text, Kind.RECTIFICATION, values=[value])
    firm.receive(text, sender=sender)
    firm.work()
    if proved:
        assert firm.prove(sender).status_code == 200
    return firm.requests()[-1]


def _as_now(firm: Firm, request: Request) -> Request:
    return next(one for one in firm.requests() if one.id == request.id)


def merged(firm: Firm, one: Request, other: Request) -> tuple[Request, Request]:
    firm.does(merging.merge, one, into=_reference(firm, other))
    return _as_now(firm, one), _as_now(firm, other)


def _reference(firm: Firm, request: Request) -> str:
    return next(ticket.reference for ticket in firm.tickets() if ticket.id == request.ticket_id)


def last(firm: Firm) -> Message:
    return firm.messages()[-1]


@pytest.mark.parametrize("proved", [False, True])
def test_what_was_asked_on_either_is_asked_on_the_one(firm: Firm, proved: bool) -> None:
    first, later = asked_twice(firm, proved=proved)
    one, other = merged(firm, first, later)
    assert (one.state, one.outcome, one.linked_to) == (State.CLOSED, Outcome.MERGED, _reference(firm, later))
    assert {line.after for line in other.corrections} == {"14 Quarry Hill", "Leeds"}
    assert (other.received_at, other.due_on) == (first.received_at, first.due_on)
    assert other.version > later.version
    assert firm.events().count("merged") == 1
    firm.does(review.approve, other) if proved else firm.prove()
    firm.work()
    assert firm.promised() == ["proof", "proof"] + (["corrected"] if proved else [])
    assert firm.requests()[1].state is (State.CLOSED if proved else State.IN_REVIEW)


def test_the_same_value_on_both_is_one_line(firm: Firm) -> None:
    first = _asks(firm, "Please correct my street", STREET, sender=ADA, proved=False)
    later = _asks(firm, "I said: correct my street", STREET, sender=ADA, proved=False)
    _, other = merged(firm, first, later)
    assert [line.after for line in other.corrections] == ["14 Quarry Hill"]


def test_the_link_of_either_letter_proves_the_one(firm: Firm) -> None:
    first, later = asked_twice(firm)
    letters = firm.letters_to(ADA)
    merged(firm, first, later)
    old_link = _link_in(firm, 0)
    assert "Leeds" in firm.web().get(old_link).text
    assert firm.web().post(old_link).status_code == 200
    assert [one.state for one in firm.requests()] == [State.CLOSED, State.IN_REVIEW]
    assert len(letters) == 2


def _link_in(firm: Firm, number: int) -> str:
    text = firm.letter_texts(ADA)[number]
    return next(line.removeprefix("http://127.0.0.1:8000") for line in text.splitlines() if "/proof/" in line)


def test_an_answer_to_either_goes_on_the_one_and_to_one_more_too(firm: Firm) -> None:
    first, later = asked_twice(firm)
    third = _asks(firm, "Correct my street at last", STREET, sender=ADA, proved=False)
    merged(firm, first, later)
    merged(firm, later, third)
    for letter in firm.letters_to(ADA)[:2]:
        firm.reply("How long will it take?", to=letter)
        firm.work()
        assert (last(firm).ticket_id, last(firm).threaded_by) == (third.ticket_id, "signed-id")
    firm.receive("Hello?", subject=f"Re: {_reference(firm, first)}")
    firm.work()
    assert last(firm).ticket_id == third.ticket_id
    assert len(firm.requests()) == 3


@pytest.mark.parametrize("which", ["somebody else's", "itself", "none", "proved"])
def test_what_is_not_one_and_the_same_stays_apart(firm: Firm, which: str) -> None:
    first, later = asked_twice(firm, second=BEN if which == "somebody else's" else ADA)
    if which == "proved":
        firm.prove()
        later = _as_now(firm, later)
        assert later.proved_at is not None
    into = {"itself": _reference(firm, first), "none": "RD-22222222"}.get(which, _reference(firm, later))
    back = {"itself": _reference(firm, later), "none": "RD-22222222"}.get(which, _reference(firm, first))
    for one, reference in ((first, into), (later, back)):
        with pytest.raises(InvalidError):
            firm.does(merging.merge, one, into=reference)
    assert [one.outcome for one in firm.requests()] == [None, None]
    assert [ticket.merged_into_id for ticket in firm.tickets()] == [None, None]


def test_another_right_is_decided_where_it_was_asked(firm: Firm) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    first = asked(firm, STREET)
    firm.reply("And show me what you hold", to=firm.letters_to(ADA)[-1])
    firm.work()
    later = _asks(firm, "And correct my city", (Field.CITY, "Manchester", "Leeds"), sender=ADA, proved=False)
    with pytest.raises(InvalidError, match="nothing like it"):
        firm.does(merging.merge, first, into=_reference(firm, later))
    assert all(one.outcome is None for one in firm.requests())


def test_who_may_not_close_may_not_merge_and_nobody_merges_unseen(firm: Firm) -> None:
    first, later = asked_twice(firm)
    into = _reference(firm, later)
    with pytest.raises(NotAllowedError):
        firm.does(merging.merge, first, actor=firm.staff("ivy", Role.AGENT), into=into)
    with pytest.raises(StaleError):
        firm.does(merging.merge, first, version=first.version - 1, into=into)


def test_nothing_decided_is_merged(firm: Firm) -> None:
    first, later = asked_twice(firm, proved=True)
    firm.does(review.approve, later)
    with pytest.raises(InvalidError):
        firm.does(merging.merge, first, into=_reference(firm, later))
    firm.work()
    assert firm.customer()["city"] == "Leeds"
