"""A batch of sorted messages goes in; out come the same, those marked that repeat what was answered (mail.md 3.4)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.desk import Desk
from models.message import Message
from models.outbox import OutboxLetter
from models.rules.loop_guards import (
    ANSWERED_ENOUGH,
    REPEATED_WITHIN,
    SUBJECT_WITHIN,
    Held,
    body_digest,
    subject_alike,
)
from models.services import suppressions
from models.services.outgoing import letter_limits
from models.services.tickets.sorting import Sorted
from models.ticket import Ticket

_Said = set[tuple[str, str | None]]
"""Addresses, each with the digest of what it said, or with a subject under which it wrote."""


def marked(desk: Desk, session: Session, batch: Sequence[Sorted], *, now: datetime) -> list[Sorted]:
    """A repeat is a message like any other, but causes no letter by itself."""
    batch = [replace(one, body_digest=_digest(one)) for one in batch]
    answered = _answered(desk, session, batch)
    if not answered:
        return batch
    said = _bodies(session, batch, answered) | _subjects(session, answered, now=now)
    return [replace(one, held_for=one.held_for or Held.REPEAT) if _marks(one) & said else one for one in batch]


def _digest(one: Sorted) -> str | None:
    """What was typed into the form is no machine's."""
    files = ((file.name, file.size) for file in one.reading.attachments)
    return body_digest(one.reading.new_text, files) if one.channel.is_mail else None


def _marks(one: Sorted) -> _Said:
    if not one.channel.is_mail:
        return set()
    return {(one.reading.sender, said) for said in (one.body_digest, subject_alike(one.reading.subject)) if said}


def _answered(desk: Desk, session: Session, batch: Sequence[Sorted]) -> dict[str, str]:
    """The senders, by their digests, to whom two automatic letters went within a day."""
    senders = {one.reading.sender for one in batch if one.channel.is_mail and one.reading.sender}
    digests = {suppressions.digest_of(desk, sender): sender for sender in senders}
    return {one: who for one, who in digests.items() if letter_limits.today(session, one) >= ANSWERED_ENOUGH}


def _bodies(session: Session, batch: Sequence[Sorted], answered: dict[str, str]) -> _Said:
    """What these said within a day and say now."""
    mine = [one for one in batch if one.body_digest and one.reading.sender in answered.values()]
    if not mine:
        return set()
    since = min(one.received_at for one in mine) - REPEATED_WITHIN
    said = sa.select(Message.sender, Message.body_digest).where(
        Message.body_digest.in_({one.body_digest for one in mine}), Message.received_at > since
    )
    return {(sender, digest) for sender, digest in session.execute(said)}


def _subjects(session: Session, answered: dict[str, str], *, now: datetime) -> _Said:
    """Under which subjects those wrote within three hours who got both letters within these."""
    since = now - SUBJECT_WITHIN
    letters = sa.select(OutboxLetter.recipient_digest).where(
        OutboxLetter.recipient_digest.in_(answered), letter_limits.COUNTED, OutboxLetter.created_at > since
    )
    enough = letters.group_by(OutboxLetter.recipient_digest).having(sa.func.count() >= ANSWERED_ENOUGH)
    busy = [answered[digest] for digest in session.scalars(enough)]
    wrote = sa.select(Ticket.requester, Message.subject).join_from(Ticket, Message)
    lately = wrote.where(Ticket.requester.in_(busy), Message.received_at > since)
    return {(who, subject_alike(subject)) for who, subject in session.execute(lately)} if busy else set()
