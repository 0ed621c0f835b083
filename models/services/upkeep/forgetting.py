"""What the desk needs no longer is erased: raw mail, old tickets' content, spent sessions; the audit chain stays."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit import EventDetail
from models.correction import Correction
from models.desk import Desk
from models.message import Message
from models.outbox import OutboxLetter
from models.proof import Link, Package
from models.request import Request
from models.rules.lifecycle import OPEN
from models.services import audit, staffing, steps, throttles
from models.services.upkeep import oauth_tokens
from models.spool import Spool, SpoolState
from models.ticket import Ticket

PACKAGE_KEPT = timedelta(days=7)
BATCH = 200
FORGOTTEN = "forgotten"


def forget(desk: Desk, session: Session, *, now: datetime) -> int:
    """How many things were forgotten; called again until it is none. No reminder: retention is the desk's own."""
    retention = desk.config.retention
    raw = _forget_raw(session, now - timedelta(days=retention.raw_mail_days))
    tickets = _forget_tickets(session, now - timedelta(days=retention.closed_tickets_days), now=now)
    _spend(session, now=now)
    return raw + tickets


def _forget_raw(session: Session, before: datetime) -> int:
    open_tickets = sa.select(Request.ticket_id).where(Request.state.in_(OPEN))
    old = sa.select(Spool.id).where(
        Spool.state == SpoolState.READ, Spool.raw.is_not(None), Spool.received_at < before,
        Spool.ticket_id.not_in(open_tickets),
    )  # fmt: skip
    ids = list(session.scalars(old.order_by(Spool.id).limit(BATCH)))
    if ids:
        session.execute(sa.update(Spool).where(Spool.id.in_(ids)).values(raw=None))
    return len(ids)


def _forget_tickets(session: Session, before: datetime, *, now: datetime) -> int:
    """A closed ticket keeps what the register needs: dates, kind, channel, outcome."""
    still_open = sa.select(Request.ticket_id).where(Request.state.in_(OPEN))
    last = sa.func.coalesce(Ticket.last_letter_at, Ticket.received_at)
    old = sa.select(Ticket).where(last < before, Ticket.id.not_in(still_open), Ticket.requester != FORGOTTEN)
    tickets = list(session.scalars(old.order_by(Ticket.id).limit(BATCH)))
    for ticket in tickets:
        _forget_ticket(session, ticket, now=now)
    return len(tickets)


def _forget_ticket(session: Session, ticket: Ticket, *, now: datetime) -> None:
    audit.record(session, ticket.reference, FORGOTTEN, by=steps.WORKER, now=now)
    ticket.requester, ticket.requester_name, ticket.subject = FORGOTTEN, "", ""
    of_ticket = {"ticket_id": ticket.id}
    requests = sa.select(Request.id).filter_by(**of_ticket)
    blank_message: dict[str, object] = {
        "sender": FORGOTTEN, "sender_name": "", "reply_to": None, "recipient": "", "subject": "", "text": "",
        "new": [], "apart": [], "reasons": [], "attachments": [], "defects": [], "body_digest": None,
    }  # fmt: skip
    blank_letter = {"recipient": FORGOTTEN, "recipient_digest": "", "subject": "", "text": "", "html": ""}
    blank_value = {"before": None, "after": None, "said": None, "said_old": None, "key": None, "note": ""}
    session.execute(sa.update(Message).filter_by(**of_ticket).values(blank_message))
    session.execute(sa.update(OutboxLetter).filter_by(**of_ticket).values(blank_letter))
    session.execute(sa.update(Correction).where(Correction.request_id.in_(requests)).values(blank_value))
    session.execute(sa.update(Request).filter_by(**of_ticket).values(chosen=None, consent_before=None))
    session.execute(sa.update(Link).filter_by(**of_ticket).values(recipient=FORGOTTEN, voided_at=now))
    session.execute(sa.update(Spool).filter_by(**of_ticket).values(raw=None))
    session.execute(sa.delete(EventDetail).where(EventDetail.chain == ticket.reference))


def _spend(session: Session, *, now: datetime) -> None:
    """Packages past their links, sessions a week unused, counters past their window, tokens of former servers."""
    wanted = sa.select(Request.package_id).join(Link, Link.request_id == Request.id)
    wanted = wanted.where(Link.expires_at > now, Link.voided_at.is_(None), Request.package_id.is_not(None))
    old = sa.and_(Package.made_at < now - PACKAGE_KEPT, Package.sealed.is_not(None), Package.id.not_in(wanted))
    session.execute(sa.update(Package).where(old).values(sealed=None))
    staffing.forget_sessions(session, now=now)
    throttles.forget(session, now=now)
    oauth_tokens.forget_unused(session, now=now)
