"""Mail that we promised to send: written in the transaction of the deed, delivered by the worker."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.rules.lifecycle import Outcome
from models.rules.loop_guards import Held

if TYPE_CHECKING:
    from models.request import Request
    from models.ticket import Ticket


class LetterState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    BOUNCED = "bounced"
    HELD = "held"
    VOID = "void"


NOTICES = frozenset({"address_changed", "address_dropped", "address_left"})
"""Letters to the addresses that a correction put in and out of use: getting one makes nobody a part of the ticket."""


class OutboxLetter(Base):
    """A letter as it will go, but for its links: ``~n~`` stands for the token of link n, made when it is sent.

    ``settled`` tells whether the rest of the desk has heard how the sending ended. ``request_id`` with ``closes`` is
    the request that an accepted letter closes, with that outcome. ``held_for`` is why it waits for staff, or waited
    until they sent it. ``tried_at`` is when the mail server last decided on it. ``no_such_address_at``: a mail server
    gave it back because there is no such address.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index("ix_outbox_work", "state", "next_attempt"),
        sa.Index("ix_outbox_unheard", "settled", "state"),
        sa.Index("ix_outbox_tried", "tried_at"),
        sa.Index("ix_outbox_claimed", "claimed_until"),
        sa.Index("ix_outbox_recipient_day", "recipient_digest", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(sa.ForeignKey("request.id"), index=True)
    closes: Mapped[Outcome | None] = mapped_column(
        sa.Enum(Outcome, native_enum=False, length=24, values_callable=list)
    )
    letter: Mapped[str] = mapped_column(sa.String(40))
    language: Mapped[str] = mapped_column(sa.String(10))
    recipient: Mapped[str] = mapped_column(sa.String(320))
    recipient_digest: Mapped[str] = mapped_column(sa.String(64))
    automatic: Mapped[bool]
    by_form: Mapped[bool] = mapped_column(default=False)
    subject: Mapped[str] = mapped_column(sa.String(1000))
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text)
    message_id: Mapped[str] = mapped_column(sa.String(200), unique=True)
    in_reply_to: Mapped[str | None] = mapped_column(sa.String(998))
    references: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    state: Mapped[LetterState] = mapped_column(
        sa.Enum(LetterState, native_enum=False, length=12, values_callable=list), default=LetterState.QUEUED
    )
    held_for: Mapped[Held | None] = mapped_column(sa.Enum(Held, native_enum=False, length=12, values_callable=list))
    attempts: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    next_attempt: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    machine_answered: Mapped[bool] = mapped_column(default=False)
    settled: Mapped[bool] = mapped_column(default=False)
    no_such_address_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(sa.String(500), default="")
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(sa.String(64))

    ticket: Mapped["Ticket"] = relationship()
    request: Mapped["Request | None"] = relationship()
