"""An address and a letter nobody asked staff for go in; out comes whether it is one too many (mail.md 3.4)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.desk import Desk
from models.outbox import LetterState, OutboxLetter
from models.services import suppressions

UNCOUNTED = frozenset({"proof_reminder"})
"""A proof letter and its reminder count as one of the three automatic ones a day (mail.md 3.4)."""
SILENT = timedelta(days=60)
"""How long nothing automatic goes to an address of which a mail server said 5.1.1 (mail.md 3.4)."""


class Why(StrEnum):
    """Why an automatic letter waits for staff."""

    TOO_MANY = "more automatic letters than an address or the form may cause"
    NO_SUCH_ADDRESS = "a mail server said that there is no such address"


def why_held(desk: Desk, session: Session, digest: str, name: str, *, by_form: bool, now: datetime) -> Why | None:
    limits = desk.config.desk.limits
    address = _known(session, {digest}, now=now)[digest]
    if address.unknown:
        return Why.NO_SUCH_ADDRESS
    if name in UNCOUNTED:
        return None
    address.letters_today += 1
    if address.letters_today > limits.letters_per_address_per_day:
        return Why.TOO_MANY
    return Why.TOO_MANY if by_form and _by_form_this_hour(session, now=now) > limits.form_letters_per_hour else None


def why_of(letter: OutboxLetter) -> str:
    """Why it is held, in words that name nobody; empty where it is not."""
    return letter.answer if letter.state is LetterState.HELD else ""


def expect_letters_to(desk: Desk, session: Session, addresses: Iterable[str], *, now: datetime) -> None:
    """Ask what is known of these addresses by one query, before a batch writes to them."""
    _known(session, {suppressions.digest_of(desk, address) for address in addresses}, now=now)


@dataclass
class _Address:
    """How many automatic letters it has within a day, and whether a mail server knows of none such."""

    letters_today: int = 0
    unknown: bool = False


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
        OutboxLetter.automatic,
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
