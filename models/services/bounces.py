"""A delivery report finds the letter that did not arrive; its request learns that the person was not reached."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import message_ids
from models.desk import Desk
from models.outbox import LetterState, OutboxLetter
from models.rules.lifecycle import State
from models.rules.reading import Reading
from models.services import audit, outbox, steps


def record(desk: Desk, session: Session, reading: Reading, *, now: datetime) -> None:
    """A hard bounce reopens what its letter closed; a bounced proof letter only marks its request (lifecycle.md)."""
    bounce = reading.bounce
    if bounce is None or not bounce.hard:
        return
    ids = [one for one in (bounce.original, reading.in_reply_to, *reading.references) if one]
    own = [one for one in ids if message_ids.is_ours(desk.keys, one)]
    letter = session.scalar(sa.select(OutboxLetter).where(OutboxLetter.message_id.in_(own)))
    if letter is None:
        return
    letter.state = LetterState.BOUNCED
    detail = {"letter": letter.letter}
    starts = frozenset({State.RESPONDING, State.CLOSED})
    if not outbox.not_reached(session, letter, by=steps.WORKER, now=now, detail=detail, starts=starts):
        audit.record(session, letter.ticket.reference, "bounced", by=steps.WORKER, now=now, detail=detail)
