"""Which ticket a message answers: by our letters' ids, by ids seen before, by the reference in its subject."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.message import Message
from models.outbox import NOTICES, OutboxLetter
from models.rules.reading import Reading
from models.rules.references import named_in, without_reply_mark
from models.ticket import Ticket

SIGNED = "signed-id"
"""The thread was found by a Message-ID of our own making: nobody else could have written it."""


@dataclass
class Threads:
    """The tickets that a batch of messages may belong to, found by few queries; grows while the batch is recorded."""

    letters: dict[str, Ticket] = field(default_factory=dict)
    messages: dict[str, Ticket] = field(default_factory=dict)
    roots: dict[str, Ticket] = field(default_factory=dict)
    references: dict[str, Ticket] = field(default_factory=dict)
    written_to: dict[int, set[str]] = field(default_factory=dict)

    def find(self, reading: Reading) -> tuple[Ticket, str] | None:
        """The ticket and how it was found (mail.md 3.6), where the sender has a part in it.

        Being in Cc adds nobody, and a reference alone is never enough.
        """
        for ticket, by in self._candidates(reading):
            if self._takes_part(ticket, reading.sender):
                return ticket, by
        return None

    def add(self, ticket: Ticket, message_id: str, root: str) -> None:
        self.messages[message_id] = ticket
        self.roots.setdefault(root, ticket)
        self.references[ticket.reference] = ticket

    def _candidates(self, reading: Reading) -> Iterable[tuple[Ticket, str]]:
        ids = list(dict.fromkeys([reading.in_reply_to or "", *reversed(reading.references)]))
        yield from ((self.letters[one], SIGNED) for one in ids if one in self.letters)
        yield from ((self.messages[one], "message-id") for one in ids if one in self.messages)
        yield from ((self.roots[one], "references") for one in roots_of(reading) if one in self.roots)
        named = named_in(reading.subject)
        if named in self.references:
            yield self.references[named], "subject"

    def _takes_part(self, ticket: Ticket, sender: str) -> bool:
        return sender.lower() in {ticket.requester.lower(), *self.written_to.get(ticket.id, ())}


def marks_of(reading: Reading) -> set[str]:
    """Everything by which a message may be found to belong to a ticket."""
    marks = (reading.in_reply_to, *reading.references, *roots_of(reading), named_in(reading.subject))
    return {mark for mark in marks if mark}


def roots_of(reading: Reading) -> tuple[str, ...]:
    """The ids by which a reply that was read before this message would have marked the thread."""
    return tuple(dict.fromkeys([*reading.references[:1], reading.message_id]))


def root_of(reading: Reading) -> str:
    return reading.references[0] if reading.references else reading.in_reply_to or reading.message_id


def gather(session: Session, readings: Sequence[Reading]) -> Threads:
    """Everything that ``Threads.find`` needs for these messages: five queries, whatever their number."""
    ids = {one for reading in readings for one in (reading.in_reply_to, *reading.references) if one}
    roots = {one for reading in readings for one in roots_of(reading)}
    named = {name for reading in readings if (name := named_in(reading.subject))}
    threads = Threads()
    letters = sa.select(OutboxLetter.message_id, Ticket).join(Ticket).where(OutboxLetter.message_id.in_(ids))
    seen = sa.or_(Message.message_id.in_(ids), Message.thread_root.in_(roots))
    messages = sa.select(Ticket, Message.message_id, Message.thread_root).join_from(Message, Ticket)
    threads.letters = dict(session.execute(letters).all()) if ids else {}
    for ticket, message_id, root in session.execute(messages.where(seen).order_by(Message.id)):
        threads.add(ticket, message_id, root)
    tickets = sa.select(Ticket).where(Ticket.reference.in_(named))
    threads.references |= {ticket.reference: ticket for ticket in session.scalars(tickets)} if named else {}
    _add_written_to(session, threads)
    return threads


def subjects_of_ours(session: Session, subjects: Sequence[str]) -> frozenset[str]:
    """Which of these are the subject of a letter of ours, come back: "Re:", and not a word beside it."""
    named = {name for one in subjects if (name := named_in(one))}
    if not named:
        return frozenset()
    letters = sa.select(OutboxLetter.subject).join(Ticket).where(Ticket.reference.in_(named))
    own = {_bare(subject) for subject in session.scalars(letters)}
    return frozenset(one for one in subjects if _bare(one) in own)


def _bare(subject: str) -> str:
    return " ".join(without_reply_mark(subject).split()).casefold()


def _add_written_to(session: Session, threads: Threads) -> None:
    """Whom staff wrote to takes part in the ticket; an automatic letter or a notice makes nobody a part of it."""
    found = {ticket.id for ticket in threads.references.values()}
    found |= {ticket.id for ticket in threads.letters.values()}
    if not found:
        return
    written = sa.select(OutboxLetter.ticket_id, OutboxLetter.recipient).where(
        OutboxLetter.ticket_id.in_(found), OutboxLetter.automatic.is_(False), OutboxLetter.letter.not_in(NOTICES)
    )
    for ticket_id, recipient in session.execute(written):
        threads.written_to.setdefault(ticket_id, set()).add(recipient.lower())
