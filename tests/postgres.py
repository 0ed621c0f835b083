"""A folder goes in; out comes a private PostgreSQL on loopback, gone with everything in it when the tests are over."""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

# Nothing here outlives the tests, so nothing waits for a disk.
_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "unix_socket_directories=")
_PATIENCE = 20.0


def programs() -> Path:
    """The folder of the newest server programs (Debian keeps them off the path)."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("postgres")
    if not found and on_path is None:
        raise FileNotFoundError("PostgreSQL's server is not installed")
    return found[-1].parent if found else Path(str(on_path)).parent


class Postgres:
    """One cluster, started on entering; the server refuses root, so under root it runs as ``postgres``."""

    def __init__(self, home: Path) -> None:
        self._home = self._own = home
        self._account: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            self._account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self._numbers = itertools.count(1)
        self._server: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self._own = Path(tempfile.mkdtemp(prefix="rightsdesk-postgres-")) if self._account else self._home
        if self._account:
            # pytest's folders are closed to other accounts, so the cluster of root lies beside them.
            os.chown(self._own, self._account["user"], self._account["group"])
        self._run(
            "initdb", "-D", "data", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"
        )
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._signal(signal.SIGQUIT)  # at once, without a last checkpoint: nothing of it is kept
        if self._account:
            shutil.rmtree(self._own)

    def url(self, name: str = "postgres", *, account: str = "postgres") -> str:
        return f"postgresql+psycopg://{account}@127.0.0.1:{self.port}/{name}"

    def create_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"own_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def execute(self, statement: str, *, database: str = "postgres") -> None:
        with self._connect(database) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        """Start on the port of last time, so that URLs stay good when a test stops the server in between."""
        self.port = self.port or _free_port()
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        command = [str(programs() / "postgres"), "-D", "data", "-h", "127.0.0.1", "-p", str(self.port), *settings]
        with (self._own / "log").open("ab") as log:
            self._server = subprocess.Popen(command, cwd=self._own, stdout=log, stderr=log, **self._account)
        self._wait()

    def stop(self) -> None:
        """End every connection and the server, with everything on disk."""
        self._signal(signal.SIGINT)

    def _signal(self, number: signal.Signals) -> None:
        if self._server is not None:
            self._server.send_signal(number)
            self._server.wait(_PATIENCE)
            self._server = None

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(programs() / program), *arguments]
        subprocess.run(command, cwd=self._own, check=True, capture_output=True, timeout=60, **self._account)

    def _wait(self) -> None:
        assert self._server is not None
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and self._server.poll() is None:
            with contextlib.suppress(psycopg.OperationalError):
                self._connect("postgres").close()
                return
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start: {(self._own / 'log').read_text()[-2000:]}")

    def _connect(self, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=database, autocommit=True, connect_timeout=5
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
