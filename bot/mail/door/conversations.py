"""What one client of the mail door says goes in; each mail comes out whole, and the client hears what became of it."""

import asyncio
import logging

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as _Envelope

from bot.mail.door.doorkeeper import TRY_LATER, Bounds, Clock, Envelope, Letter, Places
from bot.mail.reading.addresses import wire_address

LINE_LIMIT = 64 * 1024
RECIPIENTS = 100
PATIENCE = 4
"""Who says four times as much as the largest mail, and has no mail through, is sent away."""

_NEVER = 86_400.0
"""aiosmtpd's own clock would tick on while the desk stores a mail."""

TOO_LONG = "500 5.6.0 A line of the mail is too long"
TOO_SLOW = b"421 4.4.2 That took too long, try again later\r\n"
TOO_MUCH = b"421 4.7.0 That is too much, try again later\r\n"
TOO_MANY = b"421 4.3.2 Too many connections, try again later\r\n"

_log = logging.getLogger(__name__)


class Addressees:
    """The hooks that aiosmtpd calls: from whom and to whom."""

    def __init__(self, recipients: frozenset[str], *, plus: bool) -> None:
        self._plus = plus
        self._recipients = frozenset(wire_address(address).lower() for address in recipients)

    async def handle_MAIL(  # noqa: N802 (the names are aiosmtpd's)
        self, server: SMTP, session: Session, envelope: _Envelope, address: str, options: list[str]
    ) -> str:
        # It becomes a header: no line end, no NUL, no half of a character.
        if not address.isprintable():
            return "553 5.1.7 No such address can be"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: _Envelope, address: str, options: list[str]
    ) -> str:
        if not self._is_ours(address):
            return "550 5.1.1 No such address here"
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        """aiosmtpd's own answer is a 500, for good, with the text of the exception in it."""
        _log.error("The mail door failed: %s", type(error).__name__)
        return TRY_LATER

    def _is_ours(self, address: str) -> bool:
        if not address.isprintable():
            return False
        local, _, domain = wire_address(address).lower().rpartition("@")
        if self._plus:
            local = local.partition("+")[0]
        return f"{local}@{domain}" in self._recipients


class _Bounded(asyncio.Protocol):
    """What both ways of talking add to aiosmtpd's: a place to take, a clock, and a way to take mail in."""

    line_length_limit = LINE_LIMIT
    answers_each = False
    _place: asyncio.Transport | None = None
    _clock: Clock
    _octets = 0

    def __init__(
        self, places: Places, addressees: Addressees, bounds: Bounds, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._places, self._bounds = places, bounds
        super().__init__(  # type: ignore[call-arg]
            addressees, data_size_limit=bounds.size, enable_SMTPUTF8=True, timeout=_NEVER,
            ident="rightsdesk", hostname="localhost", loop=loop,
        )  # fmt: skip

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("not a stream")
        if not self._places.take(transport):
            transport.write(TOO_MANY)
            transport.close()
            return
        self._place = transport
        self._clock = Clock(asyncio.get_running_loop(), self._bounds, lambda: self._send_away(TOO_SLOW))
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._place is None:
            return
        self._clock.heard()
        self._octets += len(data)
        if self._octets > PATIENCE * self._bounds.size:
            self._send_away(TOO_MUCH)
        else:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        return super().eof_received() if self._place is not None else None

    def connection_lost(self, error: Exception | None) -> None:
        if self._place is not None:
            self._clock.stop()
            self._places.leave(self._place)
            super().connection_lost(error)

    def _send_away(self, answer: bytes) -> None:
        """At once: a client that does not read would hold its place for as long as it pleases."""
        if self._place is not None:
            self._place.write(answer)
            self._place.abort()


class SmtpConversation(_Bounded, SMTP):
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """aiosmtpd's own keeps an object for each line: 25 MB of empty lines would be a gigabyte."""
        if self.envelope is None or not self.envelope.rcpt_tos or arg:
            await self.push("501 5.5.4 Syntax: DATA" if arg else "503 5.5.1 Error: need RCPT command")
            return
        # RFC 2033, 4.2: LMTP wants an answer for each recipient.
        answers = len(self.envelope.rcpt_tos) if self.answers_each else 1
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        letter = Letter(self._places, self._bounds.size)
        try:
            await self._take_in(letter)
            answer = letter.refusal or await self._store(self.envelope, letter)
        finally:
            letter.let_go()
        self.envelope = self._create_envelope()
        await self.push("\r\n".join([answer] * answers))

    async def smtp_BDAT(self, arg: str | None) -> None:  # noqa: N802
        """Never announced (RFC 3030). What follows is a piece of a mail and must not be taken for commands."""
        await self.push("502 5.5.1 CHUNKING is not spoken here")
        if self._place is not None:
            self._place.abort()

    async def _take_in(self, letter: Letter) -> None:
        """Up to the dot; a line ends with CRLF and with nothing else (RFC 5321, 2.3.8 and 4.1.1.4)."""
        begins = True
        while True:
            try:
                line: bytes = await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as error:
                await self._reader.read(error.consumed)
                letter.refuse(TOO_LONG)
                begins = False
                continue
            if begins and line == b".\r\n":
                return
            letter.add(line.removeprefix(b".") if begins else line)
            begins = True

    async def _store(self, envelope: _Envelope, letter: Letter) -> str:
        mail = Envelope(letter.whole(), (envelope.mail_from or "").strip("<>"), tuple(envelope.rcpt_tos))
        # Whoever waits for us is not slow.
        self._clock.stop()
        answer = await self._places.store(mail)
        self._octets = 0
        self._clock.begin()
        return answer


class LmtpConversation(SmtpConversation, LMTP):
    answers_each = True
