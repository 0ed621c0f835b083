"""A running worker keeps its mailbox open: mail is in the desk at once, and a connection that is gone is made anew."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest

from bot import worker
from bot.stages import watch
from models.mailbox import Mailbox as Row
from models.services.arrival import mailboxes
from tests.conftest import Mailbox
from tests.firm import Firm
from tests.imap_proxy import Behind, ImapProxy
from tests.journeys.conftest import Founded
from tests.journeys.stories import passes

SOON = 2.0
"""Seconds: in the desk at once."""
NEVER = 3600.0


@pytest.fixture
def proxy(mailbox: Mailbox) -> Iterator[ImapProxy]:
    with ImapProxy(mailbox.port) as made:
        yield made


@pytest.fixture
def behind(found_firm: Founded, mailbox: Mailbox, proxy: ImapProxy) -> Firm:
    return found_firm(mailbox=Behind(mailbox, proxy))


@contextmanager
def working(firm: Firm, owner: str = "worker-1") -> Iterator[None]:
    """A worker as ``rightsdesk run`` has it; it must stop when it is told to."""
    stop = Event()
    running = Thread(target=worker.work, args=(firm.worker(owner), stop), kwargs={"idle": 0.05}, daemon=True)
    running.start()
    try:
        yield
    finally:
        told = time.monotonic()
        stop.set()
        running.join(20)
        assert not running.is_alive()
        assert time.monotonic() - told < SOON


def until(deed: Callable[[], Any], seconds: float = 10.0) -> float:
    """How long it took until that was true."""
    begun = time.monotonic()
    while not deed():
        assert time.monotonic() - begun < seconds, "it did not come in time"
        time.sleep(0.02)
    return time.monotonic() - begun


def spooled(firm: Firm, count: int) -> Callable[[], bool]:
    return lambda: len(firm.spooled()) == count


def row(firm: Firm) -> Row:
    with firm.session() as session:
        return session.query(Row).one()


def polled(firm: Firm) -> bool:
    with firm.session() as session:
        return session.query(Row).filter_by(state="ok").count() == 1


def test_a_mail_is_in_the_desk_as_soon_as_it_arrives_and_one_connection_serves_them_all(
    behind: Firm, proxy: ImapProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "POLL_EVERY", NEVER)
    with working(behind):
        until(lambda: proxy.said("IDLE"))
        for number in range(1, 6):
            time.sleep(0.3 * number)
            behind.receive("When do you open?")
            assert until(spooled(behind, number)) < SOON
        until(lambda: len(behind.messages()) == 5)
    assert len(proxy.said("AUTHENTICATE")) == 1


def test_a_mail_that_comes_between_the_poll_and_idle_is_told(
    behind: Firm, proxy: ImapProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "POLL_EVERY", NEVER)
    proxy.before("IDLE", lambda: behind.receive("When do you open?"))
    with working(behind):
        assert until(spooled(behind, 1)) < SOON


@pytest.mark.parametrize("every", ["deaf", "none"])
def test_a_server_that_tells_of_nothing_is_polled(
    behind: Firm, proxy: ImapProxy, monkeypatch: pytest.MonkeyPatch, every: str
) -> None:
    """``deaf``: it takes IDLE and never says a word; ``none``: it has no IDLE."""
    monkeypatch.setattr(watch, "POLL_EVERY" if every == "deaf" else "LOOK_EVERY", 1.0)
    monkeypatch.setattr(watch, "LOOK_EVERY" if every == "deaf" else "POLL_EVERY", NEVER)
    proxy.hide(r"\* \d+ (?:EXISTS|RECENT)\r\n" if every == "deaf" else " IDLE")
    with working(behind):
        until(lambda: polled(behind))
        behind.receive("When do you open?")
        assert until(spooled(behind, 1)) < 2 * SOON
    assert bool(proxy.said("IDLE")) == (every == "deaf")


def test_a_server_that_refuses_idle_is_polled_and_not_logged_in_to_each_second(
    behind: Firm, proxy: ImapProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 1.5)
    proxy.refuse("^IDLE")
    with working(behind):
        until(lambda: polled(behind))
        behind.receive("When do you open?")
        assert until(spooled(behind, 1)) < 2 * SOON
        time.sleep(1)
    assert 2 <= len(proxy.said("AUTHENTICATE")) <= 4


@pytest.mark.parametrize("last_words", [b"", b"* BYE going away\r\n", b"* 1 EXI", b"\xff\x00 {12\r\n"])
def test_a_connection_that_ends_in_idle_is_made_anew(
    behind: Firm, proxy: ImapProxy, monkeypatch: pytest.MonkeyPatch, last_words: bytes
) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.5)
    with working(behind):
        until(lambda: proxy.said("IDLE"))
        proxy.cut_now(last_words)
        behind.receive("When do you open?")
        assert until(spooled(behind, 1)) < 2 * SOON
    assert len(proxy.said("AUTHENTICATE")) == 2


def test_a_connection_that_died_in_silence_is_found_out_and_made_anew(
    found_firm: Founded, mailbox: Mailbox, proxy: ImapProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A laptop that slept, a router that forgot: nothing comes any more, and nothing says so."""
    from imapclient import SocketTimeout

    from bot.stages import all as stages

    monkeypatch.setattr(watch, "IDLE_FOR", 1.0)
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.5)
    patient = stages.account_of
    monkeypatch.setattr(stages, "account_of", lambda *of: dataclass_with(patient(*of), timeout=SocketTimeout(2, 1)))
    firm = found_firm(mailbox=Behind(mailbox, proxy))
    with working(firm):
        until(lambda: proxy.said("IDLE"))
        proxy.fall_silent()
        firm.receive("When do you open?")
        assert until(spooled(firm, 1)) < 3 * SOON


