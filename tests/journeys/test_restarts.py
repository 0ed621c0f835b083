"""The worker that runs all day is killed again and again while mails come in, or told to stop: all is well after."""

import os
import random
import signal
import smtplib
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from models.outbox import LetterState
from models.rules.kinds import Channel, Kind
from models.rules.lifecycle import State
from models.services import audit
from models.spool import SpoolState
from tests.conftest import Mailbox
from tests.firm import SUPPORT, Firm
from tests.journeys.conftest import Founded
from tests.servers import LOOPBACK, free_port, wait_for_port

RIGHTSDESK = Path(sys.executable).parent / "rightsdesk"
TEXTS = (
    "Please take me off your mailing list, I do not want any more newsletters or offers from you.",
    "Please send me a copy of all the personal data that you hold about me.",
    "What are your opening hours on Saturday?",
)
DOOR = """
[listener]
protocol = "lmtp"
host = "127.0.0.1"
port = {port}
"""
PUSHED = 4
"""Every so-many-th mail comes in by the door."""
TO_STOP = 20.0
PAUSE = 0.1


def environment() -> dict[str, str]:
    return os.environ | {"RIGHTSDESK_TEST_CLOCK": "1"}


def running(firm: Firm) -> "subprocess.Popen[bytes]":
    """A worker in a process of its own, as a system's service manager starts it."""
    words: list[str | Path] = [RIGHTSDESK, "run", "--only", "worker", "--config", firm.path]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def work(firm: Firm, at: datetime) -> None:
    words: list[str | Path] = [RIGHTSDESK, "work", "--once", "--config", firm.path, "--at", at.isoformat()]
    subprocess.run(words, check=True, timeout=200, env=environment(), stdout=subprocess.DEVNULL)


def mail(number: int) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = f"customer{number}@example.net", SUPPORT
    message["Subject"], message["Message-ID"] = f"letter {number}", f"<restart-{number}@example.net>"
    message.set_content(TEXTS[number % len(TEXTS)])
    return message.as_bytes()


def pour(mailbox: Mailbox, numbers: Iterable[int]) -> threading.Thread:
    """Mails come in one after the other, whatever becomes of the worker meanwhile."""

    def put() -> None:
        for number in numbers:
            mailbox.put(mail(number))
            time.sleep(PAUSE)

    return _beside(put)


def push(port: int, numbers: Iterable[int]) -> threading.Thread:
    """An MTA brings mails to the door, and each again and again until the door has said that it takes it."""

    def bring() -> None:
        for number in numbers:
            while not is_taken(port, number):
                time.sleep(PAUSE)
            time.sleep(PAUSE)

    return _beside(bring)


def is_taken(port: int, number: int) -> bool:
    """Raises where the door refuses it for good."""
    try:
        with smtplib.LMTP(LOOPBACK, port, timeout=30) as mta:
            mta.sendmail(f"customer{number}@example.net", [SUPPORT], mail(number))
    except smtplib.SMTPResponseException as refusal:
        if refusal.smtp_code >= 500:
            raise
        return False
    except OSError:  # nobody listens, or whoever did was killed: so are all errors of smtplib
        return False
    return True


def _beside(deed: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=deed, daemon=True)
    thread.start()
    return thread


