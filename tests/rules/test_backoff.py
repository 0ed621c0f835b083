"""A server that failed is left alone for longer each time, and never for ever."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import backoff


def seconds(failures: int, *, login_refused: bool = False, chance: float = 0.0) -> float:
    return backoff.pause(failures, login_refused=login_refused, chance=chance).total_seconds()


def test_each_failure_in_a_row_doubles_the_wait_up_to_five_minutes() -> None:
    assert [seconds(failures) for failures in range(1, 12)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@given(st.integers(1, 10_000_000), st.floats(0, 1))
def test_chance_takes_up_to_half_and_the_wait_stays_within_its_bounds(failures: int, chance: float) -> None:
    assert max(1, seconds(failures) / 2) <= seconds(failures, chance=chance) <= seconds(failures) <= 300


def test_two_that_lost_one_server_come_back_apart() -> None:
    assert seconds(9, chance=0.1) - seconds(9, chance=0.6) > 60


@pytest.mark.parametrize("failures", [1, 2, 100])
@pytest.mark.parametrize("chance", [0.0, 0.99])
def test_a_refused_login_is_tried_again_after_a_quarter_of_an_hour(failures: int, chance: float) -> None:
    assert backoff.pause(failures, login_refused=True, chance=chance) == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("failures", "login_refused", "said"),
    [
        (1, False, "away"),
        (4, False, "away"),
        (5, False, "degraded"),
        (900, False, "degraded"),
        (1, True, "needs_login"),
        (9, True, "needs_login"),
    ],
)
def test_staff_are_told_what_is_wrong(failures: int, login_refused: bool, said: str) -> None:
    assert backoff.state(failures, login_refused=login_refused) == said
