"""A delivery report finds the letter that did not arrive; its request learns that the person was not reached."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from models import message_ids
from models.desk import Desk
from models.outbox import LetterState, OutboxLetter
from models.rules.kinds import Auto
from models.rules.lifecycle import State
from models.rules.reading import Reading
from models.services import audit, outbox, steps


def hold(desk: Desk, session: Session, batch: Sequence[Reading]) -> None:
    """Lock the letters that a batch reports as bounced, and their audit chains after them, as their sending does."""
    own = {one for reading in batch for one in _own_ids(desk, reading)}
    if not own:
        return
    reported = sa.select(OutboxLetter).where(OutboxLetter.message_id.in_(own)).order_by(OutboxLetter.id)
    locked = reported.options(joinedload(OutboxLetter.ticket)).with_for_update(of=OutboxLetter)
    outbox.lock_chains(session, list(session.scalars(locked)))


def record(desk: Desk, session: Session, reading: Reading, *, now: datetime) -> None:
    """A letter that is lost reopens what it closed; a bounced proof letter only marks its request (lifecycle.md)."""
    own = _own_ids(desk, reading)
    letter = session.scalar(sa.select(OutboxLetter).where(OutboxLetter.message_id.in_(own))) if own else None
    if letter is None:
        return
    letter.state = LetterState.BOUNCED
    detail = {"letter": letter.letter}
    starts = frozenset({State.RESPONDING, State.CLOSED})
    if not outbox.not_reached(session, letter, by=steps.WORKER, now=now, detail=detail, starts=starts):
        audit.record(session, letter.ticket.reference, "bounced", by=steps.WORKER, now=now, detail=detail)


def _own_ids(desk: Desk, reading: Reading) -> list[str]:
    """The Message-IDs of ours that a report of a lost letter names."""
    bounce = reading.bounce
    if reading.auto is not Auto.BOUNCE or bounce is None or not bounce.lost:
        return []
    ids = [one for one in (bounce.original, reading.in_reply_to, *reading.references) if one]
    return [one for one in ids if message_ids.is_ours(desk.keys, one)]