def wait(condition: Callable[[], bool], seconds: float = 240) -> None:
    """Longer than a claim lasts: all that is left to do may be held by who was killed a moment ago."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "the worker does nothing"
        time.sleep(0.01)


def progress(firm: Firm) -> tuple[int, int, int]:
    return len(firm.spooled()), len(firm.messages()), len(firm.sink.inbox)


@pytest.mark.parametrize(
    ("mails", "kills"),
    [
        pytest.param(150, 3, id="three kills", marks=pytest.mark.timeout(400)),
        pytest.param(2000, 60, id="sixty kills", marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
    ],
)
def test_mails_that_come_in_while_the_worker_is_killed_are_each_read_and_answered_once(
    found_firm: Founded, mails: int, kills: int
) -> None:
    port = free_port()
    firm = found_firm(after="move:Done", config=DOOR.format(port=port))
    chance = random.Random(kills)
    coming, share = [], mails // kills
    for kill in range(kills):
        numbers = range(kill * share, mails if kill == kills - 1 else (kill + 1) * share)
        coming.append(pour(firm.mailbox, [number for number in numbers if number % PUSHED]))
        coming.append(push(port, [number for number in numbers if not number % PUSHED]))
        before, worker = progress(firm), running(firm)
        # By turns while it stores, while it reads, while it sends: what moves first is what it is at.
        wait(lambda part=kill % 3, was=before: progress(firm)[part] > was[part])  # type: ignore[misc]
        time.sleep(chance.random() * 0.3)
        worker.send_signal(signal.SIGKILL)
        assert worker.wait(30) == -signal.SIGKILL
    end_well(firm, port, coming)
    for minutes in (2, 4, 6):
        work(firm, datetime.now(UTC) + timedelta(minutes=minutes))
    assert_each_was_read_and_answered_once(firm, mails)
    assert_letters_left_once(firm, kills)


def end_well(firm: Firm, port: int, coming: Iterable[threading.Thread]) -> None:
    """A last worker takes what the MTA still holds, and is told to stop."""
    worker = running(firm)
    wait_for_port(port, 60)
    for one in coming:
        one.join(120)
        assert not one.is_alive()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(TO_STOP) == 0


def assert_each_was_read_and_answered_once(firm: Firm, mails: int) -> None:
    expected = Counter(f"restart-{number}@example.net" for number in range(mails))
    assert Counter(message.message_id for message in firm.messages()) == expected
    pushed = len(range(0, mails, PUSHED))
    assert Counter((spool.state, spool.channel) for spool in firm.spooled()) == {
        (SpoolState.READ, Channel.MAIL): mails - pushed, (SpoolState.READ, Channel.LMTP): pushed
    }  # fmt: skip
    assert Counter(ticket.requester for ticket in firm.tickets()) == Counter(
        f"customer{number}@example.net" for number in range(mails)
    )
    kinds = Counter(one.kind for one in firm.requests())
    assert kinds == Counter((Kind.OPT_OUT, Kind.ACCESS, Kind.OTHER)[number % 3] for number in range(mails))
    assert Counter(firm.promised()) == {"opted_out": kinds[Kind.OPT_OUT], "proof": kinds[Kind.ACCESS]}
    assert firm.mailbox.server.folder_uids(firm.mailbox.user) == []
    assert len(firm.mailbox.server.folder_uids(firm.mailbox.user, "Done")) == mails - pushed


def assert_letters_left_once(firm: Firm, kills: int) -> None:
    letters = firm.outbox()
    states = Counter(letter.state for letter in letters)
    assert set(states) <= {LetterState.ACCEPTED, LetterState.UNCERTAIN}
    assert states[LetterState.UNCERTAIN] <= kills
    sent: Counter[Any] = Counter(str(caught.message["Message-ID"]).strip("<>") for caught in firm.sink.inbox)
    assert set(sent.values()) == {1}
    accepted = {letter.message_id for letter in letters if letter.state is LetterState.ACCEPTED}
    assert accepted <= set(sent) <= {letter.message_id for letter in letters}
    waiting = {one.ticket_id for one in firm.requests() if one.state is State.RESPONDING}
    assert waiting <= {letter.ticket_id for letter in letters if letter.state is LetterState.UNCERTAIN}
    with firm.session() as session:
        assert list(audit.verify(session)) == []


@pytest.mark.timeout(240)
def test_a_worker_that_is_told_to_stop_ends_what_it_holds_and_leaves_nothing_uncertain(firm: Firm) -> None:
    coming = []
    for first in (0, 30):
        coming.append(pour(firm.mailbox, range(first, first + 30)))
        before, worker = len(firm.sink.inbox), running(firm)
        wait(lambda was=before: len(firm.sink.inbox) > was)  # type: ignore[misc]
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(TO_STOP) == 0
        assert {letter.state for letter in firm.outbox()} <= {LetterState.QUEUED, LetterState.ACCEPTED}
    for one in coming:
        one.join(60)
    work(firm, datetime.now(UTC) + timedelta(minutes=2))
    assert len(firm.messages()) == 60
    assert {letter.state for letter in firm.outbox()} == {LetterState.ACCEPTED}
    assert_letters_left_once(firm, 0)


@pytest.mark.timeout(240)
def test_the_letter_that_was_in_flight_at_the_kill_is_the_only_uncertain_one(firm: Firm) -> None:
    for number in range(9):
        firm.mailbox.put(mail(number))
    firm.sink.hang_next()
    worker = running(firm)
    wait(lambda: not firm.sink._plans and len(firm.messages()) == 9)
    worker.send_signal(signal.SIGKILL)
    worker.wait(30)
    for minutes in (0, 2, 200):
        work(firm, datetime.now(UTC) + timedelta(minutes=minutes))
    assert Counter(letter.state for letter in firm.outbox()) == {LetterState.ACCEPTED: 5, LetterState.UNCERTAIN: 1}
    assert_letters_left_once(firm, 1)
