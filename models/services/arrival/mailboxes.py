"""Where a mailbox stands: who polls it, from which UID on, and what of it is left alone."""

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.keys import Keyring
from models.mailbox import Mailbox
from models.message import Message
from models.rules import backoff
from models.rules.kinds import Channel
from models.rules.loop_guards import OLD_AFTER
from models.services import locks
from models.services.arrival import intake
from models.services.claims import LEASE
from models.spool import Spool


class LeaseLostError(Exception):
    """Another poller has the mailbox by now: nothing of ours may be written."""


@dataclass(frozen=True)
class Lease:
    """The right to poll one mailbox for a while; ``token`` fences off whoever held it before."""

    name: str
    token: int


@dataclass(frozen=True)
class Cursor:
    """What is read next: UIDs above ``last_uid``; up to ``floor_uid`` only those received at ``floor_at`` or later.

    ``again``: what lies up to there may have been read under another UIDVALIDITY.
    """

    last_uid: int
    floor_uid: int
    floor_at: datetime | None
    again: bool


@dataclass(frozen=True)
class Mark:
    """What a mail keeps where its UID does not: Message-ID, octets and the server's time of receipt (INTERNALDATE)."""

    uid: int
    message_id: str
    size: int
    received_at: datetime


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
        mailbox.folder, mailbox.uidvalidity, mailbox.to_move, mailbox.copying = folder, None, [], None
    mailbox.lease_owner, mailbox.lease_until, mailbox.token = owner, now + LEASE, mailbox.token + 1
    return Lease(name, mailbox.token)


def enter(
    session: Session, held: Lease, *, uidvalidity: int, uidnext: int, start: str | date, now: datetime
) -> Cursor:
    """Begin or go on with the folder as it is. A new UIDVALIDITY begins a new epoch with the old floor: what ``start``
    left alone stays alone, and what we hold already is known by its content."""
    mailbox = mine(session, held)
    if mailbox.uidvalidity is None:
        mailbox.floor_at = _floor(start, now)
        mailbox.last_uid = uidnext - 1 if start == "now" else 0
        mailbox.floor_uid = uidnext - 1
    elif mailbox.uidvalidity != uidvalidity:
        mailbox.last_uid, mailbox.floor_uid, mailbox.to_move, mailbox.copying = 0, uidnext - 1, [], None
    mailbox.uidvalidity, mailbox.state, mailbox.uidnext = uidvalidity, "polling", uidnext
    again = mailbox.last_uid < mailbox.floor_uid and read_before(session, mailbox)
    return Cursor(mailbox.last_uid, mailbox.floor_uid, mailbox.floor_at, again)


def known(session: Session, name: str, marks: Sequence[Mark]) -> set[int]:
    """The UIDs of those that were spooled and read before, whatever their UID was then."""
    there = sa.select(Message.message_id, Spool.size, Spool.received_at).join(Spool, Message.spool_id == Spool.id)
    ours = there.where(Spool.account == name, Message.message_id.in_([mark.message_id for mark in marks]))
    seen = {tuple(row) for row in session.execute(ours)}
    return {mark.uid for mark in marks if (mark.message_id, mark.size, mark.received_at) in seen}


def store(
    session: Session, held: Lease, arrivals: Sequence[intake.Arrival], *, last_uid: int | None, keys: Keyring,
    now: datetime, moves: bool, known: Collection[int] = (), older: bool = False,
    trapped: bool = False,
) -> int:  # fmt: skip
    """Spool rows and cursor together: what the cursor has passed is ours, and only that. None leaves it where it is.

    ``known``: UIDs of mails that are ours already. ``older``: the cursor went by all of these without reading them.
    ``trapped``: somebody takes them for spam.
    """
    mailbox = mine(session, held)
    aged = _aged(arrivals, up_to=passed(mailbox) if older else mailbox.floor_uid, now=now)
    fresh = intake.store(session, held.name, Channel.MAIL, aged, keys=keys, trapped=trapped)
    mailbox.last_uid, mailbox.lease_until = mailbox.last_uid if last_uid is None else last_uid, now + LEASE
    if moves:
        came = (one.uid for one in arrivals if one.uid is not None)
        mailbox.to_move = list(dict.fromkeys([*mailbox.to_move, *known, *came]))
    return fresh


