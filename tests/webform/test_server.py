"""The server under the web application: what reaches it, and how it stops."""

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from models.desk import Desk
from tests.apps import app_of
from tests.webform.conftest import MakeDesk
from webform.server import Server
from webform.wsgi import serve

MakeServer = Callable[[Any], Server]


@pytest.fixture
def start() -> Iterator[MakeServer]:
    running: list[Server] = []

    def start(app: Any) -> Server:
        server = serve(app, "127.0.0.1", 0)
        running.append(server)
        server.start()
        return server

    yield start
    for server in running:
        server.stop()


def ask(server: Server, method: str = "GET", path: str = "/", **how: Any) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    headers = {"Host": "desk.shop.example", "Connection": "close", **how.pop("headers", {})}
    connection.request(method, path, headers=headers, **how)
    answer = connection.getresponse()
    answer.body = answer.read().decode()  # type: ignore[attr-defined]
    connection.close()
    return answer


def test_the_form_is_served_and_says_nothing_of_its_server(desk: Desk, start: MakeServer) -> None:
    answer = ask(start(app_of(desk)))
    assert answer.status == 200
    assert "waitress" not in (answer.headers.get("Server") or "")


def test_a_body_too_large_gets_a_page(desk: Desk, start: MakeServer) -> None:
    answer = ask(start(app_of(desk)), "POST", "/support/", body=b"x" * (7 * 1024 * 1024))
    assert answer.status == 413
    assert "support@shop.example" in answer.body  # type: ignore[attr-defined]


def test_a_header_of_a_strange_proxy_reaches_the_guard(make_desk: MakeDesk, start: MakeServer, caplog: Any) -> None:
    server = start(app_of(make_desk(limits={"form_posts_per_hour": 1})))
    how = {"headers": {"X-Forwarded-For": "203.0.113.7", "Content-Type": "application/x-www-form-urlencoded"}}
    posts = [ask(server, "POST", "/support/", body=f"kind=access&email=ada{n}%40example.net", **how) for n in (1, 2)]
    assert [answer.status for answer in posts] == [303, 303]
    assert "trusted_proxies" in caplog.text


@pytest.mark.parametrize("host", ["evil.example", "desk.shop.example@evil.example"])
def test_another_name_is_refused(desk: Desk, start: MakeServer, host: str) -> None:
    server = start(app_of(desk))
    assert ask(server, headers={"Host": host}).status == 400
    assert ask(server, path="/healthz", headers={"Host": host}).status == 200


def test_an_answer_in_hand_is_finished_before_the_server_stops(start: MakeServer) -> None:
    begun = threading.Event()

    def slow(environ: Any, answer: Any) -> list[bytes]:
        begun.set()
        time.sleep(0.4)
        answer("200 OK", [("Content-Type", "text/plain")])
        return [b"x" * 100_000]

    server = start(slow)
    answers: list[http.client.HTTPResponse] = []
    asking = threading.Thread(target=lambda: answers.append(ask(server)))
    asking.start()
    begun.wait(5)
    port, began = server.port, time.monotonic()
    server.stop()
    assert time.monotonic() - began < 3
    asking.join(5)
    assert answers[0].status == 200
    assert len(answers[0].body) == 100_000  # type: ignore[attr-defined]
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=1):
        pass


def test_a_loop_that_was_awake_anyway_ends_as_well(
    start: MakeServer, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's pull, just before our own, must not let the loop close what we are about to pull."""
    server = start(app_of(desk))
    pull = server._trigger._physical_pull

    def late() -> None:
        pull()
        time.sleep(0.2)
        pull()

    monkeypatch.setattr(server._trigger, "_physical_pull", late)
    server.stop()
    assert not server._thread.is_alive()


def test_an_idle_connection_does_not_hold_the_server(start: MakeServer, desk: Desk) -> None:
    server = start(app_of(desk))
    with socket.create_connection(("127.0.0.1", server.port), timeout=5):
        ask(server)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 3


def test_a_port_that_is_taken_is_said_at_once(start: MakeServer, desk: Desk) -> None:
    taken = start(app_of(desk)).port
    with pytest.raises(OSError, match="in use"):
        serve(app_of(desk), "127.0.0.1", taken)
