"""The package of an access request: sealed, behind a link that was mailed and a code that was not."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.customers.package import Made
from models.desk import Desk
from models.keys import Keyring
from models.proof import Link, Package, Purpose
from models.request import Request
from models.rules.lifecycle import Outcome
from models.services import links, outbox, proofs, steps

FETCHES = 5
WRONG_CODES = 5


@dataclass(frozen=True)
class DownloadPage:
    """``left`` is how often it can still be fetched; ``gone`` once that or its 72 hours are over."""

    reference: str
    language: str
    left: int
    gone: bool


class WrongCodeError(Exception):
    """The code is not the one that the proof page showed; the fifth wrong one voids the link."""


class GoneError(Exception):
    """The link was real, and its time or its fetches are over."""


def promise(desk: Desk, session: Session, request: Request, made: Made, *, now: datetime) -> None:
    """Keep the package sealed and promise the letter that leads to it."""
    sha256 = hashlib.sha256(made.content).hexdigest()
    package = Package(
        sealed=desk.keys.seal(made.content), sha256=sha256, size=len(made.content), tables=made.tables, rows=made.rows,
        made_at=now,
    )  # fmt: skip
    session.add(package)
    # The request names the package's id.
    session.flush()
    request.package_id = package.id
    ticket = request.ticket
    link = links.make(desk, session, Purpose.DOWNLOAD, ticket.requester, now=now, ticket=ticket, request=request)
    link.code_link_id = _proof_link(session, request)
    outbox.promise(
        desk, session, ticket, "package", now=now, request=request, closes=Outcome.FULFILLED, carries=(link,),
        facts={"notice": None},
    )  # fmt: skip


def open_download(session: Session, token: str, *, keys: Keyring, now: datetime) -> DownloadPage | None:
    link = links.find(session, token, Purpose.DOWNLOAD, keys=keys)
    return None if link is None else _page(link, now)


def fetch(session: Session, token: str, code: str, *, keys: Keyring, now: datetime) -> tuple[str, bytes] | None:
    """The file, for link and code together. Raises WrongCodeError (counted: commit it) and GoneError."""
    link = links.find(session, token, Purpose.DOWNLOAD, keys=keys)
    if link is None or link.request is None:
        return None
    # Tries and fetches are counted behind the lock: two at once are not one.
    session.refresh(link, with_for_update=True)
    page = _page(link, now)
    if page is None:
        return None
    if page.gone:
        raise GoneError
    if not hmac.compare_digest(code.strip().encode(), code_for(link, keys).encode()):
        _count_wrong(link, now)
        raise WrongCodeError
    package = session.get_one(Package, link.request.package_id)
    if package.sealed is None:
        raise GoneError
    link.fetches += 1
    detail = {"fetch": link.fetches, "sha256": package.sha256}
    steps.noted(session, link.request, "package fetched", by=steps.REQUESTER, now=now, detail=detail)
    return f"{page.reference}.zip", keys.unseal(package.sealed)


def code_for(link: Link, keys: Keyring) -> str:
    """The code of the proof page; where staff vouched instead, one of its own that staff pass on."""
    return proofs.code_of(keys, link.code_link_id or link.id)


def _page(link: Link, now: datetime) -> DownloadPage | None:
    if link.ticket is None or link.wrong_codes >= WRONG_CODES:
        return None
    gone = not links.is_live(link, now) or link.fetches >= FETCHES
    return DownloadPage(link.ticket.reference, link.ticket.language, FETCHES - link.fetches, gone)


def _count_wrong(link: Link, now: datetime) -> None:
    link.wrong_codes += 1
    if link.wrong_codes >= WRONG_CODES:
        link.voided_at = now


def _proof_link(session: Session, request: Request) -> str | None:
    # A ticket that goes on with this one may have proved what lapsed here.
    here = sa.or_(Request.ticket_id == request.ticket_id, Request.linked_to == request.ticket.reference)
    used = sa.select(Link).where(
        Link.ticket_id.in_(sa.select(Request.ticket_id).where(here)), Link.purpose == Purpose.PROOF,
        Link.used_at.is_not(None),
    )  # fmt: skip
    proved = [link for link in session.scalars(used.order_by(Link.used_at)) if request.id in (link.proved or ())]
    return proved[-1].id if proved else None
