"""The proof that requester and data subject are one: a link to the claimed address, and the POST behind it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.desk import Desk
from models.keys import Keyring
from models.proof import Link, Purpose
from models.request import Request
from models.rules.identity import discloses
from models.rules.kinds import Kind
from models.rules.lifecycle import Outcome, State, Step
from models.services import clocks, steps
from models.services.deciding import onward
from models.services.outgoing import outbox
from models.services.outgoing.outbox import Answered
from models.services.requester import links, packages, withdrawals
from models.services.requester.links import AnyLink
from models.ticket import Ticket

SHOWN_AGAIN = timedelta(minutes=15)
_FETCHES = frozenset({None, Outcome.FULFILLED})


@dataclass(frozen=True)
class ProofLine:
    """One request that waits: its kind, and its corrections as (field, old, new, action) in the customer's words."""

    kind: str
    corrections: tuple[tuple[str, str | None, str | None, str], ...]


@dataclass(frozen=True)
class ProofPage:
    """What the page lists. ``seen`` is its digest, which the POST brings back; ``code`` opens the package to come."""

    reference: str
    language: str
    lines: tuple[ProofLine, ...]
    seen: str
    done: bool = False
    code: str | None = None


class ListChangedError(Exception):
    """More waits for this proof than the page listed when it was opened."""


def ask(
    desk: Desk, session: Session, ticket: Ticket, *, now: datetime, by_form: bool = False,
    answers: Answered | None = None, renew: bool = False, first: bool = False,
) -> None:  # fmt: skip
    """One letter with one link for all requests of a ticket that wait together; a new one (by staff) voids the old.

    ``first``: the ticket was made just now, so there can be none yet.
    """
    live = [] if first else _live_links(session, ticket, now)
    if live and not renew:
        return
    for old in live:
        old.voided_at = now
    link = links.make(desk, session, Purpose.PROOF, ticket.requester, now=now, ticket=ticket)
    asked = _listed(session, ticket)
    _send_link(desk, session, ticket, link, asked, now=now, automatic=not renew, by_form=by_form, answers=answers)


def ask_for_code(desk: Desk, session: Session, request: Request, *, now: datetime) -> None:
    """A code was lost: a link whose page shows a new one, and sends a new link to the package. No reminder follows."""
    ticket = request.ticket
    earlier = sa.update(Link).filter_by(request_id=request.id, purpose=Purpose.PROOF, voided_at=None)
    session.execute(earlier.values(voided_at=now))
    link = links.make(
        desk, session, Purpose.PROOF, ticket.requester, now=now, ticket=ticket, request=request, reminded_at=now
    )
    _send_link(desk, session, ticket, link, [request], now=now)


def remind(desk: Desk, session: Session, link: Link, *, now: datetime) -> bool:
    """The one reminder, with the same link; none where nothing waits any more."""
    ticket = link.ticket
    if ticket is None or not _waiting(ticket):
        return False
    link.reminded_at = now
    asked = _about(session, ticket, link)
    _send_link(desk, session, ticket, link, asked, now=now, letter="proof_reminder", automatic=True)
    return True


def _send_link(
    desk: Desk, session: Session, ticket: Ticket, link: AnyLink, asked: Sequence[Request], *, now: datetime,
    letter: str = "proof", automatic: bool = False, by_form: bool = False, answers: Answered | None = None,
) -> None:  # fmt: skip
    status = links.make(desk, session, Purpose.STATUS, ticket.requester, now=now, ticket=ticket)
    outbox.promise(
        desk, session, ticket, letter, now=now, facts=_facts(desk, asked, link), carries=(link, status),
        automatic=automatic, by_form=by_form, answers=answers,
    )  # fmt: skip


def open_proof(session: Session, token: str, *, keys: Keyring, now: datetime) -> ProofPage | None:
    """The page behind a link; nothing changes. None: wrong, used, voided or expired."""
    link = _usable(session, token, keys=keys, now=now)
    return None if link is None else _page(session, link, keys)


def prove(desk: Desk, session: Session, token: str, *, now: datetime, seen: str | None = None) -> ProofPage | None:
    """The POST: proves exactly what the page listed, and leads each request on. Raises ListChangedError."""
    link = _usable(session, token, keys=desk.keys, now=now, lock=True)
    if link is None or link.used_at is not None:
        return None if link is None else _page(session, link, desk.keys)
    page = _page(session, link, desk.keys)
    if seen and seen != page.seen:
        raise ListChangedError
    listed = _about(session, _ticket(link), link)
    link.used_at, link.proved = now, [request.id for request in listed]
    if link.request is not None:
        steps.noted(session, link.request, "proved again", by=steps.REQUESTER, now=now)
        packages.send(desk, session, link.request, code_link=link.id, now=now)
        return _page(session, link, desk.keys)
    for request in listed:
        request.ticket.proved_at = request.proved_at = now
        request.proof = "link"
        onward.lead_on(desk, session, request, Step.PROVE, onward.after_proof(request), now=now)
    return _page(session, link, desk.keys)


