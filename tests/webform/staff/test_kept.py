"""A session that ends while somebody types: what was typed is there again after the log-in, and nothing was done."""

import base64
import json
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.desk import Desk
from models.rules.kinds import Role
from models.rules.lifecycle import State
from models.staff import StaffSession
from tests.webform.conftest import PASSWORD, MakeDesk, browser_of, csrf_of, log_in, new_staff
from tests.webform.staff.conftest import Member, ada_moved, make, now
from webform.staff import kept

TYPED = "We cannot find this house."


def end_all_sessions(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        session.execute(sa.update(StaffSession).values(seen_at=desk.clock() - timedelta(hours=13)))


def post(grace: Member, number: int, deed: str, origin: str, **typed: Any) -> Any:
    fields = {**grace.fields, **typed, "csrf_token": grace.csrf}
    return grace.client.post(f"/staff/requests/{number}/{deed}", data=fields, headers={"Origin": origin})


@pytest.fixture
def origin(desk: Desk) -> str:
    return desk.config.desk.base_url


def enter(grace: Member, email: str = "grace@shop.example") -> Any:
    page = grace.client.get("/staff/login")
    typed = {"email": email, "password": PASSWORD, "csrf_token": csrf_of(page)}
    return page, grace.client.post("/staff/login", data=typed)


def test_what_was_typed_is_there_again_and_nothing_was_done(desk: Desk, grace: Member, origin: str) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    end_all_sessions(desk)
    answer = post(grace, number, "decline", origin, reason=TYPED, **{"value-1": "16 Quarry Hill"})
    assert (answer.status_code, answer.location) == (303, "/staff/login")
    assert TYPED not in str(answer.headers)
    page, entered = enter(grace)
    assert "What you typed is kept" in page.text
    assert entered.location == f"/staff/requests/{number}"
    again = grace.look(number).text
    assert TYPED in again
    assert ">16 Quarry Hill</textarea>" in again
    assert "nothing was done" in again
    assert now(desk, number).state is State.IN_REVIEW
    assert TYPED not in grace.look(number).text  # once


def test_what_changed_meanwhile_is_told_with_it(desk: Desk, grace: Member, origin: str) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    end_all_sessions(desk)
    post(grace, number, "decline", origin, reason=TYPED)
    with desk.sessions.begin() as session:
        session.execute(sa.text("UPDATE request SET version = version + 1"))
    enter(grace)
    page = grace.look(number).text
    assert "Changed while you looked" in page
    assert TYPED in page


@pytest.mark.parametrize("foreign", ["https://evil.example", "null"])
def test_another_sites_form_lies_not_ready_here(desk: Desk, grace: Member, foreign: str) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    end_all_sessions(desk)
    post(grace, number, "approve", foreign, **{"value-1": "1 Evil Street"})
    assert enter(grace)[1].location == "/staff/"
    assert "Evil" not in grace.look(number).text


def test_a_viewer_who_logs_in_there_reads_none_of_it(
    desk: Desk, grace: Member, member: Callable[..., Member], origin: str
) -> None:
    number = make(desk, ada_moved)
    member(Role.VIEWER, "vera")
    grace.look(number)
    end_all_sessions(desk)
    post(grace, number, "decline", origin, reason=TYPED)
    enter(grace, "vera@shop.example")
    assert TYPED not in grace.look(number).text


def test_the_reader_returns_to_the_page_that_was_asked_for(desk: Desk, grace: Member) -> None:
    anybody = browser_of(desk)
    assert anybody.get("/staff/?view=overdue").location == "/staff/login"
    assert log_in(anybody).location == "/staff/?view=overdue"


@pytest.mark.parametrize("planted", ["x", "aGFsbG8", "https://evil.example"])
def test_a_cookie_that_is_not_ours_leads_nowhere(desk: Desk, grace: Member, planted: str) -> None:
    anybody, host = browser_of(desk), desk.config.desk.host.partition(":")[0]
    anybody.set_cookie("rd-kept", planted, domain=host)
    assert log_in(anybody).location == "/staff/"


def test_another_who_logs_in_there_sees_nothing_of_it_and_it_is_gone(
    desk: Desk, grace: Member, member: Callable[..., Member], origin: str
) -> None:
    number = make(desk, ada_moved)
    member(Role.APPROVER, "edith")
    grace.look(number)
    end_all_sessions(desk)
    post(grace, number, "decline", origin, reason=TYPED)
    entered = enter(grace, "edith@shop.example")[1]
    assert entered.location == "/staff/"
    assert TYPED not in grace.look(number).text
    grace.post("/staff/logout")
    enter(grace)
    assert TYPED not in grace.look(number).text


def test_without_an_owner_the_place_alone_is_kept(desk: Desk, grace: Member, origin: str) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    with desk.sessions.begin() as session:
        session.execute(sa.delete(StaffSession))
    post(grace, number, "decline", origin, reason=TYPED)
    page, entered = enter(grace)
    assert "What you typed is kept" not in page.text
    assert entered.location == f"/staff/requests/{number}"
    assert TYPED not in grace.look(number).text


@pytest.mark.parametrize(("minutes", "is_there"), [(29, True), (31, False)])
def test_the_half_hour_is_sealed_with_it(
    desk: Desk, grace: Member, origin: str, clock: Any, minutes: int, is_there: bool
) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    end_all_sessions(desk)
    sent = post(grace, number, "decline", origin, reason=TYPED).headers["Set-Cookie"]
    name, _, value = sent.partition(";")[0].partition("=")
    clock.pass_(minutes=minutes)
    # A browser that keeps cookies for ever.
    host = desk.config.desk.host.partition(":")[0]
    grace.client.set_cookie(name, value, domain=host)
    enter(grace)
    assert (TYPED in grace.look(number).text) is is_there


def test_what_is_sealed_for_another_purpose_is_not_taken(desk: Desk, grace: Member) -> None:
    facts = {"kept": "/staff/dashboard", "fields": [], "owner": None, "at": int(desk.clock().timestamp())}
    packed = zlib.compress(json.dumps(facts).encode())
    places = []
    for sealed in (desk.keys.seal(packed), desk.keys.seal(packed, purpose=kept.PURPOSE)):
        anybody, host = browser_of(desk), desk.config.desk.host.partition(":")[0]
        anybody.set_cookie("rd-kept", base64.urlsafe_b64encode(sealed).decode(), domain=host)
        places.append(log_in(anybody).location)
    assert places == ["/staff/", "/staff/dashboard"]


def test_every_cookie_is_bound_to_the_host_where_the_desk_speaks_https(make_desk: MakeDesk) -> None:
    desk = make_desk()
    new_staff(desk, "grace@shop.example", Role.APPROVER)
    browser = browser_of(desk)
    sent = browser.get("/staff/dashboard").headers.getlist("Set-Cookie")
    entered = log_in(browser)
    assert entered.location == "/staff/dashboard"
    dropped = entered.headers.getlist("Set-Cookie")
    token = csrf_of(browser.get("/staff/settings"))
    chosen = {"csrf_token": token, "theme": "dark", "keys": "off"}
    referer = {"Referer": "https://desk.shop.example/staff/settings"}
    sent += browser.post("/staff/settings", data=chosen, headers=referer).headers.getlist("Set-Cookie")
    names = {cookie.partition("=")[0] for cookie in sent}
    assert names == {"__Host-rd-kept", "__Host-rd-theme", "__Host-rd-keys"}
    assert any(cookie.startswith("__Host-rd-kept=;") for cookie in dropped)
    for cookie in [*sent, *dropped]:
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert 'data-bs-theme="dark"' in browser.get("/staff/settings").text


def test_who_typed_more_than_can_be_kept_is_told_where_it_still_is(desk: Desk, grace: Member, origin: str) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    end_all_sessions(desk)
    long = "".join(f"{n:x} " for n in range(20_000, 26_000))
    answer = post(grace, number, "decline", origin, reason=long)
    assert all(len(cookie) < 4096 for cookie in answer.headers.getlist("Set-Cookie"))
    page, entered = enter(grace)
    assert "too long to be kept" in page.text
    assert "What you typed is kept" not in page.text
    assert entered.location == f"/staff/requests/{number}"
    assert "too long to be kept" not in grace.client.get("/staff/login").text
