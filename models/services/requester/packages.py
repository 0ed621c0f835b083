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
from models.services import steps
from models.services.outgoing import outbox
from models.services.requester import links

FETCHES = 5
WRONG_CODES = 5


@dataclass(frozen=True)
class DownloadPage:
    """``left`` is how often it can still be fetched, ``tries`` how often a code may still be wrong; ``gone`` once the
    fetches or the 72 hours are over. ``handed``: staff told the code."""

    reference: str
    language: str
    left: int
    gone: bool
    handed: bool
    tries: int


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
    send(desk, session, request, code_link=None if request.vouched else _proof_link(session, request), now=now)


def send(desk: Desk, session: Session, request: Request, *, code_link: str | None, now: datetime) -> None:
    """The letter with a link of its own, for the code of that proof link; earlier links to the package are void."""
    withdraw(session, request, now=now)
    ticket = request.ticket
    link = links.make(
        desk, session, Purpose.DOWNLOAD, ticket.requester, now=now, ticket=ticket, request=request, code_link=code_link
    )
    outbox.promise(
        desk, session, ticket, "package", now=now, request=request, closes=Outcome.FULFILLED, carries=(link,),
        facts=facts(handed=code_link is None),
    )  # fmt: skip


def withdraw(session: Session, request: Request, *, now: datetime) -> None:
    """No link leads to it any more."""
    for link in _links_to(session, request):
        link.voided_at = link.voided_at or now


def send_again(desk: Desk, session: Session, request: Request, *, now: datetime) -> None:
    """Its time or its fetches are over: a new link for the code that the person has; where staff handed it over, for
    a new one."""
    latest = next(iter(_links_to(session, request)), None)
    seen = latest.code_link_id if latest and not request.vouched else None
    send(desk, session, request, code_link=seen, now=now)


def facts(*, handed: bool) -> dict[str, object]:
    """``handed``: no proof page showed the code, so staff hand it over."""
    return {"notice": None, "handed": handed}


def unseen_code(session: Session, request: Request) -> Link | None:
    """The link whose code no proof page showed, and staff have not been shown yet."""
    link = next(iter(_links_to(session, request)), None)
    gone = link is None or link.voided_at is not None or link.used_at is not None
    return None if gone or link is None or link.code_link_id is not None else link


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
    return links.code_of(keys, link.code_link_id or link.id)


def _links_to(session: Session, request: Request) -> list[Link]:
    """The newest first."""
    downloads = sa.select(Link).where(
        Link.ticket_id == request.ticket_id, Link.request_id == request.id, Link.purpose == Purpose.DOWNLOAD
    )
    return list(session.scalars(downloads.order_by(Link.voided_at.is_not(None), Link.created_at.desc())))


def _page(link: Link, now: datetime) -> DownloadPage | None:
    if link.ticket is None or link.wrong_codes >= WRONG_CODES:
        return None
    gone = not links.is_live(link, now) or link.fetches >= FETCHES
    return DownloadPage(
        link.ticket.reference, link.ticket.language, FETCHES - link.fetches, gone, handed=link.code_link_id is None,
        tries=WRONG_CODES - link.wrong_codes,
    )  # fmt: skip


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
