"""Where the mail server is goes in; a logged-in SMTP connection comes out, or why there is none, and no address."""

import re
import smtplib
import ssl
from dataclasses import dataclass
from pathlib import Path

from bot.mail.login import oauth2
from bot.mail.login.tls import Tls, client_context
from bot.mail.relay.login import log_in

CONNECT_TIMEOUT = 30.0
# RFC 5321, 4.5.3.2.6: the server may need ten minutes to decide; to give up sooner doubles letters.
FINAL_TIMEOUT = 600.0
REPLY_LIMIT = 300

_ADDRESS = re.compile(r"<?[^\s<>]*@[^\s<>]*>?")


class SendError(Exception):
    """A letter that the server has not surely taken; ``reply`` is what it said, without addresses."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


class TemporarySendError(SendError):
    """Nothing was taken; the same letter may be tried again."""


class RelayAwayError(TemporarySendError):
    """The server cannot be reached or logged in to, or takes nothing from us: this says nothing of the letter."""


class RelayBusyError(RelayAwayError):
    """The server is there and says "later" (4xx) before it has seen a letter."""


class PermanentSendError(SendError):
    """The server refuses this letter for good (5xx)."""


class UncertainSendError(SendError):
    """The connection ended after the final dot: nobody knows whether the letter was taken. Not to be tried again."""


@dataclass(frozen=True)
class Server:
    """Where the relay is, and how to log in to it: with a password, or ``tokens`` (``user`` empty: not at all)."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = ""
    cafile: Path | None = None
    tokens: oauth2.Tokens | None = None
    timeout: float = CONNECT_TIMEOUT
    final_timeout: float = FINAL_TIMEOUT
    # smtplib's own default asks the name service, which may take its time.
    hello: str = "[127.0.0.1]"


def connect(server: Server) -> smtplib.SMTP:
    context = None if server.tls is Tls.NONE else client_context(server.cafile)
    try:
        connection = _reached(server, context)
        try:
            if server.tls is Tls.STARTTLS:
                connection.starttls(context=context)
            connection.ehlo_or_helo_if_needed()
            if server.user:
                log_in(connection, server.user, server.tokens or server.password)
        except BaseException:
            connection.close()
            raise
    except (smtplib.SMTPException, OSError, UnicodeError, oauth2.TokenError) as error:
        raise (RelayBusyError if _says_later(error) else RelayAwayError)(_no_connection(error)) from error
    return connection


def _reached(server: Server, context: ssl.SSLContext | None) -> smtplib.SMTP:
    where = server.host, server.port, server.hello
    if server.tls is Tls.IMPLICIT:
        return smtplib.SMTP_SSL(*where, timeout=server.timeout, context=context)
    return smtplib.SMTP(*where, timeout=server.timeout)


def _says_later(error: Exception) -> bool:
    return isinstance(error, smtplib.SMTPResponseException) and 400 <= error.smtp_code <= 499


def _no_connection(error: Exception) -> str:
    """What is wrong with the way out, never with a letter: a wrong password fails no letter for good."""
    if isinstance(error, oauth2.TokenError):
        return str(error)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "the server refuses the user name or the password"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "the server does not offer what is configured (STARTTLS or AUTH)"
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return said(error.smtp_code, text if isinstance(text, bytes) else text.encode("utf-8", "replace"))
    return f"no connection: {type(error).__name__}"


def said(code: int, text: bytes) -> str:
    """The server's words on one line, without the addresses in them."""
    words = " ".join(text.decode("utf-8", "replace").split())
    return _ADDRESS.sub("[address]", f"{code} {words}")[:REPLY_LIMIT]


def say_goodbye(connection: smtplib.SMTP) -> None:
    try:
        connection.quit()
    except (smtplib.SMTPException, OSError):
        connection.close()
