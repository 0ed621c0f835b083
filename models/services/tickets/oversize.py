"""A mail too large to be fetched, by a person as far as its header tells, is answered: write again, or by the form."""

from datetime import datetime

from sqlalchemy.orm import Session

from models.desk import Desk
from models.services.outgoing import outbox
from models.services.outgoing.outbox import Answered
from models.services.tickets.sorting import Sorted
from models.ticket import Ticket


def tell(desk: Desk, session: Session, one: Sorted, ticket: Ticket, answers: Answered, *, now: datetime) -> None:
    """To the address that wrote, under the limits of every automatic letter; no machine and no spam is told."""
    if not one.oversize or one.trapped or one.reading.auto is not None:
        return
    config = desk.config.desk
    facts = {
        "limit": f"{config.limits.message_bytes / 1_000_000:g}",
        "links": {"form": f"{config.base_url}/support/"},
    }
    outbox.promise(
        desk, session, ticket, "oversize", now=now, recipient=one.reading.sender, facts=facts, automatic=True,
        answers=answers,
    )  # fmt: skip
