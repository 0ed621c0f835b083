"""Links that letters carry, and the packages behind some of them. No row holds a token."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base

if TYPE_CHECKING:
    from models.request import Request
    from models.ticket import Ticket


class Purpose(StrEnum):
    PROOF = "proof"
    DOWNLOAD = "download"
    STATUS = "status"
    UNSUBSCRIBE = "unsubscribe"
    RESUBSCRIBE = "resubscribe"
    UNDO = "undo"
    LOGIN = "login"


class Link(Base):
    """A link in a letter; its token is ``id.HMAC(purpose | id | recipient | expiry)``. ``proved``: request ids."""

    __tablename__ = "link"

    id: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(sa.Enum(Purpose, native_enum=False, length=12, values_callable=list))
    ticket_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(sa.ForeignKey("request.id"))
    recipient: Mapped[str] = mapped_column(sa.String(320))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    proved: Mapped[list[Any] | None]
    fetches: Mapped[int] = mapped_column(default=0)
    wrong_codes: Mapped[int] = mapped_column(default=0)
    code_link_id: Mapped[str | None] = mapped_column(sa.ForeignKey("link.id"))

    ticket: Mapped["Ticket | None"] = relationship()
    request: Mapped["Request | None"] = relationship()


class Package(Base):
    """What an access request gets: a sealed archive, and its digest and size."""

    __tablename__ = "package"

    id: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    tables: Mapped[int]
    rows: Mapped[int]
    made_at: Mapped[datetime]
