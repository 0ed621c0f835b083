"""0006: a mailbox that was polled before goes on where it stood, and nothing is held against its server."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.mailbox import Mailbox
from models.migrations import versions

pytestmark = pytest.mark.desk_database

BEFORE = (
    "INSERT INTO mailbox (name, folder, uidvalidity, last_uid, floor_uid, state, token, to_move)"
    " VALUES ('support', 'INBOX', 7, 41, 3, 'needs_login', 9, '[40, 41]')"
)


def test_a_mailbox_keeps_its_place_and_may_be_asked_at_once(empty):
    versions.upgrade(empty, "0005")
    with empty.begin() as connection:
        connection.execute(sa.text(BEFORE))

    versions.upgrade(empty)

    with Session(empty) as session:
        mailbox = session.scalars(sa.select(Mailbox)).one()
        assert (mailbox.uidvalidity, mailbox.last_uid, mailbox.floor_uid, mailbox.token) == (7, 41, 3, 9)
        assert (mailbox.to_move, mailbox.copying) == ([40, 41], None)
        assert (mailbox.failures, mailbox.next_attempt) == (0, None)
