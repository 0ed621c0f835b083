"""What came in on a ticket; what went out stands in the outbox."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base

if TYPE_CHECKING:
    from models.ticket import Ticket


class Message(Base):
    """``text`` is the whole body as plain text, ``new`` the spans of it that the person newly wrote, ``apart`` its
    quotes, signature and disclaimer, each with its kind (rows of before 0009 hold none), ``reasons`` those spans by
    which the classifier took it for what it asks.

    ``thread_root`` is the first id of References, else the message's own: a reply that is read before what it
    answers still finds it. ``digest`` is sha256 over sender, date, subject and text: the same Message-ID with the
    same digest is a copy. ``body_digest`` is over the words that are new: the same from one sender is a repeat.
    ``verified``: whether the sender's domain vouches for it; None where nobody was asked.
    ``looks_related`` is the ticket that it names without its sender having a part in it.
    """

    __tablename__ = "message"
    __table_args__ = (sa.UniqueConstraint("message_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    spool_id: Mapped[int | None] = mapped_column(sa.ForeignKey("spool.id"), unique=True)
    received_at: Mapped[datetime]
    sender: Mapped[str] = mapped_column(sa.String(320))
    sender_name: Mapped[str] = mapped_column(sa.String(200), default="")
    reply_to: Mapped[str | None] = mapped_column(sa.String(320))
    recipient: Mapped[str] = mapped_column(sa.String(320), default="")
    subject: Mapped[str] = mapped_column(sa.String(1000), default="")
    text: Mapped[str] = mapped_column(sa.Text, default="")
    new: Mapped[list[Any]] = mapped_column(default=list)
    apart: Mapped[list[Any] | None] = mapped_column(default=list)
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    message_id: Mapped[str] = mapped_column(sa.String(998))
    references: Mapped[list[Any]] = mapped_column(default=list)
    thread_root: Mapped[str] = mapped_column(sa.String(998), index=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    body_digest: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    language: Mapped[str] = mapped_column(sa.String(10), default="unknown")
    auto: Mapped[str | None] = mapped_column(sa.String(16))
    auto_reason: Mapped[str | None] = mapped_column(sa.String(200))
    threaded_by: Mapped[str | None] = mapped_column(sa.String(20))
    verified: Mapped[bool | None]
    looks_related: Mapped[str | None] = mapped_column(sa.String(16))
    defects: Mapped[list[Any]] = mapped_column(default=list)
    attachments: Mapped[list[Any]] = mapped_column(default=list)

    ticket: Mapped["Ticket"] = relationship(back_populates="messages")
