"""Corrections that were written go in; of those that gave an e-mail address for another, both addresses are told."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.correction import Correction
from models.desk import Desk
from models.outbox import LetterState, OutboxLetter
from models.proof import Purpose
from models.request import Request
from models.rules.kinds import Field
from models.rules.lifecycle import CorrectionState
from models.services import clocks, suppressions
from models.services.corrections import facts
from models.services.outgoing import outbox, quiet
from models.services.requester import links
from models.services.requester.links import NewLink

TOLD, DROPPED = quiet.TELLS, "address_dropped"


def among(desk: Desk, corrections: Iterable[Correction]) -> list[Correction]:
    """Those that wrote another address; one that is only spelt anew has not moved."""
    written = [one for one in corrections if one.state is CorrectionState.APPLIED and one.field is Field.EMAIL]
    return [one for one in written if one.column and not _same(desk, one.before, one.after)]


def tell(
    desk: Desk, session: Session, request: Request, moved: Sequence[Correction], *, now: datetime, corrected: bool
) -> NewLink | None:
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
        _keep_back(session, request, address)
        outbox.promise(desk, session, request.ticket, TOLD, now=now, request=request, recipient=address)
    return own


def announced(desk: Desk, request: Request, *, now: datetime) -> dict[str, object]:
    """What the letter ``corrected`` will say of taking the change back, where it goes to an address that is left."""
    written = [one for one in request.corrections if one.state in facts.WRITTEN and one.field is Field.EMAIL]
    leaves = any(
        one.column and _same(desk, one.before, request.ticket.requester) and not _same(desk, one.before, one.after)
        for one in written
    )
    lasts = links.LASTS[Purpose.UNDO]
    if not leaves or lasts is None:
        return {}
    return {"links": links.to_come(desk, Purpose.UNDO), "until": clocks.day_of(desk, now + lasts)}


def elsewhere(desk: Desk, session: Session, request: Request, *, now: datetime) -> None:
    """An address that staff entered in another system: it is told, and hears little more at first, like any other."""
    by_hand = [one for one in request.corrections if one.store is None and one.field is Field.EMAIL]
    for address in _once_each(one.after for one in by_hand if one.state is CorrectionState.APPLIED):
        if not _same(desk, address, request.ticket.requester):
            suppressions.carry_over(desk, session, request.ticket.requester, address, now=now)
            outbox.promise(desk, session, request.ticket, TOLD, now=now, request=request, recipient=address)


def taken_back(
    desk: Desk, session: Session, request: Request, restored: Iterable[Correction], *, now: datetime
) -> None:
    """Each new address that had heard of the change hears that it is off our files again."""
    for address in _once_each(one.after for one in restored if one.field is Field.EMAIL):
        heard = sa.select(OutboxLetter.id).where(
            OutboxLetter.request_id == request.id, OutboxLetter.letter == TOLD, OutboxLetter.recipient == address,
            OutboxLetter.state.in_(outbox.SENT),
        )  # fmt: skip
        if session.scalar(heard.limit(1)) is not None:
            outbox.promise(desk, session, request.ticket, DROPPED, now=now, request=request, recipient=address)


def _keep_back(session: Session, request: Request, address: str) -> None:
    """That it is off our files again is no longer true, where it has not left yet."""
    unsent = sa.update(OutboxLetter).where(
        OutboxLetter.request_id == request.id, OutboxLetter.letter == DROPPED, OutboxLetter.recipient == address,
        OutboxLetter.state.in_(outbox.WAITING),
    )  # fmt: skip
    session.execute(unsent.values(state=LetterState.VOID).execution_options(synchronize_session="fetch"))


def until(desk: Desk, link: NewLink | None) -> object:
    """The day that the letter names."""
    return clocks.day_of(desk, link.expires_at) if link and link.expires_at else None


def _once_each(addresses: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(address for address in addresses if address))


def _same(desk: Desk, one: str | None, other: str | None) -> bool:
    return suppressions.digest_of(desk, one or "") == suppressions.digest_of(desk, other or "")
