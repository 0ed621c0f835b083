"""What a viewer's role hides stays hidden on every page; and what nobody proved, or what staff typed, is said so."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.desk import Desk
from models.message import Message
from models.outbox import LetterState
from models.rules.lifecycle import CorrectionState, State
from models.spool import SpoolState
from tests.services import rows
from tests.webform.staff.conftest import Member, ada_moved, make

ANSWER = f"550 {rows.ADA} is over quota"


def in_trouble(session: Session) -> Any:
    made = rows.request(session, state=State.RESPONDING)
    rows.correction(session, made, state=CorrectionState.DECLINED, note="Ada Quint phoned")
    rows.letter(session, made, LetterState.FAILED, answer=ANSWER)
    parcel = rows.spooled(SpoolState.QUARANTINED)
    parcel.reason = f"cannot read the mail of {rows.ADA}"
    session.add(parcel)
    return made


@pytest.mark.parametrize("path", ["/staff/outbox", "/staff/quarantine", "/staff/requests/1?view=undelivered"])
def test_servers_answers_reasons_and_notes_are_masked(desk: Desk, grace: Member, vera: Member, path: str) -> None:
    make(desk, in_trouble)
    seen, masked = grace.open(path).text, vera.open(path).text
    assert rows.ADA in seen
    for hidden in (rows.ADA, "over quota", "phoned", "cannot read the mail"):
        assert hidden not in masked


@pytest.mark.parametrize("sought", [rows.ADA, "quint", "wrong house"])
def test_a_viewer_finds_by_reference_only(desk: Desk, grace: Member, vera: Member, sought: str) -> None:
    number = make(desk, ada_moved)
    grace.open("/staff/")
    vera.open("/staff/")
    row = f'href="/staff/requests/{number}'
    assert row in grace.post("/staff/", q=sought, view="done").text
    assert row not in vera.post("/staff/", q=sought, view="done").text
    assert (
        row in vera.post("/staff/", q="RD-00000001", view="done").text
        or "by their reference only" in vera.post("/staff/", q=sought, view="done").text
    )


def test_no_address_stands_in_the_address_of_a_search(desk: Desk, grace: Member) -> None:
    make(desk, ada_moved)
    assert 'method="post" action="/staff/" class="search"' in grace.open("/staff/").text
    # A link that names a person finds nothing: only a reference may stand in an address.
    assert "Quint" not in grace.open("/staff/?view=done&q=quint").text


@pytest.mark.parametrize("threaded_by", ["subject", "message-id", "references"])
def test_who_merely_knew_the_ticket_is_not_proven(desk: Desk, grace: Member, threaded_by: str) -> None:
    number = make(desk, ada_moved)
    _follow_up(desk, "signed-id")
    assert "sender not proven" not in grace.look(number).text
    _follow_up(desk, threaded_by)
    page = grace.look(number).text
    assert page.count("sender not proven") == 1
    assert "do not type them into what is proved" in page


@pytest.mark.parametrize(
    ("verified", "said"),
    [(True, "Sender: <b>their domain vouches</b>"), (False, "Sender: <b>nobody vouches</b>"), (None, "")],
    ids=["vouched for", "not", "not asked"],
)
def test_whether_a_domain_vouches_for_the_sender_is_said_to_all(
    desk: Desk, grace: Member, vera: Member, verified: bool | None, said: str
) -> None:
    number = make(desk, ada_moved)
    with desk.sessions.begin() as session:
        session.execute(sa.update(Message).values(verified=verified))
    for page in (grace.look(number).text, vera.look(number).text):
        assert said in page
        assert page.count("vouch") == (2 if said else 0)


def _follow_up(desk: Desk, threaded_by: str) -> None:
    with desk.sessions.begin() as session:
        first = session.scalars(sa.select(Message)).first()
        assert first is not None
        number = (session.scalar(sa.select(sa.func.max(Message.id))) or 0) + 1
        session.add(
            Message(
                ticket_id=first.ticket_id,
                received_at=rows.NOW,
                sender=rows.ADA,
                text="put 1 Evil Street instead",
                message_id=f"x{number}@example.net",
                digest=f"{number:064x}",
                thread_root="x",
                threaded_by=threaded_by,
            )
        )


def test_what_staff_typed_is_not_what_the_customer_says(desk: Desk, grace: Member) -> None:
    def typed(session: Session) -> Any:
        made = rows.request(session)
        rows.correction(session, made, after="1 Typed Street", typed_by=1)
        row = rows.correction(session, made, column="city", after="Typedham", said="Typedham", typed_by=1)
        row.message_id = None
        return made

    page = grace.look(make(desk, typed)).text
    assert "value typed by Grace Moor" in page
    assert '<span class="soft">typed by Grace Moor</span>' in page


def test_letters_that_are_stuck_are_counted_beside_the_views(desk: Desk, grace: Member) -> None:
    with desk.sessions.begin() as session:
        made = rows.request(session, state=State.AWAITING_PROOF)
        for state in (LetterState.HELD, LetterState.FAILED, LetterState.ACCEPTED):
            rows.letter(session, made, state)
    page = grace.open("/staff/").text
    assert 'href="/staff/?view=stuck">Letters stuck or held <span class="num">2</span>' in page
    assert grace.open("/staff/?view=stuck").location == "/staff/outbox"


@pytest.mark.parametrize(
    "path",
    ["requests/{}", "?view=done&after={}", "?after=2031-01-01_{}", "outbox?after={}", "quarantine?after={}",
     "messages/{}/body", "?done={}&as={}&ref=RD-7F3K2QXM&deed=approve"],
)  # fmt: skip
def test_a_number_that_no_row_can_bear_is_no_failure(grace: Member, path: str) -> None:
    assert grace.open("/staff/" + path.replace("{}", str(2**63))).status_code in {200, 404}


def test_a_closed_request_has_no_days_left(desk: Desk, grace: Member) -> None:
    number = make(desk, lambda session: rows.request(session, state=State.CLOSED, outcome="fulfilled", due=33))
    assert "33 days left" not in grace.look(number, "done").text
