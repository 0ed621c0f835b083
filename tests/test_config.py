"""The configuration file: the example is complete and loads, and each key means what it says."""

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from models.config import (
    Column,
    Config,
    ConfigError,
    Customer,
    Desk,
    Limits,
    Listener,
    Mailbox,
    OAuth2,
    Retention,
    Smtp,
    Subject,
    Table,
    Web,
    find_config,
    fresh_config_text,
    load,
)
from tests.configuration import EXAMPLE, Example


@pytest.fixture
def folder(edited: Example) -> Path:
    return edited.folder


@pytest.fixture
def edited(tmp_path: Path) -> Example:
    return Example(tmp_path)


def test_the_example_loads_as_it_is(edited: Example) -> None:
    config = edited()
    assert config.desk.name == "Example Shop"
    assert [mailbox.name for mailbox in config.mailboxes] == ["support", "privacy"]
    assert config.customers[0].tables["customers"].columns["newsletter"].off == "false"
    assert config.customers[0].tables["orders"].subject.target == ("customers", "id")


def _set_keys(parsed: dict[str, Any]) -> Iterator[tuple[type[Any], set[str]]]:
    tables = parsed["customers"][0]["tables"]
    yield Config, set(parsed)
    yield Desk, set(parsed["desk"])
    yield Limits, set(parsed["desk"]["limits"])
    yield Mailbox, set(parsed["mailboxes"][0]) | set(parsed["mailboxes"][1]) | {"password_env"}
    yield OAuth2, set(parsed["mailboxes"][1]["oauth2"])
    yield Listener, set(parsed["listener"])
    yield Smtp, set(parsed["smtp"]) | {"password_file", "oauth2"}
    yield Web, set(parsed["web"])
    yield Customer, set(parsed["customers"][0])
    yield Table, set(tables["customers"])
    yield Subject, set(tables["orders"]["subject"])
    yield Column, {key for column in tables["customers"]["columns"].values() for key in column}
    yield Retention, set(parsed["retention"])


def test_the_example_shows_every_key() -> None:
    text = EXAMPLE.read_text("utf-8")
    for section, keys in _set_keys(tomllib.loads(text)):
        assert set(section.model_fields) == keys, section.__name__
    assert "or password_env" in text
    assert "or password_file" in text


def test_limits_in_the_example_are_the_defaults(edited: Example) -> None:
    assert edited().desk.limits == Limits()


def test_passwords_are_read_when_asked_without_their_last_line_end(folder: Path, edited: Example) -> None:
    mailbox = edited().mailboxes[0]
    assert mailbox.password() == "swordfish"
    (folder / "var" / "imap-password").write_text(" two words \r\n")
    assert mailbox.password() == " two words "
    (folder / "var" / "imap-password").unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        mailbox.password()


def test_a_password_may_lie_in_the_environment(edited: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    smtp = edited().smtp
    assert smtp is not None
    monkeypatch.setenv("RIGHTSDESK_SMTP_PASSWORD", "correct horse")
    assert smtp.password() == "correct horse"


def test_check_knows_every_password_file(folder: Path, edited: Example) -> None:
    assert edited().password_files() == {
        "mailboxes[0].password_file": folder / "var" / "imap-password",
        "mailboxes[1].oauth2.client_secret_file": folder / "var" / "oauth-secret",
        "mailboxes[1].oauth2.refresh_token_file": folder / "var" / "oauth-refresh",
        "web.metrics_token_file": folder / "var" / "metrics-token",
    }


def test_paths_are_relative_to_the_folder_of_the_file(
    folder: Path, edited: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    config = edited("postgresql+psycopg://rightsdesk:PASSWORD@db.shop.example/shop", "sqlite:///shop/shop.sqlite3")
    assert config.desk.secret_file == folder / "var" / "secret"
    assert config.database.url == f"sqlite:///{folder}/var/rightsdesk.sqlite3"
    assert config.customers[0].url == f"sqlite:///{folder}/shop/shop.sqlite3"


@pytest.mark.parametrize(
    "url", ["sqlite:////srv/shop.sqlite3", "postgresql+psycopg://a:b@h/n", "mysql+pymysql://a@h/n?charset=utf8mb4"]
)
def test_a_url_that_says_all_stays_as_it_is(edited: Example, url: str) -> None:
    assert edited("postgresql+psycopg://rightsdesk:PASSWORD@db.shop.example/shop", url).customers[0].url == url


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ('"now"', "now"),
        ('"all"', "all"),
        ("2026-11-01", date(2026, 11, 1)),
        ('"2026-11-01"', date(2026, 11, 1)),
        ("2026-11-01T10:00:00Z", date(2026, 11, 1)),
    ],
    ids=["now", "all", "date", "text", "date-time"],
)
def test_the_mail_already_there_is_read_from_a_day_on(edited: Example, text: str, start: object) -> None:
    assert edited('start = "now"', f"start = {text}").mailboxes[0].start == start


