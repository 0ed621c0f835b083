"""Whoever watches the desk from outside: one word for all, reasons and figures for its own machine and its token."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.base import make_engine, make_readers, make_sessions
from models.desk import Desk
from models.services.upkeep import health
from tests.conftest import Clock
from tests.webform.conftest import MakeDesk, browser_of

SILENT = "No worker has shown a sign of life for 9 minutes."
LOCAL = {"peer": "127.0.0.1", "host": "127.0.0.1:8000"}


@pytest.fixture
def fallen_silent(desk: Desk, clock: Clock) -> Desk:
    with desk.sessions.begin() as session:
        health.beat(session, "worker", started=clock(), now=clock())
    clock.pass_(minutes=9)
    return desk


def ask(desk: Desk, path: str, *, peer: str = "127.0.0.1", host: str = "127.0.0.1:8000", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return browser_of(desk, peer=peer).get(path, headers={"Host": host, **named})


def test_a_desk_that_is_well_says_so_and_why_not_to_its_own_machine(desk: Desk) -> None:
    assert (ask(desk, "/healthz").status_code, ask(desk, "/healthz").json) == (200, {"ok": True, "reasons": []})
    assert ask(desk, "/healthz", peer="203.0.113.7").json == {"ok": True}


def test_without_a_sign_of_life_of_a_worker_it_is_down(fallen_silent: Desk) -> None:
    answer = ask(fallen_silent, "/healthz")
    assert (answer.status_code, answer.json) == (503, {"ok": False, "reasons": [SILENT]})
    assert ask(fallen_silent, "/healthz", peer="203.0.113.7").json == {"ok": False}


def test_one_that_beats_makes_up_for_one_that_is_dead(fallen_silent: Desk, clock: Clock) -> None:
    with fallen_silent.sessions.begin() as session:
        health.beat(session, "another", started=clock(), now=clock())
    assert ask(fallen_silent, "/healthz").status_code == 200


@pytest.mark.parametrize(
    "how",
    [
        {"peer": "203.0.113.7"},
        {"host": "desk.shop.example"},
        {"host": "localhost.evil.example"},
        {"X_Forwarded_For": "203.0.113.7"},
        {"X_Forwarded_Proto": "https"},
        {"Forwarded": "for=203.0.113.7"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer wrong", "peer": "203.0.113.7"},
    ],
    ids=str,
)
@pytest.mark.parametrize("token", ["swordfish\n", "", None])
def test_nobody_else_is_told_more(make_desk: MakeDesk, tmp_path: Path, how: dict[str, str], token: str | None) -> None:
    desk = make_desk(web=with_token(tmp_path, token))
    how = {"peer": "203.0.113.7", **how} if "Authorization" in how else how
    assert "reasons" not in ask(desk, "/healthz", **how).json
    metrics, nothing = ask(desk, "/metrics", **how), ask(desk, "/nothing", **how)
    assert metrics.status_code in {400, 404}
    assert "rightsdesk_" not in metrics.text
    assert nothing.status_code in {400, 404}


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "[::1]:8000", "[::1]"])
def test_its_own_machine_may_call_it_by_any_of_its_names(desk: Desk, host: str) -> None:
    assert ask(desk, "/metrics", host=host).status_code == 200
    assert ask(desk, "/metrics", host=host, peer="::1").status_code == 200


def test_who_bears_the_token_is_told_from_anywhere(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk(web=with_token(tmp_path, "swordfish\n"))
    how = {"peer": "203.0.113.7", "host": "desk.shop.example", "X_Forwarded_For": "203.0.113.7"}
    answer = ask(desk, "/metrics", **how, Authorization="Bearer swordfish")
    assert answer.status_code == 200
    assert ask(desk, "/healthz", **how, Authorization="Bearer swordfish").json == {"ok": True, "reasons": []}


def test_behind_a_proxy_of_ours_nobody_is_taken_for_its_machine(make_desk: MakeDesk) -> None:
    desk = make_desk(web={"trusted_proxies": 1})
    passed_on = {"X_Forwarded_For": "127.0.0.1", "X_Forwarded_Host": "127.0.0.1"}
    assert ask(desk, "/healthz", **passed_on).json == {"ok": True}
    assert ask(desk, "/metrics", **passed_on).status_code == 404
    assert ask(desk, "/metrics").status_code == 200


def test_the_figures_are_what_a_scraper_reads(fallen_silent: Desk) -> None:
    answer = ask(fallen_silent, "/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert answer.text.endswith("\n")
    for line in lines:
        assert re.fullmatch(r'# (HELP|TYPE) rightsdesk_\w+ .+|rightsdesk_\w+(\{\w+="[^"]*"\})? -?[\d.]+', line), line
    for line in (
        "rightsdesk_worker_silent_seconds 540",
        'rightsdesk_finding{name="worker_silent_seconds"} 3',
        "rightsdesk_ok 0",
        "rightsdesk_quarantined 0",
        "# TYPE rightsdesk_disk_free_bytes gauge",
    ):
        assert line in lines
    assert any(re.fullmatch(r"rightsdesk_database_bytes \d{5,}", line) for line in lines)


def test_a_database_that_is_away_is_the_reason(desk: Desk, tmp_path: Path) -> None:
    away = make_engine(f"sqlite:///{tmp_path / 'no' / 'such.sqlite3'}")
    broken = replace(desk, sessions=make_sessions(away), readers=make_readers(away))
    answer = ask(broken, "/healthz")
    assert answer.status_code == 503
    assert answer.json == {"ok": False, "reasons": ["The desk's own database does not answer."]}
    assert ask(broken, "/metrics").status_code == 503
    away.dispose()


def test_a_stranger_who_asks_again_and_again_costs_one_look(desk: Desk, clock: Clock) -> None:
    from tests.services.rows import statements

    browser = browser_of(desk)
    with statements(desk.readers.kw["bind"]) as seen:
        for _ in range(20):
            browser.get("/healthz")
    assert len(seen) <= 20 + 6
    clock.pass_(seconds=6)
    with statements(desk.readers.kw["bind"]) as later:
        browser.get("/healthz")
    assert len(later) > 1


def with_token(folder: Path, token: str | None) -> dict[str, Any]:
    if token is None:
        return {}
    path = folder / "metrics-token"
    path.write_text(token)
    return {"metrics_token_file": path}


def test_a_clock_that_is_ahead_is_no_sign_of_life_to_come(desk: Desk, clock: Clock) -> None:
    with desk.sessions.begin() as session:
        health.beat(session, "ahead", started=clock(), now=clock() + timedelta(minutes=5))
        found = {one.sign: one.value for one in health.measures(desk, session, now=clock())}
    assert (found["worker_silent_seconds"], found["clock_skew_seconds"]) == (0, 300)