def to_move(session: Session, held: Lease) -> list[int]:
    """UIDs that are committed here and not yet moved there."""
    return list(mine(session, held).to_move)


def copy(session: Session, held: Lease, uids: Sequence[int]) -> set[int]:
    """Note that a copy of these begins; those of which one was begun before, so that it may have been made."""
    mailbox = mine(session, held)
    begun = set(mailbox.copying or [])
    mailbox.copying = sorted(begun | set(uids))
    return begun & set(uids)


def moved(session: Session, held: Lease, uids: Sequence[int]) -> None:
    mailbox = mine(session, held)
    mailbox.to_move = [uid for uid in mailbox.to_move if uid not in set(uids)]
    mailbox.copying = [uid for uid in mailbox.copying or [] if uid not in set(uids)] or None


def leave(session: Session, held: Lease, *, now: datetime) -> None:
    """Give the lease back after a poll that saw the mailbox."""
    mailbox = mine(session, held)
    mailbox.lease_owner, mailbox.lease_until = None, None
    mailbox.state, mailbox.last_poll, mailbox.failures, mailbox.next_attempt = "ok", now, 0, None
    # All that is there is read: numbers that are left over were given to mail that is gone.
    mailbox.uidnext = mailbox.last_uid + 1


def release(session: Session, held: Lease) -> None:
    """Give the lease back after a visit that says nothing of what is new."""
    mailbox = mine(session, held)
    mailbox.lease_owner, mailbox.lease_until = None, None


def give_up(session: Session, held: Lease, *, login_refused: bool, now: datetime) -> None:
    """Give the lease back after a poll that found the server away: it is left alone for a while."""
    mailbox = mine(session, held)
    mailbox.failures += 1
    mailbox.state = backoff.state(mailbox.failures, login_refused=login_refused)
    wait = backoff.pause(mailbox.failures, login_refused=login_refused, chance=_chance(mailbox))
    mailbox.lease_owner, mailbox.lease_until, mailbox.next_attempt = None, None, now + wait


def forget(session: Session, name: str) -> None:
    """The folder is no more: one that takes its place is begun with anew."""
    session.execute(sa.delete(Mailbox).where(Mailbox.name == name))


def left_alone(session: Session, name: str, *, now: datetime) -> timedelta:
    """For how long a running worker still leaves the mailbox alone; nothing where it may be polled."""
    until = session.scalar(sa.select(Mailbox.next_attempt).where(Mailbox.name == name))
    return max(until - now, timedelta()) if until is not None else timedelta()


def mine(session: Session, held: Lease) -> Mailbox:
    """The row, locked. Raises LeaseLostError where somebody else holds it by now."""
    mailbox = session.scalars(sa.select(Mailbox).where(Mailbox.name == held.name).with_for_update()).one()
    if mailbox.token != held.token:
        raise LeaseLostError(held.name)
    return mailbox


def passed(mailbox: Mailbox) -> int:
    """Up to here nothing is news: the cursor has been there, or the floor stands there."""
    return max(mailbox.last_uid, mailbox.floor_uid)


def _aged(arrivals: Sequence[intake.Arrival], *, up_to: int, now: datetime) -> list[intake.Arrival]:
    """What lay there when the desk began to read the folder as it is now, and was old by then, is nobody's news."""
    return [replace(one, backfilled=(one.uid or 0) <= up_to and now - one.received_at > OLD_AFTER) for one in arrivals]


def read_before(session: Session, mailbox: Mailbox) -> bool:
    """Whether the folder was read under another UIDVALIDITY."""
    other = sa.or_(Spool.uidvalidity < mailbox.uidvalidity, Spool.uidvalidity > mailbox.uidvalidity)
    return session.scalar(sa.select(Spool.id).where(Spool.account == mailbox.name, other).limit(1)) is not None


def _chance(mailbox: Mailbox) -> float:
    """0 to 1: workers are named by chance, so two of them seldom agree."""
    return zlib.crc32(f"{mailbox.lease_owner} {mailbox.token}".encode()) / 2**32


def _floor(start: str | date, now: datetime) -> datetime | None:
    if isinstance(start, date):
        return datetime.combine(start, time(), UTC)
    return now if start == "now" else None
