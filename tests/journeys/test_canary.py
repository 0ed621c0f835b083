"""A letter that the desk writes to itself once a day: found by whoever takes mail in, or missed by an alarm."""

import smtplib
from collections.abc import Callable

import pytest

from bot.stages.all import canaries
from bot.stages.door import open_door
from models.config import Listener
from models.rules import health as rules
from models.services.upkeep import health
from tests.firm import SUPPORT, Firm
from tests.journeys.conftest import Founded
from tests.journeys.stories import passes
from tests.journeys.test_junk_folder import SPAM

RECIPIENTS = 'recipients = ["parcel carrier"]'
ON = {RECIPIENTS: f"{RECIPIENTS}\ncanary = true"}
MISSING = "The letter that the desk wrote to itself {} minutes ago has not arrived."


@pytest.fixture
def firm(found_firm: Founded) -> Firm:
    return found_firm(changed=ON)


@pytest.fixture
def flies(firm: Firm) -> Callable[[], None]:
    (stage,) = canaries(firm.desk)

    def fly() -> None:
        stage.deed()

    return fly


def arrives(firm: Firm, folder: str = "INBOX") -> None:
    """The newest letter to ourselves gets into the mailbox."""
    firm.mailbox.put(firm.sink.inbox[-1].raw, internaldate=firm.clock(), folder=folder)


def found(firm: Firm) -> list[str]:
    with firm.desk.readers() as session:
        signs = rules.findings(health.measures(firm.desk, session, now=firm.clock()))
    return [one.says for one in signs if "wrote to itself" in one.says]


def round_trip(firm: Firm) -> float | None:
    with firm.desk.readers() as session:
        signs = {one.sign: one.value for one in health.measures(firm.desk, session, now=firm.clock())}
    return signs.get("canary_round_trip_seconds")


def test_it_flies_once_a_day_is_found_by_the_poll_and_taken_away(firm: Firm, flies: Callable[[], None]) -> None:
    for day in range(1, 3):
        flies()
        flies()
        assert len(firm.letters_to(SUPPORT)) == day
        arrives(firm)
        passes(firm, seconds=40)
        firm.work()
        assert (found(firm), round_trip(firm), firm.messages()) == ([], 40.0, [])
        flies()
        assert firm.mailbox.server.folder_uids(firm.mailbox.user) == []
        passes(firm, hours=23)
        flies()
        assert len(firm.letters_to(SUPPORT)) == day
        passes(firm, hours=1)


def test_one_that_does_not_arrive_is_missed_until_another_one_does(firm: Firm, flies: Callable[[], None]) -> None:
    flies()
    passes(firm, minutes=4)
    firm.work()
    assert found(firm) == []
    passes(firm, minutes=1)
    assert found(firm) == [MISSING.format(5)]
    passes(firm, minutes=56)
    flies()
    assert (len(firm.letters_to(SUPPORT)), found(firm)) == (2, [MISSING.format(61)])
    arrives(firm)
    firm.work()
    assert found(firm) == []


def test_one_that_cannot_leave_is_missed_alike(firm: Firm, flies: Callable[[], None]) -> None:
    firm.sink.refuse_next(550, at="rcpt")
    flies()
    passes(firm, minutes=6)
    assert found(firm) == [MISSING.format(6)]


def test_one_that_an_earlier_one_is_mistaken_for_proves_nothing(firm: Firm, flies: Callable[[], None]) -> None:
    flies()
    first = firm.sink.inbox[-1].raw
    passes(firm, minutes=61)
    flies()
    firm.mailbox.put(first, internaldate=firm.clock())
    firm.work()
    assert found(firm) == [MISSING.format(61)]


def test_two_workers_send_one(firm: Firm, flies: Callable[[], None]) -> None:
    (other,) = canaries(firm.desk)
    flies()
    other.deed()
    assert len(firm.letters_to(SUPPORT)) == 1


def test_the_junk_folder_is_not_where_it_should_arrive(found_firm: Founded) -> None:
    firm = found_firm(changed=ON | {'junk = "leave"': 'junk = "find"'})
    (stage,) = canaries(firm.desk)
    stage.deed()
    arrives(firm, SPAM)
    firm.work()
    passes(firm, minutes=6)
    assert (found(firm), firm.spooled()) == ([MISSING.format(6)], [])


def test_it_may_come_by_the_door(firm: Firm, flies: Callable[[], None]) -> None:
    flies()
    passes(firm, seconds=7)
    with (
        open_door(firm.desk, Listener(protocol="lmtp", host="127.0.0.1", port=0)) as door,
        smtplib.LMTP(door.host, door.port) as mta,
    ):
        mta.sendmail(SUPPORT, [SUPPORT], firm.sink.inbox[-1].raw)
    flies()
    assert (found(firm), round_trip(firm), firm.spooled()) == ([], 7.0, [])


def test_nothing_flies_unless_the_configuration_says_so(found_firm: Founded) -> None:
    firm = found_firm()
    assert list(canaries(firm.desk)) == []
    assert round_trip(firm) is None
