"""What machines say of our letters: one that did not arrive tells its request, one that a machine answered counts."""

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

TELL = frozenset({Auto.BOUNCE, Auto.AUTO_REPLY})
"""The mails that tell what became of a letter."""


def hold(desk: Desk, session: Session, batch: Sequence[Reading]) -> None:
    """Lock the letters that a batch tells of, and their audit chains after them, as their sending does."""
    own = {one for reading in batch for one in _own_ids(desk, reading)}
    if not own:
        return
    reported = sa.select(OutboxLetter).where(OutboxLetter.message_id.in_(own)).order_by(OutboxLetter.id)
    locked = reported.options(joinedload(OutboxLetter.ticket)).with_for_update(of=OutboxLetter)
    outbox.lock_chains(session, list(session.scalars(locked)))


def record(desk: Desk, session: Session, reading: Reading, *, now: datetime) -> None:
    """A letter that is lost reopens what it closed; a bounced proof letter only marks its request (lifecycle.md).

    That a machine answered it is no event: the circuit alone counts it.
    """
    own = _own_ids(desk, reading)
    letter = session.scalar(sa.select(OutboxLetter).where(OutboxLetter.message_id.in_(own))) if own else None
    if letter is None:
        return
    if reading.auto is Auto.AUTO_REPLY:
        letter.machine_answered = True
        return
    letter.state = LetterState.BOUNCED
    detail = {"letter": letter.letter}
    starts = frozenset({State.RESPONDING, State.CLOSED})
    if not outbox.not_reached(session, letter, by=steps.WORKER, now=now, detail=detail, starts=starts):
        audit.record(session, letter.ticket.reference, "bounced", by=steps.WORKER, now=now, detail=detail)


def _own_ids(desk: Desk, reading: Reading) -> list[str]:
    """The Message-IDs of ours that a report of a lost letter names, or a machine's answer."""
    bounce = reading.bounce
    if reading.auto not in TELL or (reading.auto is Auto.BOUNCE and (bounce is None or not bounce.lost)):
        return []
    original = bounce.original if bounce else None
    ids = [one for one in (original, reading.in_reply_to, *reading.references) if one]
    return [one for one in ids if message_ids.is_ours(desk.keys, one)]
