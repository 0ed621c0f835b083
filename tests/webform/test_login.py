"""The staff's door: passwords, sessions, the token of each form, and the demo's link."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from models.audit import Event
from models.desk import Desk
from models.rules.kinds import Role
from models.services import staffing
from models.staff import Staff, StaffSession
from tests.webform.conftest import PASSWORD, MakeDesk, browser_of, csrf_of, log_in, new_staff
from webform.staff.members import current_actor
from webform.staff.sidebar import groups

REFERER = {"Referer": "https://desk.shop.example/staff/login"}


def rows(desk: Desk) -> list[StaffSession]:
    with desk.readers() as session:
        return list(session.scalars(sa.select(StaffSession)))


def cookie_of(answer: Any) -> str:
    return next((value for name, value in answer.headers if name == "Set-Cookie"), "")


def is_in(client: FlaskClient) -> bool:
    """Whoever is logged in is led on from the log-in page."""
    return client.get("/staff/login").status_code == 303


@pytest.mark.parametrize("path", ["/staff/", "/staff/requests/1", "/staff/dashboard", "/staff/nowhere", "/staff"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_session_every_staff_page_leads_to_the_log_in(client: FlaskClient, path: str, method: str) -> None:
    answer = getattr(client, method)(path)
    assert (answer.status_code, answer.location) == (303, "/staff/login")


def test_the_right_password_opens_the_desk(client: FlaskClient, desk: Desk, grace: Staff) -> None:
    answer = log_in(client)
    assert (answer.status_code, answer.location) == (303, "/staff/")
    assert is_in(client)
    assert [row.staff_id for row in rows(desk)] == [grace.id]


def test_the_cookie_is_host_bound_and_out_of_reach_of_scripts(client: FlaskClient, grace: Staff) -> None:
    parts = set(cookie_of(log_in(client)).split("; "))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
    assert next(iter(part for part in parts if "rd=" in part)).startswith("__Host-rd=")
    assert not any(part.startswith(("Domain", "Max-Age", "Expires")) for part in parts)


def test_plain_http_on_loopback_has_a_cookie_that_browsers_keep(make_desk: MakeDesk) -> None:
    desk = make_desk(base_url="http://127.0.0.1:8000")
    new_staff(desk, "grace@shop.example", Role.APPROVER)
    answer = log_in(browser_of(desk))
    assert answer.status_code == 303
    assert cookie_of(answer).startswith("rd=")
    assert "Secure" not in cookie_of(answer)


def test_the_session_has_a_new_id_after_the_log_in(client: FlaskClient, desk: Desk, grace: Staff) -> None:
    before = client.get("/staff/login")
    planted = cookie_of(before).partition(";")[0]
    token = csrf_of(before)
    after = client.post(
        "/staff/login", data={"email": grace.email, "password": PASSWORD, "csrf_token": token}, headers=REFERER
    )
    assert planted.startswith("__Host-rd=")
    assert cookie_of(after).startswith("__Host-rd=")
    assert cookie_of(after).partition(";")[0] != planted
    assert len(rows(desk)) == 1


def test_nobody_writes_a_row_before_they_are_logged_in(client: FlaskClient, desk: Desk, grace: Staff) -> None:
    client.get("/staff/login")
    log_in(client, password="wrong horse battery")
    assert rows(desk) == []
    assert log_in(client).status_code == 303
    assert len(rows(desk)) == 1


def test_the_table_of_sessions_opens_no_session(client: FlaskClient, desk: Desk, grace: Staff) -> None:
    sent = cookie_of(log_in(client)).partition(";")[0].partition("=")[2]
    assert sent not in {row.digest for row in rows(desk)}
    thief = browser_of(desk)
    thief.set_cookie("__Host-rd", rows(desk)[0].digest, domain="desk.shop.example", secure=True)
    assert not is_in(thief)


WRONG = {
    "a wrong password": {"password": "wrong horse battery"},
    "no password": {"password": ""},
    "an unknown account": {"email": "nobody@shop.example"},
}


@pytest.mark.parametrize("typed", WRONG.values(), ids=WRONG)
def test_every_wrong_log_in_gets_the_same_page(client: FlaskClient, grace: Staff, typed: dict[str, str]) -> None:
    answer = log_in(client, **typed)
    assert answer.status_code == 422
    assert "The e-mail address or the password is not right." in answer.text
    assert not is_in(client)


def test_a_guesser_is_told_to_wait(client: FlaskClient, grace: Staff, clock: Any) -> None:
    codes = [log_in(client, password="wrong horse battery").status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]
    slow = log_in(client)
    assert slow.status_code == 429
    clock.pass_(seconds=int(slow.headers["Retry-After"]))
    assert log_in(client).status_code == 303


@pytest.mark.parametrize("token", [None, "", "made-up"], ids=["none", "blank", "made up"])
def test_a_log_in_needs_the_token_of_its_page(client: FlaskClient, grace: Staff, token: str | None) -> None:
    client.get("/staff/login")
    typed = {"email": grace.email, "password": PASSWORD, "csrf_token": token}
    sent = {name: value for name, value in typed.items() if value is not None}
    assert client.post("/staff/login", data=sent, headers=REFERER).status_code == 400
    assert not is_in(client)


def test_a_token_of_another_session_is_none(client: FlaskClient, desk: Desk, grace: Staff) -> None:
    foreign = csrf_of(browser_of(desk).get("/staff/login"))
    client.get("/staff/login")
    typed = {"email": grace.email, "password": PASSWORD, "csrf_token": foreign}
    assert client.post("/staff/login", data=typed, headers=REFERER).status_code == 400


ORIGINS = {
    "ours": ("https://desk.shop.example", 303),
    "another site's": ("https://evil.example", 403),
    "ours but plain": ("http://desk.shop.example", 403),
    "a sandbox's": ("null", 403),
}


@pytest.mark.parametrize(("origin", "code"), ORIGINS.values(), ids=ORIGINS)
def test_a_post_comes_from_our_own_pages(client: FlaskClient, grace: Staff, origin: str, code: int) -> None:
    token = csrf_of(client.get("/staff/login"))
    typed = {"email": grace.email, "password": PASSWORD, "csrf_token": token}
    assert client.post("/staff/login", data=typed, headers={**REFERER, "Origin": origin}).status_code == code


def test_over_https_a_post_says_where_it_comes_from(client: FlaskClient, grace: Staff) -> None:
    token = csrf_of(client.get("/staff/login"))
    typed = {"email": grace.email, "password": PASSWORD, "csrf_token": token}
    assert client.post("/staff/login", data=typed).status_code == 400
    assert client.post("/staff/login", data=typed, headers={"Referer": "https://evil.example/"}).status_code == 400


def test_the_demo_is_served_under_both_its_names(make_desk: MakeDesk) -> None:
    desk = make_desk(base_url="http://127.0.0.1:8000", demo=True)
    new_staff(desk, "grace@shop.example", Role.APPROVER)
    client = browser_of(desk)
    client.origin = "http://localhost:8000"
    token = csrf_of(client.get("/staff/login"))
    typed = {"email": "grace@shop.example", "password": PASSWORD, "csrf_token": token}
    headers = {"Origin": "http://localhost:8000"}
    assert client.post("/staff/login", data=typed, headers=headers).status_code == 303


def leave(client: FlaskClient, token: str) -> Any:
    return client.post("/staff/logout", data={"csrf_token": token}, headers=REFERER)


def token_page(client: FlaskClient) -> str:
    """The path of a staff page that says the token of its session."""
    from flask_wtf.csrf import generate_csrf

    client.application.add_url_rule("/staff/token", "staff.token", lambda: generate_csrf())
    return "/staff/token"


def test_a_log_out_ends_the_session_here_and_in_the_table(client: FlaskClient, desk: Desk, grace: Staff) -> None:
    page = token_page(client)
    log_in(client)
    answer = leave(client, client.get(page).text)
    assert (answer.status_code, answer.location) == (303, "/staff/login")
    assert rows(desk) == []
    assert not is_in(client)
    with desk.readers() as session:
        assert session.scalars(sa.select(Event.what).order_by(Event.number)).all()[-2:] == ["logged in", "logged out"]


def test_a_log_out_needs_its_token(client: FlaskClient, desk: Desk, grace: Staff) -> None:
    log_in(client)
    assert leave(client, "made-up").status_code == 400
    assert client.get("/staff/logout").status_code == 405
    assert is_in(client)


AGES = {
    "used every day of a week": ([24 * 0.49] * 14, True),
    "idle for twelve hours": ([12.0], True),
    "idle for longer": ([12.1], False),
    "used for more than a week": ([11.0] * 16, False),
}


@pytest.mark.parametrize(("pauses", "stays"), AGES.values(), ids=AGES)
def test_a_session_lasts_twelve_idle_hours_and_a_week(
    client: FlaskClient, grace: Staff, clock: Any, pauses: list[float], stays: bool
) -> None:
    log_in(client)
    for hours in pauses:
        clock.pass_(hours=hours)
        here = is_in(client)
    assert here is stays


DEEDS = {
    "disabled": lambda session, now, keys: staffing.disable(session, email="grace@shop.example", by="cli", now=now),
    "given another role": lambda session, now, keys: staffing.set_role(
        session, email="grace@shop.example", role=Role.VIEWER, by="cli", now=now
    ),
    "given another password": lambda session, now, keys: staffing.reset(
        session, email="grace@shop.example", password="another password", by="cli", now=now, keys=keys
    ),
}


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_who_is_changed_has_no_session_left(client: FlaskClient, desk: Desk, grace: Staff, deed: Any) -> None:
    log_in(client)
    with desk.sessions.begin() as session:
        deed(session, desk.clock(), desk.keys)
    assert not is_in(client)


def test_a_session_that_was_left_behind_opens_nothing_for_the_disabled(
    client: FlaskClient, desk: Desk, grace: Staff
) -> None:
    log_in(client)
    with desk.sessions.begin() as session:
        session.get_one(Staff, grace.id).disabled_at = desk.clock()
    assert not is_in(client)


def test_staff_pages_are_kept_by_nobody(client: FlaskClient, grace: Staff) -> None:
    assert client.get("/staff/login").headers["Cache-Control"] == "no-store"


def test_a_session_means_nothing_on_the_customers_pages(client: FlaskClient, grace: Staff) -> None:
    log_in(client)
    for path in ("/", "/proof/x.y", "/support/thanks/RD-7F3K2QXM"):
        answer = client.get(path)
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_view_knows_who_acts(client: FlaskClient, desk: Desk, grace: Staff) -> None:
    @client.application.get("/staff/who", endpoint="staff.who")
    def who() -> dict[str, Any]:
        actor = current_actor()
        return {"by": actor.by, "staff": actor.staff, "role": actor.role}

    log_in(client)
    assert client.get("/staff/who").json == {"by": "grace@shop.example", "staff": grace.id, "role": "approver"}


def link_of(desk: Desk, staff: Staff) -> str:
    with desk.sessions.begin() as session:
        return staffing.login_link(session, staff, keys=desk.keys, now=desk.clock())


def test_the_demos_link_logs_in_once(make_desk: MakeDesk) -> None:
    desk = make_desk(base_url="http://127.0.0.1:8000", demo=True)
    token = link_of(desk, new_staff(desk, "grace@shop.example", Role.ADMIN))
    client, late = browser_of(desk), browser_of(desk)
    assert client.head(f"/staff/link/{token}").status_code == 200
    assert late.get(f"/staff/link/{token[:-1]}").status_code == 404
    answer = client.get(f"/staff/link/{token}")
    assert (answer.status_code, answer.location) == (303, "/staff/")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert is_in(client)
    assert late.get(f"/staff/link/{token}").status_code == 404
    assert not is_in(late)


def test_a_desk_that_is_no_demo_has_no_such_link(client: FlaskClient, desk: Desk, grace: Staff) -> None:
    assert client.get(f"/staff/link/{link_of(desk, grace)}").status_code == 404
    assert not is_in(client)


def test_the_sidebar_counts_what_it_is_given() -> None:
    views = [link for group in groups({"to_approve": 6, "spam": 1_200}, current="to_approve") for link in group.links]
    shown = {link.label: (link.count, link.current) for link in views}
    assert shown["To approve"] == ("6", True)
    assert shown["Spam review"] == ("999+", False)
    assert shown["Mine"] == ("", False)
    assert re.fullmatch(r"/staff/\?view=\w+", views[0].url)


def test_the_layout_of_staff_pages_warns_of_an_unknown_proxy(client: FlaskClient, desk: Desk, grace: Staff) -> None:
    from flask import render_template

    @client.application.get("/staff/layout", endpoint="staff.layout")
    def layout() -> str:
        return render_template("staff/base.html", sidebar=groups({"to_approve": 6}, current="to_approve"))

    log_in(client)
    calm = client.get("/staff/layout")
    assert 'aria-current="page">To approve <span class="num">6</span>' in calm.text
    assert "trusted_proxies" not in calm.text
    browser_of(desk, peer="10.0.0.1").post(
        "/support/", data={"kind": "access", "email": "ada@example.net"}, headers={"X-Forwarded-For": "198.51.100.1"}
    )
    assert "trusted_proxies" in client.get("/staff/layout").text


def test_in_the_demo_a_second_person_comes_in_by_a_link_of_their_own(make_desk: MakeDesk) -> None:
    desk = make_desk(demo=True)
    new_staff(desk, "grace@shop.example", Role.ADMIN)
    new_staff(desk, "linus@shop.example", Role.ADMIN, name="Linus Ward")
    grace, linus = browser_of(desk), browser_of(desk)
    log_in(grace)
    typed = {"csrf_token": csrf_of(grace.get("/staff/"))}
    page = grace.post("/staff/second", data=typed, headers=REFERER)
    found = re.search(r'href="[^"]+(/staff/link/[^"]+)"', page.text)
    assert found
    assert linus.get(found[1]).status_code == 303
    assert "Linus Ward" in linus.get("/staff/").text
    assert browser_of(desk).get(found[1]).status_code == 404
    assert browser_of(desk).post("/staff/second").location == "/staff/login"


def test_outside_the_demo_nobody_makes_such_a_link(client: FlaskClient, grace: Staff) -> None:
    log_in(client)
    typed = {"csrf_token": csrf_of(client.get("/staff/"))}
    assert client.post("/staff/second", data=typed, headers=REFERER).status_code == 404


def test_staff_see_failures_in_their_own_frame(client: FlaskClient, grace: Staff) -> None:
    assert 'class="customer"' in client.get("/nowhere").text
    log_in(client)
    page = client.get("/staff/nowhere")
    assert page.status_code == 404
    assert 'href="/staff/?view=mine"' in page.text
    assert "Log out" in page.text
