"""Pushed mail → spool: the door says 250 only once the row is committed."""

from bot.mail import probe
from bot.mail.door.door import Door, Envelope, Speech
from models.config import Listener
from models.desk import Desk
from models.rules.kinds import Channel
from models.services import suppressions
from models.services.arrival import intake, pressure
from models.services.arrival.intake import DOOR, Arrival
from models.services.upkeep import canary


class TooMuchWaitsError(Exception):
    """The door answers "try again later", whoever's fault it is: nothing is dropped, and nothing told."""


def open_door(desk: Desk, listener: Listener) -> Door:
    """The door of the configuration, not yet listening."""
    lmtp = listener.protocol == "lmtp"
    channel = Channel.LMTP if lmtp else Channel.MAIL
    return Door(
        listener.host,
        listener.port,
        lambda envelope: _accept(desk, channel, envelope),
        frozenset({desk.config.desk.address, *desk.config.desk.aliases}),
        size=desk.config.desk.limits.message_bytes,
        plus=desk.config.plus,
        speech=Speech.LMTP if lmtp else Speech.SMTP,
    )


def _accept(desk: Desk, channel: Channel, envelope: Envelope) -> None:
    now, limits = desk.clock(), desk.config.desk.limits
    sender = suppressions.digest_of(desk, envelope.mail_from)
    mark = probe.mark_in(desk.keys, envelope.raw, now=now)
    with desk.sessions.begin() as session:
        if mark is not None:
            return canary.arrived(session, mark, mailbox=None, now=now)
        if pressure.is_full(session, limits) or pressure.sends_too_much(session, sender, limits, now=now):
            raise TooMuchWaitsError
        arrival = Arrival(_traced(envelope), now, sender_digest=sender)
        intake.store(session, DOOR, channel, [arrival], keys=desk.keys)
    return None


def _traced(envelope: Envelope) -> bytes:
    """The letter below its envelope, as whoever delivers mail writes it there (RFC 5321, 4.4): from whom, to whom."""
    to = "".join(f"X-Original-To: {recipient}\r\n" for recipient in envelope.recipients)
    return f"Return-Path: <{envelope.mail_from}>\r\n{to}".encode("utf-8", "replace") + envelope.raw
