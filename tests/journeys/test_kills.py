"""The worker is killed at random points while mails come in: nothing is lost, nothing is doubled."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from models.outbox import LetterState
from models.services import audit
from models.spool import SpoolState
from tests.firm import SUPPORT, Firm

RIGHTSDESK = Path(sys.executable).parent / "rightsdesk"
TEXTS = (
    "Please take me off your mailing list, I do not want any more newsletters or offers from you.",
    "Please send me a copy of all the personal data that you hold about me.",
    "What are your opening hours on Saturday?",
)


def begin(firm: Firm, *words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [RIGHTSDESK, "work", "--once", "--config", str(firm.path), *words],
        env=os.environ | {"RIGHTSDESK_TEST_CLOCK": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def is_busy(firm: Firm, chance: random.Random) -> bool:
    """Wait until the worker has begun to store or to send, and then some."""
    before = (len(firm.spooled()), len(firm.sink.inbox))
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if (len(firm.spooled()), len(firm.sink.inbox)) != before:
            time.sleep(chance.random() * 0.6)
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    ("mails", "kills"),
    [
        pytest.param(150, 3, id="three kills", marks=pytest.mark.timeout(300)),
        pytest.param(500, 20, id="twenty kills", marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
    ],
)
def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing(firm: Firm, mails: int, kills: int) -> None:
    chance = random.Random(kills)
    at = datetime.now(UTC)
    share = mails // kills
    for kill in range(kills):
        # What died left claims of 90 s behind: each run begins two minutes after the last.
        at += timedelta(minutes=2)
        fill(firm, kill * share, mails if kill == kills - 1 else (kill + 1) * share)
        worker = begin(firm, "--at", at.isoformat())
        assert is_busy(firm, chance)
        worker.send_signal(signal.SIGKILL)
        worker.wait(30)
    for _ in range(3):
        at += timedelta(minutes=2)
        assert begin(firm, "--at", at.isoformat()).wait(200) == 0
    assert_all_is_well(firm, mails, kills)


def fill(firm: Firm, first: int, after: int) -> None:
    for count in range(first, after):
        mail = EmailMessage()
        mail["From"], mail["To"] = f"customer{count}@example.net", SUPPORT
        mail["Subject"], mail["Message-ID"] = f"letter {count}", f"<kill-{count}@example.net>"
        mail.set_content(TEXTS[count % len(TEXTS)])
        firm.mailbox.put(mail.as_bytes())


def assert_all_is_well(firm: Firm, mails: int, kills: int) -> None:
    expected = {f"kill-{count}@example.net" for count in range(mails)}
    assert Counter(message.message_id for message in firm.messages()) == Counter(expected)
    assert {spool.state for spool in firm.spooled()} == {SpoolState.READ}
    sent: Counter[Any] = Counter(str(caught.message["Message-ID"]).strip("<>") for caught in firm.sink.inbox)
    assert set(sent.values()) == {1}
    states = Counter(letter.state for letter in firm.outbox())
    assert set(states) <= {LetterState.ACCEPTED, LetterState.UNCERTAIN}
    assert states[LetterState.UNCERTAIN] <= kills
    accepted = {letter.message_id for letter in firm.outbox() if letter.state is LetterState.ACCEPTED}
    assert accepted <= set(sent)
    with firm.session() as session:
        assert list(audit.verify(session)) == []
