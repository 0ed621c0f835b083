"""`mailbox login`: a person consents in a browser, and the refresh token lies where the configuration says."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result

from bot.mail.login import device_login
from tests.bot.commands.conftest import Terminal
from tests.conftest import Mailbox
from tests.firm import SUPPORT, Firm
from tests.token_server import CLIENT_ID, TokenServer

SECTION = """
[smtp.oauth2]
provider = "custom"
token_url = "{url}/token"
device_url = "{url}/device"
client_id = "{client_id}"
refresh_token_file = "oauth-refresh"
scope = "mail offline_access"
"""


@pytest.fixture
def provider() -> Iterator[TokenServer]:
    with TokenServer(user=SUPPORT) as made:
        yield made


@pytest.fixture
def file(firm: Firm, provider: TokenServer) -> Path:
    path = firm.folder / "oauth-refresh"
    path.touch(0o600)
    text = firm.path.read_text("utf-8").replace("per_minute = 0", f'per_minute = 0\nuser = "{SUPPORT}"')
    firm.path.write_text(text + SECTION.format(url=provider.url, client_id=CLIENT_ID), "utf-8")
    return path


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_login, "USUAL_INTERVAL", 0)


def logs_in(terminal: Terminal) -> Result:
    return terminal.call("mailbox", "login", "smtp")


def test_a_person_logs_in_with_the_code_and_the_token_is_in_the_file(
    terminal: Terminal, provider: TokenServer, file: Path
) -> None:
    provider.device_answers = ["authorization_pending", "slow_down", "authorization_pending"]
    result = logs_in(terminal)
    assert result.exit_code == 0, result.output
    first, last = result.stdout.splitlines()
    assert first == f"Open {provider.url}/activate within 1 minutes, log in as the mailbox, enter WDJB-MJHT"
    assert last == f"The refresh token is in {file}. Now see: rightsdesk check"
    assert file.read_text().strip() in provider.refresh
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert provider.asked[0] == {"client_id": CLIENT_ID, "scope": "mail offline_access"}
    assert {form.get("device_code") for form in provider.asked[1:]} == {"device-1"}
    assert not any(token in result.output for token in (*provider.refresh, *provider.access, "device-1"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [("access_denied", "consent was refused"), ("expired_token", "nobody entered the code in time")],
)
def test_who_does_not_consent_leaves_the_file_as_it_was(
    terminal: Terminal, provider: TokenServer, file: Path, answer: str, said: str
) -> None:
    file.write_text("before")
    provider.device_answers = ["authorization_pending", answer]
    result = logs_in(terminal)
    assert result.exit_code == 1
    assert f"nobody is logged in: {said}" in result.stderr
    assert file.read_text() == "before"


def test_nobody_is_waited_for_longer_than_the_code_is_good(
    terminal: Terminal, provider: TokenServer, file: Path
) -> None:
    provider.device_answers = ["authorization_pending"] * 100
    result = logs_in(terminal)
    assert (result.exit_code, len(provider.device_answers) > 30) == (1, True)
    assert "nobody entered the code in time" in result.stderr


def test_a_provider_that_is_away_for_a_moment_is_asked_again(
    terminal: Terminal, provider: TokenServer, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = provider._token

    def answer_after_a_failure(form: dict[str, str]) -> tuple[int, bytes]:
        provider._token = real  # type: ignore[method-assign]
        return 503, b"{}"

    provider._token = answer_after_a_failure  # type: ignore[method-assign]
    assert logs_in(terminal).exit_code == 0


@pytest.mark.parametrize(
    "body", [b"{}", b'{"user_code": "A", "device_code": "d", "verification_uri": "a\\nb"}', b"[]"]
)
def test_an_answer_without_a_code_is_said(terminal: Terminal, provider: TokenServer, file: Path, body: bytes) -> None:
    provider.answers(body)
    result = logs_in(terminal)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: nobody is logged in: ")
    assert len(result.stderr.splitlines()) == 1


def test_a_server_without_tokens_needs_none(terminal: Terminal, file: Path) -> None:
    result = terminal.call("mailbox", "login", "support")
    assert result.exit_code == 1
    assert "support logs in by no token" in result.stderr
    assert "(known: smtp)" in result.stderr


def test_a_provider_without_such_a_log_in_is_said(firm: Firm, terminal: Terminal, file: Path) -> None:
    lines = [line for line in firm.path.read_text("utf-8").splitlines() if not line.startswith("device_url")]
    firm.path.write_text("\n".join(lines), "utf-8")
    result = logs_in(terminal)
    assert result.exit_code == 1
    assert f"write it into {file}" in result.stderr


def test_the_check_tells_of_tokens_in_words(terminal: Terminal, provider: TokenServer, file: Path) -> None:
    assert "smtp: nobody has logged in yet: log in at the provider (rightsdesk mailbox login)" in checked(terminal)
    logs_in(terminal)
    # The sink wants no log-in, and offers none: so far the token is good.
    assert "smtp: the server does not offer what is configured (STARTTLS or AUTH)" in checked(terminal)
    assert provider.asked[-1]["grant_type"] == "refresh_token"


def checked(terminal: Terminal) -> str:
    return next(line for line in terminal.call("check").stdout.splitlines() if "  smtp:" in line)


def test_a_mailbox_is_checked_by_token(
    firm: Firm, terminal: Terminal, provider: TokenServer, file: Path, mailbox: Mailbox
) -> None:
    logs_in(terminal)
    text = f'[[mailboxes]]\nname = "support"\nhost = "{mailbox.host}"\nport = {mailbox.port}\ntls = "none"\n'
    text += f'user = "{SUPPORT}"\n' + SECTION.format(url=provider.url, client_id=CLIENT_ID).replace(
        "smtp", "mailboxes"
    )
    firm.path.write_text(firm.path.read_text("utf-8") + text, "utf-8")
    lines = terminal.call("check").stdout.splitlines()
    assert any("mailboxes.support: the server takes no tokens (OAUTHBEARER, XOAUTH2)" in line for line in lines)
    assert any("mend host, port, tls, user, oauth2 or folder" in line for line in lines)
