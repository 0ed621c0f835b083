"""Every server that the desk talks to goes away for a while: what can go on goes on, and the rest follows."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from models.outbox import LetterState
from models.rules.kinds import Kind
from models.rules.lifecycle import Outcome, State
from models.services.deciding import review
from models.services.outgoing import outbox, stuck
from tests.conftest import Mailbox
from tests.firm import ADA, BASE_URL, BEN, SHOP, Firm
from tests.journeys.conftest import Founded
from tests.journeys.stories import STREET, asked, passes, proved
from tests.machine import DOVECOT, need
from tests.servers import Dovecot, free_port

if TYPE_CHECKING:
    from tests.postgres import Postgres

RIGHTSDESK = Path(sys.executable).parent / "rightsdesk"


def approved(firm: Firm) -> None:
    firm.does(review.approve, proved(firm, STREET))


def states(firm: Firm) -> list[LetterState]:
    return [letter.state for letter in firm.outbox()]


def message_ids(firm: Firm) -> list[str]:
    return [str(caught.message["Message-ID"]) for caught in firm.sink.inbox]


# The mail server


def test_each_try_waits_longer_and_after_three_days_the_person_is_unreached(firm: Firm) -> None:
    approved(firm)
    firm.sink.refuse_next(451, times=1000)
    waits, begun = [], firm.clock()
    while firm.request().state is not State.UNDELIVERED:
        firm.work()
        letter = firm.outbox()[-1]
        waits.append((letter.next_attempt - firm.clock()) / timedelta(minutes=1))
        passes(firm, seconds=(letter.next_attempt - firm.clock()).total_seconds())
        assert firm.clock() - begun < timedelta(hours=75)
    assert waits[:5] == [1, 5, 15, 60, 60]
    assert timedelta(hours=72) < firm.clock() - begun
    assert states(firm) == [LetterState.ACCEPTED, LetterState.FAILED]
    assert firm.customer()["street"] == "14 Quarry Hill"


def test_a_letter_that_waited_for_days_is_tried_as_long_as_any(firm: Firm) -> None:
    approved(firm)
    firm.sink.go_down()
    firm.work()
    passes(firm, days=4)
    firm.sink.come_back()
    firm.sink.refuse_next(451)
    firm.work()
    assert states(firm)[-1] is LetterState.DEFERRED


def test_an_outage_counts_for_no_attempt_however_long_it_lasts(firm: Firm) -> None:
    approved(firm)
    firm.sink.go_down()
    for _ in range(5):
        firm.work()
        passes(firm, days=1)
    assert [(letter.state, letter.attempts) for letter in firm.outbox()][1:] == [(LetterState.QUEUED, 0)]
    assert firm.request().state is State.RESPONDING
    firm.sink.come_back()
    firm.work()
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.FULFILLED)


@pytest.mark.parametrize(("code", "at"), [(552, "mail"), (550, "rcpt"), (550, "data")])
def test_a_letter_that_is_refused_holds_up_none_of_the_others(firm: Firm, code: int, at: str) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    for number in range(5):
        firm.receive("Show me what you hold", sender=f"customer{number}@example.net")
    firm.sink.refuse_next(code, at=at)
    firm.work()
    assert sorted(states(firm)) == ["accepted"] * 4 + ["failed"]
    assert len(set(message_ids(firm))) == 4
    assert {one.state for one in firm.requests()} == {State.AWAITING_PROOF}


def test_a_server_that_takes_nothing_from_us_fails_no_letter(firm: Firm) -> None:
    approved(firm)
    firm.sink.refuse_next(550, at="mail", times=3)
    firm.work()
    assert [(letter.state, letter.attempts) for letter in firm.outbox()][1:] == [(LetterState.QUEUED, 0)]
    for _ in range(3):
        passes(firm, seconds=60)
        firm.work()
    assert states(firm)[-1] is LetterState.ACCEPTED


@pytest.mark.parametrize(("at", "arrived"), [("taken", 2), ("lost", 1), ("within", 1)])
def test_an_uncertain_letter_is_sent_again_by_staff_only_and_is_the_same_mail(
    firm: Firm, at: str, arrived: int
) -> None:
    approved(firm)
    firm.sink.drop_next(at=at)
    for _ in range(4):
        firm.work()
        passes(firm, days=1)
    assert (states(firm)[-1], firm.request().state) == (LetterState.UNCERTAIN, State.RESPONDING)
    assert len(firm.sink.inbox) == arrived
    letter = firm.outbox()[-1]
    with firm.desk.sessions.begin() as session:
        assert stuck.send_again(firm.desk, session, letter.id, by="grace@shop.example", now=firm.clock())
    firm.work()
    assert message_ids(firm)[-1] == f"<{letter.message_id}>"
    assert len(firm.sink.inbox) == arrived + 1
    assert firm.request().state is State.CLOSED


VERBS = ["connect", "ehlo", "mail from", "rcpt to", "data line"]


@pytest.mark.parametrize("at", VERBS)
def test_a_server_that_dies_before_the_mail_has_taken_nothing_and_is_asked_again(firm: Firm, at: str) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    for number in range(3):
        firm.receive("Show me what you hold", sender=f"customer{number}@example.net")
    firm.sink.drop_next(at=at)
    firm.work()
    assert not firm.sink._plans, "nothing was dropped"
    for _ in range(2):
        passes(firm, seconds=120)
        firm.work()
    assert states(firm) == [LetterState.ACCEPTED] * 3
    assert len(message_ids(firm)) == len(set(message_ids(firm))) == 3


def test_one_uncertain_letter_holds_up_none_of_the_others(firm: Firm) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    for number in range(5):
        firm.receive("Show me what you hold", sender=f"customer{number}@example.net")
    firm.sink.drop_next()
    firm.work()
    assert sorted(states(firm)) == ["accepted"] * 4 + ["uncertain"]
    assert len(set(message_ids(firm))) == len(firm.sink.inbox) == 5


def test_a_letter_that_is_refused_for_good_leaves_the_person_unreached(firm: Firm) -> None:
    approved(firm)
    firm.sink.refuse_next(550)
    firm.work()
    assert firm.outbox()[-1].state is LetterState.FAILED
    assert firm.request().state is State.UNDELIVERED


def test_an_uncertain_letter_that_staff_count_as_sent_closes_its_request(firm: Firm) -> None:
    approved(firm)
    firm.sink.drop_next()
    firm.work()
    assert firm.outbox()[-1].state is LetterState.UNCERTAIN
    assert firm.request().state is State.RESPONDING
    passes(firm, hours=100)
    firm.work()
    letters = [str(letter["Message-ID"]) for letter in firm.letters_to(ADA)]
    assert len(letters) == len(set(letters))
    with firm.desk.sessions.begin() as session:
        number = firm.outbox()[-1].id
        stuck.count_as_sent(firm.desk, session, number, actor=firm.staff(), now=firm.clock())
    assert firm.request().state is State.CLOSED


def test_a_worker_that_died_while_it_sent_leaves_one_letter_uncertain(firm: Firm) -> None:
    approved(firm)
    firm.sink.go_down()
    firm.work()
    with firm.desk.sessions.begin() as session:
        letter = session.get_one(outbox.OutboxLetter, firm.outbox()[-1].id)
        letter.state, letter.claimed_by = LetterState.SENDING, "the dead"
        letter.claimed_until = firm.clock() + timedelta(seconds=90)
    firm.sink.come_back()
    firm.work()
    assert len(firm.letters_to(ADA)) == 1
    passes(firm, seconds=91)
    firm.work()
    assert firm.outbox()[-1].state is LetterState.UNCERTAIN
    assert len(firm.letters_to(ADA)) == 1


# The customer database


@pytest.fixture
def shop_server(postgres: "Postgres") -> tuple["Postgres", str]:
    url = postgres.create_database()
    postgres.execute(SHOP, database=url.rpartition("/")[2])
    return postgres, url


@pytest.fixture
def own_desk(tmp_path: Path) -> str:
    """The desk's own database as a file, so that the server that stops is the shop's alone."""
    from tests.desk_database import create_tables

    url = f"sqlite:///{tmp_path / 'own.sqlite3'}"
    create_tables(url)
    return url


def test_the_server_of_the_shop_stops_before_a_mail_is_read(
    found_firm: Founded, shop_server: Any, own_desk: str
) -> None:
    server, url = shop_server
    firm = found_firm(shop_url=url, database_url=own_desk)
    server.stop()
    try:
        request = asked(firm, STREET)
    finally:
        server.start()
    assert (request.found, [one.store for one in request.corrections]) == (None, [None])
    assert len(firm.letters_to(ADA)) == 1
    passes(firm, seconds=31)
    firm.work()
    assert [(one.before, one.key) for one in firm.request().corrections] == [("3 Mill Lane", "1")]


def test_the_server_of_the_shop_stops_before_the_approval_is_carried_out(
    found_firm: Founded, shop_server: Any, own_desk: str
) -> None:
    server, url = shop_server
    firm = found_firm(shop_url=url, database_url=own_desk)
    approved(firm)
    server.stop()
    try:
        result = firm.work()
    finally:
        server.start()
    assert (firm.request().state, result.failed) == (State.APPLYING, [])
    firm.shop.dispose()
    assert firm.customer()["street"] == "3 Mill Lane"
    passes(firm, seconds=31)
    firm.work()
    assert firm.customer()["street"] == "14 Quarry Hill"
    assert firm.request().state is State.CLOSED
    assert firm.events().count("written") == 1


def test_an_opt_out_holds_at_once_though_the_shop_is_away_and_is_told_once_it_is_done(firm: Firm) -> None:
    firm.reader.knows("no newsletter", Kind.OPT_OUT)
    shop, away = firm.folder / "shop.sqlite3", firm.folder / "away"
    shop.rename(away)
    firm.receive("no newsletter, please")
    firm.work()
    assert firm.request().state is State.APPLYING
    assert firm.promised() == []
    assert not shop.exists()
    away.rename(shop)
    passes(firm, seconds=31)
    firm.work()
    assert not firm.customer()["newsletter"]
    assert (firm.promised(), firm.request().state) == (["opted_out"], State.CLOSED)


def test_an_access_package_waits_for_the_shop(found_firm: Founded, shop_server: Any, own_desk: str) -> None:
    server, url = shop_server
    firm = found_firm(shop_url=url, database_url=own_desk)
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.receive("Show me what you hold")
    firm.work()
    firm.prove()
    firm.does(review.approve, firm.request())
    server.stop()
    try:
        firm.work()
    finally:
        server.start()
    assert (firm.request().state, firm.promised()) == (State.APPLYING, ["proof"])
    passes(firm, seconds=31)
    firm.work()
    assert firm.request().state is State.CLOSED
    assert firm.promised() == ["proof", "package"]


def test_a_proof_without_the_shop_waits_and_nobody_is_told_that_nothing_is_held(firm: Firm) -> None:
    shop, away = firm.folder / "shop.sqlite3", firm.folder / "away"
    shop.rename(away)
    asked(firm, STREET)
    assert firm.prove().status_code == 200
    firm.work()
    assert firm.promised() == ["proof"]
    away.rename(shop)
    passes(firm, seconds=31)
    firm.work()
    assert firm.request().state is State.IN_REVIEW
    assert [one.before for one in firm.request().corrections] == ["3 Mill Lane"]
    assert firm.promised() == ["proof"]


# The mailbox


@pytest.fixture
def imap_server() -> Iterator[Dovecot]:
    need(*DOVECOT)
    with TemporaryDirectory(prefix="dovecot-") as home, Dovecot(Path(home)) as server:
        yield server


def test_the_mailbox_is_away_and_letters_leave_all_the_same(found_firm: Founded, imap_server: Dovecot) -> None:
    firm = found_firm(mailbox=Mailbox(imap_server, "support"))
    approved(firm)
    imap_server.stop()
    result = firm.work()
    assert (list(result.away), result.failed) == (["poll support"], [])
    assert firm.request().state is State.CLOSED
    imap_server.start()
    firm.receive("When do you open?", sender=BEN)
    firm.work()
    assert [message.sender for message in firm.messages()] == [ADA, BEN]


def test_a_mailbox_with_another_password_says_so_and_is_read_once_it_is_right(firm: Firm) -> None:
    password = firm.folder / "imap-password"
    right = password.read_text()
    password.write_text("wrong\n")
    firm.receive("When do you open?")
    firm.work()
    assert mailbox_state(firm) == "needs_login"
    password.write_text(right)
    firm.work()
    assert (mailbox_state(firm), len(firm.messages())) == ("ok", 1)


def mailbox_state(firm: Firm) -> str:
    from models.mailbox import Mailbox as Row

    with firm.session() as session:
        return session.query(Row).one().state


# All of them


def test_a_desk_starts_while_all_are_away_takes_the_form_and_catches_up(
    found_firm: Founded, imap_server: Dovecot
) -> None:
    port = free_port()
    firm = found_firm(
        mailbox=Mailbox(imap_server, "support"), config=f'[web]\nhost = "127.0.0.1"\nport = {port}\n',
        changed={f'base_url = "{BASE_URL}"': f'base_url = "http://127.0.0.1:{port}"'},
    )  # fmt: skip
    # What lay in a mailbox for days before it is first read is not answered by itself.
    firm.clock.now = datetime.now(UTC)  # type: ignore[attr-defined]
    firm.receive("Please send me a copy of all the personal data that you hold about me.", sender=BEN)
    imap_server.stop()
    firm.sink.go_down()
    (firm.folder / "shop.sqlite3").rename(firm.folder / "away")
    said = run_and_post(firm, port)
    assert "@" not in said
    assert "Traceback" not in said
    assert (len(firm.tickets()), states(firm)) == (1, [LetterState.QUEUED])
    imap_server.start()
    firm.sink.come_back()
    (firm.folder / "away").rename(firm.folder / "shop.sqlite3")
    subprocess.run([RIGHTSDESK, "work", "--once", "--config", firm.path], check=True, timeout=60, env=os.environ)
    assert sorted(ticket.requester for ticket in firm.tickets()) == [ADA, BEN]
    assert sorted(next(iter(caught.rcpt_tos)) for caught in firm.sink.inbox) == [ADA, BEN]


def run_and_post(firm: Firm, port: int) -> str:
    """The desk runs, a customer posts the form, the worker makes a ticket of it; what was said meanwhile."""
    url = f"http://127.0.0.1:{port}/support/"
    typed = {"kind": "rectification", "email": ADA, "field": "street", "old": "3 Mill Lane", "new": "14 Quarry Hill"}
    log = firm.folder / "log"
    words: list[str | Path] = [RIGHTSDESK, "run", "--config", firm.path]
    with log.open("wb") as out, subprocess.Popen(words, stdout=out, stderr=out) as run:
        try:
            answer = wait_for(lambda: post(url, typed))
            wait_for(lambda: len(firm.tickets()) == 1)
        finally:
            run.send_signal(signal.SIGTERM)
            assert run.wait(25) == 0
    assert "/support/thanks/" in answer
    return log.read_text()


def post(url: str, typed: dict[str, str]) -> str:
    body = urllib.parse.urlencode(typed).encode()
    try:
        with urllib.request.urlopen(url, body, timeout=5) as answer:  # noqa: S310 - its own desk, on loopback
            return str(answer.url)
    except urllib.error.HTTPError:
        raise
    except OSError:
        return ""


def wait_for(deed: Any, seconds: float = 40) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if result := deed():
            return result
        time.sleep(0.1)
    raise AssertionError("it did not come in time")
