"""STARTTLS that is refused, cut or tampered with is an error: no password leaves in the clear."""

import socket
import threading
from contextlib import suppress
from io import RawIOBase
from pathlib import Path

import pytest
from imapclient import SocketTimeout

from bot.mail.imap.folder import Account, Folder, MailboxAwayError
from bot.mail.login.tls import Tls
from tests.servers import LOOPBACK, Certificate

GREETING = b"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] ready\r\n"


class Tampered:
    """A server that answers STARTTLS as it is told, goes on under TLS where it consented, and keeps what it hears."""

    def __init__(self, certificate: Certificate, answer: bytes, greeting: bytes = GREETING) -> None:
        self._certificate, self._answer, self._greeting = certificate, answer, greeting
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            connection, _address = self._listener.accept()
            connection.sendall(self._greeting)
            self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb", buffering=0) as lines:
            self._answer_to(lines, connection)

    def _answer_to(self, lines: RawIOBase, connection: socket.socket) -> None:
        for line in lines:
            self.heard.append(line)
            tag, verb, *_rest = line.split()
            if verb == b"CAPABILITY":
                connection.sendall(b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\n" + tag + b" OK done\r\n")
            elif verb == b"STARTTLS":
                connection.sendall(self._answer.replace(b"TAG", tag))
                if b" OK " not in self._answer:
                    continue
                self._talk(self._certificate.server_context().wrap_socket(connection, server_side=True))
                return
            else:
                connection.sendall(tag + b" NO\r\n")


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return Certificate.make(tmp_path)


def refusal(server: Tampered, certificate: Certificate) -> str:
    there = Account(
        LOOPBACK, server.port, Tls.STARTTLS, "ada", "secret", cafile=certificate.cert, timeout=SocketTimeout(2, 2)
    )
    with pytest.raises(MailboxAwayError) as caught:
        Folder(there, "INBOX")
    server.close()
    return str(caught.value)


def logins(server: Tampered) -> list[bytes]:
    return [line for line in server.heard if b"AUTHENTICATE" in line or b"LOGIN" in line]


def test_without_tampering_the_login_follows_under_tls(certificate: Certificate) -> None:
    server = Tampered(certificate, b"TAG OK begin\r\n")
    refusal(server, certificate)
    assert len(logins(server)) == 1


@pytest.mark.parametrize(
    "behind",
    [
        pytest.param(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", id="other capabilities"),
        pytest.param(b"* PREAUTH welcome\r\n", id="no login needed"),
        pytest.param(b"*", id="half a line"),
    ],
)
def test_words_in_the_clear_behind_the_consent_are_refused(certificate: Certificate, behind: bytes) -> None:
    server = Tampered(certificate, b"TAG OK begin\r\n" + behind)
    assert "in the clear" in refusal(server, certificate)
    assert logins(server) == []


@pytest.mark.parametrize("answer", [b"TAG NO not now\r\n", b"TAG BAD unknown\r\n", b"* BYE\r\n", b"nonsense\r\n"])
def test_a_refusal_is_no_consent(certificate: Certificate, answer: bytes) -> None:
    server = Tampered(certificate, answer)
    refusal(server, certificate)
    assert logins(server) == []


@pytest.mark.parametrize(
    "greeting",
    [b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] ada\r\n", b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ada\r\n"],
)
def test_a_greeting_that_leaves_no_way_to_tls_ends_it(certificate: Certificate, greeting: bytes) -> None:
    server = Tampered(certificate, b"TAG BAD too late\r\n", greeting)
    refusal(server, certificate)
    assert logins(server) == []
