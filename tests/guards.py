"""What no test may do, unasked: reach beyond this machine, or write personal data into a log."""

import errno
import ipaddress
import logging
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

OURS = ("bot", "models", "webform")
PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails the test also where the code under test took the refusal for a server that is away."""
    reached: list[str] = []
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, _loopback_only(getattr(socket.socket, name), reached))
    monkeypatch.setattr(socket, "getaddrinfo", _loopback_names_only(socket.getaddrinfo, reached))
    yield
    assert not reached, f"a test reached for {reached}"


@pytest.fixture(autouse=True)
def no_personal_data_in_logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    for name in OURS:
        caplog.set_level(logging.DEBUG, logger=name)
    yield
    # In a teardown ``caplog.records`` holds the teardown's own.
    records = caplog.get_records("setup") + caplog.get_records("call")
    leaks = [line for record in records for line in leaks_of(record)]
    assert not leaks, f"an address was logged: {leaks}"


def leaks_of(record: logging.LogRecord) -> list[str]:
    """What of a record of ours holds an address: its message, its exception and what led to it, its extra values."""
    if record.name.partition(".")[0] not in OURS:
        return []
    extra = [str(value) for key, value in vars(record).items() if key not in PLAIN]
    said = [record.getMessage(), *_exception_texts(record), *extra]
    return [f"{record.name}: {text}" for text in said if "@" in text]


def _exception_texts(record: logging.LogRecord) -> list[str]:
    texts = []
    problem = record.exc_info[1] if record.exc_info else None
    while problem is not None:
        texts.append(str(problem))
        problem = problem.__cause__ or problem.__context__
    return texts


def _loopback_only(real: Callable[..., Any], reached: list[str]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *args: Any) -> Any:
        address = args[-1]
        if self.family in {socket.AF_INET, socket.AF_INET6} and not is_loopback(address[0]):
            reached.append(repr(address))
            raise OSError(errno.ENETUNREACH, "tests stay on this machine")
        return real(self, *args)

    return guarded


def _loopback_names_only(real: Callable[..., Any], reached: list[str]) -> Callable[..., Any]:
    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        # A look-up of a name leaves the machine as well.
        if not is_loopback(host):
            reached.append(repr(host))
            raise socket.gaierror(socket.EAI_NONAME, "tests stay on this machine")
        return real(host, *args, **kwargs)

    return guarded


def is_loopback(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost", socket.gethostname()}:
        return True
    try:
        address = ipaddress.ip_address(str(name).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
