"""A message as it came: what of it the desk still has sealed, and whose values a masked reader must not see."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.correction import Correction
from models.message import Message
from models.request import Request
from models.rules.kinds import Channel
from models.spool import Spool
from models.ticket import Ticket


@dataclass(frozen=True)
class Original:
    """``sealed`` is None once the raw message was forgotten; ``files`` is what was noted of each attachment."""

    message_id: int
    reference: str
    text: str
    channel: Channel | None
    size: int
    sealed: bytes | None
    files: tuple[dict[str, Any], ...]
    values: tuple[str | None, ...]

    @property
    def is_mail(self) -> bool:
        return self.channel is not None and self.channel.is_mail


@dataclass(frozen=True)
class Kept:
    """How a message came that is not forgotten yet; ``taken_from``: the one in quarantine that staff took it from."""

    channel: Channel
    taken_from: int | None


def find(session: Session, message_id: int) -> Original | None:
    message = session.get(Message, message_id)
    if message is None:
        return None
    spool = session.get(Spool, message.spool_id) if message.spool_id else None
    ticket = session.get_one(Ticket, message.ticket_id)
    return Original(
        message_id=message.id, reference=ticket.reference, text=message.text, channel=spool.channel if spool else None,
        size=spool.size if spool else 0, sealed=spool.raw if spool else None, files=tuple(message.attachments),
        values=_values(session, message, ticket),
    )  # fmt: skip


def kept(session: Session, ticket_id: int) -> dict[int, Kept]:
    """The spooled messages of a ticket that are not forgotten yet, by id."""
    of_ticket = sa.select(Message.spool_id).where(Message.ticket_id == ticket_id)
    columns = sa.select(Spool.id, Spool.channel, Spool.taken_from_id)
    raw = columns.where(Spool.id.in_(of_ticket), Spool.raw.is_not(None))
    return {number: Kept(channel, taken_from) for number, channel, taken_from in session.execute(raw)}


def _values(session: Session, message: Message, ticket: Ticket) -> tuple[str | None, ...]:
    columns = (Correction.before, Correction.after, Correction.said, Correction.said_old)
    rows = session.execute(sa.select(*columns).join(Request).where(Request.ticket_id == ticket.id))
    names = (message.sender_name, ticket.requester_name)
    words = [word for name in names for word in name.split()]
    return (*(value for row in rows for value in row), message.sender, ticket.requester, *names, *words)
