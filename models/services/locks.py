"""Two workers that hold a mail and its reply, or two mails of one person, record them one after the other."""

import zlib
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session


def hold(session: Session, keys: Iterable[str]) -> None:
    """Locks until the transaction ends, taken in order so that nobody waits in a circle.

    SQLite has one writer and needs none.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    for number in sorted({zlib.crc32(key.encode("utf-8", "replace")) for key in keys if key}):
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
