"""What the tests of the mail room share: real servers on loopback."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.servers import Dovecot, SmtpSink


@pytest.fixture(scope="session")
def imap_server() -> Iterator[Dovecot]:
    yield from _dovecot()


@pytest.fixture(scope="session")
def tls_imap_server() -> Iterator[Dovecot]:
    yield from _dovecot(tls=True, separator=".")


@pytest.fixture(scope="session")
def plain_imap_server() -> Iterator[Dovecot]:
    """A server that cannot MOVE."""
    yield from _dovecot(capability="IMAP4rev1 UIDPLUS AUTH=PLAIN")


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        yield server


def _dovecot(*, tls: bool = False, capability: str | None = None, separator: str = "/") -> Iterator[Dovecot]:
    if not Dovecot.installed():
        pytest.skip("no dovecot here")
    # Outside pytest's own folder: another run of it, beginning now, would shut that to everybody but its user.
    with (
        TemporaryDirectory(prefix="dovecot-") as home,
        Dovecot(Path(home), tls=tls, capability=capability, separator=separator) as server,
    ):
        yield server
