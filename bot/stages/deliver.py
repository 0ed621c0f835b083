"""Outbox → mail server: promised letters leave one by one, each marked before it goes."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from bot import in_flight
from bot.in_flight import Marks
from bot.mail.relay.compose import LetterError, compose
from bot.mail.relay.smtp import PermanentSendError, RelayAwayError, TemporarySendError, UncertainSendError
from models import letters, plus_addresses
from models.desk import Desk
from models.outbox import LetterState, OutboxLetter
from models.services.outgoing import delivery, outbox
from models.services.outgoing.delivery import Ended

log = logging.getLogger(__name__)


class Sends(Protocol):
    """A way out for mail; its errors are those of ``bot.mail.relay.smtp``."""

    def send(self, sender: str, recipient: str, message: bytes) -> str: ...


@dataclass(frozen=True)
class Envelope:
    letter_id: int
    sender: str
    recipient: str
    message: bytes


def deliver(desk: Desk, relay: Sends, *, owner: str) -> int:
    """How many letters were accepted. Raises RelayAwayError when the mail server cannot be reached."""
    with desk.readers() as session:
        if not delivery.is_due(session, now=desk.clock()):
            return 0
    with desk.sessions.begin() as session:
        heard = in_flight.hear(desk, session)
        ids = delivery.take(desk, session, owner=owner, now=desk.clock())
    in_flight.forget(heard)
    marks = in_flight.marks_of(desk, owner=owner)
    try:
        accepted = _send_all(desk, relay, _envelopes(desk, ids), marks, owner=owner)
        marks.end()
        return accepted
    except RelayAwayError:
        marks.end()
        with desk.sessions.begin() as session:
            delivery.give_back(session, ids, owner=owner)
        raise
    finally:
        _settle(desk)


def _send_all(desk: Desk, relay: Sends, envelopes: Iterator[Envelope], marks: Marks, *, owner: str) -> int:
    accepted, ended = 0, None
    for envelope in envelopes:
        if not marks.turn(ended, envelope.letter_id):
            ended = None
            continue
        ended = _send(desk, relay, envelope)
        accepted += ended.state is LetterState.ACCEPTED
        if ended.state is LetterState.DEFERRED:
            with desk.sessions.begin() as session:
                delivery.put_off(session, ended, owner=owner, now=desk.clock())
            ended = None
    if ended is not None:
        marks.turn(ended, None)
    return accepted


def _send(desk: Desk, relay: Sends, envelope: Envelope) -> Ended:
    try:
        answer = relay.send(envelope.sender, envelope.recipient, envelope.message)
    except RelayAwayError:
        raise
    except TemporarySendError as error:
        return Ended(envelope.letter_id, LetterState.DEFERRED, error.reply)
    except PermanentSendError as error:
        return Ended(envelope.letter_id, LetterState.FAILED, error.reply)
    except UncertainSendError as error:
        return Ended(envelope.letter_id, LetterState.UNCERTAIN, error.reply)
    return Ended(envelope.letter_id, LetterState.ACCEPTED, answer)


def _envelopes(desk: Desk, ids: Sequence[int]) -> Iterator[Envelope]:
    """The letters with the tokens of their links put in; composed one at a time."""
    with desk.readers() as session:
        rows = sa.select(OutboxLetter).where(OutboxLetter.id.in_(ids)).order_by(OutboxLetter.id)
        written = session.scalars(rows.options(joinedload(OutboxLetter.ticket))).all()
        texts = list(outbox.with_tokens(desk, session, written))
    for letter, (text, html) in zip(written, texts, strict=True):
        back = _way_back(desk, letter)
        message = _compose(desk, letter, text, html, {} if back is None else {"Reply-To": back}, now=desk.clock())
        if message is not None:
            yield Envelope(letter.id, back or desk.config.desk.address, letter.recipient, message)


def _way_back(desk: Desk, letter: OutboxLetter) -> str | None:
    """Where answers go, and what comes back of it; None where only the desk's own address arrives (mail.md 3.5)."""
    if not desk.config.plus:
        return None
    return plus_addresses.make(desk.keys, desk.config.desk.address, letter.ticket.reference, letter.message_id)


def _compose(
    desk: Desk, letter: OutboxLetter, text: str, html: str, back: Mapping[str, str], *, now: datetime
) -> bytes | None:
    """The bytes of a letter; a letter that must not leave has failed, and stops no other."""
    try:
        return compose(
            sender=desk.config.desk.address, sender_name=desk.config.desk.name, recipient=letter.recipient,
            subject=letter.subject, text=text, html=html, message_id=letter.message_id,
            in_reply_to=letter.in_reply_to, references=tuple(letter.references), date=now,
            headers=letters.headers(letter.letter, answers=letter.automatic and letter.in_reply_to is not None)
            | {"X-Rightsdesk-Loop": loop_id(desk), **back},
        )  # fmt: skip
    except LetterError as error:
        log.warning("letter %d cannot be composed: %s", letter.id, error)
        with desk.sessions.begin() as session:
            row = session.get_one(OutboxLetter, letter.id)
            row.state, row.answer, row.settled = LetterState.FAILED, "not an address that can be written to", False
        return None


def loop_id(desk: Desk) -> str:
    """What marks our own mail when it comes back (mail.md 3.4)."""
    return desk.keys.tag("loop", desk.config.desk.address)


def _settle(desk: Desk) -> None:
    while _settle_some(desk) == delivery.BATCH:
        log.debug("more letters to settle")


def _settle_some(desk: Desk) -> int:
    with desk.sessions.begin() as session:
        return delivery.settle(desk, session, now=desk.clock())
