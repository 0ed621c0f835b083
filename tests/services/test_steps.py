"""The table of steps, and what every step leaves behind: a version, an event, and no more."""

import itertools

import pytest
from sqlalchemy.orm import Session, sessionmaker

from models.rules.lifecycle import OPEN, STEPS, UNDECIDED, IllegalStepError, Outcome, State, Step
from models.services import steps
from tests.services import rows
from tests.services.rows import NOW

Sessions = sessionmaker[Session]
EVERY = list(itertools.product(Step, State, State))


def test_every_step_stands_in_the_table() -> None:
    assert set(STEPS) == set(Step)


def test_every_state_but_the_first_is_reached_and_every_one_is_left() -> None:
    reached = frozenset[State]().union(*(ends for _, ends in STEPS.values()))
    left = frozenset[State]().union(*(starts for starts, _ in STEPS.values()))
    assert (reached, left) == (frozenset(State), frozenset(State))


def test_from_every_state_a_request_can_still_be_closed() -> None:
    closing = {State.CLOSED}
    for _ in State:
        closing |= {state for starts, ends in STEPS.values() if ends & closing for state in starts}
    assert closing == set(State)


@pytest.mark.parametrize("state", sorted(OPEN - UNDECIDED - {State.UNDELIVERED}))
def test_what_is_decided_closes_by_its_letter_alone(state: State) -> None:
    """Closed means accepted; but a machine gets no letter."""
    closes = {step for step, (starts, ends) in STEPS.items() if state in starts and State.CLOSED in ends}
    assert closes <= {Step.ACCEPTED, Step.UNANSWERED}


@pytest.mark.parametrize("state", sorted(UNDECIDED))
def test_nothing_undecided_is_written(state: State) -> None:
    """But for an opt-out, which waits for nobody; what was written before another row conflicted may be taken back."""
    to_applying = {step for step, (starts, ends) in STEPS.items() if state in starts and State.APPLYING in ends}
    taken_back = {Step.UNDO} if state in {State.IN_REVIEW, State.NEEDS_DETAILS} else set()
    assert to_applying <= {Step.SORT} | taken_back


def test_each_step_in_each_state_does_what_the_table_says_or_nothing(sessions: Sessions) -> None:
    with sessions.begin() as session:
        request = rows.request(session)
        for step, start, end in EVERY:
            request.state, request.outcome, version = start, Outcome.FULFILLED, request.version
            allowed = start in STEPS[step][0] and end in STEPS[step][1]
            if not allowed:
                with pytest.raises(IllegalStepError):
                    steps.advance(session, request, step, end, by="grace", now=NOW)
                assert (request.state, request.version) == (start, version)
                continue
            steps.advance(session, request, step, end, by="grace", now=NOW)
            assert (request.state, request.version) == (end, version + 1)
            assert request.outcome is (Outcome.FULFILLED if end is State.CLOSED else None)


def test_a_note_raises_no_version(sessions: Sessions) -> None:
    with sessions.begin() as session:
        request = rows.request(session)
        version = request.version
        steps.noted(session, request, "assigned", by="grace", now=NOW)
        assert request.version == version
