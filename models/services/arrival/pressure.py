"""What waits already goes in; out comes whether the doors must send more of it away for now: nothing is dropped."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.config import Limits
from models.outbox import OutboxLetter
from models.services.arrival import intake
from models.services.outgoing import outbox
from models.spool import Spool, SpoolState

DAY = timedelta(days=1)


def is_full(session: Session, limits: Limits) -> bool:
    """Whether as much waits to be read, or to leave, as may wait."""
    if intake.waiting(session) >= limits.spool_limit:
        return True
    letters = sa.select(sa.func.count()).where(OutboxLetter.state.in_(outbox.WAITING))
    return session.scalars(letters).one() >= limits.outbox_limit


def sends_too_much(session: Session, sender: str, limits: Limits, *, now: datetime) -> bool:
    """Whether so much of this sender's (a digest) has come within a day and still waits that others need the room."""
    theirs = sa.and_(Spool.sender_digest == sender, Spool.state == SpoolState.WAITING, Spool.received_at > now - DAY)
    return session.scalars(sa.select(sa.func.count()).where(theirs)).one() >= limits.mails_per_sender_per_day
