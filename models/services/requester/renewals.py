"""Staff send anew a link that a person lost or let run out, and pass on the code of a package they vouched for."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.desk import Desk
from models.proof import Package
from models.request import Request
from models.rules.identity import discloses
from models.rules.lifecycle import State
from models.rules.permissions import Actor, Right, require
from models.services import steps
from models.services.deciding.seen import InvalidError, as_seen
from models.services.requester import links, packages, proofs


class Renewal(StrEnum):
    """``PROOF``: a new link to confirm by, which shows a package's code again. ``DOWNLOAD``: one to the package."""

    PROOF = "proof"
    DOWNLOAD = "download"


_TOLD = frozenset({State.CLOSED, State.UNDELIVERED})


def offered(session: Session, request: Request, actor: Actor) -> frozenset[str]:
    """The renewals that make sense for this request and that this role may send, and ``code`` where one waits."""
    able = set()
    if actor.may(Right.ASK) and (request.state is State.AWAITING_PROOF or request.lapsed):
        able.add(Renewal.PROOF.value)
    if actor.may(Right.APPROVE) and request.state in _TOLD and _held(session, request):
        able |= {Renewal.DOWNLOAD.value} if request.vouched else {Renewal.PROOF.value, Renewal.DOWNLOAD.value}
    if actor.may(Right.APPROVE) and packages.unseen_code(session, request) is not None:
        able.add("code")
    return frozenset(able)


def send_link(
    desk: Desk, session: Session, request_id: int, *, version: int, actor: Actor, now: datetime, which: Renewal
) -> Request:
    """The letter with the new link; the old one works no more."""
    request = as_seen(session, request_id, version)
    packed = request.state in _TOLD and not request.lapsed
    require(actor, Right.APPROVE if packed else Right.ASK)
    if which.value not in offered(session, request, actor):
        raise InvalidError("link", _why_not(request))
    if packed and which is Renewal.DOWNLOAD:
        packages.send_again(desk, session, request, now=now)
    elif packed:
        proofs.ask_for_code(desk, session, request, now=now)
    else:
        proofs.ask(desk, session, request.ticket, now=now, renew=True)
    steps.changed(session, request, f"new {which} link", by=actor.by, now=now)
    return request


def show_code(desk: Desk, session: Session, request_id: int, *, actor: Actor, now: datetime) -> str:
    """The code of a package whose person saw no proof page: once for each link, to be told by phone or in person.

    It stands in no letter: whoever reads the mailbox has the link already.
    """
    require(actor, Right.APPROVE)
    request = as_seen(session, request_id, None)
    link = packages.unseen_code(session, request)
    if link is None:
        raise InvalidError("code", "There is no code to show: it was shown already, or the person saw it themselves.")
    link.used_at = now
    steps.noted(session, request, "code shown", by=actor.by, now=now, detail={"link": link.id})
    return links.code_of(desk.keys, link.id)


def _held(session: Session, request: Request) -> bool:
    kept = sa.select(Package.id).where(Package.id == request.package_id, Package.sealed.is_not(None))
    return session.scalar(kept) is not None


def _why_not(request: Request) -> str:
    if discloses(request.kind) and request.state in _TOLD and request.package_id is not None:
        return (
            "The package is erased by now. Ask the customer to ask for their data once more: a new one is made then."
        )
    return "There is no link to renew for this request."
