"""Something is wrong for longer than it may be: each page says so, /healthz too, one mail, and one when it is over."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from bot.stages.all import signs_of_life, watch_over
from bot.worker import Stage, work
from models.alarm import Alarm
from models.rules.kinds import Role
from tests.conftest import Mailbox
from tests.firm import PASSWORD, Firm, text_of
from tests.guards import leaks_of
from tests.imap_proxy import ImapProxy
from tests.journeys.conftest import Founded
from tests.journeys.stories import passes
from tests.journeys.test_mailbox_faults import Behind
from tests.webform.conftest import browser_of, log_in

CARER = "it@firm.example"
AWAY = "The mailbox support was last read 11 minutes ago."
RECIPIENTS = 'recipients = ["parcel carrier"]'


@pytest.fixture
def proxy(mailbox: Mailbox) -> Iterator[ImapProxy]:
    with ImapProxy(mailbox.port) as made:
        yield made


@pytest.fixture
def firm(found_firm: Founded, mailbox: Mailbox, proxy: ImapProxy) -> Firm:
    changed = {RECIPIENTS: f'{RECIPIENTS}\nalarm_address = "{CARER}"'}
    return found_firm(mailbox=Behind(mailbox, proxy), changed=changed)


@pytest.fixture
def watches(firm: Firm) -> list[Stage]:
    """Those of two processes."""
    return [stage for owner in ("one", "two") for stage in watch_over(firm.desk, owner=owner)]


def minutes(firm: Firm, watches: list[Stage], number: int, *, works: bool = True) -> None:
    for _ in range(number):
        passes(firm, minutes=1)
        if works:
            firm.work()
        for watch in watches:
            watch.deed()


def alarms(firm: Firm) -> list[tuple[str, str]]:
    return [(str(letter["Subject"]), text_of(letter)) for letter in firm.letters_to(CARER)]


def health(firm: Firm) -> Any:
    return browser_of(firm.desk, peer="127.0.0.1").get("/healthz", headers={"Host": "127.0.0.1"})


def staff_page(firm: Firm) -> str:
    browser = browser_of(firm.desk)
    assert log_in(browser, firm.staff("grace", Role.APPROVER).by, PASSWORD).status_code == 303
    return browser.get("/staff/").text


def test_a_mailbox_that_is_away_for_eleven_minutes_is_told_once_and_once_more_when_it_is_back(
    firm: Firm, watches: list[Stage], proxy: ImapProxy
) -> None:
    minutes(firm, watches, 3)
    assert (health(firm).status_code, alarms(firm)) == (200, [])
    proxy.refuse("SELECT|EXAMINE")
    minutes(firm, watches, 10)
    assert (health(firm).status_code, alarms(firm)) == (200, [])
    minutes(firm, watches, 1)
    assert (health(firm).status_code, health(firm).json["reasons"]) == (503, [AWAY])
    assert AWAY in staff_page(firm)
    ((subject, text),) = alarms(firm)
    assert subject == "Example Shop desk: something is wrong"
    assert f"- {AWAY}\n" in text
    assert text.count("\n- ") == 1
    minutes(firm, watches, 30)
    assert len(alarms(firm)) == 1
    proxy.behave()
    minutes(firm, watches, 6)
    assert health(firm).status_code == 200
    assert "was last read" not in staff_page(firm)
    (_, (subject, text)) = alarms(firm)
    assert subject == "Example Shop desk: well again"
    assert f"This is over:\n\n- {AWAY}\n" in text
    minutes(firm, watches, 5)
    assert len(alarms(firm)) == 2
    with firm.session() as session:
        assert session.scalars(sa.select(Alarm)).all() == []


def test_an_alarm_is_marked_as_a_machines_and_ours_and_names_nobody(
    firm: Firm, watches: list[Stage], proxy: ImapProxy
) -> None:
    firm.receive("When do you open?")
    minutes(firm, watches, 3)
    proxy.refuse("SELECT|EXAMINE")
    minutes(firm, watches, 12)
    (letter,) = firm.letters_to(CARER)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["X-Rightsdesk-Loop"]
    assert "@" not in text_of(letter)
    assert "Ada" not in str(letter)


def test_a_worker_that_is_dead_is_noticed_by_the_web_and_said(firm: Firm, watches: list[Stage]) -> None:
    beat = signs_of_life(firm.desk, owner="worker")
    for _ in range(5):
        beat.deed()
        minutes(firm, watches, 1)
    assert alarms(firm) == []
    minutes(firm, watches, 9, works=False)
    ((_, text),) = alarms(firm)
    assert "No worker has shown a sign of life for 8 minutes." in text
    assert health(firm).status_code == 503
    beat.deed()
    minutes(firm, watches, 5)
    assert [subject for subject, _ in alarms(firm)][1:] == ["Example Shop desk: well again"]


def test_what_is_wrong_for_a_moment_after_a_long_sleep_is_told_to_nobody(firm: Firm, watches: list[Stage]) -> None:
    minutes(firm, watches, 3)
    passes(firm, hours=8)
    for watch in watches:
        watch.deed()
    firm.work()
    minutes(firm, watches, 3)
    assert alarms(firm) == []


def test_what_comes_and_goes_is_one_alarm(firm: Firm, watches: list[Stage], proxy: ImapProxy) -> None:
    minutes(firm, watches, 3)
    proxy.refuse("LOGIN|AUTHENTICATE", "NO [AUTHENTICATIONFAILED] no")
    minutes(firm, watches, 1)
    for _ in range(3):
        proxy.behave()
        minutes(firm, watches, 1)
        proxy.refuse("LOGIN|AUTHENTICATE", "NO [AUTHENTICATIONFAILED] no")
        minutes(firm, watches, 1)
    ((_, text),) = alarms(firm)
    assert "refuses to let us into the mailbox support" in text


def test_an_alarm_that_the_mail_server_would_not_have_is_said_later_and_once(
    firm: Firm, watches: list[Stage], proxy: ImapProxy
) -> None:
    minutes(firm, watches, 3)
    proxy.refuse("SELECT|EXAMINE")
    firm.sink.go_down()
    minutes(firm, watches, 12)
    firm.sink.come_back()
    minutes(firm, watches, 6)
    assert len(alarms(firm)) == 1


def test_an_alarm_that_perhaps_arrived_is_not_said_again(firm: Firm, watches: list[Stage], proxy: ImapProxy) -> None:
    minutes(firm, watches, 3)
    proxy.refuse("SELECT|EXAMINE")
    firm.sink.drop_next(at="taken")
    minutes(firm, watches, 30)
    assert len(alarms(firm)) == 1


def test_two_that_look_at_the_same_time_say_it_once(firm: Firm, proxy: ImapProxy) -> None:
    eyes = [stage for number in range(4) for stage in watch_over(firm.desk, owner=f"process-{number}")]
    minutes(firm, eyes, 3)
    proxy.refuse("SELECT|EXAMINE")
    minutes(firm, [], 11)
    for eye in eyes:
        # It has looked all the while.
        eye.deed.__self__._looked_at = firm.clock()  # type: ignore[attr-defined]
    both = [threading.Thread(target=eye.deed) for eye in eyes]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(30)
    assert len(alarms(firm)) == 1


def test_where_the_database_itself_takes_nothing_that_is_said_too(
    firm: Firm, watches: list[Stage], caplog: Any
) -> None:
    one = watches[:1]
    minutes(firm, one, 3)
    if firm.desk.engine.dialect.name != "sqlite":
        pytest.skip("a table that is missing says something else there")
    with firm.desk.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE mailbox RENAME TO away"))
    minutes(firm, one, 4, works=False)
    ((_, text),) = alarms(firm)
    assert "The desk's own database does not answer" in text
    with firm.desk.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE away RENAME TO mailbox"))
    minutes(firm, one, 2)
    assert [subject for subject, _ in alarms(firm)][1:] == ["Example Shop desk: well again"]
    assert not [line for record in caplog.records for line in leaks_of(record)]


def test_without_an_address_nobody_is_written_to(found_firm: Founded, mailbox: Mailbox, proxy: ImapProxy) -> None:
    firm = found_firm(mailbox=Behind(mailbox, proxy))
    eyes = [*watch_over(firm.desk, owner="one")]
    minutes(firm, eyes, 3)
    proxy.refuse("SELECT|EXAMINE")
    minutes(firm, eyes, 15)
    assert firm.sink.inbox == []
    assert health(firm).status_code == 503


def test_the_watch_and_the_beat_run_in_the_worker(firm: Firm) -> None:
    stop = threading.Event()
    stages = [signs_of_life(firm.desk, owner="worker"), *watch_over(firm.desk, owner="worker")]
    thread = threading.Thread(target=work, args=(stages, stop))
    thread.start()
    stop.wait(0.5)
    stop.set()
    thread.join(10)
    with firm.session() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM heartbeat")) == 1
