"""When automatic letters had to wait, because too many came back or were answered by machines."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Circuit(Base):
    """One opening: ``lost`` of ``letters`` of the hour before. Open until ``closed_at``."""

    __tablename__ = "circuit"
    __table_args__ = (sa.Index("ix_circuit_open", "closed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime]
    letters: Mapped[int]
    lost: Mapped[int]
    closed_at: Mapped[datetime | None]
