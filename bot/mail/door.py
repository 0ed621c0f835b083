"""The mail door: an MTA (or the demo) pushes mail in; each mail is accepted by the desk before the MTA is told so."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as _Envelope

SIZE_LIMIT = 25 * 1024 * 1024
# Beyond this a client that never ends its line would only fill the memory.
OCTETS_LIMIT = SIZE_LIMIT + 1024 * 1024
LINE_LIMIT = 64 * 1024
CONNECTIONS = 20
RECIPIENTS = 100
IDLE_SECONDS = 300.0
MOMENT = 0.02
GRACE_MOMENTS = 250

TRY_LATER = "451 4.3.0 The desk cannot store mail at the moment, try again later"

# aiosmtpd prints addresses and whole mails at INFO and DEBUG.
logging.getLogger("mail.log").setLevel(logging.WARNING)
_log = logging.getLogger(__name__)


class Speech(StrEnum):
    SMTP = "smtp"
    LMTP = "lmtp"


@dataclass(frozen=True)
class Envelope:
    """A mail as handed over; ``recipients`` are those of ours that the MTA named."""

    raw: bytes
    mail_from: str
    recipients: tuple[str, ...]


Accept = Callable[[Envelope], None]


class Door:
    """A server on its own thread. ``accept`` stores the mail or raises: 250 is said only after it has returned.

    ``plus``: what arrives for ``support+anything@`` is for ``support@``.
    """

    def __init__(
        self,
        host: str,
        port: int,
        accept: Accept,
        recipients: frozenset[str],
        *,
        plus: bool = False,
        speech: Speech = Speech.SMTP,
        connections: int = CONNECTIONS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self.host, self.port = host, port
        self._desk = _Desk(accept, recipients, plus=plus, speech=speech)
        self._places = _Places(connections)
        self._speech, self._idle_seconds = speech, idle_seconds
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Listens once this returns; OSError when the port is taken. ``port`` is then the real one."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            listening = socket.create_server((self.host, self.port), family=family)
        except OSError:
            self.stop()
            raise
        self.port = listening.getsockname()[1]
        self._thread = threading.Thread(target=self._run, args=(listening,), name="door", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """What is being accepted is accepted first; whoever was still talking tries again later."""
        if self._thread is None:
            self._loop.close()
            return
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, listening: socket.socket) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(listening))

    async def _serve(self, listening: socket.socket) -> None:
        server = await self._loop.create_server(self._conversation, sock=listening)
        await self._closing.wait()
        server.close()
        for _moment in range(GRACE_MOMENTS):
            if not self._desk.accepting:
                break
            await asyncio.sleep(MOMENT)
        self._places.clear()
        await server.wait_closed()

    def _conversation(self) -> SMTP:
        kind = _LmtpConversation if self._speech is Speech.LMTP else _SmtpConversation
        return kind(
            self._places, self._desk, data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, timeout=self._idle_seconds,
            ident="rightsdesk", hostname="localhost", loop=self._loop,
        )  # fmt: skip


class _Desk:
    """Judges recipients, and answers the end of the data with what ``accept`` made of it."""

    def __init__(self, accept: Accept, recipients: frozenset[str], *, plus: bool, speech: Speech) -> None:
        self._accept, self._plus, self._speech = accept, plus, speech
        self._recipients = frozenset(address.lower() for address in recipients)
        self.accepting = 0

    async def handle_RCPT(  # noqa: N802 (the names are aiosmtpd's)
        self, server: SMTP, session: Session, envelope: _Envelope, address: str, options: list[str]
    ) -> str:
        if not self._is_ours(address):
            return "550 5.1.1 No such address here"
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: _Envelope) -> str:  # noqa: N802
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content).encode("utf-8", "surrogateescape")
        mail = Envelope(raw, (envelope.mail_from or "").strip("<>"), tuple(envelope.rcpt_tos))
        answer = "250 2.0.0 The desk has it"
        self.accepting += 1
        try:
            # In a thread: a slow database holds up one connection and not all of them.
            await asyncio.get_running_loop().run_in_executor(None, self._accept, mail)
        except Exception as error:  # whatever it is, the MTA must keep the mail and try again
            _log.error("The mail door could not store a mail: %s", type(error).__name__)
            answer = TRY_LATER
        finally:
            self.accepting -= 1
        # RFC 2033, 4.2: LMTP wants an answer for each recipient.
        return "\r\n".join([answer] * (len(mail.recipients) if self._speech is Speech.LMTP else 1))

    async def handle_exception(self, error: Exception) -> str:
        """aiosmtpd's own answer is a 500, for good, with the text of the exception in it."""
        _log.error("The mail door failed: %s", type(error).__name__)
        return TRY_LATER

    def _is_ours(self, address: str) -> bool:
        local, _, domain = address.lower().rpartition("@")
        if self._plus:
            local = local.partition("+")[0]
        return f"{local}@{domain}" in self._recipients


class _Places:
    """How many may talk at once, and who does."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken: set[asyncio.Transport] = set()

    def take(self, transport: asyncio.Transport) -> bool:
        if len(self._taken) >= self._limit:
            return False
        self._taken.add(transport)
        return True

    def leave(self, transport: asyncio.Transport) -> None:
        self._taken.discard(transport)

    def clear(self) -> None:
        for transport in list(self._taken):
            transport.abort()


class _Bounded(asyncio.Protocol):
    """What both ways of talking add to aiosmtpd's: a place to take, and an end to what one mail may send."""

    line_length_limit = LINE_LIMIT
    _place: asyncio.Transport | None = None
    _octets = 0

    def __init__(self, places: _Places, desk: _Desk, **options: Any) -> None:
        self._places = places
        super().__init__(desk, **options)  # type: ignore[call-arg]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("not a stream")
        if not self._places.take(transport):
            transport.write(b"421 4.3.2 Too many connections, try again later\r\n")
            transport.close()
            return
        self._place = transport
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._place is None:
            return
        self._octets += len(data)
        if self._octets > OCTETS_LIMIT:
            self._place.abort()
            return
        super().data_received(data)

    def eof_received(self) -> bool | None:
        return super().eof_received() if self._place is not None else None

    def connection_lost(self, error: Exception | None) -> None:
        if self._place is not None:
            self._places.leave(self._place)
            super().connection_lost(error)

    def _set_post_data_state(self) -> None:
        """aiosmtpd's name for: a mail is through, the next may begin."""
        self._octets = 0
        super()._set_post_data_state()  # type: ignore[misc]


class _SmtpConversation(_Bounded, SMTP):
    pass


class _LmtpConversation(_Bounded, LMTP):
    pass
