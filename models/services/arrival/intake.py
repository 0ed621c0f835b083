"""Whatever reaches a door becomes a spool row before anybody parses it: the form, the mail server's folder, SMTP."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import put_by
from models.desk import Desk
from models.keys import Keyring
from models.proof import Link
from models.request import Request
from models.rules.kinds import Channel, Kind
from models.rules.lifecycle import State
from models.rules.permissions import Actor, Right, require
from models.rules.submission import Submission
from models.services import audit, clocks, steps
from models.services.arrival import spooling
from models.spool import Spool, SpoolState
from models.ticket import Ticket

FORM, HAND, DOOR = "form", "hand", "door"


@dataclass(frozen=True)
class Arrival:
    """One mail as a door has it, with its place in the mailbox where it has one; ``trouble``: it cannot be read.

    ``sender_digest`` is of who pushed it, by its envelope. ``spooled_at`` is left out where that is when it was
    received.
    """

    raw: bytes
    received_at: datetime
    uidvalidity: int | None = None
    uid: int | None = None
    oversize: bool = False
    trouble: str = ""
    sender_digest: str | None = None
    backfilled: bool = False
    spooled_at: datetime | None = None


def submit(
    session: Session, submission: Submission, *, reference: str, trapped: bool, now: datetime, keys: Keyring
) -> str:
    """Spool a filled-in form. The same click twice (one ``once``) is one row: the first reference comes back."""
    once = submission if submission.once else replace(submission, once=reference)
    row = _row(FORM, Channel.FORM, Arrival(once.to_bytes(), now), keys)
    known = session.scalar(sa.select(Spool.reference).where(Spool.account == FORM, Spool.sha256 == row["sha256"]))
    if known is not None:
        return known
    session.add(Spool(**row, reference=reference, trapped=trapped))
    return reference


def by_hand(
    desk: Desk,
    session: Session,
    submission: Submission,
    *,
    received_at: datetime,
    actor: Actor,
    now: datetime,
    reference: str,
    taken_from: int | None = None,
) -> str:
    """A letter, a call or a visit, taken down by staff; the worker makes the ticket like any other."""
    require(actor, Right.PROPOSE)
    typed = replace(submission, once=f"{reference} {actor.by}")
    arrival = Arrival(typed.to_bytes(), received_at, spooled_at=now)
    row = _row(HAND, Channel.HAND, arrival, desk.keys)
    session.add(Spool(**row, reference=reference, taken_from_id=taken_from))
    detail = {"reference": reference, "received_at": audit.stamp(received_at)}
    audit.record(session, audit.DESK, "taken down by hand", by=actor.by, now=now, detail=detail)
    return reference


def store(
    session: Session, account: str, channel: Channel, arrivals: Sequence[Arrival], *, keys: Keyring,
    trapped: bool = False,
) -> int:  # fmt: skip
    """Spool what is new of these mails, and say how many that were: a UID or a content seen before is no new mail."""
    rows = {str(row["sha256"]): row for row in (_row(account, channel, arrival, keys) for arrival in arrivals)}
    known = set(session.scalars(sa.select(Spool.sha256).where(Spool.account == account, Spool.sha256.in_(rows))))
    known |= _known_uids(session, account, list(rows.values()))
    fresh = [row for sha256, row in rows.items() if sha256 not in known]
    for row in fresh:
        put_by(session, Spool, row | {"trapped": trapped})
    return len(fresh)


def waiting(session: Session) -> int:
    """How many spooled messages wait to be read."""
    return session.scalars(sa.select(sa.func.count()).where(Spool.state == SpoolState.WAITING)).one()


def retry(session: Session, spool_id: int, *, by: str, now: datetime) -> bool:
    """Read a quarantined message once more; False where there is none of that number."""
    spool = session.get(Spool, spool_id, with_for_update=True)
    if spool is None or spool.state is not SpoolState.QUARANTINED:
        return False
    spool.state, spool.reason, spool.claimed_until, spool.claimed_by = SpoolState.WAITING, "", None, None
    # What kills a worker each time shall kill one more, and not as many as it did before.
    spool.unfinished = min(spool.unfinished, spooling.TRIES - 1)
    audit.record(session, audit.DESK, "quarantine retry", by=by, now=now, detail={"spool": spool_id})
    return True


def opt_out_by_link(desk: Desk, session: Session, link: Link, *, now: datetime) -> Request:
    """The click on an unsubscribe link is a request of its own; consent columns and letter are the worker's."""
    ticket = Ticket(
        reference=desk.new_reference(), requester=link.recipient, channel=Channel.FORM, received_at=now, proved_at=now
    )
    audit.begin(session, ticket.reference)
    request = Request(
        ticket=ticket, kind=Kind.OPT_OUT, state=State.APPLYING, received_at=now, proved_at=now, proof="link",
        due_on=clocks.due_day(desk, Kind.OPT_OUT, now),
    )  # fmt: skip
    session.add_all([ticket, request])
    # The event names the request's id.
    session.flush()
    steps.noted(session, request, "received", by="requester", now=now, detail={"kind": Kind.OPT_OUT, "by": "link"})
    return request


def _row(account: str, channel: Channel, arrival: Arrival, keys: Keyring) -> dict[str, Any]:
    return {
        "account": account, "channel": channel, "uidvalidity": arrival.uidvalidity, "uid": arrival.uid,
        "sha256": hashlib.sha256(arrival.raw).hexdigest(), "size": len(arrival.raw), "raw": keys.seal(arrival.raw),
        "received_at": arrival.received_at, "spooled_at": arrival.spooled_at or arrival.received_at,
        "oversize": arrival.oversize, "reason": arrival.trouble, "sender_digest": arrival.sender_digest,
        "backfilled": arrival.backfilled, "state": SpoolState.QUARANTINED if arrival.trouble else SpoolState.WAITING,
    }  # fmt: skip


def _known_uids(session: Session, account: str, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    uids: dict[tuple[int | None, int | None], str]
    uids = {(row["uidvalidity"], row["uid"]): row["sha256"] for row in rows if row["uid"]}
    if not uids:
        return set()
    validity = next(iter(uids))[0]
    seen = sa.select(Spool.uidvalidity, Spool.uid).where(
        Spool.account == account, Spool.uidvalidity == validity, Spool.uid.in_([uid for _, uid in uids])
    )
    return {uids[place] for place in session.execute(seen)}
