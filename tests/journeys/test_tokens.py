"""A desk that logs in by token both ways: mail comes in, letters leave, whatever becomes of the tokens meanwhile."""

import logging
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from models.mailbox import Mailbox as Row
from models.rules.kinds import Kind
from models.services.upkeep import oauth_tokens
from tests.conftest import Clock, Mailbox
from tests.firm import ADA, SUPPORT, Firm
from tests.journeys.conftest import Founded
from tests.journeys.stories import passes
from tests.machine import DOVECOT, need
from tests.servers import Dovecot, SmtpSink
from tests.token_server import CLIENT_ID, TokenServer

pytestmark = pytest.mark.journey

SECTIONS = """
[smtp.oauth2]
provider = "custom"
token_url = "{url}"
client_id = "{client_id}"
refresh_token_file = "oauth-refresh"
[mailboxes.oauth2]
provider = "custom"
token_url = "{url}"
client_id = "{client_id}"
refresh_token_file = "oauth-refresh"
"""


@pytest.fixture
def provider() -> Iterator[TokenServer]:
    with TokenServer(user=SUPPORT, rotates=True) as made:
        yield made


@pytest.fixture(params=["xoauth2", "oauthbearer"])
def mechanism(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def mailbox(provider: TokenServer, mechanism: str) -> Iterator[Mailbox]:
    need(*DOVECOT)
    with (
        TemporaryDirectory(prefix="dovecot-") as home,
        Dovecot(Path(home), tokens=provider.url, mechanisms=mechanism) as server,
    ):
        yield Mailbox(server, SUPPORT)


@pytest.fixture
def relay(provider: TokenServer, mechanism: str) -> Iterator[SmtpSink]:
    with SmtpSink(tokens=provider.takes, mechanisms=[mechanism.upper()]) as sink:
        yield sink


@pytest.fixture
def firm(found_firm: Founded, tmp_path: Path, provider: TokenServer, mailbox: Mailbox, relay: SmtpSink) -> Firm:
    (tmp_path / "oauth-refresh").write_text(provider.written() + "\n")
    firm = found_firm(
        mailbox=mailbox, smtp_sink=relay, config=SECTIONS.format(url=provider.token_url, client_id=CLIENT_ID),
        changed={'password_file = "imap-password"\n': "", "per_minute = 0": f'per_minute = 0\nuser = "{SUPPORT}"'},
    )  # fmt: skip
    firm.reader.knows("what you hold", Kind.ACCESS)
    return firm


def asks(firm: Firm, number: int) -> str:
    sender = f"customer{number}@example.net"
    firm.receive("Show me what you hold", sender=sender)
    return sender


def state(firm: Firm) -> str:
    with firm.desk.readers() as session:
        return session.scalars(sa.select(Row.state)).one()


def test_mail_comes_in_and_letters_leave(
    firm: Firm, provider: TokenServer, relay: SmtpSink, mechanism: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asker = asks(firm, 1)
    done = firm.work()
    assert done.away == {}
    assert len(firm.letters_to(asker)) == 1
    assert (state(firm), {name for name, _ in relay.attempts}) == ("ok", {mechanism.upper()})
    # One token for both ways.
    assert len(provider.asked) == 1
    secrets = [*provider.access, *provider.refresh, provider.asked[0]["refresh_token"]]
    assert not any(secret in caplog.text for secret in secrets)


def test_a_token_that_ends_in_between_is_renewed_and_nobody_notices(
    firm: Firm, provider: TokenServer, relay: SmtpSink, clock: Clock
) -> None:
    for number in range(4):
        asker = asks(firm, number)
        done = firm.work()
        assert done.away == {}, number
        assert len(firm.letters_to(asker)) == 1
        # Its time is over at the provider, of which the clock knows nothing yet; next time the clock does.
        provider.end_access()
        passes(firm, seconds=120 if number % 2 else 3700)
    shown = [form["refresh_token"] for form in provider.asked]
    assert len(shown) == len(set(shown)) == 4


def test_a_token_that_is_taken_back_stops_the_mailbox_until_there_is_a_new_one(
    firm: Firm, provider: TokenServer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    asks(firm, 1)
    firm.work()
    provider.revoke()
    passes(firm, minutes=2)
    asker = asks(firm, 2)
    done = firm.work()
    said = "write the refresh token into"
    assert said in done.away["poll support"]
    assert (state(firm), len(firm.requests())) == ("needs_login", 1)
    assert said in caplog.text
    with firm.desk.readers() as session:
        assert [(one.of, one.refused) for one in oauth_tokens.standings(firm.desk, session)] == [
            ("mailbox support", True), ("outgoing mail server", True)
        ]  # fmt: skip
    (firm.folder / "oauth-refresh").write_text(provider.written())
    done = firm.work()
    assert done.away == {}
    assert (state(firm), len(firm.requests()), len(firm.letters_to(asker))) == ("ok", 2, 1)


def test_a_provider_that_refuses_is_asked_again_after_a_while(firm: Firm, provider: TokenServer, clock: Clock) -> None:
    asker = asks(firm, 1)
    provider.refuses("invalid_grant", times=1)
    firm.work()
    assert firm.letters_to(asker) == []
    passes(firm, minutes=16)
    assert firm.work().away == {}
    assert len(firm.letters_to(asker)) == 1


def test_a_token_server_that_is_away_makes_the_mailbox_away(firm: Firm, provider: TokenServer, clock: Clock) -> None:
    asker = asks(firm, 1)
    provider.answers(b"busy", 503, times=3)
    done = firm.work()
    assert "status 503" in done.away["poll support"]
    assert state(firm) == "away"
    provider.plan.clear()
    firm.work()
    assert len(firm.letters_to(asker)) == 1
    assert ADA not in str(done.away)


def test_both_ways_share_what_is_renewed(firm: Firm, provider: TokenServer, clock: Clock) -> None:
    asks(firm, 1)
    firm.work()
    provider.end_access()
    passes(firm, minutes=56)
    asker = asks(firm, 2)
    firm.work()
    assert len(provider.asked) == 2
    assert len(firm.letters_to(asker)) == 1
