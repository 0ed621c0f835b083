"""Where we are in a mailbox: the cursor, the floor below which mail is left alone for ever, the poller's lease."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Mailbox(Base):
    """Up to ``floor_uid``, only mail received at ``floor_at`` or later is read; what lies below stays alone for ever.

    ``uidnext`` is what the server said when it was last asked, and one more than ``last_uid`` once all of it is here.
    ``token`` is the fencing token of the lease: every write of a poller carries it. ``copying``: UIDs of ``to_move``
    of which a copy may lie at its target already. ``failures``: polls in a row that found the server away; it is left
    alone until ``next_attempt``. ``next_look``: from when on it is looked through for mail that polling missed;
    ``gaps``: how many such were found at the last look.
    """

    __tablename__ = "mailbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100), unique=True)
    folder: Mapped[str] = mapped_column(sa.String(500))
    uidvalidity: Mapped[int | None] = mapped_column(sa.BigInteger)
    last_uid: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    uidnext: Mapped[int | None] = mapped_column(sa.BigInteger)
    floor_uid: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    floor_at: Mapped[datetime | None]
    last_poll: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(sa.String(20), default="new")
    lease_owner: Mapped[str | None] = mapped_column(sa.String(64))
    lease_until: Mapped[datetime | None]
    token: Mapped[int] = mapped_column(default=0)
    to_move: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    copying: Mapped[list[int] | None] = mapped_column(sa.JSON(none_as_null=True))
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    next_attempt: Mapped[datetime | None]
    next_look: Mapped[datetime | None]
    gaps: Mapped[int] = mapped_column(default=0, server_default="0")
