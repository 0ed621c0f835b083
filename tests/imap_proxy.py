"""A proxy before an IMAP server, on loopback: refuses a command that it was told to, or ends the connection at it."""

import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.servers import LOOPBACK

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
        self._cut_at: tuple[int, bytes] | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def refuse(self, pattern: str, answer: str = "NO refused by plan") -> None:
        """Every command whose line is found by the pattern, from now on."""
        self._refused = re.compile(pattern, re.IGNORECASE), answer

    def cut_at(self, number: int, last_words: bytes = b"") -> None:
        """End the connection at this command, counted from now on, instead of passing it on."""
        self._cut_at = len(self.commands) + number, last_words

    def behave(self) -> None:
        self._refused = self._cut_at = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                client, _address = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection((LOOPBACK, self._server_port)) as server, suppress(OSError):
            threading.Thread(target=_pump, args=(server, client), daemon=True).start()
            for line in client.makefile("rb"):
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
        if self._cut_at is not None and len(self.commands) == self._cut_at[0]:
            return Answer(self._cut_at[1], is_last=True)
        if self._refused is not None and self._refused[0].search(said):
            return Answer(command[1] + b" " + self._refused[1].encode() + b"\r\n", is_last=False)
        return None


def _pump(server: socket.socket, client: socket.socket) -> None:
    with suppress(OSError):
        while data := server.recv(65_536):
            client.sendall(data)
    with suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)
