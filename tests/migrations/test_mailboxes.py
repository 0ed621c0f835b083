"""A mailbox that was polled before goes on where it stood, whatever a version knows more of it."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.mailbox import Mailbox
from models.migrations import versions

pytestmark = pytest.mark.desk_database

STOOD = {"name": "support", "folder": "INBOX", "uidvalidity": 7, "last_uid": 41, "floor_uid": 3, "token": 9}


def brought(empty: sa.Engine, before: str, **facts: Any) -> dict[str, Any]:
    """A mailbox of the version before, as it is in the last one; it must stand where it stood."""
    versions.upgrade(empty, before)
    with empty.begin() as connection:
        table = sa.Table("mailbox", sa.MetaData(), autoload_with=connection)
        connection.execute(table.insert().values(STOOD | facts))

    versions.upgrade(empty)

    with Session(empty) as session:
        after = session.scalars(sa.select(Mailbox)).one()
        assert {name: getattr(after, name) for name in STOOD} == STOOD
        return {column.name: getattr(after, column.name) for column in Mailbox.__table__.columns}


def test_before_0006_it_may_be_asked_at_once_and_nothing_is_held_against_its_server(empty: sa.Engine) -> None:
    after = brought(empty, "0005", state="needs_login", to_move=[40, 41])

    assert (after["to_move"], after["copying"]) == ([40, 41], None)
    assert (after["failures"], after["next_attempt"]) == (0, None)


def test_before_0008_it_is_looked_through_in_the_next_night_and_nothing_was_missed_yet(empty: sa.Engine) -> None:
    after = brought(empty, "0007", state="ok", to_move=[], failures=2)

    assert (after["failures"], after["next_look"], after["gaps"]) == (2, None, 0)
