"""A letter that is stuck waits for staff: they count it as sent, send it again, or drop it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.desk import Desk
from models.outbox import LetterState, OutboxLetter
from models.proof import Link
from models.rules.lifecycle import State
from models.rules.permissions import Actor, Right, require
from models.services import audit, steps
from models.services.outgoing import outbox

AGAIN = frozenset({LetterState.UNCERTAIN, LetterState.FAILED, LetterState.HELD, LetterState.DEFERRED})


def count_as_sent(desk: Desk, session: Session, letter_id: int, *, actor: Actor, now: datetime) -> None:
    """Staff know that an uncertain letter arrived."""
    require(actor, Right.ANSWER)
    letter = session.get_one(OutboxLetter, letter_id, with_for_update=True)
    if letter.state is LetterState.UNCERTAIN:
        letter.state, letter.accepted_at = LetterState.ACCEPTED, now
        outbox.lock_chains(session, [letter])
        outbox.settle(desk, session, letter, now=now)


def send_again(desk: Desk, session: Session, letter_id: int, *, by: str, now: datetime) -> bool:
    """Queue a letter that did not arrive, or may not have, once more; the same mail with the same Message-ID.

    Staff know better than a mail server that knew no such address.
    """
    letter = session.get_one(OutboxLetter, letter_id, with_for_update=True)
    if letter.state not in AGAIN and not _came_back(letter):
        return False
    letter.state, letter.next_attempt, letter.settled, letter.attempts = LetterState.QUEUED, now, False, 0
    letter.claimed_until = letter.claimed_by = letter.no_such_address_at = None
    if letter.held_for is letter.ticket.held_for:
        # Staff take the writer for a person: what follows on this ticket need not wait.
        letter.ticket.held_for = None
    detail = {"letter": letter.letter}
    audit.record(session, letter.ticket.reference, "send again", by=by, now=now, detail=detail)
    return True


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


def _came_back(letter: OutboxLetter) -> bool:
    """What came back goes again while it is still true: not once its request has gone on."""
    request = letter.request
    over = request is not None and letter.closes is not None and request.state is not State.UNDELIVERED
    return letter.state is LetterState.BOUNCED and not over


def _void_links(session: Session, letter: OutboxLetter, *, now: datetime) -> None:
    """No reminder may carry on a link that was never sent, and nobody waits for its answer."""
    never_sent = sa.update(Link).where(
        Link.id.in_(outbox.carried(letter)), Link.used_at.is_(None), Link.voided_at.is_(None)
    )
    session.execute(never_sent.values(voided_at=now).execution_options(synchronize_session=False))