def deny(desk: Desk, session: Session, token: str, *, now: datetime) -> str | None:
    """ "This was not me": what waits is withdrawn, and no more letters come of it. The language of the page."""
    link = _usable(session, token, keys=desk.keys, now=now, lock=True)
    if link is None or link.used_at is not None:
        return None
    ticket, link.voided_at = _ticket(link), now
    if link.request is not None:
        packages.withdraw(session, link.request, now=now)
        link.request.unseen = True
        steps.noted(session, link.request, "not by the holder of the address", by=steps.REQUESTER, now=now)
        return ticket.language
    withdrawals.withdraw(session, ticket, _listed(session, ticket), now=now, reason="not by the holder of the address")
    return ticket.language


def _facts(desk: Desk, asked: Sequence[Request], link: AnyLink) -> dict[str, object]:
    kinds = list(dict.fromkeys(request.kind.value for request in asked))
    return {"kinds": kinds, "until": clocks.day_of(desk, link.expires_at) if link.expires_at else None}


def _live_links(session: Session, ticket: Ticket, now: datetime) -> list[Link]:
    unused = sa.select(Link).where(
        Link.ticket_id == ticket.id, Link.purpose == Purpose.PROOF, Link.used_at.is_(None), Link.voided_at.is_(None),
        Link.request_id.is_(None),
    )  # fmt: skip
    return [link for link in session.scalars(unused) if links.is_live(link, now)]


def _usable(session: Session, token: str, *, keys: Keyring, now: datetime, lock: bool = False) -> Link | None:
    link = links.find(session, token, Purpose.PROOF, keys=keys)
    if link is not None and lock:
        session.refresh(link, with_for_update=True)
    if link is None or not links.is_live(link, now) or link.ticket is None:
        return None
    if link.used_at is not None:
        return link if now - link.used_at <= SHOWN_AGAIN else None
    return link if _about(session, link.ticket.current, link) else None


def _ticket(link: Link) -> Ticket:
    """Whoever holds a link of a ticket that was merged proves what it is merged into: both are of one address."""
    if link.ticket is None:
        raise LookupError("a proof link belongs to a ticket")
    return link.ticket.current


def _waiting(ticket: Ticket) -> list[Request]:
    return [request for request in ticket.requests if request.state is State.AWAITING_PROOF]


def _about(session: Session, ticket: Ticket, link: Link) -> list[Request]:
    """What its button proves: the one request that it was made for, else all that waits on its ticket."""
    return [link.request] if link.request is not None else _listed(session, ticket)


def _listed(session: Session, ticket: Ticket) -> list[Request]:
    """What waits, and what lapsed unproved: here, or on the ticket that this one goes on with.

    Nothing from other tickets in the same name: a stranger may have begun them, and the button proves all it lists.
    """
    return [one for one in (*_earlier(session, ticket), *ticket.requests) if one.lapsed] + _waiting(ticket)


def _earlier(session: Session, ticket: Ticket) -> Sequence[Request]:
    earlier = {request.linked_to for request in ticket.requests if request.linked_to} - {ticket.reference}
    if not earlier:
        return ()
    same = sa.and_(Ticket.reference.in_(earlier), Ticket.requester == ticket.requester)
    return session.scalars(sa.select(Request).join(Ticket).where(same).order_by(Request.id)).all()


def _page(session: Session, link: Link, keys: Keyring) -> ProofPage:
    ticket, done = _ticket(link), link.used_at is not None
    listed = [session.get_one(Request, one) for one in link.proved or ()] if done else _about(session, ticket, link)
    lines = tuple(_line(request) for request in listed)
    fetches = done and any(
        discloses(one.kind) and one.outcome in _FETCHES and (one.found != 0 or one.chosen) for one in listed
    )
    code = links.code_of(keys, link.id) if fetches else None
    return ProofPage(ticket.reference, ticket.language, lines, _digest(listed, lines), done=done, code=code)


def _line(request: Request) -> ProofLine:
    said = [(one.field.value, one.said_old, one.said, one.action.value) for one in request.corrections]
    return ProofLine(request.kind.value, tuple(dict.fromkeys(said)) if request.kind is Kind.RECTIFICATION else ())


def _digest(requests: Sequence[Request], lines: Sequence[ProofLine]) -> str:
    listed = repr([request.id for request in requests]) + repr(lines)
    return hashlib.sha256(listed.encode()).hexdigest()[:32]
