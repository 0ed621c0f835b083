"""Where a mailbox is goes in; a logged-in IMAP connection comes out, or why there is none, without an address."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError

from bot.mail.login import oauth2, sasl
from bot.mail.login.tls import Tls, client_context

# It prints addresses and subjects at DEBUG and INFO.
for _name in ("imapclient", "imapclient.imaplib"):
    logging.getLogger(_name).setLevel(logging.WARNING)


NONSENSE = (ValueError, LookupError, AssertionError, TypeError, AttributeError)
"""What imaplib and imapclient raise where an answer is not what they take apart; UnicodeError is a ValueError."""


class MailboxAwayError(Exception):
    """The mailbox cannot be reached or does not answer now; the text says why and holds no address."""


class MailboxLoginError(MailboxAwayError):
    """The server does not take the user or the password: trying again soon may lock the account."""


class MailboxRefusedError(MailboxAwayError):
    """The server is there and does not do what it was asked."""


@dataclass(frozen=True)
class Account:
    """Where a mailbox is, and how to log in to it: with a password, or with ``tokens``."""

    host: str
    port: int
    tls: Tls
    user: str
    password: str
    cafile: Path | None = None
    tokens: oauth2.Tokens | None = None
    timeout: SocketTimeout = field(default_factory=lambda: SocketTimeout(connect=15, read=60))


def connected(account: Account) -> IMAPClient:
    implicit = account.tls is Tls.IMPLICIT
    with asking():
        client = IMAPClient(
            account.host,
            account.port,
            ssl=implicit,
            ssl_context=client_context(account.cafile) if implicit else None,
            timeout=account.timeout,
        )
    try:
        with asking():
            # A literal and its end leave as two writes: the second would wait for the first to be acknowledged.
            client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.normalise_times = False
            if account.tls is Tls.STARTTLS:
                _start_tls(client, account)
            _log_in(client, account)
    except BaseException:
        log_out(client)
        raise
    return client


def _start_tls(client: IMAPClient, account: Account) -> None:
    """Raise where anything came in the clear behind the server's consent: it would count as said under TLS.

    That is CVE-2011-0411 and its kin, seen from the client.
    """
    in_the_clear = client._imap.file
    client.starttls(client_context(account.cafile))
    if _left_in(in_the_clear):
        raise MailboxAwayError("the server says more in the clear than that TLS may begin")


def _left_in(stream: Any) -> bytes:
    """What was received and not read. The socket beneath has become that of TLS: nothing more comes from it."""
    try:
        left: bytes = stream.peek(1)
    except (OSError, ValueError):
        return b""
    return left


def _log_in(client: IMAPClient, account: Account) -> None:
    if account.tokens is not None:
        oauth2.log_in(account.tokens, lambda access: _show(client, account.user, access))
    elif client.has_capability("AUTH=PLAIN"):
        # LOGIN quotes no user name and takes ASCII only; PLAIN is any octets (RFC 4616).
        client.plain_login(account.user, account.password)
    else:
        client.login(account.user, account.password)


def _show(client: IMAPClient, user: str, access: str) -> None:
    """Log in with this token. Raises NotTakenError."""
    offered = (str(one, "ascii", "replace").upper() for one in client.capabilities())
    name = sasl.chosen(sasl.BY_TOKEN, [one.removeprefix("AUTH=") for one in offered if one.startswith("AUTH=")])
    if name is None:
        raise MailboxRefusedError("the server takes no tokens (OAUTHBEARER, XOAUTH2): write password_file instead")
    try:
        client.sasl_login(name, sasl.by_token(name, user, access))
    except LoginError as error:
        if _says_nothing_of_us(error):
            raise
        raise oauth2.NotTakenError from error


def log_out(client: IMAPClient) -> None:
    try:
        client.logout()
    except (IMAPClient.Error, OSError):
        # The connection was gone already; what is left is the socket.
        _shut(client)


def _shut(client: IMAPClient) -> None:
    try:
        client.shutdown()
    except (IMAPClient.Error, OSError) as error:
        logging.getLogger(__name__).debug(
            "A mailbox's connection was closed by the other side: %s", type(error).__name__
        )


@contextmanager
def asking() -> Iterator[None]:
    """Whatever goes wrong on the wire as one of our three errors, without a word of what the server said of whom."""
    try:
        yield
    except oauth2.TokenRefusedError as error:
        raise MailboxLoginError(str(error)) from error
    except oauth2.TokenAwayError as error:
        raise MailboxAwayError(str(error)) from error
    except LoginError as error:
        if _says_nothing_of_us(error):
            raise MailboxAwayError("the server lets nobody in now") from error
        raise MailboxLoginError("the server refuses the user name or the password") from error
    except IMAPClient.AbortError as error:
        raise MailboxAwayError("the server ended the connection") from error
    except IMAPClient.Error as error:
        raise MailboxRefusedError(_refusal(error)) from error
    except (OSError, *NONSENSE) as error:
        raise _no_answer(error) from error


def _says_nothing_of_us(error: LoginError) -> bool:
    """Whether the log-in ended for another reason than user and password.

    imapclient makes a LoginError of a connection that ended too; RFC 5530, 3 has the code for a server in trouble.
    """
    return isinstance(error.__context__, IMAPClient.AbortError) or "[UNAVAILABLE]" in str(error).upper()


def _no_answer(error: Exception) -> MailboxAwayError:
    """A wrong certificate is an OSError and a ValueError: what is no connection is no nonsense."""
    if isinstance(error, OSError):
        return MailboxAwayError(f"no connection: {type(error).__name__}")
    return MailboxRefusedError(f"the server answers what is no IMAP: {type(error).__name__}")


def _refusal(error: Any) -> str:
    text = str(error).lower()
    if "starttls" in text or "capability" in text:
        return "the server does not offer what is configured (STARTTLS)"
    if text.startswith(("select failed", "examine failed")):
        return "the server has no such folder, or does not open it"
    return f"the server refuses: {type(error).__name__}"