def test_read_mail_is_moved_where_the_configuration_says(edited: Example) -> None:
    assert edited().mailboxes[0].move_to is None
    assert (
        edited('after = "leave"', 'after = "move:rightsdesk/processed"').mailboxes[0].move_to == "rightsdesk/processed"
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.9.9.9"])
def test_clear_text_is_for_loopback(edited: Example, host: str) -> None:
    config = edited('host = "imap.shop.example"\nport = 993', f'host = "{host}"\nport = 143')
    assert config.mailboxes[0].host == host
    assert edited('"https://desk.shop.example"', '"http://127.0.0.1:8000/"').desk.base_url == "http://127.0.0.1:8000"
    text = EXAMPLE.read_text("utf-8")
    assert 'tls = "implicit"' in text
    assert edited("imap.mail.example", f'{host}"\ntls = "none').mailboxes[1].tls == "none"


def test_ports_follow_the_kind_of_tls(edited: Example) -> None:
    assert edited().mailboxes[1].port == 993
    assert edited("imap.mail.example", 'imap.mail.example"\ntls = "starttls').mailboxes[1].port == 143
    config = edited("port = 587                                  # default: 587, with implicit 465, with none 25\n")
    assert config.smtp is not None
    assert config.smtp.port == 587


@pytest.mark.parametrize(
    ("off", "text"),
    [("false", "false"), ("true", "true"), ("0", "0"), ('"no"', "no")],
    ids=["bool", "yes", "int", "str"],
)
def test_off_is_kept_in_the_text_form_of_all_values(edited: Example, off: str, text: str) -> None:
    config = edited("off = false", f"off = {off}")
    assert config.customers[0].tables["customers"].columns["newsletter"].off == text


@pytest.mark.parametrize(
    ("detected", "available", "written"),
    [("de", ("en", "de"), "de"), ("sv", ("en", "de"), "en"), ("unknown", ("de", "fr"), "de"), ("ja", (), "en")],
    ids=["theirs", "no-letters-in-it", "unknown", "no-letters-at-all"],
)
def test_letters_are_in_their_language_where_we_have_it(
    edited: Example, detected: str, available: tuple[str, ...], written: str
) -> None:
    assert edited().desk.language_for(detected, available) == written


@pytest.mark.parametrize(
    ("option", "env", "found"),
    [
        (Path("/a.toml"), {"RIGHTSDESK_CONFIG": "/b.toml"}, Path("/a.toml")),
        (None, {"RIGHTSDESK_CONFIG": "/b.toml"}, Path("/b.toml")),
        (None, {}, Path("config.toml")),
    ],
    ids=["option", "environment", "here"],
)
def test_the_option_goes_before_the_environment(option: Path | None, env: dict[str, str], found: Path) -> None:
    assert find_config(option, env) == found


def test_a_fresh_configuration_loads_whatever_the_shop_is_called(folder: Path) -> None:
    (folder / "config.toml").write_text(fresh_config_text(name='Ada "&" Söhne\\'), "utf-8")
    config = load(folder / "config.toml", env={})
    assert config.desk.name == 'Ada "&" Söhne\\'
    assert (config.mailboxes, config.listener, config.smtp, config.customers) == ((), None, None, ())
    assert "@" not in re.sub(r"\w@\w|anything@", "", fresh_config_text().replace("PASSWORD@", ""))


def test_a_fresh_configuration_loads_with_every_line_switched_on(folder: Path) -> None:
    on = re.sub(r"^# (?=\w+ = |\[)", "", fresh_config_text(), flags=re.MULTILINE)
    (folder / "config.toml").write_text(on, "utf-8")
    config = load(folder / "config.toml", env={})
    assert config.customers[0].tables["customers"].columns.keys() == {"full_name", "email", "newsletter"}
    assert config.smtp is not None
    assert config.listener is not None
    assert config.desk.subdivision == "BE"


def test_nothing_changes_after_loading(edited: Example) -> None:
    with pytest.raises(ValueError, match="frozen"):
        edited().desk.name = "Other Shop"


def test_a_provider_is_asked_where_and_for_what_its_kind_says(edited: Example) -> None:
    section = edited().mailboxes[1].oauth2
    assert section is not None
    assert section.endpoint == "https://login.microsoftonline.com/shop.example/oauth2/v2.0/token"
    assert section.device_endpoint == "https://login.microsoftonline.com/shop.example/oauth2/v2.0/devicecode"
    assert "offline_access" in section.scopes
    in_nobodys_name = edited('refresh_token_file = "var/oauth-refresh"', "#").mailboxes[1].oauth2
    assert in_nobodys_name is not None
    assert in_nobodys_name.scopes == "https://outlook.office365.com/.default"
    google = edited('provider = "microsoft"', 'provider = "google"').mailboxes[1].oauth2
    assert google is not None
    assert (google.endpoint, google.device_endpoint) == ("https://oauth2.googleapis.com/token", "")


def test_the_relay_may_take_tokens_too(edited: Example) -> None:
    smtp = edited(
        'password_env = "RIGHTSDESK_SMTP_PASSWORD"',
        'oauth2 = { provider = "google", client_id = "x", refresh_token_file = "var/oauth-refresh" }',
    ).smtp
    assert smtp is not None
    assert smtp.oauth2 is not None
    assert smtp.password() is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('alarm_address = "it@shop.example"', r"desk.alarm_address \(line \d+\): needs a mail server"),
        ("canary = true", r"desk.canary \(line \d+\): needs \[smtp\]"),
    ],
)
def test_what_the_desk_says_by_mail_needs_a_way_out(tmp_path: Path, line: str, said: str) -> None:
    text = fresh_config_text(base_url="https://desk.shop.example")
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secret").touch()
    switched_on = text.replace(f"# {line}", line)
    assert switched_on != text
    (tmp_path / "config.toml").write_text(switched_on, "utf-8")
    with pytest.raises(ConfigError, match=said):
        load(tmp_path / "config.toml")
