"""Letters that are stuck go out a page at a time, masked by role."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.outbox import LetterState, OutboxLetter
from models.rules.loop_guards import Held
from models.rules.permissions import Actor, Right
from models.services.pages.shown import masked_address, without_links
from models.services.pages.views import TROUBLED
from models.ticket import Ticket


@dataclass(frozen=True)
class StuckLetter:
    """``subject``, ``text`` and the mail server's ``answer`` name people: blank for who may not reveal."""

    id: int
    request: int | None
    ticket: str
    to: str
    letter: str
    state: LetterState
    attempts: int
    created_at: datetime
    closes: bool
    subject: str
    text: str
    answer: str
    held_for: Held | None


def stuck(session: Session, *, actor: Actor, after: int, size: int) -> list[StuckLetter]:
    columns = sa.select(OutboxLetter, Ticket.reference).join(Ticket)
    chosen = columns.where(OutboxLetter.state.in_(TROUBLED), OutboxLetter.id > after)
    found = session.execute(chosen.order_by(OutboxLetter.id).limit(size))
    return [_stuck(letter, reference, reveals=actor.may(Right.REVEAL)) for letter, reference in found]


def _stuck(letter: OutboxLetter, reference: str, *, reveals: bool) -> StuckLetter:
    return StuckLetter(
        id=letter.id, request=letter.request_id, ticket=reference,
        to=letter.recipient if reveals else masked_address(letter.recipient), letter=letter.letter,
        state=letter.state, attempts=letter.attempts, created_at=letter.created_at, closes=letter.closes is not None,
        subject=letter.subject if reveals else "", text=without_links(letter.text) if reveals else "",
        answer=letter.answer if reveals else "", held_for=letter.held_for,
    )  # fmt: skip
