"""What a folder holds goes in; out comes what of it the desk should have seen and has not (failures.md 2)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.desk import Desk
from models.mailbox import Mailbox
from models.services import audit, clocks, steps
from models.services.arrival import mailboxes
from models.services.arrival.mailboxes import Lease
from models.spool import Spool

AGAIN_AFTER = timedelta(hours=1)
"""A look that came to no end is begun again; one that did is the last of its night."""
ASKED_AT_ONCE = 500


@dataclass(frozen=True)
class Span:
    """What polling must have read: UIDs above ``floor_uid``, and those up to it that were received at ``floor_at`` or
    later; None: all of them. ``last_uid`` is the last that it has come to."""

    uidvalidity: int | None
    last_uid: int
    floor_uid: int
    floor_at: datetime | None
    above_only: bool


def begin(desk: Desk, session: Session, name: str, folder: str, *, owner: str, now: datetime) -> Lease | None:
    """The lease of a mailbox whose night has come. One that was never looked through is looked at tonight."""
    known = session.execute(sa.select(Mailbox.next_look).where(Mailbox.name == name)).one_or_none()
    if known is None or (known.next_look is not None and known.next_look > now):
        return None
    held = mailboxes.lease(session, name, folder, owner=owner, now=now)
    if held is None:
        return None
    mailbox = mailboxes.mine(session, held)
    if mailbox.next_look is not None:
        mailbox.next_look = now + AGAIN_AFTER
        return held
    mailbox.next_look = clocks.next_night(desk, now)
    mailboxes.release(session, held)
    return None


def span(session: Session, name: str, *, start: str | date) -> Span | None:
    """None of a mailbox that was never polled. What ``start`` left alone stays alone, even where the server's clock is
    ahead of ours: of a folder that is read from now on nothing counts that lay there."""
    mailbox = session.scalar(sa.select(Mailbox).where(Mailbox.name == name))
    if mailbox is None:
        return None
    above_only = start == "now" and not mailboxes.read_before(session, mailbox)
    return Span(mailbox.uidvalidity, mailbox.last_uid, mailbox.floor_uid, mailbox.floor_at, above_only)


def unseen(session: Session, name: str, uidvalidity: int, uids: Sequence[int]) -> list[int]:
    """Those without a row: a row stays when what it held is forgotten."""
    seen: set[int] = set()
    for start in range(0, len(uids), ASKED_AT_ONCE):
        some = uids[start : start + ASKED_AT_ONCE]
        seen.update(_seen(session, name, uidvalidity, some))
    return [uid for uid in uids if uid not in seen]


def end(desk: Desk, session: Session, held: Lease, *, found: int, now: datetime) -> None:
    """So many were missed; the next look is next night's."""
    mailbox = mailboxes.mine(session, held)
    mailbox.gaps, mailbox.next_look = found, clocks.next_night(desk, now)
    if found:
        detail = {"mailbox": held.name, "mails": found}
        audit.record(session, audit.DESK, "missed mail found", by=steps.WORKER, now=now, detail=detail)


def _seen(session: Session, name: str, uidvalidity: int, uids: Collection[int]) -> Sequence[int]:
    rows = sa.select(Spool.uid).where(Spool.account == name, Spool.uidvalidity == uidvalidity, Spool.uid.in_(uids))
    return [uid for uid in session.scalars(rows) if uid is not None]
