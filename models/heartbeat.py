"""Signs of life of the desk's workers: whoever sees none for too long raises the alarm."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Heartbeat(Base):
    """One row a worker; ``beat_at`` is by its own clock."""

    __tablename__ = "heartbeat"

    owner: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
