"""A guard is believed once something has tripped it."""

import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

OFFENDERS = """
import logging, socket
import pytest

desk = logging.getLogger("bot.stages.poll")

def test_connects_abroad():
    with socket.socket() as sock, pytest.raises(OSError, match="stay on this machine"):
        sock.connect(("192.0.2.1", 80))

def test_asks_whether_abroad_is_there():
    with socket.socket() as sock, pytest.raises(OSError, match="stay on this machine"):
        sock.connect_ex(("192.0.2.1", 80))

def test_sends_a_datagram_abroad():
    with socket.socket(type=socket.SOCK_DGRAM) as sock, pytest.raises(OSError, match="stay on this machine"):
        sock.sendto(b"?", ("192.0.2.1", 53))

def test_looks_up_a_name_abroad():
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("imap.shop.example", 993)

def test_logs_an_address():
    desk.info("mail from %s", "ada@customer.example")

def test_logs_an_exception_that_names_an_address():
    try:
        raise ValueError("ada@customer.example")
    except ValueError as problem:
        try:
            raise RuntimeError("not sent") from problem
        except RuntimeError:
            desk.exception("not sent")

def test_logs_an_extra_value_that_is_an_address():
    desk.debug("read", extra={"sender": "ada@customer.example"})

@pytest.fixture
def logs_an_address():
    desk.info("ada@customer.example")

def test_logs_an_address_while_it_is_set_up(logs_an_address):
    pass
"""

GOOD_CITIZENS = """
import logging, socket

def test_connects_to_itself():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()

def test_logs_a_reference():
    logging.getLogger("models").info("stored %s", "RD-2222223A")

def test_a_stranger_logs_an_address():
    logging.getLogger("shop").info("ada@customer.example")
"""


@pytest.fixture
def guarded(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest("from tests.guards import no_network, no_personal_data_in_logs")
    return pytester


def test_each_offender_is_caught(guarded):
    guarded.makepyfile(OFFENDERS)
    result = guarded.runpytest_subprocess()
    result.assert_outcomes(passed=8, errors=8)
    result.stdout.fnmatch_lines(["E *a test reached for*192.0.2.1*", "E *an address was logged*"])


def test_whoever_stays_at_home_and_keeps_quiet_passes(guarded):
    guarded.makepyfile(GOOD_CITIZENS)
    guarded.runpytest_subprocess().assert_outcomes(passed=3)


MISSING = """
from tests.machine import need

def test_needs_a_server():
    need("a-server-that-nobody-has")
"""


@pytest.mark.parametrize(
    ("ci", "outcome"), [("true", {"failed": 1}), ("", {"skipped": 1})], ids=["CI", "at someone's desk"]
)
def test_a_missing_server_fails_only_in_ci(guarded, monkeypatch, ci, outcome):
    monkeypatch.setenv("CI", ci)
    guarded.makepyfile(MISSING)
    guarded.runpytest_subprocess().assert_outcomes(**outcome)


def test_a_warning_is_an_error(request):
    assert request.config.getini("filterwarnings")[0] == "error"
    with pytest.raises(DeprecationWarning):
        warnings.warn("old", DeprecationWarning, stacklevel=1)


def test_the_order_of_a_run_can_be_had_again(guarded):
    guarded.makeconftest("from tests.conftest import pytest_terminal_summary")
    guarded.makepyfile("def test_nothing(): pass")
    result = guarded.runpytest_subprocess("-q", "-p", "pytest_randomly", "--randomly-seed=42")
    result.stdout.fnmatch_lines(["same order again: --randomly-seed=42"])
