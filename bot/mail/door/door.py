"""The mail door: an MTA (or the demo) pushes mail in; each mail is accepted by the desk before the MTA is told so."""

import asyncio
import logging
import socket
import threading
from enum import StrEnum
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP

from bot.mail.door.conversations import Addressees, LmtpConversation, SmtpConversation
from bot.mail.door.doorkeeper import MAILS_IN_HAND, Accept, Bounds, Envelope, Places

CONNECTIONS = 20
IDLE_SECONDS = 300.0
MAIL_SECONDS = 600.0
"""From the greeting, or the mail before, to the end of a mail: who sends a letter every minute holds no place."""
MOMENT = 0.02
GRACE_MOMENTS = 250

# aiosmtpd prints addresses and whole mails at INFO and DEBUG.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class Speech(StrEnum):
    SMTP = "smtp"
    LMTP = "lmtp"


class Door:
    """A server on its own thread. ``accept`` stores the mail or raises: 250 is said only after it has returned.

    ``size`` is the largest mail, in octets. ``plus``: what arrives for ``support+anything@`` is for ``support@``.
    """

    def __init__(
        self,
        host: str,
        port: int,
        accept: Accept,
        recipients: frozenset[str],
        *,
        size: int,
        plus: bool = False,
        speech: Speech = Speech.SMTP,
        connections: int = CONNECTIONS,
        idle_seconds: float = IDLE_SECONDS,
        mail_seconds: float = MAIL_SECONDS,
    ) -> None:
        self.host, self.port = host, port
        self._addressees = Addressees(recipients, plus=plus)
        self._places = Places(accept, limit=connections, octets=MAILS_IN_HAND * size)
        self._bounds = Bounds(size, idle_seconds, mail_seconds)
        self._speaks = LmtpConversation if speech is Speech.LMTP else SmtpConversation
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
            if not self._places.accepting:
                break
            await asyncio.sleep(MOMENT)
        self._places.clear()
        await server.wait_closed()

    def _conversation(self) -> SMTP:
        return self._speaks(self._places, self._addressees, self._bounds, self._loop)


__all__ = ["CONNECTIONS", "Door", "Envelope", "Speech"]
