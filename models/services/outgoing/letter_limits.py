"""An address and a letter nobody asked staff for go in; out comes why it waits, if it does (mail.md 3.4)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.desk import Desk
from models.outbox import OutboxLetter
from models.rules.loop_guards import SILENT, Held, takes_no_answer
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
    """Who has proved themselves is no machine; how much goes to one address, and whether there is such an address,
    holds for everybody."""
    if takes_no_answer(recipient):
        return Held.ADDRESS
    digest = suppressions.digest_of(desk, recipient)
    address = _known(session, {digest}, now=now)[digest]
    if address.unknown:
        return Held.UNKNOWN
    if ticket.held_for is not None and not proved:
        return ticket.held_for
    return Held.LIMIT if _too_many(desk, session, address, name, by_form=by_form, now=now) else None


def today(session: Session, digest: str) -> int:
    """How many automatic letters an address that letters were expected to has within a day."""
    known: dict[str, _Address] = session.info.get("letters", {})
    return known[digest].letters_today if digest in known else 0


def expect_letters_to(desk: Desk, session: Session, addresses: Iterable[str], *, now: datetime) -> None:
    """Ask what is known of these addresses by one query, before a batch writes to them."""
    _known(session, {suppressions.digest_of(desk, address) for address in addresses}, now=now)


@dataclass
class _Address:
    """How many automatic letters it has within a day, and whether a mail server knows of none such."""

    letters_today: int = 0
    unknown: bool = False


def _too_many(desk: Desk, session: Session, address: _Address, name: str, *, by_form: bool, now: datetime) -> bool:
    limits = desk.config.desk.limits
    if name in UNCOUNTED:
        return False
    address.letters_today += 1
    if address.letters_today > limits.letters_per_address_per_day:
        return True
    return by_form and _by_form_this_hour(session, now=now) > limits.form_letters_per_hour


def _known(session: Session, digests: Collection[str], *, now: datetime) -> dict[str, _Address]:
    """What this transaction knows of addresses, those that it writes to itself included."""
    known: dict[str, _Address] = session.info.setdefault("letters", {})
    if asked := [digest for digest in digests if digest not in known]:
        known.update({digest: _Address() for digest in asked})
        for digest, letters, unknown in session.execute(_told_of(asked, now=now)):
            known[digest] = _Address(letters, bool(unknown))
    return known


def _told_of(digests: Collection[str], *, now: datetime) -> sa.Select[*tuple[Any, ...]]:
    counted = sa.and_(
        OutboxLetter.created_at > now - timedelta(days=1),
        COUNTED,
        OutboxLetter.letter.not_in(UNCOUNTED),
    )
    unknown = OutboxLetter.no_such_address_at > now - SILENT
    totals = [sa.func.coalesce(sa.func.sum(sa.case((one, 1), else_=0)), 0) for one in (counted, unknown)]
    # Of a letter that waited for longer before it left and came back nobody need know: it bounds what is read.
    lately = OutboxLetter.created_at > now - 2 * SILENT
    chosen = sa.select(OutboxLetter.recipient_digest, *totals).where(OutboxLetter.recipient_digest.in_(digests))
    return chosen.where(lately).group_by(OutboxLetter.recipient_digest)


def _by_form_this_hour(session: Session, *, now: datetime) -> int:
    since = OutboxLetter.created_at > now - timedelta(hours=1)
    count = sa.select(sa.func.count()).where(OutboxLetter.by_form, since)
    return 1 + session.scalars(count).one()
