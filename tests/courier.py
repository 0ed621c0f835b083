"""A second IMAP server on loopback: Debian's Courier: no MOVE, no UIDNEXT at SELECT, and "INBOX." before each folder.

Whoever logs in is met by a few lines of ours, for Courier's own login takes root and a daemon; from there on its real
``imapd`` speaks with the client, on the client's own socket.
"""

import base64
import os
import pwd
import re
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.machine import COURIER
from tests.servers import LOOPBACK, PASSWORD, ImapServer

IMAPD = Path(*COURIER)
UNPACKED = IMAPD.parents[2]
LIBRARIES = os.pathsep.join(map(str, [UNPACKED / "usr/lib", *UNPACKED.glob("usr/lib/*-linux-*")]))
CAPABILITIES = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"
PREFIX, SEPARATOR = "INBOX.", "."


class Courier(ImapServer):
    """Any user name with the password ``secret`` has an own, empty INBOX. It has no TLS."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.cafile, self.tls_port = None, 0
        self._connections: list[tuple[socket.socket, subprocess.Popen[bytes]]] = []
        self._listener: socket.socket | None = None
        self.port = 0

    def start(self) -> Self:
        self._listener = socket.create_server((LOOPBACK, self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()
        self._no_watcher = socket.socket(socket.AF_UNIX)
        self._no_watcher.bind(_watchers_address(str(self.port)))
        self._no_watcher.listen()
        threading.Thread(target=_hang_up, args=(self._no_watcher,), daemon=True).start()
        return self

    def stop(self) -> None:
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
            self._no_watcher.close()
        for client, imapd in self._connections:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            imapd.kill()
            imapd.wait(10)
            client.close()
        self._connections.clear()

    def named(self, folder: str) -> str:
        return folder if folder == "INBOX" or folder.startswith(PREFIX) else PREFIX + folder.replace("/", SEPARATOR)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                client, _address = listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._meet, args=(client,), daemon=True).start()

    def _meet(self, client: socket.socket) -> None:
        with suppress(OSError):
            came_in = _login(client)
            if came_in is None:
                client.close()
            else:
                self._connections.append((client, self._imapd(client, *came_in)))

    def _imapd(self, client: socket.socket, tag: str, user: str) -> "subprocess.Popen[bytes]":
        """It says itself that the login is done: ``tag`` OK."""
        home = self.home / re.sub(r"[^\w.-]", "_", user)
        for folder in ("cur", "new", "tmp"):
            (home / "Maildir" / folder).mkdir(parents=True, exist_ok=True)
        told = {
            "AUTHENTICATED": user, "MAILDIR": "Maildir", "IMAPLOGINTAG": tag, "TCPREMOTEIP": LOOPBACK,
            "TCPREMOTEPORT": "0", "IMAP_CAPABILITY": CAPABILITIES, "IMAP_KEYWORDS": "0", "IMAP_USELOCKS": "0",
            "IMAP_ENHANCEDIDLE": "0", "IMAP_IDLE_TIMEOUT": "1", "LD_LIBRARY_PATH": LIBRARIES,
            "GAM_CLIENT_ID": str(self.port),
        }  # fmt: skip
        return subprocess.Popen(
            [IMAPD, "Maildir"], stdin=client, stdout=client, stderr=subprocess.DEVNULL, cwd=home, env=told
        )


def _watchers_address(client: str) -> bytes:
    """Where Courier's library looks for the daemon that watches folders. It waits more than a second for one that is
    not there, and goes on at once without one that hangs up."""
    return f"\0/tmp/fam-{pwd.getpwuid(os.getuid()).pw_name}-{client}".encode().ljust(108, b"\0")


def _hang_up(listener: socket.socket) -> None:
    with suppress(OSError):
        while True:
            listener.accept()[0].close()


def _login(client: socket.socket) -> tuple[str, str] | None:
    """The tag of the command that logs in, and who; None where the client goes away instead."""
    # Without a buffer: what comes after the login is the server's to read.
    words = client.makefile("rb", buffering=0)
    capabilities = f"{CAPABILITIES} AUTH=PLAIN"
    client.sendall(f"* OK [CAPABILITY {capabilities}] ready\r\n".encode())
    while line := words.readline():
        tag, verb, *_rest = line.decode("ascii").split()
        if verb.upper() == "AUTHENTICATE":
            client.sendall(b"+ \r\n")
            _as, user, password = base64.b64decode(words.readline()).decode().split("\0")
            if password == PASSWORD:
                return tag, user
            client.sendall(f"{tag} NO Login failed.\r\n".encode())
        elif verb.upper() == "LOGOUT":
            client.sendall(f"* BYE\r\n{tag} OK LOGOUT completed\r\n".encode())
            return None
        else:
            client.sendall(f"* CAPABILITY {capabilities}\r\n{tag} OK done\r\n".encode())
    return None
