"""Addresses that get no more marketing, as keyed digests."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Suppression(Base):
    """``digest`` is HMAC-SHA256 of the normalised address; ``lifted_at`` when the person opted in again."""

    __tablename__ = "suppression"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    since: Mapped[datetime]
    source: Mapped[str] = mapped_column(sa.String(40))
    lifted_at: Mapped[datetime | None]
