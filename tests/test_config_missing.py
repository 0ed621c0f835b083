"""What a configuration lacks is named: keys, sections, secrets, the file itself."""

import re
from pathlib import Path

import pytest

from models.config import (
    ConfigError,
    load,
)
from tests.configuration import EXAMPLE, Example


@pytest.fixture
def folder(edited: Example) -> Path:
    return edited.folder


@pytest.fixture
def edited(tmp_path: Path) -> Example:
    return Example(tmp_path)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("name", "desk.name"),
        ("address", "desk.address"),
        ("base_url", "desk.base_url"),
        ("secret_file", "desk.secret_file"),
        ("country", "desk.country"),
        ("timezone", "desk.timezone"),
        ("host", "mailboxes[0].host"),
        ("password_file", "mailboxes[0].password_file"),
        ("user", "mailboxes[0].user"),
        ("client_id", "mailboxes[1].oauth2.client_id"),
        ("key", "customers[0].tables.customers.key"),
        ("subject", "customers[0].tables.customers.subject"),
    ],
)
def test_a_missing_key_is_named_at_its_section(edited: Example, key: str, path: str) -> None:
    text = EXAMPLE.read_text("utf-8")
    line = next(line for line in text.split("\n") if re.match(rf"{key} +=", line))
    with pytest.raises(ConfigError, match=re.escape(path) + r" \(line \d+\): "):
        edited(line, "")


def test_a_missing_section_is_named(folder: Path) -> None:
    (folder / "config.toml").write_text("")
    with pytest.raises(ConfigError, match=r"^desk: is missing: write a section \[desk\]\ndatabase: is missing"):
        load(folder / "config.toml")


def test_all_faults_are_told_at_once(edited: Example) -> None:
    with pytest.raises(ConfigError) as refused:
        edited("port = 993", 'port = "993"\nbogus = 1')
    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("secret", "desk.secret_file"),
        ("imap-password", "mailboxes[0].password_file"),
        ("shop-ca.pem", "mailboxes[0].ca_file"),
        ("oauth-secret", "mailboxes[1].oauth2.client_secret_file"),
        ("oauth-refresh", "mailboxes[1].oauth2.refresh_token_file"),
        ("metrics-token", "web.metrics_token_file"),
    ],
)
def test_a_secret_that_is_not_there_is_named(folder: Path, edited: Example, file: str, path: str) -> None:
    (folder / "var" / file).unlink()
    with pytest.raises(ConfigError, match=re.escape(path) + r" \(line \d+\): there is no file"):
        edited()


def test_a_password_that_the_environment_lacks_is_named(folder: Path) -> None:
    (folder / "config.toml").write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    with pytest.raises(ConfigError, match=r"smtp\.password_env \(line \d+\): the environment has no RIGHTSDESK_SMTP"):
        load(folder / "config.toml", env={})


def test_a_file_that_is_not_there_is_told_with_the_way_on(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="rightsdesk init writes one"):
        load(tmp_path / "config.toml")
