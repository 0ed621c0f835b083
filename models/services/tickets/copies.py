"""Messages go in; out comes which of them we hold already: the same mail by another way."""

import hashlib
from collections.abc import Container, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.message import Message
from models.rules.reading import Reading
from models.ticket import Ticket

Identity = tuple[str, str]
"""Message-ID and digest."""


def identity(reading: Reading, held: Container[Identity], *, trapped: bool) -> Identity:
    """By what the same mail is known by another way. What was taken for spam makes no copy of what comes later: who
    moves a mail out of the junk folder wants it read. The other way round it is the mail that we hold."""
    said = "\0".join([reading.sender, str(reading.date), reading.subject, reading.text])
    message_id = reading.message_id[:998]
    plain = message_id, _digest(said)
    return plain if not trapped or plain in held else (message_id, _digest(f"trapped\0{said}"))


def held(session: Session, readings: Sequence[Reading]) -> dict[Identity, Ticket]:
    """The tickets of messages that we hold, by Message-ID and digest."""
    ids = [reading.message_id[:998] for reading in readings]
    known = sa.select(Message.message_id, Message.digest, Ticket).join_from(Message, Ticket)
    found = session.execute(known.where(Message.message_id.in_(ids)))
    return {(message_id, digest): ticket for message_id, digest, ticket in found}


def _digest(said: str) -> str:
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
