"""What a provider gave us to log in with: sealed, with the time until which it is good, and why it gives no more."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class OAuthToken(Base):
    """``digest`` is that of what is asked for and of the refresh token that staff wrote down: another one of theirs
    begins another row. ``sealed`` holds the access token and the refresh tokens, the newest first.
    """

    __tablename__ = "oauth_token"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    renewed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(sa.Text, default="")
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(sa.String(64))
