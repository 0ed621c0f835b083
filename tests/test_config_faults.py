"""Every fault of a configuration is named with its path, its line and its cure, and no secret is quoted."""

import re
from contextlib import nullcontext
from pathlib import Path

import pytest

from models.config import (
    ConfigError,
    fresh_config_text,
    load,
)
from tests.configuration import ENV, EXAMPLE, Example


@pytest.fixture
def folder(edited: Example) -> Path:
    return edited.folder


@pytest.fixture
def edited(tmp_path: Path) -> Example:
    return Example(tmp_path)


@pytest.mark.parametrize(
    ("header", "path"),
    [
        pytest.param("[desk]\n", "desk.bogus", id="desk"),
        pytest.param("[desk.limits]", "desk.limits.bogus", id="limits"),
        pytest.param("[database]\n", "database.bogus", id="database"),
        pytest.param("[[mailboxes]]", "mailboxes[0].bogus", id="mailbox"),
        pytest.param("[mailboxes.oauth2]", "mailboxes[1].oauth2.bogus", id="oauth2"),
        pytest.param("[listener]", "listener.bogus", id="listener"),
        pytest.param("[smtp]", "smtp.bogus", id="smtp"),
        pytest.param("[web]\n", "web.bogus", id="web"),
        pytest.param("[[customers]]", "customers[0].bogus", id="customer"),
        pytest.param("[customers.tables.customers]", "customers[0].tables.customers.bogus", id="table"),
        pytest.param("[retention]\n", "retention.bogus", id="retention"),
    ],
)
def test_an_unknown_key_is_refused_in_every_section(edited: Example, header: str, path: str) -> None:
    text = EXAMPLE.read_text("utf-8")
    line = text[: text.index("\n" + header) + 1].count("\n") + 2
    whole = text[text.index("\n" + header) :].split("\n")[1]
    with pytest.raises(ConfigError, match=re.escape(f"{path} (line {line}): unknown key")):
        edited(whole, f"{whole}\nbogus = 1")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(
            "per_minute = 60",
            "per_minuet = 60",
            "smtp.per_minuet (line {line}): unknown key: did you mean per_minute?",
            id="misspelt",
        ),
        pytest.param(
            "off = false",
            "of = false",
            "customers[0].tables.customers.columns.newsletter.of (line {line}): unknown key: did you mean off?",
            id="misspelt-in-an-inline-table",
        ),
        pytest.param(
            "[smtp]  ", "[smpt]  ", "smpt (line {line}): unknown key: did you mean smtp?", id="misspelt-section"
        ),
        pytest.param(
            "port = 993",
            'port = "993"',
            "mailboxes[0].port (line {line}): input should be a valid integer",
            id="text-for-a-number",
        ),
        pytest.param(
            "plus = false", "plus = 0", "smtp.plus (line {line}): input should be a valid boolean", id="0-for-no"
        ),
        pytest.param("threshold = 0.85", "threshold = 1.5", "desk.threshold (line {line}): ", id="threshold"),
        pytest.param(
            'law = "gdpr"', 'law = "hipaa"', "desk.law (line {line}): input should be 'gdpr', 'uk', 'ccpa'", id="law"
        ),
        pytest.param('country = "DE"', 'country = "Germany"', "desk.country (line {line}): no calendar", id="country"),
        pytest.param(
            'subdivision = "BE"',
            'subdivision = "ENG"',
            "desk.subdivision (line {line}): unknown in DE",
            id="subdivision",
        ),
        pytest.param(
            '"https://www.shop.example"',
            '"https://a.example; script-src *"',
            "web.frame_ancestors[0] (line {line}): is no web origin: write https://HOST",
            id="frame-ancestors",
        ),
        pytest.param(
            'alarm_address = "it@shop.example"',
            'alarm_address = "Privacy@shop.example"',
            "desk.alarm_address (line {line}): is read by the desk itself",
            id="alarm-to-the-desk-itself",
        ),
        pytest.param(
            'alarm_address = "it@shop.example"',
            'alarm_address = "it"',
            "desk.alarm_address (line {line}): is no e-mail address",
            id="alarm-to-nobody",
        ),
        pytest.param("Europe/Berlin", "Europe/Berln", "desk.timezone (line {line}): is no time zone", id="time-zone"),
        pytest.param(
            "Europe/Berlin", "../../etc/passwd", "desk.timezone (line {line}): is no time zone", id="no-path"
        ),
        pytest.param(
            '"cs", "sv"]', '"cs", "tlh"]', "desk.languages (line {line}): unknown language tlh", id="language"
        ),
        pytest.param(
            'languages = ["en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "sv"]',
            "languages = []",
            "desk.languages (line {line}): ",
            id="no-language",
        ),
        pytest.param(
            "https://desk.shop.example",
            "http://desk.shop.example",
            "desk.base_url (line {line}): plain http is for loopback only",
            id="plain-http",
        ),
        pytest.param(
            "https://desk.shop.example",
            "http://localhost.shop.example",
            "desk.base_url (line {line}): plain http is for loopback only",
            id="looks-like-loopback",
        ),
        pytest.param(
            "https://desk.shop.example",
            "https://shop.example/desk",
            "desk.base_url (line {line}): must be scheme and host alone",
            id="base-url-with-a-path",
        ),
        pytest.param(
            'tls = "implicit"',
            'tls = "none"',
            'mailboxes[0].tls (line {line}): "none" is for loopback only',
            id="imap-in-clear",
        ),
        pytest.param(
            'tls = "starttls"',
            'tls = "none"',
            'smtp.tls (line {line}): "none" is for loopback only',
            id="smtp-in-clear",
        ),
        pytest.param(
            'after = "leave"',
            'after = "delete"',
            'mailboxes[0].after (line {line}): write "leave" or "move:',
            id="after",
        ),
        pytest.param(
            'after = "leave"', 'after = "move:"', "mailboxes[0].after (line {line}): write", id="move-nowhere"
        ),
        pytest.param(
            'junk = "find"', 'junk = "no"', 'mailboxes[0].junk (line {line}): write "find", "leave" or "fol', id="junk"
        ),
        pytest.param('junk = "find"', 'junk = "folder:"', "mailboxes[0].junk (line {line}): write", id="junk-nowhere"),
        pytest.param(
            'name = "support"',
            'name = "support/junk"',
            "mailboxes[0].name (line {line}): ends in /junk",
            id="junk-name",
        ),
        pytest.param(
            'start = "now"',
            'start = "yesterday"',
            'mailboxes[0].start (line {line}): write "now", "all" or',
            id="start",
        ),
        pytest.param(
            '"support@shop.example"', '"support"', "desk.address (line {line}): is no e-mail address", id="address"
        ),
        pytest.param(
            'name = "privacy"',
            'name = "support"',
            "mailboxes (line {other}): two of them are named support",
            id="named-twice",
        ),
        pytest.param(
            'url = "sqlite:///var/rightsdesk.sqlite3"',
            'url = "sqlite:///:memory:"',
            "database.url (line {line}): a database in memory",
            id="memory",
        ),
        pytest.param(
            'url = "sqlite:///var/rightsdesk.sqlite3"',
            'url = "mysql://root@db/desk"',
            "database.url (line {line}): the desk itself lives on SQLite or PostgreSQL",
            id="mysql-for-the-desk",
        ),
        pytest.param(
            'correct = "four_eyes"',
            'correct = "always"',
            "customers[0].tables.customers.columns.email.correct (line {line}): ",
            id="correct",
        ),
        pytest.param(
            'field = "phone"',
            'field = "telephone"',
            "customers[0].tables.customers.columns.phone.field (line {line}): ",
            id="field",
        ),
        pytest.param(
            ", off = false",
            "",
            "customers[0].tables.customers.columns.newsletter.off (line {line}): consent and",
            id="consent-without-off",
        ),
        pytest.param(
            '"keep:tax law, ten years"',
            '"keep:"',
            "customers[0].tables.customers.columns.iban.erase (line {line}): ",
            id="kept-without-a-reason",
        ),
        pytest.param(
            '"customers.id"',
            '"customer.id"',
            "customers[0].tables.orders.subject.references (line {line}): must name a mapped table",
            id="reference-to-nowhere",
        ),
        pytest.param(
            '"customers.id"',
            '"orders.id"',
            "customers[0].tables.orders.subject.references (line {line}): leads in a circle",
            id="reference-in-a-circle",
        ),
        pytest.param(
            'full_name   = { field = "name"',
            'id = { field = "name"',
            "customers[0].tables.customers.columns.id (line {line}): is the key",
            id="key-is-never-corrected",
        ),
        pytest.param(
            'user = "support@shop.example"               #',
            "#",
            "smtp.user (line {other}): user and password_file",
            id="password-without-user",
        ),
        pytest.param(
            'client_secret_file = "var/oauth-secret"     # optional with refresh_token_file\n'
            'refresh_token_file = "var/oauth-refresh" ',
            "#",
            "mailboxes[1].oauth2.client_secret_file (line {other}): is missing: without refresh_token_file",
            id="nothing-to-show-to-the-provider",
        ),
        pytest.param(
            'refresh_token_file = "var/oauth-refresh"    # by code flow; without it by client credentials\n'
            'tenant = "shop.example" ',
            "#",
            "mailboxes[1].oauth2.tenant (line {other}): is missing: without refresh_token_file",
            id="no-tenant-of-ones-own",
        ),
        pytest.param('tenant = "shop', 'tenant = "../shop', "oauth2.tenant (line {line}): is no tenant", id="tenant"),
        pytest.param(
            'token_url = ""',
            'token_url = "https://login.example/token"',
            'oauth2.token_url (line {line}): goes with provider = "custom", and only with it',
            id="a-foreign-token-url",
        ),
        pytest.param(
            'provider = "microsoft" ',
            'provider = "custom" ',
            "oauth2.token_url (line {other}): goes with provider",
            id="custom-without-a-token-url",
        ),
        pytest.param(
            'token_url = ""',
            'token_url = "http://login.example/token"',
            "oauth2.token_url (line {line}): is no safe address: write https://",
            id="tokens-in-clear",
        ),
        pytest.param(
            'password_env = "RIGHTSDESK_SMTP_PASSWORD"',
            'oauth2 = { provider = "google", client_id = "x" }\npassword_env = "RIGHTSDESK_SMTP_PASSWORD"',
            "smtp.oauth2.refresh_token_file (line {line}): is missing: Google opens a mailbox by refresh token only",
            id="google-in-nobodys-name",
        ),
        pytest.param(
            'password_env = "RIGHTSDESK_SMTP_PASSWORD"',
            'oauth2 = { provider = "custom", token_url = "https://a.example", client_id = "x", client_secret_file = '
            '"var/oauth-secret" }\npassword_env = "RIGHTSDESK_SMTP_PASSWORD"',
            "smtp.oauth2 (line {line}): excludes password_file and password_env",
            id="two-ways-to-log-in",
        ),
        pytest.param(
            "raw_mail_days = 90", "raw_mail_days = 0", "retention.raw_mail_days (line {line}): ", id="retention"
        ),
    ],
)
def test_a_fault_is_named_with_its_path_its_line_and_a_cure(edited: Example, old: str, new: str, said: str) -> None:
    text = EXAMPLE.read_text("utf-8")
    line = text[: text.index(old)].count("\n") + 1
    with pytest.raises(ConfigError) as refused:
        edited(old, new)
    told = str(refused.value)
    section = re.search(r"\(line (\d+)\)", told)
    assert section is not None
    assert said.replace("{line}", str(line)).replace("{other}", section[1]) in told
    assert "\n" not in told


