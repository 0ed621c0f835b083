"""Where a mailbox stands: who polls it, from which UID on, and what of it is left alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.keys import Keyring
from models.mailbox import Mailbox
from models.rules.kinds import Channel
from models.rules.loop_guards import OLD_AFTER
from models.services import intake, locks
from models.services.claims import LEASE


class LeaseLostError(Exception):
    """Another poller has the mailbox by now: nothing of ours may be written."""


@dataclass(frozen=True)
class Lease:
    """The right to poll one mailbox for a while; ``token`` fences off whoever held it before."""

    name: str
    token: int


@dataclass(frozen=True)
class Cursor:
    """What is read next: UIDs above ``last_uid``; up to ``floor_uid`` only those received at ``floor_at`` or later."""

    last_uid: int
    floor_uid: int
    floor_at: datetime | None


def lease(session: Session, name: str, folder: str, *, owner: str, now: datetime) -> Lease | None:
    """The lease of a mailbox, or None while somebody else holds it."""
    # Two pollers of a mailbox that has no row yet have no row to wait for.
    locks.hold(session, [f"mailbox {name}"])
    mailbox = session.scalar(sa.select(Mailbox).where(Mailbox.name == name).with_for_update())
    if mailbox is None:
        mailbox = Mailbox(name=name, folder=folder, last_uid=0, floor_uid=0, token=0, state="new", to_move=[])
        session.add(mailbox)
    held = mailbox.lease_until is not None and mailbox.lease_until > now
    if held and mailbox.lease_owner != owner:
        return None
    if mailbox.folder != folder:
        mailbox.folder, mailbox.uidvalidity = folder, None
    mailbox.lease_owner, mailbox.lease_until, mailbox.token = owner, now + LEASE, mailbox.token + 1
    return Lease(name, mailbox.token)


def enter(
    session: Session, held: Lease, *, uidvalidity: int, uidnext: int, start: str | date, now: datetime
) -> Cursor:
    """Begin or go on with the folder as it is. A new UIDVALIDITY begins a new epoch with the old floor: what ``start``
    left alone stays alone, and what we hold already is known by its content."""
    mailbox = _mine(session, held)
    if mailbox.uidvalidity is None:
        mailbox.floor_at = _floor(start, now)
        mailbox.last_uid = uidnext - 1 if start == "now" else 0
        mailbox.floor_uid = uidnext - 1
    elif mailbox.uidvalidity != uidvalidity:
        mailbox.last_uid, mailbox.floor_uid, mailbox.to_move = 0, uidnext - 1, []
    mailbox.uidvalidity, mailbox.state = uidvalidity, "polling"
    return Cursor(mailbox.last_uid, mailbox.floor_uid, mailbox.floor_at)


def store(
    session: Session, held: Lease, arrivals: Sequence[intake.Arrival], *, last_uid: int, keys: Keyring, now: datetime,
    moves: bool,
) -> int:  # fmt: skip
    """Spool rows and cursor together: what the cursor has passed is ours, and only that."""
    mailbox = _mine(session, held)
    fresh = intake.store(session, held.name, Channel.MAIL, _aged(mailbox, arrivals, now), keys=keys)
    mailbox.last_uid, mailbox.lease_until = last_uid, now + LEASE
    if moves:
        mailbox.to_move = [*mailbox.to_move, *(one.uid for one in arrivals if one.uid is not None)]
    return fresh


def to_move(session: Session, held: Lease) -> list[int]:
    """UIDs that are committed here and not yet moved there."""
    return list(_mine(session, held).to_move)


def moved(session: Session, held: Lease, uids: Sequence[int]) -> None:
    mailbox = _mine(session, held)
    mailbox.to_move = [uid for uid in mailbox.to_move if uid not in set(uids)]


def leave(session: Session, held: Lease, *, state: str, now: datetime) -> None:
    """Give the lease back. ``state``: ok, away or needs_login."""
    mailbox = _mine(session, held)
    mailbox.state, mailbox.lease_owner, mailbox.lease_until = state, None, None
    if state == "ok":
        mailbox.last_poll = now


def _mine(session: Session, held: Lease) -> Mailbox:
    mailbox = session.scalars(sa.select(Mailbox).where(Mailbox.name == held.name).with_for_update()).one()
    if mailbox.token != held.token:
        raise LeaseLostError(held.name)
    return mailbox


def _aged(mailbox: Mailbox, arrivals: Sequence[intake.Arrival], now: datetime) -> list[intake.Arrival]:
    """What lay there when the desk began to read the folder as it is now, and was old by then, is nobody's news."""
    return [
        replace(one, backfilled=(one.uid or 0) <= mailbox.floor_uid and now - one.received_at > OLD_AFTER)
        for one in arrivals
    ]


def _floor(start: str | date, now: datetime) -> datetime | None:
    if isinstance(start, date):
        return datetime.combine(start, time(), UTC)
    return now if start == "now" else None
