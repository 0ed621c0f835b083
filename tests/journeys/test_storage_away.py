"""The desk's own storage fails under it: a full disk, a database that another program holds. Nothing is lost by it."""

import re
import sqlite3
import subprocess
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.outbox import LetterState
from models.rules.kinds import Kind
from models.spool import SpoolState
from tests.conftest import ON_POSTGRES
from tests.firm import Firm
from tests.journeys.test_restarts import RIGHTSDESK, mail, work

pytestmark = pytest.mark.skipif(ON_POSTGRES, reason="its disk and its locks are the server's")

MAILS = 12
BLOCK = 512
"""Octets, of POSIX's ulimit."""


def work_in_vain(firm: Firm, *, most: int = 0) -> str:
    """What one pass, no file of which may grow beyond ``most`` octets if that is given, says on standard error."""

    words: list[str | Path] = [RIGHTSDESK, "work", "--once", "--config", firm.path]
    bound = ["sh", "-c", f'ulimit -f {most // BLOCK}; exec "$@"', "sh"] if most else []
    return subprocess.run([*bound, *words], timeout=120, check=False, capture_output=True, text=True).stderr


def database_of(firm: Firm) -> Path:
    return Path(str(firm.desk.engine.url.database))


def assert_each_was_read_and_answered_once(firm: Firm) -> None:
    numbers = range(MAILS)
    assert Counter(one.message_id for one in firm.messages()) == Counter(f"restart-{n}@example.net" for n in numbers)
    assert {one.state for one in firm.spooled()} == {SpoolState.READ}
    assert Counter(one.kind for one in firm.requests()) == dict.fromkeys(
        (Kind.OPT_OUT, Kind.ACCESS, Kind.OTHER), MAILS // 3
    )
    assert {letter.state for letter in firm.outbox()} == {LetterState.ACCEPTED}
    sent = Counter(str(caught.message["Message-ID"]) for caught in firm.sink.inbox)
    assert len(sent) == len(firm.outbox())
    assert set(sent.values()) == {1}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("room", [0, 30_000, 200_000], ids=lambda octets: f"{octets} octets left")
def test_a_full_disk_loses_nothing_and_doubles_nothing(firm: Firm, room: int) -> None:
    for number in range(MAILS):
        firm.mailbox.put(mail(number))
    with closing(sqlite3.connect(database_of(firm))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    said = work_in_vain(firm, most=database_of(firm).stat().st_size + room if room else 4096)
    assert re.search("does not answer|failed: OperationalError", said)
    assert "example.net" not in said
    for minutes in (2, 4):
        work(firm, datetime.now(UTC) + timedelta(minutes=minutes))
    assert_each_was_read_and_answered_once(firm)


@pytest.mark.timeout(240)
def test_a_database_that_another_program_holds_loses_nothing(firm: Firm) -> None:
    for number in range(MAILS):
        firm.mailbox.put(mail(number))
    with closing(sqlite3.connect(database_of(firm), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "does not answer" in work_in_vain(firm)
        assert firm.spooled() == []
        other.execute("ROLLBACK")
    work(firm, datetime.now(UTC) + timedelta(minutes=2))
    assert_each_was_read_and_answered_once(firm)
