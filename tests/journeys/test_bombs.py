"""Mails that are too much to be read, in the midst of others: those are answered, and these wait in quarantine."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa

from bot.parser import Limits, ParserBeside
from bot.reader import ReaderHere
from bot.stages.all import stages
from bot.stages.triage import ours
from bot.worker import Pass, Stage, work_once
from models.message import Message
from models.rules.kinds import Kind
from models.rules.lifecycle import State
from models.spool import Spool, SpoolState
from tests import bombs
from tests.bombs import CRASHES, EATS, EXITS, LOOPS
from tests.firm import Firm

SHORT = Limits(seconds=2.0)


@pytest.fixture
def worker(firm: Firm) -> Iterator[list[Stage]]:
    """Reads in a process beside it, where the mails do what they say they are."""
    mine = ours(firm.desk)
    with closing(ParserBeside(mine, limits=SHORT, read=bombs.read)) as parser:
        yield stages(firm.desk, ReaderHere(lambda: firm.reader, mine, parser), owner="worker-2")


def work(worker: list[Stage]) -> Pass:
    return work_once(worker, threading.Event())


def put(firm: Firm, *kinds: bytes) -> None:
    for number, bomb in enumerate(kinds):
        firm.mailbox.put(bombs.mail(number, bomb).raw, internaldate=firm.clock())


def spooled(firm: Firm) -> list[Spool]:
    with firm.desk.readers() as session:
        return list(session.scalars(sa.select(Spool).order_by(Spool.id)))


def test_the_others_are_read_once_and_the_bombs_are_seen(firm: Firm, worker: list[Stage]) -> None:
    firm.reader.knows("off your newsletter", Kind.OPT_OUT)
    kinds = [b"", LOOPS, b"", EATS, b"", CRASHES, EXITS, b""]
    put(firm, *kinds)
    passed = work(worker)
    assert (passed.counts["triaged"], passed.counts["quarantined"], passed.failed) == (4, 4, [])
    assert [one.state is SpoolState.QUARANTINED for one in spooled(firm)] == [bool(bomb) for bomb in kinds]
    with firm.desk.readers() as session:
        assert sorted(session.scalars(sa.select(Message.message_id))) == [f"{n}@example.net" for n in (0, 2, 4, 7)]
    reasons = [one.reason for one in spooled(firm) if one.reason]
    for why, reason in zip(
        ("longer to read than the 2 s", "448 MB", "signal 11", "exit code 3"), reasons, strict=True
    ):
        assert why in reason


def test_behind_a_bomb_that_took_the_time_the_others_come_again(
    firm: Firm, worker: list[Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.reader.PARSED_WITHIN", 0.5)
    kinds = [LOOPS, b"", LOOPS, b""]
    put(firm, *kinds)
    passed = work(worker)
    assert (passed.counts["triaged"], passed.counts["quarantined"]) == (2, 2)
    assert [one.state is SpoolState.READ for one in spooled(firm)] == [not bomb for bomb in kinds]
    assert {one.attempts for one in spooled(firm) if one.state is SpoolState.QUARANTINED} == {1}


def test_a_parser_that_was_closed_puts_nothing_into_quarantine(firm: Firm) -> None:
    mine = ours(firm.desk)
    parser = ParserBeside(mine)
    parser.close()
    put(firm, b"", b"")
    passed = work(stages(firm.desk, ReaderHere(lambda: firm.reader, mine, parser), owner="worker-2"))
    assert (passed.counts["triaged"], passed.counts["quarantined"]) == (0, 0)
    assert {one.state for one in spooled(firm)} == {SpoolState.WAITING}
    firm.clock.pass_(minutes=2)
    assert firm.work().counts["triaged"] == 2


def test_what_was_read_in_part_goes_to_a_person(firm: Firm) -> None:
    firm.reader.knows("hello", Kind.ACCESS)
    parts = b"Content-Type: multipart/mixed; boundary=b\r\n", b"--b\r\n\r\nhello\r\n" * 502 + b"--b--"
    firm.mailbox.put(bombs.mail(1, *parts).raw, internaldate=firm.clock())
    firm.work()
    request = firm.request()
    assert request.state is State.TRIAGE
    (message,) = firm.page(request).messages
    assert "too-many-parts" in message.defects
    assert message.has_raw
