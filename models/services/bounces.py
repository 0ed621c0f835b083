"""A delivery report and its letter go in; the letter's request learns that the person was not reached."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from models.outbox import LetterState, OutboxLetter
from models.rules.kinds import Auto
from models.rules.lifecycle import State
from models.rules.reading import Bounce, Reading
from models.services import audit, outbox, steps


def is_loss(reading: Reading) -> bool:
    """Whether it reports a letter that will not arrive any more."""
    return reading.auto is Auto.BOUNCE and reading.bounce is not None and reading.bounce.lost


def hold(session: Session, letters: Collection[int]) -> None:
    """Lock the letters that a batch reports as lost, and their audit chains after them, as their sending does."""
    if not letters:
        return
    rows = sa.select(OutboxLetter).where(OutboxLetter.id.in_(letters)).order_by(OutboxLetter.id)
    locked = rows.options(joinedload(OutboxLetter.ticket)).with_for_update(of=OutboxLetter)
    outbox.lock_chains(session, list(session.scalars(locked)))


def record(session: Session, letter_id: int, bounce: Bounce, *, certain: bool, now: datetime) -> None:
    """A letter that is lost reopens what it closed; a bounced proof letter only marks its request (lifecycle.md)."""
    letter = session.get_one(OutboxLetter, letter_id)
    letter.state = LetterState.BOUNCED
    # A stranger who knows a reference must not silence the desk towards somebody else.
    if bounce.unknown and certain:
        letter.no_such_address_at = now
    detail = {"letter": letter.letter}
    starts = frozenset({State.RESPONDING, State.CLOSED})
    if not outbox.not_reached(session, letter, by=steps.WORKER, now=now, detail=detail, starts=starts):
        audit.record(session, letter.ticket.reference, "bounced", by=steps.WORKER, now=now, detail=detail)
