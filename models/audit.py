"""What happened, chained by hash per ticket; salt and detail lie beside it and may be forgotten."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Chain(Base):
    """One audit chain: a ticket's reference, or ``desk`` for what belongs to no ticket. Keeps count and head."""

    __tablename__ = "chain"

    name: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    head: Mapped[str] = mapped_column(sa.String(64), default="")


class Event(Base):
    __tablename__ = "event"

    chain: Mapped[str] = mapped_column(sa.ForeignKey("chain.name"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(sa.String(400))
    what: Mapped[str] = mapped_column(sa.String(80))
    request_id: Mapped[int | None]
    digest: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64))


class EventDetail(Base):
    """What an event was about (values, before and after); ``forget`` may delete it and the chain still verifies."""

    __tablename__ = "event_detail"

    chain: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    salt: Mapped[str] = mapped_column(sa.String(32))
    detail: Mapped[dict[str, Any]]

    __table_args__ = (sa.ForeignKeyConstraint(["chain", "number"], ["event.chain", "event.number"]),)
