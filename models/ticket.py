"""The conversation with one requester."""

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.rules.kinds import Channel
from models.rules.loop_guards import Held

if TYPE_CHECKING:
    from models.message import Message
    from models.request import Request


class Ticket(Base):
    """``requester`` is the claimed address: From, or what was typed. Its audit chain bears its reference.

    ``verified``: the requester's domain vouches for the message that began it.
    ``held_for``: why letters that nobody asked staff for wait on it, until the person has proved who they are.
    ``merged_into_id`` is the ticket that staff made it one with; never one that was merged itself.
    """

    __tablename__ = "ticket"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(sa.String(16), unique=True)
    requester: Mapped[str] = mapped_column(sa.String(320), index=True)
    requester_name: Mapped[str] = mapped_column(sa.String(200), default="")
    subject: Mapped[str] = mapped_column(sa.String(1000), default="")
    language: Mapped[str] = mapped_column(sa.String(10), default="unknown")
    channel: Mapped[Channel] = mapped_column(sa.Enum(Channel, native_enum=False, length=8, values_callable=list))
    received_at: Mapped[datetime]
    last_letter_at: Mapped[datetime | None]
    proved_at: Mapped[datetime | None]
    verified: Mapped[bool | None]
    spam: Mapped[bool] = mapped_column(default=False)
    held_for: Mapped[Held | None] = mapped_column(sa.Enum(Held, native_enum=False, length=12, values_callable=list))
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"), index=True)

    requests: Mapped[list["Request"]] = relationship(back_populates="ticket", order_by="Request.id")
    merged_into: Mapped["Ticket | None"] = relationship(remote_side=id)
    messages: Mapped[list["Message"]] = relationship(back_populates="ticket", order_by="Message.id")

    @property
    def current(self) -> "Ticket":
        """Where this conversation goes on."""
        return self.merged_into or self
