"""What stands on a request's page, and what it offers to whom."""

from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from models.outbox import LetterState
from models.rules.kinds import Kind, Role
from models.rules.lifecycle import CorrectionState, Outcome, State
from models.rules.permissions import Actor
from models.services.pages import desk_page
from tests.services import rows

ME = 1
Sessions = sessionmaker[Session]

DEEDS: dict[str, tuple[Role, dict[str, Any], set[str]]] = {
    "a viewer does nothing": (Role.VIEWER, {}, set()),
    "an auditor does nothing": (Role.AUDITOR, {}, set()),
    "an agent decides nothing": (Role.AGENT, {}, {"ask", "kind", "corrections", "choose", "assign"}),
    "an agent answers a question": (
        Role.AGENT,
        {"kind": Kind.OTHER, "proved": False},
        {"ask", "kind", "choose", "assign", "close", "answer", "merge"},
    ),
    "an approver vouches for who waits": (
        Role.APPROVER,
        {"state": State.AWAITING_PROOF},
        {"kind", "corrections", "elsewhere", "choose", "identity", "assign", "close", "merge"},
    ),
    "an approver decides a correction": (
        Role.APPROVER,
        {},
        {
            "approve",
            "decline",
            "ask",
            "kind",
            "corrections",
            "elsewhere",
            "choose",
            "identity",
            "assign",
            "answer",
            "close",
            "merge",
        },
    ),
    "what is approved can be taken back": (Role.APPROVER, {"state": State.APPROVED}, {"undo", "assign"}),
    "where nothing was written nothing is undone": (Role.ADMIN, {"state": State.CLOSED}, set()),
}


@pytest.mark.parametrize(("role", "facts", "deeds"), DEEDS.values(), ids=DEEDS.keys())
def test_the_page_offers_what_role_and_state_allow(
    sessions: Sessions, role: Role, facts: dict[str, Any], deeds: set[str]
) -> None:
    with sessions.begin() as session:
        made = rows.request(session, **facts)
        page = desk_page.read(session, made.id, actor=Actor("x", ME, role))
        assert page is not None
        assert page.allowed == deeds


def test_what_was_written_can_be_undone(sessions: Sessions) -> None:
    with sessions.begin() as session:
        made = rows.request(session, state=State.CLOSED, outcome=Outcome.FULFILLED)
        rows.correction(session, made, state=CorrectionState.APPLIED)
        page = desk_page.read(session, made.id, actor=Actor("x", ME, Role.APPROVER))
        assert page is not None
        assert page.allowed == {"undo"}


def test_what_the_same_person_asked_before_stands_beside_it(sessions: Sessions) -> None:
    with sessions.begin() as session:
        old = rows.request(session, state=State.CLOSED, outcome=Outcome.FULFILLED)
        other = rows.request(session, requester="ben@example.org")
        made = rows.request(session, linked_to=other.ticket.reference)
        rows.request(session, requester="mallory@example.com")
        page = desk_page.read(session, made.id, actor=Actor("x", ME, Role.AGENT))
        assert page is not None
        assert [one.request for one in page.related] == [other.id, old.id]


def test_there_is_no_page_of_a_request_that_there_is_not(sessions: Sessions) -> None:
    with sessions.begin() as session:
        assert desk_page.read(session, 404, actor=Actor("x", ME, Role.ADMIN)) is None


def test_a_letter_leaves_the_service_without_its_links(sessions: Sessions) -> None:
    with sessions.begin() as session:
        made = rows.request(session)
        rows.letter(session, made, LetterState.ACCEPTED, text="Look:\n\nhttps://x.example/status/~abcdefghijklmnop~\n")
        page = desk_page.read(session, made.id, actor=Actor("x", ME, Role.AGENT))
        assert page is not None
        assert [letter.text for letter in page.letters] == ["Look:\n\n[link]\n"]
