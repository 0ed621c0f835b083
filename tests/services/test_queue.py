"""The queue as staff read it: which view holds what, how many, and page by page."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from models.outbox import LetterState
from models.rules.kinds import Kind
from models.rules.lifecycle import Outcome, State
from models.services.pages import worklist
from models.services.pages.worklist import COUNTED, View
from models.spool import SpoolState
from tests.services import rows
from tests.services.rows import TODAY

ME = 1
Sessions = sessionmaker[Session]

PLACES: dict[str, tuple[dict[str, Any], set[View]]] = {
    "a correction to approve": ({}, {View.TO_APPROVE}),
    "a conflict": ({"kind": Kind.RECTIFICATION}, {View.TO_APPROVE}),
    "an access request to release": ({"kind": Kind.ACCESS}, {View.TO_APPROVE}),
    "a question": ({"kind": Kind.OTHER, "due": None}, {View.QUESTIONS}),
    "an unclear kind": ({"state": State.TRIAGE}, {View.UNCLEAR}),
    "one that waits for proof": ({"state": State.AWAITING_PROOF}, {View.PROOF}),
    "one that waits for details": ({"state": State.NEEDS_DETAILS}, {View.DETAILS}),
    "an overdue one": ({"due": -1}, {View.TO_APPROVE, View.OVERDUE, View.DUE_SOON}),
    "one due today": ({"due": 0}, {View.TO_APPROVE, View.DUE_SOON}),
    "one due in three days": ({"due": 3, "state": State.APPLYING}, {View.DUE_SOON}),
    "one due in four days": ({"due": 4}, {View.TO_APPROVE}),
    "mine": ({"assignee_id": ME}, {View.TO_APPROVE, View.MINE}),
    "mine and closed": ({"assignee_id": ME, "state": State.CLOSED, "outcome": Outcome.REFUSED}, {View.DONE}),
    "an undelivered one": ({"state": State.UNDELIVERED}, {View.UNDELIVERED}),
    "spam": ({"state": State.CLOSED, "outcome": Outcome.SPAM}, {View.SPAM}),
    "machine mail": ({"state": State.CLOSED, "outcome": Outcome.NOT_REQUEST, "auto": "bounce"}, {View.SET_ASIDE}),
    "a thank-you": ({"state": State.CLOSED, "outcome": Outcome.NOT_REQUEST}, {View.DONE}),
    "a machine's word that was a right": (
        {"state": State.CLOSED, "outcome": Outcome.REFUSED, "auto": "list"},
        {View.DONE},
    ),
    "an overdue one that is done": ({"due": -9, "state": State.CLOSED, "outcome": Outcome.FULFILLED}, {View.DONE}),
}


@pytest.fixture
def grace(sessions: Sessions) -> int:
    with sessions.begin() as session:
        session.add(rows.grace())
    return ME


def page_of(session: Session, view: View, **how: Any) -> tuple[list[worklist.Row], str | None]:
    return worklist.page(session, view, staff_id=ME, today=TODAY, **{"after": None, **how})


def numbers_in(session: Session, view: View, **how: Any) -> list[int]:
    return [row.request for row in page_of(session, view, **how)[0]]


@pytest.mark.parametrize(("facts", "views"), PLACES.values(), ids=PLACES.keys())
def test_each_request_stands_in_its_views_and_in_no_other(
    sessions: Sessions, grace: int, facts: dict[str, Any], views: set[View]
) -> None:
    with sessions.begin() as session:
        number = rows.request(session, **facts).id
    with sessions.begin() as session:
        assert {view for view in View if numbers_in(session, view) == [number]} == views
        counted = worklist.counts(session, staff_id=grace, today=TODAY)
        assert {view for view, count in counted.items() if count} == views & set(COUNTED)


@pytest.mark.parametrize("state", [LetterState.UNCERTAIN, LetterState.HELD, LetterState.FAILED])
def test_an_answer_whose_letter_is_stuck_is_undelivered_once(
    sessions: Sessions, grace: int, state: LetterState
) -> None:
    with sessions.begin() as session:
        made = rows.request(session, state=State.RESPONDING)
        rows.letter(session, made, state)
        rows.letter(session, made, state)
        rows.letter(session, rows.request(session, state=State.RESPONDING), LetterState.QUEUED)
        assert numbers_in(session, View.UNDELIVERED) == [made.id]
        assert worklist.counts(session, staff_id=ME, today=TODAY)[View.UNDELIVERED] == 1


def test_the_counts_are_one_statement_and_say_what_the_views_hold(sessions: Sessions, grace: int) -> None:
    with sessions.begin() as session:
        for facts, _ in PLACES.values():
            rows.request(session, **facts)
            rows.request(session, **facts)
        session.add(rows.spooled(SpoolState.QUARANTINED))
        session.add(rows.spooled(SpoolState.WAITING))
    with sessions.begin() as session:
        with rows.statements(session) as seen:
            counted = worklist.counts(session, staff_id=ME, today=TODAY)
        assert len(seen) == 1
        found = {view: len(numbers_in(session, view, size=200)) for view in COUNTED}
        assert counted == found | {View.QUARANTINE: 1}


def test_an_empty_desk_counts_nothing(sessions: Sessions) -> None:
    with sessions.begin() as session:
        assert worklist.counts(session, staff_id=ME, today=TODAY) == dict.fromkeys(COUNTED, 0)


@pytest.mark.parametrize("view", [View.TO_APPROVE, View.QUESTIONS, View.DONE])
@pytest.mark.parametrize("size", [1, 3, 4, 50])
def test_the_pages_are_complete_and_without_doubles(sessions: Sessions, view: View, size: int) -> None:
    facts: dict[View, dict[str, Any]] = {
        View.TO_APPROVE: {},
        View.QUESTIONS: {"kind": Kind.OTHER, "due": None},
        View.DONE: {"state": State.CLOSED, "outcome": Outcome.FULFILLED},
    }
    with sessions.begin() as session:
        due = [5, 5, 5, 2, None, 2, 9, None, 5, 1]
        made = [rows.request(session, **{"due": day, **facts[view]}) for day in due]
        everything = sorted((one.due_on, one.id) for one in made)
        expected = [number for _, number in everything]
        if view is View.DONE:
            expected = sorted(expected, reverse=True)
        assert list(_walk(session, view, size)) == expected


def test_what_comes_in_while_one_reads_on_neither_doubles_nor_hides_a_request(sessions: Sessions) -> None:
    with sessions.begin() as session:
        made = [rows.request(session, due=5).id for _ in range(4)]
        first, after = page_of(session, View.TO_APPROVE, size=2)
        early, late = rows.request(session, due=1), rows.request(session, due=7)
        second, _ = page_of(session, View.TO_APPROVE, size=9, after=after)
        seen = [row.request for row in (*first, *second)]
        assert seen == [*made, late.id]
        assert early.id not in seen


@pytest.mark.parametrize("after", ["x", "2031-01-01", "2031-13-01_4", "2031-01-01_x"])
def test_a_place_that_no_page_gave_out_is_refused(sessions: Sessions, after: str) -> None:
    with sessions.begin() as session, pytest.raises(ValueError, match=r"."):
        page_of(session, View.TO_APPROVE, after=after)


def test_a_full_page_with_all_its_corrections_takes_two_queries(sessions: Sessions) -> None:
    with sessions.begin() as session:
        for _ in range(60):
            made = rows.request(session)
            rows.correction(session, made)
            rows.correction(session, made, before=None, after="Leeds", said=None)
    with sessions.begin() as session:
        with rows.statements(session) as seen:
            found, after = page_of(session, View.TO_APPROVE)
        assert len(seen) == 2
        assert (len(found), bool(after)) == (50, True)
        assert all(len(row.corrections) == 2 for row in found)


@pytest.mark.parametrize(
    ("search", "hits"),
    [
        ("ada@example.net", {"ada"}),
        ("QUINT", {"ada"}),
        ("house", {"ada"}),
        ("house quint", {"ada"}),
        ("house käßler", set()),
        ("Käßler", {"ben"}),
        ("100%", {"ben"}),
        ("%", {"ben"}),
        ("_", set()),
        ("nobody", set()),
    ],
)
def test_the_search_finds_words_in_every_view_and_knows_no_wildcards(
    sessions: Sessions, search: str, hits: set[str]
) -> None:
    with sessions.begin() as session:
        made = {
            "ada": rows.request(session).id,
            "ben": rows.request(
                session, requester="ben@example.org", name="Ben Käßler", subject="100% wrong", state=State.TRIAGE
            ).id,
        }
        assert set(numbers_in(session, View.DONE, search=search)) == {made[hit] for hit in hits}


def test_a_reference_is_found_however_it_is_typed(sessions: Sessions) -> None:
    with sessions.begin() as session:
        made, _ = rows.request(session), rows.request(session)
        reference = made.ticket.reference
        for typed in (reference, reference.lower(), f" [{reference}] "):
            assert numbers_in(session, View.TO_APPROVE, search=typed) == [made.id]


def test_after_a_decision_the_next_one_of_the_view_comes(sessions: Sessions) -> None:
    with sessions.begin() as session:
        early, here, late = (rows.request(session, due=day).id for day in (1, 5, 9))

        def following(after: int) -> int | None:
            return worklist.next_of(session, View.TO_APPROVE, staff_id=ME, today=TODAY, after=after)

        assert [following(early), following(here), following(late)] == [here, late, early]
        assert worklist.next_of(session, View.QUESTIONS, staff_id=ME, today=TODAY, after=here) is None


def test_the_gist_is_what_the_person_newly_wrote_in_the_latest_message(sessions: Sessions) -> None:
    with sessions.begin() as session:
        made = rows.request(session, text="> old words\n\nnew   words " + "and more " * 30)
        made.ticket.messages[0].new = [[13, 300]]
        (row,), _ = page_of(session, View.TO_APPROVE)
    assert row.gist.startswith("new words and more")
    assert len(row.gist) <= worklist.GIST


def _walk(session: Session, view: View, size: int) -> Iterator[int]:
    after: str | None = None
    while True:
        found, after = page_of(session, view, size=size, after=after)
        yield from (row.request for row in found)
        if after is None:
            return