def test_a_fault_tells_no_password_that_stands_in_the_file(edited: Example) -> None:
    with pytest.raises(ConfigError) as refused:
        edited("postgresql+psycopg://rightsdesk:PASSWORD", "postgresql//rightsdesk:PASSWORD")
    assert "customers[0].url" in str(refused.value)
    assert "PASSWORD@db" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_what_is_not_toml_is_told_with_its_line(folder: Path) -> None:
    (folder / "config.toml").write_text("[desk]\nname = \n")
    with pytest.raises(ConfigError, match=r"is no TOML: .*line 2"):
        load(folder / "config.toml")


def test_lines_are_found_behind_texts_of_many_lines(folder: Path) -> None:
    text = fresh_config_text().replace(
        "[database]", 'controller = """\n[web]\nport = 1\n"""\nrecipients = [\n  "a",\n]\n[database]\nbogus = 1'
    )
    (folder / "config.toml").write_text(text)
    line = text[: text.index("bogus")].count("\n") + 1
    with pytest.raises(ConfigError, match=rf"database\.bogus \(line {line}\)"):
        load(folder / "config.toml")


@pytest.mark.parametrize(("local", "fits"), [("a" * 38, True), ("a" * 39, False)])
def test_an_address_beside_the_desks_own_must_fit(edited: Example, local: str, fits: bool) -> None:
    edited("plus = false", "plus = true")
    text = edited.file.read_text("utf-8").replace('"support@shop', f'"{local}@shop', 1)
    edited.file.write_text(text)
    with nullcontext() if fits else pytest.raises(ConfigError, match=r"smtp\.plus \(line \d+\): desk.address has"):
        load(edited.file, env=ENV)
