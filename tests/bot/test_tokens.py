"""Whose turn it is to ask the provider, what the desk keeps of its answers, and the way back after a refusal."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.mail.login.oauth2 import NOT_TAKEN, TokenAwayError, TokenRefusedError
from bot.tokens import ASK_AGAIN_AFTER, Tokens, sections
from models.config import ConfigError
from models.keys import Keyring
from models.oauth_token import OAuthToken
from models.rules import health as rules
from models.services.upkeep import forgetting, health, oauth_tokens
from models.services.upkeep.oauth_tokens import KEPT_UNUSED
from tests.conftest import ON_POSTGRES
from tests.firm import Firm
from tests.token_server import CLIENT_ID, CLIENT_SECRET, TokenServer

OAUTH2 = """
[smtp.oauth2]
provider = "custom"
token_url = "{url}"
client_id = "{client_id}"
client_secret_file = "oauth-secret"
"""
BY_CODE = 'refresh_token_file = "oauth-refresh"\n'


@pytest.fixture
def provider() -> Iterator[TokenServer]:
    with TokenServer(user="support@shop.example") as made:
        yield made


Found = Callable[..., Firm]


@pytest.fixture
def found(
    tmp_path: Path, database_url: str, clock: Any, new_reference: Any, smtp_sink: Any, provider: TokenServer
) -> Iterator[Found]:
    firms: list[Firm] = []

    def made(section: str = BY_CODE) -> Firm:
        (tmp_path / "oauth-secret").write_text(CLIENT_SECRET + "\n")
        (tmp_path / "oauth-refresh").write_text(provider.written() + "\n")
        firms.append(
            Firm(
                tmp_path,
                database_url=database_url,
                clock=clock,
                new_reference=new_reference,
                smtp_sink=smtp_sink,
                changed={"per_minute = 0": 'per_minute = 0\nuser = "support@shop.example"'},
                config=OAUTH2.format(url=provider.token_url, client_id=CLIENT_ID) + section,
            )
        )
        return firms[-1]

    yield made
    for firm in firms:
        firm.close()


@pytest.fixture
def firm(found: Found) -> Firm:
    return found()


def tokens_of(firm: Firm, **how: Any) -> Tokens:
    (section,) = sections(firm.desk)
    return Tokens(firm.desk, section, **how)


@pytest.fixture
def tokens(firm: Firm) -> Tokens:
    return tokens_of(firm)


def row(firm: Firm) -> OAuthToken:
    with firm.desk.readers() as session:
        return session.scalars(sa.select(OAuthToken)).one()


def shown(provider: TokenServer) -> list[str]:
    """The refresh tokens that the provider has seen, in order."""
    return [form["refresh_token"] for form in provider.asked]


def write(firm: Firm, refresh: str) -> None:
    (firm.folder / "oauth-refresh").write_text(refresh)


def test_a_token_is_asked_for_once_and_used_until_five_minutes_before_its_end(
    tokens: Tokens, provider: TokenServer, clock: Any
) -> None:
    first = tokens()
    clock.pass_(minutes=54, seconds=59)
    assert tokens() == first
    clock.pass_(seconds=1)
    second = tokens()
    assert second != first
    assert second in provider.access
    assert len(provider.asked) == 2


def test_of_a_token_that_lives_for_minutes_the_first_half_is_used(
    tokens: Tokens, provider: TokenServer, clock: Any
) -> None:
    provider.lifetime = 240
    first = tokens()
    clock.pass_(seconds=119)
    assert tokens() == first
    clock.pass_(seconds=1)
    assert tokens() != first


def test_a_token_that_never_ends_is_renewed_every_day(tokens: Tokens, provider: TokenServer, clock: Any) -> None:
    provider.lifetime = 30 * 86400
    first = tokens()
    clock.pass_(hours=23, minutes=59)
    assert (tokens(), tokens.is_due()) == (first, False)
    clock.pass_(minutes=1)
    assert tokens.is_due()
    assert tokens() != first


def test_a_token_that_a_server_refuses_is_replaced_before_its_time(
    tokens: Tokens, provider: TokenServer, clock: Any
) -> None:
    first = tokens()
    clock.pass_(minutes=2)
    second = tokens(first)
    assert second != first
    # Somebody else had the old one in hand, and finds that it is renewed already.
    assert tokens(first) == second
    assert len(provider.asked) == 2


def test_a_token_that_is_a_moment_old_is_not_replaced_again(tokens: Tokens, provider: TokenServer) -> None:
    with pytest.raises(TokenRefusedError) as caught:
        tokens(tokens())
    assert str(caught.value) == NOT_TAKEN
    assert len(provider.asked) == 1


def test_a_desk_that_starts_again_asks_for_no_new_token(firm: Firm, tokens: Tokens, provider: TokenServer) -> None:
    assert tokens_of(firm)() == tokens()
    assert len(provider.asked) == 1


def test_a_new_refresh_token_is_used_and_the_one_before_kept_until_then(
    firm: Firm, tokens: Tokens, provider: TokenServer, clock: Any
) -> None:
    provider.rotates = True
    for _ in range(3):
        tokens()
        clock.pass_(hours=1)
    first, second, third = shown(provider)
    assert len({first, second, third}) == 3
    held = held_by(firm)
    assert held.refresh[1] == third
    assert held.refresh[0] in provider.refresh


def held_by(firm: Firm) -> oauth_tokens.Held:
    with firm.desk.readers() as session:
        return oauth_tokens.held(session, row(firm).digest, keys=firm.desk.keys)


def test_a_new_refresh_token_that_the_provider_does_not_know_gives_way_to_the_one_before(
    tokens: Tokens, provider: TokenServer, clock: Any
) -> None:
    provider.rotates = True
    tokens()
    clock.pass_(hours=1)
    # The provider lost what it gave last: it goes on from the one before.
    provider.refresh = {shown(provider)[0]}
    assert tokens() in provider.access
    assert len(provider.asked) == 3


def test_of_two_workers_at_once_one_asks(firm: Firm, provider: TokenServer) -> None:
    provider.rotates = True
    granted: list[str] = []
    slow = provider._renewed

    def renewed(refresh: str) -> Any:
        threading.Event().wait(0.3)
        return slow(refresh)

    provider._renewed = renewed  # type: ignore[method-assign]
    workers = [threading.Thread(target=lambda: granted.append(tokens_of(firm)())) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert len(granted) == 3
    assert len(set(granted)) == 1
    assert len(provider.asked) == 1


@pytest.mark.skipif(not ON_POSTGRES, reason="of two that write SQLite lets one begin")
def test_who_waited_for_another_sees_what_the_other_was_given(
    firm: Firm, tokens: Tokens, provider: TokenServer, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.rotates = True
    tokens()
    clock.pass_(hours=1)
    others, given = [tokens_of(firm)], list[str]()

    def wait_for_another(*_: Any) -> None:
        if others:
            given.append(others.pop()())

    monkeypatch.setattr("models.services.locks.hold", wait_for_another)
    assert [tokens()] == given
    assert len(provider.asked) == 2


def test_a_worker_that_died_while_asking_stops_the_others_for_a_while(
    firm: Firm, tokens: Tokens, provider: TokenServer, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.tokens.PATIENCE", 0.3)
    with monkeypatch.context() as dying:
        dying.setattr("bot.mail.login.oauth2.renew", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            tokens()
    with pytest.raises(TokenAwayError, match=r"^another worker asks for the token"):
        tokens()
    clock.pass_(seconds=91)
    assert tokens() in provider.access


def test_while_one_asks_the_others_use_the_token_that_is_still_good(
    firm: Firm, tokens: Tokens, provider: TokenServer, clock: Any
) -> None:
    first = tokens()
    clock.pass_(minutes=57)
    with firm.desk.sessions.begin() as session:
        assert oauth_tokens.claim(session, row(firm).digest, by="another", now=clock())
    assert tokens() == first


def test_a_provider_that_is_away_ends_no_token_before_its_time(
    tokens: Tokens, provider: TokenServer, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    first = tokens()
    provider.answers(b"", 503, times=2)
    clock.pass_(minutes=56)
    assert tokens() == first
    assert "is used to its end" in caplog.text
    clock.pass_(minutes=4)
    with pytest.raises(TokenAwayError):
        tokens()
    assert tokens() in provider.access


def test_a_refusal_says_what_staff_must_do_and_is_not_asked_for_again_at_once(
    firm: Firm, tokens: Tokens, provider: TokenServer, clock: Any
) -> None:
    provider.revoke()
    for _ in range(3):
        with pytest.raises(TokenRefusedError) as caught:
            tokens()
    path = firm.folder / "oauth-refresh"
    assert str(caught.value) == (
        "the refresh token is good no longer (withdrawn, run out, or a password was changed): "
        f"log in at the provider (rightsdesk mailbox login) and write the refresh token into {path}"
    )
    assert len(provider.asked) == 1
    # A person at the terminal asks at once.
    with pytest.raises(TokenRefusedError):
        tokens_of(firm, at_once=True)()
    assert len(provider.asked) == 2
    clock.pass_(seconds=ASK_AGAIN_AFTER.total_seconds())
    with pytest.raises(TokenRefusedError):
        tokens()
    assert len(provider.asked) == 3


def test_a_new_refresh_token_in_the_file_is_the_way_back(firm: Firm, tokens: Tokens, provider: TokenServer) -> None:
    provider.revoke()
    with pytest.raises(TokenRefusedError):
        tokens()
    write(firm, provider.written())
    assert tokens() in provider.access


def test_what_the_provider_mends_is_found_out_after_a_while(
    firm: Firm, tokens: Tokens, provider: TokenServer, clock: Any
) -> None:
    provider.refuses("consent_required")
    with pytest.raises(TokenRefusedError, match="nobody has allowed this program"):
        tokens()
    assert row(firm).problem.startswith("nobody has allowed")
    clock.pass_(seconds=ASK_AGAIN_AFTER.total_seconds())
    assert tokens() in provider.access
    assert (row(firm).refused_at, row(firm).problem) == (None, "")


def test_a_wrong_secret_of_the_program_is_no_end_of_a_refresh_token(
    firm: Firm, tokens: Tokens, provider: TokenServer
) -> None:
    (firm.folder / "oauth-secret").write_text("wrong")
    with pytest.raises(TokenRefusedError, match=r"client secret .*: mend \[oauth2\]"):
        tokens()
    (firm.folder / "oauth-secret").write_text(CLIENT_SECRET)
    assert tokens_of(firm, at_once=True)() in provider.access


def test_a_secret_that_cannot_be_read_is_said_each_time(firm: Firm, tokens: Tokens, provider: TokenServer) -> None:
    (firm.folder / "oauth-secret").unlink()
    for _ in range(2):
        with pytest.raises(ConfigError, match="oauth-secret cannot be read"):
            tokens()
    (firm.folder / "oauth-secret").write_text(CLIENT_SECRET)
    assert tokens() in provider.access


def test_without_a_refresh_token_the_program_asks_in_its_own_name(found: Found, provider: TokenServer) -> None:
    assert tokens_of(found(""))() in provider.access
    assert provider.asked[0]["grant_type"] == "client_credentials"


def test_nothing_of_it_lies_open_in_the_database(firm: Firm, tokens: Tokens, provider: TokenServer) -> None:
    provider.rotates = True
    secrets = [tokens(), *shown(provider), *provider.refresh]
    with firm.desk.engine.connect() as connection:
        stored = repr(connection.execute(sa.text("SELECT * FROM oauth_token")).all())
    assert not any(secret in stored for secret in secrets)


def test_no_log_holds_a_secret(
    firm: Firm, tokens: Tokens, provider: TokenServer, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = {tokens(), CLIENT_SECRET, *shown(provider)}
    provider.answers(b"", 503)
    clock.pass_(minutes=56)
    tokens()
    provider.revoke()
    clock.pass_(hours=1)
    with pytest.raises(TokenRefusedError) as caught:
        tokens()
    assert not any(secret in caplog.text + repr(caught.value) for secret in secrets)


def test_tokens_that_no_key_opens_any_more_are_asked_for_anew(
    firm: Firm, tokens: Tokens, provider: TokenServer
) -> None:
    tokens()
    with firm.desk.readers() as session:
        other = Keyring((("k1", bytes(range(32))), ("k2", bytes(reversed(range(32))))))
        assert oauth_tokens.held(session, row(firm).digest, keys=other).access in provider.access
        stranger = Keyring((("k9", bytes(32)),))
        assert oauth_tokens.held(session, row(firm).digest, keys=stranger) == oauth_tokens.Held()


def test_the_token_of_a_server_that_is_named_no_longer_is_forgotten(
    firm: Firm, tokens: Tokens, provider: TokenServer, clock: Any
) -> None:
    tokens()
    write(firm, provider.written())
    clock.pass_(seconds=KEPT_UNUSED.total_seconds() + 1)
    tokens()
    with firm.desk.sessions.begin() as session:
        forgetting.forget(firm.desk, session, now=clock())
    assert row(firm).renewed_at == clock()


def test_the_worker_renews_what_nobody_used_for_a_day(firm: Firm, provider: TokenServer, clock: Any) -> None:
    firm.work()
    assert len(provider.asked) == 1
    clock.pass_(days=1)
    done = firm.work()
    assert (len(provider.asked), done.counts["renewed"]) == (2, 1)
    clock.now += timedelta(days=1)
    provider.revoke()
    done = firm.work()
    assert (done.failed, done.counts["renewed"]) == ([], 0)


def test_the_worker_renews_what_is_about_to_run_out_though_nobody_logs_in(
    firm: Firm, provider: TokenServer, clock: Any
) -> None:
    firm.work()
    clock.pass_(minutes=54)
    assert firm.work().counts["renewed"] == 0
    clock.pass_(minutes=2)
    assert firm.work().counts["renewed"] == 1


def wrong_with(firm: Firm) -> list[str]:
    with firm.desk.readers() as session:
        found = rules.findings(health.measures(firm.desk, session, now=firm.clock()))
    return [one.says for one in found if "token" in one.says]


REFUSED = "The token of the outgoing mail server cannot be renewed."


def test_a_token_that_is_refused_is_a_sign_of_health_until_there_is_another_one(
    firm: Firm, provider: TokenServer, clock: Any
) -> None:
    assert wrong_with(firm) == []
    firm.work()
    assert wrong_with(firm) == []
    provider.revoke()
    clock.pass_(minutes=56)
    firm.work()
    clock.pass_(minutes=30)
    assert wrong_with(firm) == [REFUSED]
    write(firm, provider.written())
    assert wrong_with(firm) == []
    firm.work()
    (firm.folder / "oauth-refresh").unlink()
    assert wrong_with(firm) == [REFUSED]


def test_a_token_that_ran_out_is_a_sign_of_health_for_as_long_as_the_configuration_names_its_server(
    firm: Firm, provider: TokenServer, clock: Any
) -> None:
    firm.work()
    provider.answers(b"busy", 503, times=20)
    clock.pass_(minutes=56)
    firm.work()
    clock.pass_(minutes=18)
    assert wrong_with(firm) == []
    clock.pass_(minutes=2)
    assert wrong_with(firm) == ["The token of the outgoing mail server ran out 16 minutes ago."]
    config = firm.desk.config
    assert config.smtp is not None
    without = config.smtp.model_copy(update={"oauth2": None})
    object.__setattr__(firm.desk, "config", config.model_copy(update={"smtp": without}))
    assert wrong_with(firm) == []
