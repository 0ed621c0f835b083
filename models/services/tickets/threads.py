"""Which ticket a message answers: by the letter of ours that it names, by ids seen before, by its subject's reference.

Being in Cc adds nobody, and a reference alone is never enough (mail.md 3.6).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import message_ids, plus_addresses
from models.desk import Desk
from models.message import Message
from models.outbox import NOTICES, OutboxLetter
from models.rules.addresses import normalised
from models.rules.kinds import Auto
from models.rules.reading import Reading
from models.rules.references import named_in, without_reply_mark
from models.ticket import Ticket

SIGNED = frozenset({"signed-id", "plus-address"})
"""Found by what is signed for the very sender: whoever else wrote it was shown a letter of ours."""
OF_A_LETTER = "letter"
"""A machine gave a letter of ours back, or answered it: it lies on the letter's ticket, whoever the machine is."""
_NAMES_LETTERS = frozenset({Auto.BOUNCE, Auto.AUTO_REPLY})


@dataclass(frozen=True)
class Letter:
    """A letter of ours that a message is about; ``id`` is its row in the outbox.

    ``signed``: it is named by what only we can have made, and not by what anybody may write who saw a letter of ours.
    """

    id: int
    message_id: str
    recipient: str
    ticket: Ticket
    signed: bool = True


@dataclass
class Threads:
    """The tickets that a batch of messages may belong to, found by few queries; grows while the batch is recorded."""

    desk: Desk
    letters: dict[str, Letter] = field(default_factory=dict)
    letters_of: dict[str, list[Letter]] = field(default_factory=lambda: defaultdict(list))
    messages: dict[str, Ticket] = field(default_factory=dict)
    roots: dict[str, Ticket] = field(default_factory=dict)
    references: dict[str, Ticket] = field(default_factory=dict)
    written_to: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    def find(self, reading: Reading) -> tuple[Ticket, str] | None:
        """The ticket, or what it was merged into, and how it was found: where the sender has a part in it, or is a
        machine that met our letter."""
        for ticket, by in self._candidates(reading):
            if self._takes_part(ticket, reading.sender):
                return ticket.current, by
        letter = self.letter_of(reading) if reading.auto in _NAMES_LETTERS else None
        return None if letter is None else (letter.ticket.current, OF_A_LETTER)

    def looks_related(self, reading: Reading) -> str | None:
        """The ticket that a message names, whoever wrote it: for staff to look, and for nothing else."""
        return next((ticket.reference for ticket, _ in self._candidates(reading)), None)

    def letter_of(self, reading: Reading) -> Letter | None:
        """The letter that a report or an automatic answer is about: by what is signed, else by whom a report names
        as not reached and the reference in the subject that it returns."""
        signed = next((letter for letter, _ in self._signed(reading)), None)
        bounce = reading.bounce
        if signed is not None or bounce is None or not bounce.reference or not bounce.recipient:
            return signed
        sent = self.letters_of.get(bounce.reference, ())
        found = next((one for one in reversed(sent) if self._same(one.recipient, bounce.recipient)), None)
        return None if found is None else replace(found, signed=False)

    def add(self, ticket: Ticket, message_id: str, root: str) -> None:
        self.messages[message_id] = ticket
        self.roots.setdefault(root, ticket)
        self.references[ticket.reference] = ticket

    def known(self) -> set[str]:
        """Every mark by which a message of the batch may belong to a ticket that is here."""
        return {*self.letters, *self.messages, *self.roots, *self.references}

    def _candidates(self, reading: Reading) -> Iterable[tuple[Ticket, str]]:
        ids = _ids_of(reading)
        for letter, by in self._signed(reading):
            yield letter.ticket, by if self._same(letter.recipient, reading.sender) else "message-id"
        yield from ((self.letters[one].ticket, "message-id") for one in ids if one in self.letters)
        yield from ((self.messages[one], "message-id") for one in ids if one in self.messages)
        yield from ((self.roots[one], "references") for one in roots_of(reading) if one in self.roots)
        named = named_in(reading.subject)
        if named in self.references:
            yield self.references[named], "subject"

    def _signed(self, reading: Reading) -> Iterator[tuple[Letter, str]]:
        """The letters that the message names by an address or an id that only we can have made."""
        for plus in _plus_addresses(self.desk, reading):
            for letter in self.letters_of.get(plus.reference, ()):
                if plus_addresses.names(self.desk.keys, plus, letter.message_id):
                    yield letter, "plus-address"
        for one in _ids_of(reading):
            named = self.letters.get(one)
            if named is not None and message_ids.is_ours(self.desk.keys, one, [named.recipient]):
                yield named, "signed-id"

    def _takes_part(self, ticket: Ticket, sender: str) -> bool:
        return any(self._same(sender, one) for one in (ticket.requester, *self.written_to.get(ticket.id, ())))

    def _same(self, one: str, other: str) -> bool:
        keep_case = self.desk.config.desk.local_part_case
        return normalised(one, keep_case=keep_case) == normalised(other, keep_case=keep_case)


