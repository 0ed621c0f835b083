"""Corrections that were written go in; of those that gave an e-mail address for another, both addresses are told."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from models.correction import Correction
from models.desk import Desk
from models.proof import Link, Purpose
from models.request import Request
from models.rules.kinds import Field
from models.rules.lifecycle import CorrectionState
from models.services import clocks, links, outbox, suppressions


def among(desk: Desk, corrections: Iterable[Correction]) -> list[Correction]:
    """Those that wrote another address; one that is only spelt anew has not moved."""
    written = [one for one in corrections if one.state is CorrectionState.APPLIED and one.field is Field.EMAIL]
    return [one for one in written if one.column and not _same(desk, one.before, one.after)]


def tell(
    desk: Desk, session: Session, request: Request, moved: Sequence[Correction], *, now: datetime, corrected: bool
) -> Link | None:
    """Each old address gets a link that takes it back, each new one learns no more than that it is on file now.

    The link comes back where the old address is the requester's and the letter ``corrected`` will carry it there.
    """
    own = None
    for address in _once_each(one.before for one in moved):
        link = links.make(desk, session, Purpose.UNDO, address, now=now, ticket=request.ticket, request=request)
        if corrected and _same(desk, address, request.ticket.requester):
            own = link
        else:
            said = {"until": until(desk, link)}
            outbox.promise(
                desk, session, request.ticket, "address_left", now=now, request=request, recipient=address,
                carries=(link,), facts=said,
            )  # fmt: skip
    for address in _once_each(one.after for one in moved):
        outbox.promise(desk, session, request.ticket, "address_changed", now=now, request=request, recipient=address)
    return own


def until(desk: Desk, link: Link | None) -> object:
    """The day that the letter names."""
    return clocks.day_of(desk, link.expires_at) if link and link.expires_at else None


def _once_each(addresses: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(address for address in addresses if address))


def _same(desk: Desk, one: str | None, other: str | None) -> bool:
    return suppressions.digest_of(desk, one or "") == suppressions.digest_of(desk, other or "")
