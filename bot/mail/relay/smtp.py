"""The way out: a letter as bytes goes in; the server's word that it took it comes out, or why not and how surely."""

import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from bot.mail.login.tls import refuse_clear_text
from bot.mail.reading.addresses import wire_address
from bot.mail.relay.patience import Patience
from bot.mail.relay.session import (
    PermanentSendError,
    RelayAwayError,
    SendError,
    Server,
    TemporarySendError,
    UncertainSendError,
    connect,
    said,
    say_goodbye,
)

__all__ = [
    "PermanentSendError",
    "Relay",
    "RelayAwayError",
    "SendError",
    "Server",
    "TemporarySendError",
    "UncertainSendError",
]

LETTERS_A_CONNECTION = 50
# Sign in first; this mailbox, or name, may not send from here: a setting is wrong, and no letter (RFC 5321, RFC 4954).
NOT_FROM_US = frozenset({530, 550, 553, 554})

_NO_ADDRESS = re.compile(r"[\s<>]")
_LINE_END = re.compile(rb"\r\n|\r|\n")


class Relay:
    """One kept connection, made when first needed and anew after 50 letters; one recipient a letter."""

    def __init__(self, server: Server) -> None:
        refuse_clear_text(server.host, server.tls)
        self._server, self._way = server, Patience(server)
        self._connection: smtplib.SMTP | None = None
        self._sent = 0

    def send(self, sender: str, recipient: str, message: bytes) -> str:
        """What the server said when it took the letter; TemporarySendError, PermanentSendError, UncertainSendError."""
        if self._sent >= LETTERS_A_CONNECTION:
            self.close()
        kept = self._connection is not None
        try:
            return self._send(wire_address(sender), wire_address(recipient), message)
        except _StaleError:
            # Servers close idle connections: that a kept one is gone says nothing of the letter.
            if not kept:
                raise
            return self._send(wire_address(sender), wire_address(recipient), message)

    def check(self) -> str:
        """One line for ``rightsdesk check``; TemporarySendError says what does not work."""
        self.close()
        connection = self._connection = connect(self._server)
        text = "connected" if not self._server.user else "connected and logged in"
        if "size" in connection.esmtp_features:
            text += f", takes mails of up to {connection.esmtp_features['size'] or 'any'} octets"
        self.close()
        return text

    def close(self) -> None:
        connection, self._connection, self._sent = self._connection, None, 0
        if connection is not None:
            say_goodbye(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connected(self) -> smtplib.SMTP:
        self._connection = self._connection or self._way.connected()
        return self._connection

    def _send(self, sender: str, recipient: str, message: bytes) -> str:
        connection = self._connected()
        self._begin(connection, sender, _options(connection, sender, recipient, message))
        with self._nothing_taken(TemporarySendError):
            self._expect(connection.docmd("RCPT", f"TO:<{recipient}>"))
            self._expect(connection.docmd("DATA"), code=354)
            # It ends in the final dot: what raises here has not been sent to its end.
            connection.send(_on_the_wire(message))
        self._sent += 1
        return self._verdict(connection)

    def _begin(self, connection: smtplib.SMTP, sender: str, options: list[str]) -> None:
        with self._nothing_taken(_StaleError):
            connection.command_encoding = "utf-8"  # which is ASCII but for an address that SMTPUTF8 is said for
            code, text = connection.docmd("MAIL", " ".join([f"FROM:<{sender}>", *options]))
            if code == 421:
                self._drop()
                raise _StaleError(said(code, text))
            if code in NOT_FROM_US:
                self._reset()
                raise RelayAwayError(said(code, text))
            self._expect((code, text))

    @contextmanager
    def _nothing_taken(self, kind: type[TemporarySendError]) -> Iterator[None]:
        try:
            yield
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise kind(f"the connection ended: {type(error).__name__}") from error

    def _verdict(self, connection: smtplib.SMTP) -> str:
        """Everything was handed over: from here on silence is no answer."""
        if connection.sock is not None:
            connection.sock.settimeout(self._server.final_timeout)
        try:
            code, text = connection.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise UncertainSendError(f"no answer to the end of the letter: {type(error).__name__}") from error
        if connection.sock is not None:
            connection.sock.settimeout(self._server.timeout)
        if not 200 <= code <= 599:
            self._drop()
            raise UncertainSendError("no known answer to the end of the letter")
        self._expect((code, text))
        return said(code, text)

    def _expect(self, answer: tuple[int, bytes], *, code: int | None = None) -> None:
        given, text = answer
        if given == code or (code is None and 200 <= given <= 299):
            return
        if given == 421 or not 400 <= given <= 599:
            self._drop()
            raise TemporarySendError(said(given, text))
        self._reset()
        raise (PermanentSendError if given >= 500 else TemporarySendError)(said(given, text))

    def _reset(self) -> None:
        """The next letter begins anew on this connection, or on another if this one does not answer."""
        try:
            if self._connection is not None and self._connection.rset()[0] == 250:
                return
        except (smtplib.SMTPException, OSError):
            pass  # What matters is the answer that the letter got; the connection is given up below.
        self._drop()

    def _drop(self) -> None:
        connection, self._connection, self._sent = self._connection, None, 0
        if connection is not None:
            connection.close()


class _StaleError(TemporarySendError):
    """The connection was gone, or the server closing it, before the letter began."""


def _options(connection: smtplib.SMTP, sender: str, recipient: str, message: bytes) -> list[str]:
    if not (sender + recipient).isprintable() or _NO_ADDRESS.search(sender + recipient):
        raise PermanentSendError("not an address that can be written to")
    options = [f"SIZE={len(message)}"] if connection.has_extn("size") else []
    if not message.isascii() and connection.has_extn("8bitmime"):
        options.append("BODY=8BITMIME")
    if not (sender + recipient).isascii():
        if not connection.has_extn("smtputf8"):
            raise PermanentSendError("the server takes no address with letters outside ASCII")
        options.append("SMTPUTF8")
    return options


def _on_the_wire(message: bytes) -> bytes:
    """CRLF everywhere, a dot more before a dot that begins a line, and the final dot (RFC 5321, 4.5.2)."""
    lines = _LINE_END.sub(b"\r\n", message).removesuffix(b"\r\n").replace(b"\r\n.", b"\r\n..")
    return (b"." if lines.startswith(b".") else b"") + lines + b"\r\n.\r\n"
