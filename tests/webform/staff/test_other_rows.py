"""Who writes from an address that no record has: staff find the record that is meant, choose it, and vouch."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit import Event, EventDetail
from models.desk import Desk
from models.rules.kinds import Kind, Role
from models.rules.lifecycle import State
from models.rules.permissions import Actor
from models.services.pages import desk_page, other_rows
from models.services.pages.look import Look
from tests.services import rows
from tests.webform.staff.conftest import Member, make, now

MakeMember = Callable[..., Member]
NEW = "ada.new@example.net"
BEN = '["shop", "customers", "2"]'
KNOWN = {"method": "called back", "identity__reason": "her old address is gone"}


def wrote(text: str, **more: Any) -> Callable[[Session], Any]:
    more = {"kind": Kind.ACCESS, "requester": NEW, "found": 0, "names_other": True} | more
    return lambda session: rows.request(session, text=text, **more)


def test_the_records_that_the_message_names_are_offered(desk: Desk, grace: Member) -> None:
    page = grace.look(make(desk, wrote("My old address was ben@example.org, my customer number 003."))).text
    assert f"No record has the address {NEW}" in page
    assert "The message names ben@example.org and 003." in page
    assert "shop · customers · 2, “Ben Käßler”" in page


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        (" ben@example.org ", "shop · customers · 2, “Ben Käßler”"),
        ("003", "shop · customers · 3, “Ada Quint”"),
        ("9" * 30, "No record is found by"),
        ("3", "shop · customers · 3, “Ada Quint”"),
        ("nobody@example.org", "No record is found by nobody@example.org."),
        ("no. 7 % _ '", "No record is found by"),
        ("Käßler", "No record is found by"),
    ],
)
def test_a_record_is_looked_for_and_the_search_is_noted(desk: Desk, grace: Member, sought: str, found: str) -> None:
    number = make(desk, wrote("It is me."))
    grace.look(number)
    page = grace.post(f"/staff/find/{number}", **{**grace.fields, "sought": sought, "reason": "half a reason"})
    assert page.status_code == 200
    assert found in page.text
    assert ">half a reason</textarea>" in page.text
    assert now(desk, number).version == 1
    same = sa.and_(EventDetail.chain == Event.chain, EventDetail.number == Event.number)
    with desk.readers() as session:
        noted = sa.select(Event.by, EventDetail.detail).join(EventDetail, same)
        noted = noted.where(Event.what == "looked for a record")
        assert session.execute(noted).all() == [("grace@shop.example", {"sought": sought.strip()})]


def test_an_order_is_no_customer(desk: Desk, grace: Member) -> None:
    number = make(desk, wrote("It is me."))
    grace.look(number)
    page = grace.post(f"/staff/find/{number}", **{**grace.fields, "sought": "11"}).text
    assert "orders" not in page


def test_nothing_typed_is_said_beside_the_field(desk: Desk, grace: Member) -> None:
    number = make(desk, wrote("It is me."))
    grace.look(number)
    page = grace.post(f"/staff/find/{number}", **{**grace.fields, "sought": " "})
    assert page.status_code == 422
    assert 'id="sought-wrong"' in page.text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR], ids=str)
def test_who_only_reads_learns_of_no_other_record(desk: Desk, member: MakeMember, role: Role) -> None:
    number, omar = make(desk, wrote("My old address was ben@example.org.")), member(role, "omar")
    page = omar.look(number).text
    assert "customers · 2" not in page
    assert "Käßler" not in page
    with desk.readers() as session:
        read = desk_page.read(session, number, actor=Actor("omar", 1, role))
    assert read is not None
    assert other_rows.find(read, Look(), desk.stores, sought="ben@example.org") == other_rows.NO_OTHERS
    answer = omar.post(f"/staff/find/{number}", **{**omar.fields, "version": 1, "sought": "ben@example.org"})
    assert answer.status_code == 403
    assert "Käßler" not in answer.text


def test_a_chosen_record_waits_for_two_who_vouch_and_is_given_out_then(
    desk: Desk, grace: Member, member: MakeMember
) -> None:
    number, linus = make(desk, wrote("My old address was ben@example.org.")), member(Role.APPROVER, "linus")
    grace.look(number)
    assert grace.does("rows", number, row=BEN).status_code == 303
    page = grace.look(number).text
    assert "Nothing of it is given out or changed before staff accept the identity, two of them" in page
    assert "checked> shop · customers · 2" in page
    assert 'data-label="Table">' not in page
    assert grace.does("identity", number, **KNOWN).status_code == 303
    linus.look(number)
    assert "Accepted once by Grace Moor" in linus.look(number).text
    assert linus.does("identity", number, **KNOWN).status_code == 303
    assert (now(desk, number).proof, now(desk, number).state) == ("called back", State.IN_REVIEW)
    page = linus.look(number).text
    assert "Nothing of it is given out" not in page
    assert "Accept the identity" not in page
    assert 'data-label="Table">customers' in page
    assert linus.does("approve", number).status_code == 303


def test_a_correction_is_proposed_anew_once_staff_vouch(desk: Desk, grace: Member) -> None:
    number = make(desk, wrote("I am customer no. 002.", kind=Kind.RECTIFICATION))
    grace.look(number)
    grace.does("rows", number, row=BEN)
    with desk.sessions.begin() as session:
        session.get_one(rows.Request, number).found = 0  # the worker has looked, and nobody had vouched
    grace.look(number)
    assert grace.does("identity", number, **KNOWN).status_code == 303
    assert now(desk, number).found is None


@pytest.mark.parametrize("row", ['["shop", "staff", "1"]', '["other", "customers", "1"]'])
def test_a_record_that_the_page_cannot_show_is_not_chosen(desk: Desk, grace: Member, row: str) -> None:
    number = make(desk, wrote("It is me."))
    grace.look(number)
    page = grace.does("rows", number, row=row)
    assert page.status_code == 422
    assert 'id="rows-wrong"' in page.text
    assert now(desk, number).chosen is None


def test_where_the_link_is_enough_vouching_stands_behind_more(desk: Desk, grace: Member) -> None:
    page = grace.look(make(desk, wrote("It is me.", requester=rows.ADA, found=1, names_other=False))).text
    assert "Accept the identity otherwise" in page
    assert ">Accept identity<" not in page
    assert "No record has the address" not in page


def test_with_the_shop_away_the_page_says_so(desk: Desk, grace: Member, tmp_path: Any) -> None:
    number = make(desk, wrote("My old address was ben@example.org."))
    (tmp_path / "shop.sqlite3").rename(tmp_path / "gone.sqlite3")
    page = grace.look(number)
    assert page.status_code == 200
    assert "Could not look in shop now." in page.text