def dataclass_with(account: Any, **changed: Any) -> Any:
    from dataclasses import replace

    return replace(account, **changed)


@pytest.mark.parametrize("cut", [1, 2, 3, 5, 7, 9])
def test_whatever_command_a_kept_connection_ends_at_each_mail_comes_once(
    found_firm: Founded, mailbox: Mailbox, proxy: ImapProxy, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.3)
    firm = found_firm(mailbox=Behind(mailbox, proxy), after="move:Done")
    with working(firm):
        until(lambda: proxy.said("IDLE"))
        proxy.cut_at(cut)
        for number, sender in enumerate(["one@example.net", "two@example.net"], 1):
            firm.receive("When do you open?", sender=sender)
            until(lambda: passes(firm, seconds=0.1) or len(firm.messages()) == number)  # noqa: B023 - called at once
        until(lambda: passes(firm, seconds=0.1) or len(mailbox.server.folder_uids(mailbox.user, "Done")) == 2)
    assert sorted(message.sender for message in firm.messages()) == ["one@example.net", "two@example.net"]


def test_a_worker_that_idles_while_another_has_the_lease_writes_nothing(
    behind: Firm, proxy: ImapProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 1.0)
    with working(behind):
        until(lambda: proxy.said("IDLE"))
        until(lambda: row(behind).lease_owner is None)
        with behind.desk.sessions.begin() as session:
            held = mailboxes.lease(session, "support", "INBOX", owner="another", now=behind.clock())
        assert held is not None
        before = row(behind)
        behind.receive("When do you open?")
        time.sleep(SOON)
        assert spooled(behind, 0)()
        assert (row(behind).token, row(behind).last_uid) == (before.token, before.last_uid)
        with behind.desk.sessions.begin() as session:
            mailboxes.leave(session, held, now=behind.clock())
        until(spooled(behind, 1))


# Back-off


def test_a_server_that_is_away_is_asked_less_and_less_and_a_restart_changes_nothing(
    behind: Firm, proxy: ImapProxy
) -> None:
    """The desk's clock stands still: what is to be waited for never ends."""
    proxy.cut_at(1)
    proxy.close()
    with working(behind):
        until(lambda: row_or_none(behind) is not None and row(behind).failures == 1)
        time.sleep(1.5)
        assert (row(behind).failures, row(behind).state) == (1, "away")
    with working(behind, owner="worker-2"):
        time.sleep(1.5)
    assert row(behind).failures == 1
    for failures in range(2, 6):
        behind.work()
        assert row(behind).failures == failures
    assert row(behind).state == "degraded"
    wait = row(behind).next_attempt - behind.clock()
    assert 8 <= wait.total_seconds() <= 16


def row_or_none(firm: Firm) -> Row | None:
    with firm.session() as session:
        return session.query(Row).one_or_none()


def test_a_refused_login_waits_a_quarter_of_an_hour_and_is_mended_by_a_run_that_is_asked_for(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.5)
    password = firm.folder / "imap-password"
    right = password.read_text()
    password.write_text("wrong\n")
    firm.work()
    assert row(firm).state == "needs_login"
    assert row(firm).next_attempt - firm.clock() == mailboxes.backoff.LOGIN_AGAIN
    password.write_text(right)
    firm.receive("When do you open?")
    with working(firm):
        time.sleep(1.5)
        assert (row(firm).failures, len(firm.spooled())) == (1, 0)
        firm.work()
        assert (row(firm).state, row(firm).failures, row(firm).next_attempt) == ("ok", 0, None)
        firm.receive("When do you close?")
        until(spooled(firm, 2))
