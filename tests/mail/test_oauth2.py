"""The provider of tokens, asked over real HTTP: what it gives is taken whole, and what it says of people by nobody."""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.mail.login import oauth2
from bot.mail.login.oauth2 import REFUSALS, Client, TokenAwayError, TokenError, TokenRefusedError, by_client, renew
from tests.servers import Certificate, free_port
from tests.token_server import CLIENT_ID, CLIENT_SECRET, TokenServer


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with TokenServer() as made:
        yield made


@pytest.fixture
def client(server: TokenServer) -> Client:
    return Client(server.token_url, CLIENT_ID, CLIENT_SECRET, "mail.read mail.send")


def test_a_refresh_token_brings_an_access_token(server: TokenServer, client: Client) -> None:
    shown = server.written()
    granted = renew(client, shown)
    assert granted.access in server.access
    assert (granted.lifetime, granted.refresh) == (3600, None)
    assert server.asked == [
        {
            "grant_type": "refresh_token", "refresh_token": shown, "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET, "scope": "mail.read mail.send",
        }
    ]  # fmt: skip


def test_a_program_without_a_secret_or_scope_shows_none(server: TokenServer) -> None:
    renew(Client(server.token_url, CLIENT_ID), server.written())
    assert set(server.asked[0]) == {"grant_type", "refresh_token", "client_id"}


def test_a_firms_own_program_shows_its_secret_alone(server: TokenServer, client: Client) -> None:
    granted = by_client(client)
    assert granted.access in server.access
    assert server.asked[0]["grant_type"] == "client_credentials"


def test_a_new_refresh_token_comes_with_the_access_token(server: TokenServer, client: Client) -> None:
    server.rotates = True
    first = server.written()
    second = renew(client, first).refresh
    assert second in server.refresh
    assert first not in server.refresh


@pytest.mark.parametrize(
    ("said", "read"), [(1200, 1200), ("1200", 1200), (None, 3600), ("soon", 3600), (-5, 1), (10**20, 366 * 86400)]
)
def test_the_lifetime_is_read_however_it_is_written(
    server: TokenServer, client: Client, said: object, read: int
) -> None:
    server.lifetime = said
    assert renew(client, server.written()).lifetime == read


@pytest.mark.parametrize("code", REFUSALS)
def test_each_known_refusal_is_said_in_plain_words(server: TokenServer, client: Client, code: str) -> None:
    server.refuses(code)
    with pytest.raises(TokenRefusedError) as caught:
        renew(client, "refresh-1")
    assert (str(caught.value), caught.value.code) == (REFUSALS[code], code)


def test_an_unknown_refusal_repeats_nothing_of_the_providers_words(server: TokenServer, client: Client) -> None:
    server.refuses("no ada@example.net")
    with pytest.raises(TokenRefusedError, match=r"^the token server refuses \(status 400\)$"):
        renew(client, "refresh-1")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"<html>oops</html>", 200, id="a page"),
        pytest.param(b"\xff\xfe{", 200, id="octets"),
        pytest.param(b"[1]", 200, id="no object"),
        pytest.param(b"{}", 200, id="no token"),
        pytest.param(b'{"access_token": 7}', 200, id="a number"),
        pytest.param(b'{"access_token": ""}', 200, id="empty"),
        pytest.param(b'{"access_token": "a\\u0001auth=x"}', 200, id="a second header in it"),
        pytest.param(b'{"access_token": "a\\r\\nRSET"}', 200, id="a second line in it"),
        pytest.param(b'{"access_token": "a", "token_type": "mac"}', 200, id="no bearer token"),
        pytest.param(b'{"access_token": "a", "refresh_token": ["b"]}', 200, id="refresh tokens"),
        pytest.param(b'{"access_token": "' + b"a" * 100_000 + b'"}', 200, id="without end"),
        pytest.param(b"{}", 500, id="broken"),
        pytest.param(b'{"error": "temporarily_unavailable"}', 503, id="busy"),
        pytest.param(b"{}", 429, id="too often"),
        pytest.param(b"{}", 302, id="elsewhere"),
    ],
)
def test_what_is_no_token_is_no_refusal_either(server: TokenServer, client: Client, body: bytes, status: int) -> None:
    server.answers(body, status)
    with pytest.raises(TokenAwayError):
        renew(client, "refresh-1")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_nowhere(server: TokenServer, client: Client, status: int) -> None:
    server.answers(b"", status)
    with pytest.raises(TokenAwayError):
        renew(client, "refresh-1")
    assert server.paths == ["/token"]


def test_a_server_that_is_silent_is_left(server: TokenServer, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oauth2, "TIMEOUT", 0.2)
    server.hangs(2)
    began = time.monotonic()
    with pytest.raises(TokenAwayError, match=r"^no connection to the token server: TimeoutError$"):
        renew(client, "refresh-1")
    assert time.monotonic() - began < 1.5


def test_a_server_that_sends_an_octet_now_and_then_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oauth2, "ANSWERS_WITHIN", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dripping = threading.Thread(target=_drip, args=(listener,))
        dripping.start()
        with pytest.raises(TokenAwayError, match=r"^the token server does not come to an end$"):
            renew(Client(f"http://127.0.0.1:{listener.getsockname()[1]}/token", CLIENT_ID), "refresh-1")
        dripping.join(10)


def _drip(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection, contextlib.suppress(OSError):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100):
            connection.sendall(b" ")
            time.sleep(0.05)


def test_a_server_that_is_not_there_is_away() -> None:
    with pytest.raises(TokenAwayError, match=r"^no connection to the token server: ConnectionRefusedError$"):
        renew(Client(f"http://127.0.0.1:{free_port()}/token", CLIENT_ID), "refresh-1")


@pytest.mark.parametrize("url", ["http://login.example/token", "ftp://127.0.0.1/token", "file:///etc/passwd", "token"])
def test_a_secret_leaves_in_clear_text_to_loopback_only(client: Client, url: str) -> None:
    with pytest.raises(TokenRefusedError, match="is not https"):
        renew(replace(client, token_url=url), "refresh-1")


def test_https_is_checked_against_the_machines_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = Certificate.make(tmp_path)
    with TokenServer(context=certificate.server_context()) as server:
        client = Client(server.token_url, CLIENT_ID)
        with pytest.raises(TokenAwayError, match="SSLCertVerificationError"):
            renew(client, server.written())
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.cert))
        assert renew(client, server.written()).access in server.access


def test_no_error_and_no_repr_holds_a_secret(
    server: TokenServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = server.written()
    said = [repr(client), repr(renew(client, shown))]
    server.refuses("invalid_grant")
    server.answers(b"nonsense")
    for _ in range(2):
        with pytest.raises(TokenError) as caught:
            renew(client, shown)
        said += [str(caught.value), repr(caught.value)]
    for text in (*said, caplog.text):
        assert not any(secret in text for secret in (CLIENT_SECRET, shown, *server.access, "ada@"))
