"""What machines say of our letters: one that did not arrive tells its request, one that a machine answered counts."""

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from models.desk import Desk
from models.outbox import LetterState, OutboxLetter
from models.rules.kinds import Auto
from models.rules.lifecycle import State
from models.rules.loop_guards import CIRCUIT_LOOKS_BACK
from models.rules.reading import Reading
from models.services import audit, steps, suppressions
from models.services.outgoing import outbox
from models.services.tickets.threads import Letter

TELL = frozenset({Auto.BOUNCE, Auto.AUTO_REPLY})
"""The mails that tell what became of a letter."""


def tells(reading: Reading) -> bool:
    """Whether it says of a letter that it will not arrive any more, or that a machine answered it."""
    lost = reading.bounce is not None and reading.bounce.lost
    return reading.auto in TELL and (reading.auto is not Auto.BOUNCE or lost)


def answered_by(desk: Desk, session: Session, readings: Iterable[Reading], *, now: datetime) -> set[int]:
    """For each sender of these that is a machine and names no letter: the newest one that it can be about, of those
    that the circuit looks at."""
    machines = {suppressions.digest_of(desk, one.sender) for one in readings if one.auto is Auto.AUTO_REPLY}
    if not machines:
        return set()
    newest = sa.select(sa.func.max(OutboxLetter.id)).where(
        OutboxLetter.recipient_digest.in_(machines),
        OutboxLetter.tried_at > now - CIRCUIT_LOOKS_BACK,
        OutboxLetter.state.in_((LetterState.ACCEPTED, LetterState.UNCERTAIN)),
        OutboxLetter.machine_answered.is_(False),
    )
    return set(session.scalars(newest.group_by(OutboxLetter.recipient_digest)))


def count_answered(session: Session, letters: Iterable[int]) -> None:
    """That a machine answered is no event: the circuit alone counts it."""
    for number in letters:
        session.get_one(OutboxLetter, number).machine_answered = True


def hold(session: Session, letters: Collection[int]) -> None:
    """Lock the letters that a batch tells of, and their audit chains after them, as their sending does."""
    if not letters:
        return
    rows = sa.select(OutboxLetter).where(OutboxLetter.id.in_(letters)).order_by(OutboxLetter.id)
    locked = rows.options(joinedload(OutboxLetter.ticket)).with_for_update(of=OutboxLetter)
    outbox.lock_chains(session, list(session.scalars(locked)))


def record(session: Session, told_of: Letter, reading: Reading, *, now: datetime) -> None:
    """A letter that is lost reopens what it closed; a bounced proof letter only marks its request (lifecycle.md)."""
    if reading.auto is Auto.AUTO_REPLY:
        return count_answered(session, [told_of.id])
    letter = session.get_one(OutboxLetter, told_of.id)
    letter.state = LetterState.BOUNCED
    # A stranger who knows a reference must not silence the desk towards somebody else.
    if told_of.signed and reading.bounce is not None and reading.bounce.unknown:
        letter.no_such_address_at = now
    detail = {"letter": letter.letter}
    starts = frozenset({State.RESPONDING, State.CLOSED})
    if not outbox.not_reached(session, letter, by=steps.WORKER, now=now, detail=detail, starts=starts):
        audit.record(session, letter.ticket.reference, "bounced", by=steps.WORKER, now=now, detail=detail)
    return None
