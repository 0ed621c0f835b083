"""What the log says of an exception: where it came from, and none of the values that it holds."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from bot.traces import told
from models.staff import Throttle
from models.suppression import Suppression
from tests.conftest import Clock


def test_a_constraint_is_named_without_its_values(sessions: sessionmaker[Session], clock: Clock) -> None:
    row = {"digest": "ada@example.net", "since": clock(), "source": "mail"}
    with pytest.raises(IntegrityError) as caught, sessions.begin() as session:
        session.execute(sa.insert(Suppression), [row, row])

    said = told(caught.value)

    assert said.startswith("IntegrityError (")
    assert "suppression" in said
    assert " at " in said
    assert "ada@" not in said


def test_a_column_that_must_be_filled_is_named(sessions: sessionmaker[Session]) -> None:
    with pytest.raises(IntegrityError) as caught, sessions.begin() as session:
        session.execute(sa.insert(Throttle).values(name="ada@example.net", window=None, times=1))

    assert "throttle" in told(caught.value)
    assert "ada@" not in told(caught.value)
