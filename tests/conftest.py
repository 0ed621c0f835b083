"""Fixtures every test may use: time that stands still, the desk's own database, real servers on loopback."""

import itertools
import os
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from models.rules.references import reference_from
from models.services import passwords
from tests.guards import no_network, no_personal_data_in_logs
from tests.machine import CHROMIUM, COURIER, DOVECOT, POSTGRES, find, need

# A run of the rules alone shall not wait for SQLAlchemy and Selenium: what is heavy is imported by its fixture.
if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session, sessionmaker

    from tests.courier import Courier
    from tests.desk_database import Databases, Engines
    from tests.postgres import Postgres
    from tests.servers import Dovecot, ImapServer, SmtpSink

__all__ = ["no_network", "no_personal_data_in_logs"]

# Making a program quick takes JAX longer than running a slow one takes a test.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")

ON_POSTGRES = os.environ.get("RIGHTSDESK_TEST_DATABASE", "sqlite") == "postgresql"
CHROMIUM_SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Before -m chooses: what uses the desk's own database runs on PostgreSQL too."""
    for item in items:
        if "database_url" in getattr(item, "fixturenames", ()):
            item.add_marker("desk_database")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    seed = config.getoption("randomly_seed", None)
    terminalreporter.write_line(f"same order again: --randomly-seed={seed}" if seed else "in the order of the files")


class Clock:
    """Time that stands still until a test moves it."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2031, 1, 31, 9, 0, tzinfo=UTC))


@pytest.fixture(autouse=True)
def quick_passwords(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash that takes a tenth of a second is for real accounts, and for the tests that are about it."""
    if request.node.get_closest_marker("real_passwords") is None:
        monkeypatch.setattr(passwords, "MEMORY_KIB", 64)


@pytest.fixture
def new_reference() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: reference_from(next(numbers))


@pytest.fixture(scope="session")
def desk_databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Databases":
    """SQLite files, or with RIGHTSDESK_TEST_DATABASE=postgresql databases on a real server."""
    from tests.desk_database import PostgresDatabases, SqliteDatabases

    if ON_POSTGRES:
        return PostgresDatabases(request.getfixturevalue("postgres").create_database())
    return SqliteDatabases(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def engines() -> "Engines":
    from tests.desk_database import Engines

    return Engines()


@pytest.fixture
def database_url(desk_databases: "Databases", engines: "Engines", monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    url = desk_databases.make()
    monkeypatch.setattr("models.base.make_engine", engines.make)
    yield url
    engines.end()
    desk_databases.drop(url)


@pytest.fixture
def engine(database_url: str) -> "Iterator[Engine]":
    from models.base import make_engine

    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: "Engine") -> "sessionmaker[Session]":
    from models.base import make_sessions

    return make_sessions(engine)


@pytest.fixture
def readers(engine: "Engine") -> "sessionmaker[Session]":
    from models.base import make_readers

    return make_readers(engine)


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Postgres]":
    need(*POSTGRES)
    from tests.postgres import Postgres

    with TemporaryDirectory(prefix="postgres-") as home, Postgres(Path(home)) as server:
        yield server


@pytest.fixture(scope="session")
def dovecot() -> "Iterator[Dovecot]":
    need(*DOVECOT)
    from tests.servers import Dovecot

    # Outside pytest's own folder: another run of it, beginning now, would shut that to everybody but its user.
    with TemporaryDirectory(prefix="dovecot-") as home, Dovecot(Path(home)) as server:
        yield server


@pytest.fixture(scope="session")
def courier() -> "Iterator[Courier]":
    need(*COURIER)
    from tests.courier import Courier

    with TemporaryDirectory(prefix="courier-") as home, Courier(Path(home)) as server:
        yield server


@dataclass(frozen=True)
class Mailbox:
    """An account of one's own on the real IMAP server, and a way to put mail in it."""

    server: "ImapServer"
    user: str
    password: str = "secret"

    @property
    def host(self) -> str:
        return self.server.host

    @property
    def port(self) -> int:
        return self.server.port

    def put(self, raw: bytes, *, folder: str = "INBOX", internaldate: datetime | None = None) -> int:
        """The UID that the mail got."""
        return self.server.append(self.user, raw, folder=folder, internaldate=internaldate)


@pytest.fixture
def mailbox(dovecot: "Dovecot", request: pytest.FixtureRequest) -> Mailbox:
    """An empty INBOX named after the test; two tests of one name have two."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:60]
    return Mailbox(dovecot, f"{name}-{zlib.crc32(request.node.nodeid.encode()):08x}")


@pytest.fixture
def smtp_sink() -> "Iterator[SmtpSink]":
    from tests.servers import SmtpSink

    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def chromium(tmp_path: Path) -> "Iterator[Chrome]":
    need(*CHROMIUM)
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(find("chromium"))
    for switch in (*CHROMIUM_SWITCHES, f"--user-data-dir={tmp_path / 'chromium'}"):
        options.add_argument(switch)
    # The driver of the distribution: with its path given none is fetched.
    browser = webdriver.Chrome(options, webdriver.ChromeService(executable_path=str(find("chromedriver"))))
    yield browser
    browser.quit()
