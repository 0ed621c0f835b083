"""Pushed mail → spool: the door says 250 only once the row is committed."""

from bot.mail.door import Door, Envelope, Speech
from models.config import Listener
from models.desk import Desk
from models.rules.kinds import Channel
from models.services import intake
from models.services.intake import Arrival


class SpoolFullError(Exception):
    """The door answers "try again later": nothing is dropped."""


def open_door(desk: Desk, listener: Listener) -> Door:
    """The door of the configuration, not yet listening."""
    lmtp = listener.protocol == "lmtp"
    channel = Channel.LMTP if lmtp else Channel.MAIL
    return Door(
        listener.host,
        listener.port,
        lambda envelope: _accept(desk, channel, envelope),
        frozenset({desk.config.desk.address, *desk.config.desk.aliases}),
        plus=True,
        speech=Speech.LMTP if lmtp else Speech.SMTP,
    )


def _accept(desk: Desk, channel: Channel, envelope: Envelope) -> None:
    arrival = Arrival(_traced(envelope), desk.clock())
    with desk.sessions.begin() as session:
        if intake.waiting(session) >= desk.config.desk.limits.spool_limit:
            raise SpoolFullError
        intake.store(session, "door", channel, [arrival], keys=desk.keys)


def _traced(envelope: Envelope) -> bytes:
    """The letter below its envelope, as whoever delivers mail writes it there (RFC 5321, 4.4): from whom, to whom."""
    to = "".join(f"X-Original-To: {recipient}\r\n" for recipient in envelope.recipients)
    return f"Return-Path: <{envelope.mail_from}>\r\n{to}".encode("utf-8", "replace") + envelope.raw
