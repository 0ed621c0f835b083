"""What the tests of the mail room share: real servers on loopback."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Dovecot, SmtpSink


@pytest.fixture(scope="session")
def imap_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    yield from _dovecot(tmp_path_factory.mktemp("imap"))


@pytest.fixture(scope="session")
def tls_imap_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    yield from _dovecot(tmp_path_factory.mktemp("imaps"), tls=True, separator=".")


@pytest.fixture(scope="session")
def plain_imap_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    """A server that cannot MOVE."""
    yield from _dovecot(tmp_path_factory.mktemp("old"), capability="IMAP4rev1 UIDPLUS AUTH=PLAIN")


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        yield server


def _dovecot(
    home: Path, *, tls: bool = False, capability: str | None = None, separator: str = "/"
) -> Iterator[Dovecot]:
    if not Dovecot.installed():
        pytest.skip("no dovecot here")
    with Dovecot(home, tls=tls, capability=capability, separator=separator) as server:
        yield server
    shutil.rmtree(home, ignore_errors=True)
