"""Two tickets of one person, made one on the page; and what staff see where a mail only looks related to a ticket."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from models.desk import Desk
from models.message import Message
from models.outbox import LetterState
from models.rules.kinds import Kind, Role
from models.rules.lifecycle import Outcome, State
from models.rules.loop_guards import Held
from tests.services import rows
from tests.webform.staff.conftest import Member, ada_moved, make, now

MakeMember = Callable[..., Member]


def asked_twice(desk: Desk) -> tuple[int, int]:
    return make(desk, ada_moved), make(desk, lambda session: rows.request(session, due=9))


def reference(desk: Desk, number: int) -> str:
    return now(desk, number).ticket.reference


def test_the_page_offers_it_and_the_button_does_it(desk: Desk, grace: Member) -> None:
    first, second = asked_twice(desk)
    page = grace.look(first).text
    assert f'name="into" value="{reference(desk, second)}">Merge this into {reference(desk, second)}<' in page
    answer = grace.does("merge", first, into=reference(desk, second))
    assert (answer.status_code, answer.location.startswith(f"/staff/requests/{second}?")) == (303, True)
    assert f"{reference(desk, first)} is merged" in grace.open(answer.location).text
    one, other = now(desk, first), now(desk, second)
    assert (one.state, one.outcome) == (State.CLOSED, Outcome.MERGED)
    assert [line.after for line in other.corrections] == ["14 Quarry Hill", "+44 20 7946 0017"]
    assert f"follows {reference(desk, second)}" in grace.look(first).text


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"kind": Kind.ACCESS}, id="another right"),
        pytest.param({"proved": False, "state": State.AWAITING_PROOF}, id="not proved"),
        pytest.param({"state": State.APPROVED}, id="decided"),
        pytest.param({"requester": "ben@example.org"}, id="somebody else"),
    ],
)
def test_what_is_not_the_same_is_not_offered_and_is_refused(desk: Desk, grace: Member, other: dict[str, Any]) -> None:
    first, second = make(desk, ada_moved), make(desk, lambda session: rows.request(session, **other))
    assert "Merge this into" not in grace.look(first).text
    refused = grace.does("merge", first, into=reference(desk, second))
    assert refused.status_code == 422
    assert now(desk, first).outcome is None


def test_whoever_may_not_close_it_is_offered_nothing(desk: Desk, member: MakeMember) -> None:
    first, second = asked_twice(desk)
    agent = member(Role.AGENT, "ivy")
    assert "Merge this into" not in agent.look(first).text
    assert agent.does("merge", first, into=reference(desk, second)).status_code == 403


def test_what_changed_meanwhile_is_not_merged(desk: Desk, grace: Member) -> None:
    first, second = asked_twice(desk)
    grace.look(first)
    with desk.sessions.begin() as session:
        session.get_one(rows.Request, first).version += 1
    assert grace.does("merge", first, into=reference(desk, second)).status_code == 409


def test_a_mail_that_looks_related_says_to_what(desk: Desk, grace: Member) -> None:
    first, second = asked_twice(desk)
    with desk.sessions.begin() as session:
        of_second = sa.update(Message).where(Message.ticket_id == now(desk, second).ticket_id)
        session.execute(of_second.values(looks_related=reference(desk, first)))
    assert f'Looks related to <a href="/staff/?q={reference(desk, first)}">' in grace.look(second).text
    assert "Looks related" not in grace.look(first).text


def test_a_letter_says_why_it_is_held(desk: Desk, grace: Member) -> None:
    number = make(desk, ada_moved)
    with desk.sessions.begin() as session:
        made = session.get_one(rows.Request, number)
        rows.letter(session, made, LetterState.HELD, held_for=Held.UNKNOWN)
        rows.letter(session, made, LetterState.HELD, held_for=Held.LIMIT)
    for page in (grace.look(number).text, grace.open("/staff/outbox").text):
        assert page.count("A mail server said that there is no such address: for 60 days") == 1
        assert page.count("By itself the desk writes 3 letters a day") == 1
        assert "The mail server said:" not in page
