"""An address and a letter nobody asked staff for go in; out comes why it waits, if it does (mail.md 3.4)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.desk import Desk
from models.outbox import OutboxLetter
from models.rules.loop_guards import Held, takes_no_answer
from models.services import suppressions
from models.ticket import Ticket

UNCOUNTED = frozenset({"proof_reminder"})
"""A proof letter and its reminder count as one of the three automatic ones a day (mail.md 3.4)."""


COUNTED = sa.and_(
    OutboxLetter.automatic,
    sa.or_(OutboxLetter.held_for.is_(None), OutboxLetter.held_for.in_((Held.LIMIT, Held.CIRCUIT))),
)
"""Automatic letters that left, or may: what waits for staff for another reason was written to nobody."""


def why_held(
    desk: Desk, session: Session, ticket: Ticket, name: str, recipient: str, *, proved: bool, by_form: bool,
    now: datetime,
) -> Held | None:  # fmt: skip
    """Who has proved themselves is no machine; how much goes to one address holds for everybody."""
    if takes_no_answer(recipient):
        return Held.ADDRESS
    if ticket.held_for is not None and not proved:
        return ticket.held_for
    digest = suppressions.digest_of(desk, recipient)
    return Held.LIMIT if _too_many(desk, session, digest, name, by_form=by_form, now=now) else None


def today(session: Session, digest: str) -> int:
    """How many automatic letters an address that letters were expected to has within a day."""
    counted: dict[str, int] = session.info.get("letters", {})
    return counted.get(digest, 0)


def _too_many(desk: Desk, session: Session, digest: str, name: str, *, by_form: bool, now: datetime) -> bool:
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
        COUNTED,
        OutboxLetter.letter.not_in(UNCOUNTED),
    )
    return dict(session.execute(counts.group_by(OutboxLetter.recipient_digest)).all())


def _by_form_this_hour(session: Session, *, now: datetime) -> int:
    since = OutboxLetter.created_at > now - timedelta(hours=1)
    count = sa.select(sa.func.count()).where(OutboxLetter.by_form, since)
    return 1 + session.scalars(count).one()
