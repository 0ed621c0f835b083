"""The queue's page: what it shows, to whom, at what cost, and what it refuses."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from models.desk import Desk
from models.rules.kinds import Kind
from models.rules.lifecycle import Outcome, State
from models.spool import SpoolState
from tests.services import rows
from tests.webform.staff.conftest import Member, ada_moved, make

PATHS = (
    "/staff/", "/staff/requests/1", "/staff/messages/1/body", "/staff/messages/1/raw", "/staff/new", "/staff/outbox",
    "/staff/quarantine", "/staff/health", "/staff/dashboard", "/staff/settings",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_is_sent_to_the_log_in(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.location) == (303, "/staff/login")


def test_a_row_says_who_wants_what_changed_by_when(desk: Desk, grace: Member) -> None:
    number = make(desk, ada_moved)
    page = grace.open("/staff/").text
    assert "<title>To approve (1)" in page
    assert f'href="/staff/requests/{number}?view=to_approve"' in page
    row = _row(page)
    for shown in ("Correction", "Ada Quint", "2 days left", "street", "3 Mill Lane", "14 Quarry Hill", "and 1 more"):
        assert shown in row
    assert 'datetime="2031-02-02"' in row


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"due": -1}, "1 day late"),
        ({"due": -3}, "3 days late"),
        ({"due": 0}, "due today"),
        ({"due": 1}, "1 day left"),
        ({"due": None}, "no due day"),
        ({"confidence": 0.5}, "Low confidence"),
        ({"confidence": 0.7}, "Medium confidence"),
        ({"unseen": True}, "New: "),
        ({"name": ""}, "ada@example.net"),
    ],
)
def test_what_staff_must_know_stands_in_words(desk: Desk, grace: Member, facts: dict[str, Any], words: str) -> None:
    make(desk, lambda session: rows.request(session, **facts))
    assert words in _row(grace.open("/staff/").text)


def test_a_full_queue_costs_at_most_six_queries(desk: Desk, grace: Member) -> None:
    for _ in range(55):
        make(desk, ada_moved)
    grace.open("/staff/")  # which looks up how the desk does, for all pages of the next seconds
    with rows.statements(desk.readers.kw["bind"]) as seen:
        page = grace.open("/staff/")
    assert page.text.count("data-row") == 50
    assert len(seen) <= 6, seen


def test_the_pages_of_a_view_hold_each_request_once(desk: Desk, grace: Member) -> None:
    made = [make(desk, lambda session: rows.request(session, due=5)) for _ in range(53)]
    first = grace.open("/staff/").text
    onward = re.search(r'href="(/staff/\?view=to_approve&amp;after=[^"]+)"', first)
    assert onward
    second = grace.open(onward[1].replace("&amp;", "&")).text
    assert [int(number) for number in re.findall(r'requests/(\d+)\?view=to_approve" data-row', first + second)] == made
    assert "Load more" not in second


def test_the_views_show_their_counts_and_mark_the_one_that_is_open(desk: Desk, grace: Member) -> None:
    make(desk, lambda session: rows.request(session, kind=Kind.OTHER, due=None))
    page = grace.open("/staff/?view=questions").text
    assert re.search(r'view=questions" aria-current="page">Questions <span class="num">1</span>', page)
    assert "When" not in _row(page)


def test_a_view_that_there_is_not_is_the_first(grace: Member) -> None:
    assert "<title>To approve" in grace.open("/staff/?view=nonsense").text


@pytest.mark.parametrize("after", ["x", "2031-99-99_1", "2031-01-01"])
def test_a_made_up_place_in_the_list_is_not_found(grace: Member, after: str) -> None:
    assert grace.open(f"/staff/?after={after}").status_code == 404


def test_an_empty_queue_says_so(grace: Member) -> None:
    assert "Queue clear" in grace.open("/staff/").text


def test_the_search_finds_what_is_closed_and_keeps_what_was_typed(desk: Desk, grace: Member) -> None:
    make(desk, lambda session: rows.request(session, state=State.CLOSED, outcome=Outcome.FULFILLED, name="Zoë Quint"))
    grace.open("/staff/")
    page = grace.post("/staff/", q="quint").text
    assert "Zoë Quint" in _row(page)
    assert "Closed: done as asked" in _row(page)
    nothing = grace.post("/staff/", q='"><script>').text
    assert "Nothing found" in nothing
    assert "<script>" not in nothing


def test_the_quarantine_has_a_page_of_its_own(desk: Desk, grace: Member) -> None:
    with desk.sessions.begin() as session:
        session.add(rows.spooled(SpoolState.QUARANTINED))
    assert grace.open("/staff/?view=quarantine").location == "/staff/quarantine"
    assert 'Quarantine <span class="num">1</span>' in grace.open("/staff/").text


HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>'


def test_what_strangers_write_stays_text(desk: Desk, grace: Member) -> None:
    def hostile(session: Any) -> Any:
        made = rows.request(session, name=HOSTILE, subject=HOSTILE, text=HOSTILE)
        rows.correction(session, made, before=HOSTILE, after=HOSTILE, said=HOSTILE, note=HOSTILE)
        return made

    number = make(desk, hostile)
    plain = make(desk, lambda session: rows.request(session, name=HOSTILE, subject=HOSTILE, text=HOSTILE))
    for path in ("/staff/", f"/staff/requests/{number}", f"/staff/requests/{plain}", "/staff/messages/1/body"):
        page = grace.open(path).text
        assert "&lt;script&gt;" in page
        assert "<script>alert" not in page
        assert "<img" not in page
        assert '=""><img' not in page


def test_a_viewer_sees_the_queue_masked(desk: Desk, vera: Member) -> None:
    make(desk, ada_moved)
    page = vera.open("/staff/").text
    assert "•••• Hill" in page
    for hidden in ("Ada Quint", "3 Mill Lane", "14 Quarry Hill", "ada@example.net"):
        assert hidden not in page


def _row(page: str) -> str:
    found = re.search(r"<li><a class=\"row-rd.*?</li>", page, re.DOTALL)
    assert found, "no row"
    return re.sub(r"\s+", " ", found[0])