def marks_of(desk: Desk, reading: Reading) -> set[str]:
    """Everything by which a message may be found to belong to a ticket."""
    return {*_ids_of(reading), *roots_of(reading), *_references_of(desk, reading)}


def roots_of(reading: Reading) -> tuple[str, ...]:
    """The ids by which a reply that was read before this message would have marked the thread."""
    return tuple(dict.fromkeys([*reading.references[:1], reading.message_id]))


def root_of(reading: Reading) -> str:
    return reading.references[0] if reading.references else reading.in_reply_to or reading.message_id


def gather(desk: Desk, session: Session, readings: Sequence[Reading]) -> Threads:
    """Everything that ``Threads.find`` needs for these messages: five queries, whatever their number, and one more
    where a letter is named by a ticket's reference."""
    ids = {one for reading in readings for one in _ids_of(reading)}
    roots = {one for reading in readings for one in roots_of(reading)}
    references = {name for reading in readings for name in _references_of(desk, reading)}
    named = {name for reading in readings for name in _letters_named_by(desk, reading)}
    threads = Threads(desk)
    threads.letters = {one.message_id: one for one in _letters(session, OutboxLetter.message_id, ids)}
    for letter in _letters(session, Ticket.reference, named):
        threads.letters_of[letter.ticket.reference].append(letter)
    seen = sa.or_(Message.message_id.in_(ids), Message.thread_root.in_(roots))
    messages = sa.select(Ticket, Message.message_id, Message.thread_root).join_from(Message, Ticket)
    for ticket, message_id, root in session.execute(messages.where(seen).order_by(Message.id)):
        threads.add(ticket, message_id, root)
    tickets = sa.select(Ticket).where(Ticket.reference.in_(references))
    threads.references |= {one.reference: one for one in session.scalars(tickets)} if references else {}
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


def _ids_of(reading: Reading) -> list[str]:
    """The Message-IDs that a message names, the likeliest to be what it answers first."""
    original = reading.bounce.original if reading.bounce else None
    ids = (original, reading.in_reply_to, *reversed(reading.references), *reading.quoted_ids)
    return list(dict.fromkeys(one for one in ids if one))


def _plus_addresses(desk: Desk, reading: Reading) -> list[plus_addresses.PlusAddress]:
    own = desk.config.desk.addresses
    read = (plus_addresses.read(address, own) for address in reading.addressed_to)
    return [plus for plus in read if plus is not None]


def _references_of(desk: Desk, reading: Reading) -> set[str]:
    named = named_in(reading.subject)
    return _letters_named_by(desk, reading) | ({named} if named else set())


def _letters_named_by(desk: Desk, reading: Reading) -> set[str]:
    """The tickets one of whose letters a message is about, though it names none by its Message-ID."""
    returned = reading.bounce.reference if reading.bounce else None
    return {plus.reference for plus in _plus_addresses(desk, reading)} | ({returned} if returned else set())


def _letters(session: Session, column: InstrumentedAttribute[str], names: set[str]) -> list[Letter]:
    if not names:
        return []
    columns = sa.select(OutboxLetter.id, OutboxLetter.message_id, OutboxLetter.recipient, Ticket).join(Ticket)
    return [Letter(*row) for row in session.execute(columns.where(column.in_(names)).order_by(OutboxLetter.id))]


def _add_written_to(session: Session, threads: Threads) -> None:
    """Whom staff wrote to takes part in the ticket; an automatic letter or a notice makes nobody a part of it."""
    found = {ticket.id for ticket in threads.references.values()}
    found |= {letter.ticket.id for letter in threads.letters.values()}
    if not found:
        return
    written = sa.select(OutboxLetter.ticket_id, OutboxLetter.recipient).where(
        OutboxLetter.ticket_id.in_(found), OutboxLetter.automatic.is_(False), OutboxLetter.letter.not_in(NOTICES)
    )
    for ticket_id, recipient in session.execute(written):
        threads.written_to[ticket_id].add(recipient)
