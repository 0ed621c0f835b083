"""Raw bytes as received, stored before anyone parses them: where every door ends."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base
from models.rules.kinds import Channel

if TYPE_CHECKING:
    from models.ticket import Ticket


class SpoolState(StrEnum):
    WAITING = "waiting"
    READ = "read"
    QUARANTINED = "quarantined"


_WAITS = sa.text("state = 'waiting'")


class Spool(Base):
    """``raw`` is sealed at rest. ``account`` is the mailbox or door it came by; the keys keep a mail from doubling.

    ``sender_digest`` is of who pushed it to the door, until it is read. ``received_at`` may lie years before
    ``spooled_at``: old mail is read too. ``attempts`` counts how often a worker took it, ``unfinished`` those that
    count against it (``services/spooling``). ``taken_from_id`` is the quarantined message that staff took this one
    down from. ``backfilled``: it was old when the desk began to read where it lay.
    """

    __tablename__ = "spool"
    __table_args__ = (
        sa.UniqueConstraint("account", "uidvalidity", "uid"),
        sa.UniqueConstraint("account", "sha256"),
        sa.Index("ix_spool_work", "state", "id"),
        sa.Index("ix_spool_sender", "sender_digest", "received_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(sa.String(100))
    channel: Mapped[Channel] = mapped_column(sa.Enum(Channel, native_enum=False, length=8, values_callable=list))
    uidvalidity: Mapped[int | None] = mapped_column(sa.BigInteger)
    uid: Mapped[int | None] = mapped_column(sa.BigInteger)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    raw: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    received_at: Mapped[datetime]
    sender_digest: Mapped[str | None] = mapped_column(sa.String(64))
    spooled_at: Mapped[datetime | None]
    reference: Mapped[str | None] = mapped_column(sa.String(16), unique=True)
    trapped: Mapped[bool] = mapped_column(default=False)
    oversize: Mapped[bool] = mapped_column(default=False)
    backfilled: Mapped[bool] = mapped_column(default=False)
    state: Mapped[SpoolState] = mapped_column(
        sa.Enum(SpoolState, native_enum=False, length=12, values_callable=list), default=SpoolState.WAITING
    )
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    unfinished: Mapped[int] = mapped_column(default=0, server_default="0")
    ticket_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    taken_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("spool.id"), unique=True)
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(sa.String(64))

    ticket: Mapped["Ticket | None"] = relationship()
