"""What staff decide: done goes on to the next request, refused shows the page again with all that was typed."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from models.desk import Desk
from models.proof import Link, Package, Purpose
from models.rules.kinds import Kind, Role
from models.rules.lifecycle import CorrectionState, Outcome, State
from models.services import steps
from models.services.deciding import review
from tests.services import rows
from tests.webform.staff.conftest import Member, ada_moved, hidden_of, make, now

MakeMember = Callable[..., Member]
CHANGING = ("approve", "decline", "ask", "kind", "corrections", "undo", "identity")
VALUES = {"decline": {"reason": "no"}, "ask": {"question": "what?"}, "kind": {"kind": "access"}}


def test_an_approval_leads_to_the_next_request_with_an_undo(desk: Desk, grace: Member) -> None:
    first = make(desk, ada_moved)
    second = make(desk, lambda session: rows.request(session, due=9))
    grace.look(first)
    answer = grace.does("approve", first)
    assert answer.status_code == 303
    assert answer.location.startswith(f"/staff/requests/{second}?")
    page = grace.open(answer.location).text
    assert f"Approved {now(desk, first).ticket.reference}" in page
    assert now(desk, first).state is State.APPROVED
    undo = re.search(rf'action="/staff/requests/{first}/undo".*?name="version" value="(\d+)"', page, re.DOTALL)
    assert undo
    assert grace.post(f"/staff/requests/{first}/undo", version=undo[1]).status_code == 303
    assert now(desk, first).state is State.IN_REVIEW


def test_a_web_approval_waits_ten_seconds_for_an_undo(desk: Desk, grace: Member, clock: Any) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    grace.does("approve", number)
    waits = now(desk, number).not_before
    assert waits is not None
    assert waits - clock() == review.TAKE_BACK_WITHIN


def test_after_the_last_one_the_queue_comes(desk: Desk, grace: Member) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    answer = grace.does("approve", number)
    assert answer.location.startswith("/staff/?")
    assert "Approved RD-" in grace.open(answer.location).text


def test_only_what_is_ticked_is_approved_and_the_rest_needs_a_reason(desk: Desk, grace: Member) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    street, phone = (one.id for one in now(desk, number).corrections)
    refused = grace.does("approve", number, tick=street)
    assert refused.status_code == 422
    assert 'id="reason-lines-wrong"' in refused.text
    assert grace.does("approve", number, tick=street, reason__lines="not ours to say").status_code == 303
    states = {one.id: one.state for one in now(desk, number).corrections}
    assert states == {street: CorrectionState.APPROVED, phone: CorrectionState.DECLINED}


def test_a_bare_post_with_the_version_approves_all_that_was_proposed(desk: Desk, grace: Member) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    assert grace.post(f"/staff/requests/{number}/approve", version=1).status_code == 303
    assert {one.state for one in now(desk, number).corrections} == {CorrectionState.APPROVED}


def test_what_staff_typed_is_what_is_approved(desk: Desk, grace: Member) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    street = now(desk, number).corrections[0].id
    grace.does("approve", number, **{f"value__{street}": "15 Quarry Hill"})
    assert now(desk, number).corrections[0].after == "15 Quarry Hill"


def test_a_wrong_value_is_shown_beside_its_field_and_nothing_typed_is_lost(desk: Desk, grace: Member) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    street, phone = (one.id for one in now(desk, number).corrections)
    typed = {f"value__{phone}": "+44 \u202e7", f"value__{street}": "15 Quarry Hill", "question": "half a question"}
    page = grace.does("approve", number, **typed)
    assert page.status_code == 422
    assert f'id="value-{phone}-wrong"' in page.text
    assert f'aria-describedby="value-{phone}-wrong"' in page.text
    for words in (">+44 \u202e7</textarea>", ">15 Quarry Hill</textarea>", ">half a question</textarea>"):
        assert words in page.text
    assert now(desk, number).version == 1


@pytest.mark.parametrize("deed", ["approve", "corrections"])
def test_a_value_that_its_field_cannot_hold_is_refused_with_what_to_do(desk: Desk, grace: Member, deed: str) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    phone = now(desk, number).corrections[1].id
    page = grace.does(deed, number, **{f"value__{phone}": "call me", "reason": "half a reason"})
    assert page.status_code == 422
    assert "This is no phone number: type its digits alone" in page.text
    assert ">call me</textarea>" in page.text
    assert ">half a reason</textarea>" in page.text
    assert now(desk, number).version == 1


def test_a_proposed_value_that_cannot_be_warns_at_once_and_is_not_approved(desk: Desk, grace: Member) -> None:
    def call_me(session: Any) -> Any:
        made = rows.request(session)
        rows.correction(
            session, made, field=rows.Field.PHONE, column="phone", before="+44 20 7946 0011", after="call me"
        )
        return made

    number = make(desk, call_me)
    assert grace.look(number).text.count("This is no phone number") == 1
    page = grace.does("approve", number)
    assert page.status_code == 422
    assert page.text.count("This is no phone number") == 2  # at the head of the page, and beside the field
    assert now(desk, number).state is State.IN_REVIEW


def test_nobody_approves_what_they_did_not_see(desk: Desk, grace: Member) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    street = now(desk, number).corrections[0].id
    with desk.sessions.begin() as session:
        request = session.get_one(rows.Request, number)
        request.corrections[0].after = "16 Quarry Hill"
        steps.changed(session, request, "edited", by="omar@shop.example", now=rows.NOW)
    page = grace.does("approve", number, **{f"value__{street}": "15 Quarry Hill", "reason": "half a reason"})
    assert page.status_code == 409
    cells = re.search(r'scope="row">street</th>(.*?)</tr>', page.text, re.DOTALL)
    assert cells
    assert re.findall(r"(\d+) Quarry Hill", cells[1]) == ["14", "16", "15"]
    for words in ("Changed while you looked", "edited, by omar@shop.example", ">half a reason</textarea>"):
        assert words in page.text
    assert ">15 Quarry Hill</textarea>" in page.text
    assert 'name="version" value="2"' in page.text
    assert now(desk, number).state is State.IN_REVIEW


def test_a_value_left_alone_follows_what_a_colleague_typed_meanwhile(desk: Desk, grace: Member) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    with desk.sessions.begin() as session:
        request = session.get_one(rows.Request, number)
        request.corrections[0].after = "16 Quarry Hill"
        steps.changed(session, request, "edited", by="omar@shop.example", now=rows.NOW)
    page = grace.does("approve", number)
    assert page.status_code == 409
    grace.fields = hidden_of(page.text)
    assert grace.does("approve", number).status_code == 303
    assert now(desk, number).corrections[0].after == "16 Quarry Hill"


@pytest.mark.parametrize("deed", [*CHANGING, "close", "rows"])
def test_a_stale_page_does_nothing(desk: Desk, grace: Member, deed: str) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    answer = grace.does(deed, number, version=7, method="x", row='["shop", "customers", "1"]', **VALUES.get(deed, {}))
    assert answer.status_code == 409
    assert now(desk, number).version == 1


@pytest.mark.parametrize("deed", [*CHANGING, "assign"])
def test_a_viewer_is_refused_and_nothing_happens(desk: Desk, vera: Member, deed: str) -> None:
    number = make(desk, ada_moved)
    vera.look(number)
    answer = vera.post(f"/staff/requests/{number}/{deed}", version=1, method="m", **VALUES.get(deed, {"reason": "r"}))
    assert answer.status_code == 403
    assert "3 Mill Lane" not in answer.text
    assert now(desk, number).version == 1


@pytest.mark.parametrize(
    ("deed", "code"), [("approve", 403), ("decline", 403), ("undo", 403), ("ask", 303), ("corrections", 303)]
)
def test_an_agent_asks_and_proposes_and_decides_nothing(desk: Desk, member: MakeMember, deed: str, code: int) -> None:
    number, ana = make(desk, ada_moved), member(Role.AGENT, "ana")
    ana.look(number)
    assert ana.does(deed, number, reason="r", question="which street?").status_code == code


@pytest.mark.parametrize("path", ["requests/1/approve", "preview/1", "new", "quarantine/1/retry", "outbox/1/again"])
@pytest.mark.parametrize("forged", ["", "x"], ids=["no token", "a made-up token"])
def test_a_forged_post_does_nothing(desk: Desk, grace: Member, path: str, forged: str) -> None:
    number = make(desk, ada_moved)
    grace.csrf = forged
    assert grace.post(f"/staff/{path}", version=1).status_code == 400
    assert now(desk, number).state is State.IN_REVIEW


def test_a_post_from_another_site_does_nothing(desk: Desk, grace: Member) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    answer = grace.client.post(
        f"/staff/requests/{number}/approve",
        data={"csrf_token": grace.csrf, "version": 1},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    assert now(desk, number).state is State.IN_REVIEW


@pytest.mark.parametrize(
    ("path", "fields", "code"),
    [
        ("requests/1/approve", {}, 422),
        ("requests/1/approve", {"version": "x"}, 422),
        ("requests/1/fly", {"version": 1}, 404),
        ("requests/99/approve", {"version": 1}, 404),
        ("preview/99", {"version": 1, "letter": "ask"}, 404),
    ],
)
def test_a_post_that_no_page_of_ours_makes_is_refused(
    desk: Desk, grace: Member, path: str, fields: dict[str, Any], code: int
) -> None:
    grace.look(make(desk, ada_moved))
    assert grace.post(f"/staff/{path}", **fields).status_code == code


def test_staff_see_the_code_of_a_package_once(desk: Desk, grace: Member) -> None:
    number = make(desk, _vouched_package)
    page = grace.look(number).text
    assert "Show the code" in page
    assert "Send a new download link" in page
    shown = grace.post(f"/staff/code/{number}", **grace.fields)
    assert shown.status_code == 200
    code = re.search(r'<code id="code">(\d{6})</code>', shown.text)
    assert code
    again = grace.look(number).text
    assert code[1] not in again
    assert "Show the code" not in again
    assert grace.post(f"/staff/code/{number}", **grace.fields).status_code == 422


def test_a_new_link_goes_by_a_button(desk: Desk, grace: Member, vera: Member) -> None:
    number = make(desk, lambda session: rows.request(session, state=State.AWAITING_PROOF, proved=False))
    assert "Send a new proof link" in grace.look(number).text
    assert "Send a new proof link" not in vera.look(number).text
    assert grace.does("link", number, link="proof").status_code == 303
    assert grace.does("link", number, link="proof").status_code == 409
    grace.look(number)
    assert grace.does("link", number, link="nothing").status_code == 422


def _vouched_package(session: Any) -> Any:
    made = rows.request(session, kind=Kind.ACCESS, state=State.CLOSED, outcome=Outcome.FULFILLED)
    package = Package(sealed=b"x", sha256="0" * 64, size=1, tables=1, rows=1, made_at=rows.NOW)
    session.add(package)
    session.flush()
    made.package_id, made.proof = package.id, "passport"
    link = Link(id="d" * 16, purpose=Purpose.DOWNLOAD, recipient=rows.ADA, ticket=made.ticket, request=made)
    link.created_at, link.expires_at = rows.NOW, rows.NOW + timedelta(hours=72)
    session.add(link)
    return made


def test_a_recipient_is_ticked_off(desk: Desk, grace: Member) -> None:
    closed = {"state": State.CLOSED, "outcome": Outcome.FULFILLED, "to_tell": ["parcel carrier"]}
    number = make(desk, lambda session: rows.request(session, **closed))
    assert "Told today" in grace.look(number, view="to_tell").text
    assert grace.does("told", number, recipient="parcel carrier").status_code == 303
    assert "Told today" not in grace.look(number).text


def test_a_letter_that_cannot_be_shown_yet_says_what_to_write_first(desk: Desk, grace: Member) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    street, _ = grace.fields["tick"]
    shown = {**grace.fields, "tick": [street], "letter": "corrected"}
    assert "say below it why" in grace.post(f"/staff/preview/{number}", **shown).text
    for letter, words in (("declined", "Write the reason first"), ("ask", "Write the question first")):
        page = grace.post(f"/staff/preview/{number}", **{**grace.fields, "letter": letter}).text
        assert words in page
        assert "fact" not in page[page.index('id="letter"') :].split("</details>")[0]
