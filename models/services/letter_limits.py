"""An address and a letter nobody asked staff for go in; out comes whether it is one too many (mail.md 3.4)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.desk import Desk
from models.outbox import OutboxLetter
from models.services import suppressions

UNCOUNTED = frozenset({"proof_reminder"})
"""A proof letter and its reminder count as one of the three automatic ones a day (mail.md 3.4)."""


def too_many(desk: Desk, session: Session, digest: str, name: str, *, by_form: bool, now: datetime) -> bool:
    limits = desk.config.desk.limits
    if name in UNCOUNTED:
        return False
    if _letters_today(session, digest, now=now) > limits.letters_per_address_per_day:
        return True
    return by_form and _by_form_this_hour(session, now=now) > limits.form_letters_per_hour


def expect_letters_to(desk: Desk, session: Session, addresses: Iterable[str], *, now: datetime) -> None:
    """Count what these addresses got within a day by one query, before a batch writes to them."""
    digests = {suppressions.digest_of(desk, address) for address in addresses}
    counted = session.info.setdefault("letters", {})
    counted.update(dict.fromkeys(digests, 0))
    counted.update(_count(session, digests, now=now))


def _letters_today(session: Session, digest: str, *, now: datetime) -> int:
    """How many automatic letters this address has today, the one being written included."""
    counted: dict[str, int] = session.info.setdefault("letters", {})
    if digest not in counted:
        counted[digest] = _count(session, {digest}, now=now).get(digest, 0)
    counted[digest] += 1
    return counted[digest]


def _count(session: Session, digests: Iterable[str], *, now: datetime) -> dict[str, int]:
    counts = sa.select(OutboxLetter.recipient_digest, sa.func.count()).where(
        OutboxLetter.recipient_digest.in_(digests),
        OutboxLetter.created_at > now - timedelta(days=1),
        OutboxLetter.automatic,
        OutboxLetter.letter.not_in(UNCOUNTED),
    )
    return dict(session.execute(counts.group_by(OutboxLetter.recipient_digest)).all())


def _by_form_this_hour(session: Session, *, now: datetime) -> int:
    since = OutboxLetter.created_at > now - timedelta(hours=1)
    count = sa.select(sa.func.count()).where(OutboxLetter.by_form, since)
    return 1 + session.scalars(count).one()
