"""0008: a mailbox that was polled before goes on where it stood, and is looked through in the next night."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.mailbox import Mailbox
from models.migrations import versions

pytestmark = pytest.mark.desk_database

BEFORE = (
    "INSERT INTO mailbox (name, folder, uidvalidity, last_uid, floor_uid, state, token, to_move, failures)"
    " VALUES ('support', 'INBOX', 7, 41, 3, 'ok', 9, '[]', 2)"
)


def test_a_mailbox_keeps_its_place_and_nothing_was_missed_yet(empty):
    versions.upgrade(empty, "0007")
    with empty.begin() as connection:
        connection.execute(sa.text(BEFORE))

    versions.upgrade(empty)

    with Session(empty) as session:
        mailbox = session.scalars(sa.select(Mailbox)).one()
        assert (mailbox.uidvalidity, mailbox.last_uid, mailbox.floor_uid, mailbox.failures) == (7, 41, 3, 2)
        assert (mailbox.next_look, mailbox.gaps) == (None, 0)
