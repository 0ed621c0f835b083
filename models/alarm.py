"""What is wrong and somebody is told of: once, and once more when it is over, by however many processes."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Alarm(Base):
    """One row as long as a finding stands, and until it was said that it is over.

    ``said`` is its sentence, which names nobody; ``told_at`` when the mail about it left, ``gone_at`` since when it
    is no longer found.
    """

    __tablename__ = "alarm"

    name: Mapped[str] = mapped_column(sa.String(160), primary_key=True)
    said: Mapped[str] = mapped_column(sa.String(300))
    since: Mapped[datetime]
    told_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(sa.String(64))
