"""Who works at the desk, their sessions, and the counters that slow a guesser down."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.rules.kinds import Role


class Staff(Base):
    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(320), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    role: Mapped[Role] = mapped_column(sa.Enum(Role, native_enum=False, length=12, values_callable=list))
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(sa.String(400))
    disabled_at: Mapped[datetime | None]


class StaffSession(Base):
    """A session of the web desk; ``digest`` is the sha256 of its 256-bit id, ``facts`` what Flask keeps in it."""

    __tablename__ = "staff_session"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    staff_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)


class Throttle(Base):
    """How often something happened in one window of time; ``name`` holds digests, never an address."""

    __tablename__ = "throttle"

    name: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    window: Mapped[datetime] = mapped_column(primary_key=True)
    times: Mapped[int] = mapped_column(default=0)
