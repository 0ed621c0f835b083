"""A proxy before an IMAP server, on loopback: refuses, hides, falls silent or ends the connection as it is told."""

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tests.servers import LOOPBACK

if TYPE_CHECKING:
    from tests.conftest import Mailbox

COMMAND = re.compile(rb"(\S+) ((?:UID )?[A-Z]+)(.*)\r\n", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Answer:
    words: bytes
    is_last: bool


class ImapProxy:
    """Counts the commands of all its connections. Plans are made before a connection, by whoever asks for trouble."""

    host = LOOPBACK

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self.commands: list[str] = []
        self._refused: tuple[re.Pattern[str], str] | None = None
        self._garbled: tuple[re.Pattern[str], bytes] | None = None
        self._cut_at: tuple[int, bytes] | None = None
        self._cut_before: re.Pattern[str] | None = None
        self._hidden: re.Pattern[bytes] | None = None
        self._before: dict[str, Callable[[], Any]] = {}
        self._open: list[socket.socket] = []
        self._silent: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def refuse(self, pattern: str, answer: str = "NO refused by plan") -> None:
        """Every command whose line is found by the pattern, from now on."""
        self._refused = re.compile(pattern, re.IGNORECASE), answer

    def garble(self, pattern: str, untagged: bytes) -> None:
        """Every command whose line is found by the pattern gets these lines, and that all is well."""
        self._garbled = re.compile(pattern, re.IGNORECASE), untagged

    def cut_at(self, number: int, last_words: bytes = b"") -> None:
        """End the connection at this command, counted from now on, instead of passing it on."""
        self._cut_at = len(self.commands) + number, last_words

    def cut_before(self, pattern: str) -> None:
        """End the connection once, at the first command whose line is found by the pattern."""
        self._cut_before = re.compile(pattern, re.IGNORECASE)

    def hide(self, pattern: str) -> None:
        """What the server says and the pattern finds never arrives."""
        self._hidden = re.compile(pattern.encode(), re.IGNORECASE)

    def before(self, command: str, deed: Callable[[], Any]) -> None:
        """Do that once, when a command that begins so is about to reach the server."""
        self._before[command] = deed

    def cut_now(self, last_words: bytes = b"") -> None:
        """End every connection as it stands."""
        for client in self._open:
            with suppress(OSError):
                client.sendall(last_words)
                client.shutdown(socket.SHUT_RDWR)

    def fall_silent(self) -> None:
        """Of the connections as they stand nothing is passed on any more in either way; new ones are served."""
        self._silent.update(self._open)

    def said(self, command: str) -> list[str]:
        """The commands so far that begin so."""
        return [said for said in self.commands if said.startswith(command)]

    def close(self) -> None:
        """Nobody can connect any more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def behave(self) -> None:
        self._refused = self._garbled = self._cut_at = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self.close()
        self.cut_now()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                client, _address = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection((LOOPBACK, self._server_port)) as server, suppress(OSError):
            self._open.append(client)
            threading.Thread(target=self._pump, args=(server, client), daemon=True).start()
            for line in client.makefile("rb"):
                if client in self._silent:
                    continue
                answer = self._planned(line)
                if answer is None:
                    server.sendall(line)
                else:
                    client.sendall(answer.words)
                    if answer.is_last:
                        return

    def _planned(self, line: bytes) -> Answer | None:
        """What the proxy says itself to a command; what begins none belongs to the one before."""
        command = COMMAND.fullmatch(line)
        if command is None:
            return None
        said = command[2].decode().upper() + command[3].decode("ascii", "replace")
        self.commands.append(said)
        for begin in [begin for begin in self._before if said.startswith(begin)]:
            self._before.pop(begin)()
        if self._cut_at is not None and len(self.commands) == self._cut_at[0]:
            return Answer(self._cut_at[1], is_last=True)
        if self._cut_before is not None and self._cut_before.search(said):
            self._cut_before = None
            return Answer(b"", is_last=True)
        if self._refused is not None and self._refused[0].search(said):
            return Answer(command[1] + b" " + self._refused[1].encode() + b"\r\n", is_last=False)
        if self._garbled is not None and self._garbled[0].search(said):
            return Answer(self._garbled[1] + command[1] + b" OK done\r\n", is_last=False)
        return None

    def _pump(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65_536):
                if client not in self._silent:
                    client.sendall(self._hidden.sub(b"", data) if self._hidden else data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


@dataclass
class Behind:
    """A mailbox that the desk reaches through the proxy, and whoever delivers mail does not."""

    real: "Mailbox"
    proxy: ImapProxy

    @property
    def host(self) -> str:
        return self.proxy.host

    @property
    def port(self) -> int:
        return self.proxy.port

    @property
    def user(self) -> str:
        return self.real.user

    def put(self, raw: bytes, **how: Any) -> int:
        return self.real.put(raw, **how)
