"""An automatic letter beyond the limits of security.md waits for staff, who send it or drop it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.outbox import LetterState, OutboxLetter
from models.proof import Link
from models.rules.permissions import Actor, Right, require
from models.services import audit, outbox, steps


def drop(session: Session, letter_id: int, *, actor: Actor, now: datetime) -> bool:
    """Never sent: its links are void, and a request that it would have closed is one whose person was not reached.

    False where it is not held any more; nothing was changed then.
    """
    require(actor, Right.ANSWER)
    letter = session.get_one(OutboxLetter, letter_id, with_for_update=True)
    if letter.state is not LetterState.HELD:
        return False
    letter.state = LetterState.VOID
    _void_links(session, letter, now=now)
    detail = {"letter": letter.letter, "id": letter.id}
    if letter.request is None:
        audit.record(session, letter.ticket.reference, "letter dropped", by=actor.by, now=now, detail=detail)
        return True
    steps.noted(session, letter.request, "letter dropped", by=actor.by, now=now, detail=detail)
    outbox.not_reached(session, letter, by=actor.by, now=now, detail=detail)
    return True


def _void_links(session: Session, letter: OutboxLetter, *, now: datetime) -> None:
    """No reminder may carry on a link that was never sent, and nobody waits for its answer."""
    never_sent = sa.update(Link).where(
        Link.id.in_(outbox.carried(letter)), Link.used_at.is_(None), Link.voided_at.is_(None)
    )
    session.execute(never_sent.values(voided_at=now).execution_options(synchronize_session=False))
