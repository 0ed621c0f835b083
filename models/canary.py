"""The letter that the desk writes to itself once a day: when the newest one left, and whether it arrived."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Canary(Base):
    """One row. ``waiting_since``: when the first of those left that have not arrived, None where the newest has.

    ``round_trip`` is the way of the last one that arrived, in seconds; ``found_in`` the mailbox that it still lies in.
    """

    __tablename__ = "canary"

    id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(sa.String(80))
    sent_at: Mapped[datetime]
    waiting_since: Mapped[datetime | None]
    round_trip: Mapped[float | None]
    found_in: Mapped[str | None] = mapped_column(sa.String(100))
