"""A mail server that says "later" at the door is asked less and less often."""

import socketserver
import threading
from collections.abc import Iterator

import pytest

from bot.mail.login.tls import Tls
from bot.mail.relay.patience import Patience
from bot.mail.relay.session import RelayAwayError, RelayBusyError, Server


class Porter(socketserver.ThreadingTCPServer):
    """Says one line to each that comes, and counts them."""

    daemon_threads = True

    def __init__(self, line: bytes) -> None:
        self.line, self.came = line, 0
        super().__init__(("127.0.0.1", 0), Says)


class Says(socketserver.StreamRequestHandler):
    server: Porter

    def handle(self) -> None:
        self.server.came += 1
        self.wfile.write(self.server.line + b"\r\n")
        while self.server.line.startswith(b"220") and self.rfile.readline():
            self.wfile.write(b"250 well\r\n")


@pytest.fixture
def porter() -> Iterator[Porter]:
    with Porter(b"421 4.3.2 busy") as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_each_later_in_a_row_makes_the_pause_longer_and_a_welcome_ends_it(porter: Porter) -> None:
    seconds = Seconds()
    way = Patience(Server("127.0.0.1", porter.server_address[1], Tls.NONE), seconds=seconds)
    for came, pause in enumerate((0, 60, 300, 900, 900), 1):
        with pytest.raises(RelayBusyError, match="421"):
            way.connected()
        assert porter.came == came
        if pause:
            seconds.now += pause - 1
            with pytest.raises(RelayAwayError, match="asked again later"):
                way.connected()
            assert porter.came == came
            seconds.now += 1
    porter.line = b"220 welcome"
    way.connected().close()
    porter.line = b"421 4.3.2 busy"
    for _ in range(2):
        with pytest.raises(RelayBusyError):
            way.connected()


def test_a_server_that_refuses_us_for_good_is_asked_as_often_as_one_that_is_away(porter: Porter) -> None:
    porter.line = b"554 5.7.1 not you"
    way = Patience(Server("127.0.0.1", porter.server_address[1], Tls.NONE))
    for came in (1, 2, 3):
        with pytest.raises(RelayAwayError):
            way.connected()
        assert porter.came == came
