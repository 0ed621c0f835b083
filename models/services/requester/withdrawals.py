"""The person takes back what nobody has decided yet."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.outbox import LetterState, OutboxLetter
from models.request import Request
from models.rules.lifecycle import UNDECIDED, Outcome
from models.services import steps
from models.services.outgoing import outbox
from models.ticket import Ticket


def withdraw_undecided(session: Session, ticket: Ticket, *, now: datetime, reason: str) -> None:
    """All of a ticket that is still open to it."""
    withdraw(session, ticket, [one for one in ticket.requests if one.state in UNDECIDED], now=now, reason=reason)


def withdraw(session: Session, ticket: Ticket, requests: Sequence[Request], *, now: datetime, reason: str) -> None:
    """These requests, and the letters of the ticket that nobody decided on."""
    for request in requests:
        if request.lapsed:
            request.outcome = Outcome.WITHDRAWN
            steps.changed(session, request, "withdrawn", by=steps.REQUESTER, now=now, detail={"reason": reason})
        else:
            steps.close(session, request, Outcome.WITHDRAWN, by=steps.REQUESTER, now=now, reason=reason)
    unsent = sa.update(OutboxLetter).where(
        OutboxLetter.ticket_id == ticket.id,
        OutboxLetter.automatic,
        OutboxLetter.state.in_({*outbox.WAITING, LetterState.HELD}),
        # A letter that closes belongs to a request that is decided: it stays promised.
        OutboxLetter.closes.is_(None),
    )
    session.execute(unsent.values(state=LetterState.VOID))
