"""Links in letters: rows without a token; it is made when the letter is sent and found again by its signature."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import put_by
from models.desk import Desk
from models.keys import Keyring
from models.proof import Link, Purpose
from models.request import Request
from models.ticket import Ticket

DOWNLOAD = timedelta(hours=72)
LASTS: dict[Purpose, timedelta | None] = {
    Purpose.PROOF: timedelta(days=14),
    Purpose.DOWNLOAD: DOWNLOAD,
    Purpose.STATUS: timedelta(days=30),
    Purpose.UNSUBSCRIBE: None,
    Purpose.RESUBSCRIBE: None,
    # As long as the address had to say yes: who was robbed of it may be the very one who is away.
    Purpose.UNDO: timedelta(days=14),
    Purpose.LOGIN: timedelta(minutes=10),
}
MARK = re.compile(r"~([A-Za-z0-9_-]{16})~")
"""What stands for the token of a link in a stored letter."""
FOLDER: dict[Purpose, str] = {purpose: purpose.value for purpose in Purpose} | {Purpose.LOGIN: "staff/link"}


@dataclass(frozen=True)
class NewLink:
    """A link that was made in this transaction; its row is written with the next flush."""

    id: str
    purpose: Purpose
    recipient: str
    expires_at: datetime | None


AnyLink: TypeAlias = Link | NewLink


def make(
    desk: Desk,
    session: Session,
    purpose: Purpose,
    recipient: str,
    *,
    now: datetime,
    ticket: Ticket | None = None,
    request: Request | None = None,
    reminded_at: datetime | None = None,
    code_link: str | None = None,
) -> NewLink:
    lasts = LASTS[purpose]
    if ticket is not None and ticket.id is None:
        # A ticket that was made just now has no number yet for the link to name.
        session.flush()
    link = NewLink(desk.new_token()[:16], purpose, recipient, now + lasts if lasts else None)
    about = {"ticket_id": ticket.id if ticket else None, "request_id": request.id if request else None}
    row = vars(link) | about | {"created_at": now, "reminded_at": reminded_at, "code_link_id": code_link}
    put_by(session, Link, row)
    return link


def token(link: AnyLink, keys: Keyring) -> str:
    """``id.HMAC(purpose | id | recipient | expiry)``: a repeated try is the same letter."""
    return f"{link.id}.{keys.sign('link', *_bound(link))}"


def tokens(session: Session, ids: Collection[str], keys: Keyring) -> dict[str, str]:
    """The tokens of many links, by their ids."""
    bound = sa.select(Link.id, Link.purpose, Link.recipient, Link.expires_at).where(Link.id.in_(ids))
    return {row.id: token(NewLink(*row), keys) for row in session.execute(bound)} if ids else {}


def marker(desk: Desk, link: AnyLink) -> str:
    """The link as a stored letter holds it; ``with_tokens`` puts the token in when the letter leaves."""
    return f"{desk.config.desk.base_url}/{FOLDER[link.purpose]}/~{link.id}~"


def to_come(desk: Desk, purpose: Purpose) -> dict[str, str]:
    """What stands in a letter that is only shown, where its link will stand."""
    return {purpose.value: f"{desk.config.desk.base_url}/{FOLDER[purpose]}/~~"}


def find(session: Session, text: str, purpose: Purpose, *, keys: Keyring) -> Link | None:
    """The link that a token names, whatever became of it since; None when we never made that token."""
    name, _, signature = text.partition(".")
    link = session.get(Link, name) if 0 < len(name) <= 24 else None
    if link is None or link.purpose is not purpose:
        return None
    return link if keys.signs(signature, "link", *_bound(link)) else None


def code_of(keys: Keyring, link_id: str) -> str:
    """The six digits that open the package of what this proof link proved; never stored, never mailed."""
    return keys.code("package", link_id)


def is_live(link: Link, now: datetime) -> bool:
    return link.voided_at is None and (link.expires_at is None or now < link.expires_at)


def _bound(link: AnyLink) -> tuple[str, ...]:
    expiry = link.expires_at.isoformat() if link.expires_at else "never"
    return (link.purpose.value, link.id, link.recipient, expiry)
