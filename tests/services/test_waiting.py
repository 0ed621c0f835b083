"""What was asked in vain goes back to staff in time, and a run of the worker says what it reminded of and no more."""

from datetime import date, timedelta
from typing import Any

import pytest

from bot.stages import remind
from models.base import NO_DUE_DAY
from models.proof import Purpose
from models.rules.kinds import Kind
from models.rules.lifecycle import Outcome, State
from models.services.requester import links
from tests.firm import BEN, Firm
from tests.services import rows

WEDNESDAY, THURSDAY, FRIDAY = date(2031, 2, 5), date(2031, 2, 6), date(2031, 2, 7)
"""Today is Friday the 31st of January: three working days later it is Wednesday."""

WAITS = {
    "asked once": (1, 15, 30, True),
    "asked twice": (2, 15, 30, False),
    "asked twice, yesterday": (2, 1, 30, True),
    "asked twice, 13 days ago": (2, 13, 30, True),
    "asked once, a question": (1, 15, None, False),
}


def waiting(firm: Firm, *, asked: int, days: int, **facts: Any) -> None:
    with firm.desk.sessions.begin() as session:
        since = rows.NOW - timedelta(days=days)
        rows.request(session, state=State.NEEDS_DETAILS, asked=asked, waiting_since=since, **facts)


@pytest.mark.parametrize(("asked", "days", "due", "waits"), WAITS.values(), ids=WAITS.keys())
def test_who_was_asked_twice_has_a_fortnight(firm: Firm, asked: int, days: int, due: int | None, waits: bool) -> None:
    waiting(firm, asked=asked, days=days, due=due, kind=Kind.OTHER if due is None else Kind.RECTIFICATION)
    remind.remind(firm.desk)
    assert firm.request().state is (State.NEEDS_DETAILS if waits else State.IN_REVIEW)
    assert (firm.request().due_on == NO_DUE_DAY) is (due is None)


@pytest.mark.parametrize(("due", "waits"), [(WEDNESDAY, False), (THURSDAY, True), (FRIDAY, True)], ids=str)
def test_three_working_days_before_the_due_day_staff_decide(firm: Firm, due: date, waits: bool) -> None:
    waiting(firm, asked=1, days=1, due=(due - rows.TODAY).days)
    remind.remind(firm.desk)
    assert firm.request().state is (State.NEEDS_DETAILS if waits else State.IN_REVIEW)
    assert firm.promised() == []


@pytest.mark.parametrize(("hours", "waits"), [(23, True), (24, False)])
def test_a_question_asked_in_the_last_days_has_a_day_for_its_answer(firm: Firm, hours: int, waits: bool) -> None:
    waiting(firm, asked=1, days=0, due=(WEDNESDAY - rows.TODAY).days)
    firm.clock.pass_(hours=hours)  # type: ignore[attr-defined]
    remind.remind(firm.desk)
    assert firm.request().state is (State.NEEDS_DETAILS if waits else State.IN_REVIEW)


def test_the_end_of_a_wait_is_no_reminder(firm: Firm) -> None:
    with firm.desk.sessions.begin() as session:
        long_ago = rows.NOW - timedelta(days=15)
        rows.request(session, state=State.AWAITING_PROOF, proved=False, waiting_since=long_ago)
        ended = rows.request(session, state=State.CLOSED, outcome=Outcome.WITHDRAWN, requester=BEN)
        week_ago = rows.NOW - timedelta(days=8)
        links.make(firm.desk, session, Purpose.PROOF, BEN, now=week_ago, ticket=ended.ticket)
    assert remind.remind(firm.desk) == {"reminded": 0, "waited": 2}
    assert firm.requests()[0].outcome is Outcome.IDENTITY_NOT_PROVEN
