"""Logging in by token, at a real Dovecot that asks the provider, and at a relay that does."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.mail.imap.folder import Account, MailboxAwayError, MailboxLoginError, MailboxRefusedError, check
from bot.mail.login.oauth2 import TokenAwayError, TokenRefusedError
from bot.mail.login.tls import Tls
from bot.mail.relay.smtp import Relay, RelayAwayError, Server
from tests.imap_proxy import ImapProxy
from tests.machine import DOVECOT, need
from tests.servers import Dovecot, SmtpSink
from tests.token_server import TokenServer

ADA = "support=desk,one@shop.example"
"""A name with what OAUTHBEARER wants written otherwise."""


class Wallet:
    """Gives the tokens that it was given, in turn, and remembers which ones were refused."""

    def __init__(self, *tokens: str) -> None:
        self.tokens, self.refused = list(tokens), list[str | None]()

    def __call__(self, refused: str | None = None) -> str:
        self.refused.append(refused)
        return self.tokens.pop(0)


@pytest.fixture(scope="module")
def provider() -> Iterator[TokenServer]:
    with TokenServer(user=ADA) as made:
        yield made


def good(provider: TokenServer, user: str = ADA) -> str:
    provider.user = user
    return str(provider._granted()["access_token"])


@pytest.fixture(scope="module", params=["xoauth2", "oauthbearer", "xoauth2 oauthbearer"])
def imap(request: pytest.FixtureRequest, provider: TokenServer) -> Iterator[Dovecot]:
    need(*DOVECOT)
    with (
        TemporaryDirectory(prefix="dovecot-") as home,
        Dovecot(Path(home), tokens=provider.url, mechanisms=request.param) as server,
    ):
        yield server


def account(server: Dovecot, tokens: Callable[[str | None], str], user: str = ADA) -> Account:
    return Account(server.host, server.port, Tls.NONE, user, "", tokens=tokens)


def test_a_mailbox_opens_to_a_token(imap: Dovecot, provider: TokenServer) -> None:
    tokens = Wallet(good(provider))
    assert check(account(imap, tokens), "INBOX") == "logged in, the folder holds 0 mails"
    assert tokens.refused == [None]


def test_the_standard_comes_before_what_came_before_it(imap: Dovecot, provider: TokenServer) -> None:
    check(account(imap, Wallet(good(provider))), "INBOX")
    wanted = "OAUTHBEARER" if "oauthbearer" in imap._mechanisms else "XOAUTH2"
    assert f"method={wanted}" in imap.log().splitlines()[-1] or f"method={wanted}" in imap.log()


def test_a_token_that_is_not_taken_is_followed_by_a_new_one(imap: Dovecot, provider: TokenServer) -> None:
    tokens = Wallet("dead", good(provider))
    check(account(imap, tokens), "INBOX")
    assert tokens.refused == [None, "dead"]


def test_two_that_are_not_taken_are_for_staff(imap: Dovecot, provider: TokenServer) -> None:
    tokens = Wallet("dead", "dead too")
    with pytest.raises(MailboxLoginError, match=r"^the server takes no new token either: mend user, scope"):
        check(account(imap, tokens), "INBOX")
    assert tokens.refused == [None, "dead"]


def test_a_token_opens_no_mailbox_of_others(imap: Dovecot, provider: TokenServer) -> None:
    other = good(provider, "eve@shop.example")
    with pytest.raises(MailboxLoginError):
        check(account(imap, Wallet(other, other)), "INBOX")


@pytest.mark.parametrize(
    ("error", "kind"),
    [(TokenRefusedError("log in anew"), MailboxLoginError), (TokenAwayError("away"), MailboxAwayError)],
)
def test_a_provider_that_gives_none_is_heard(imap: Dovecot, error: Exception, kind: type[Exception]) -> None:
    def tokens(_refused: str | None = None) -> str:
        raise error

    with pytest.raises(kind, match=rf"^{error}$") as caught:
        check(account(imap, tokens), "INBOX")
    assert type(caught.value) is kind


def test_a_server_that_cannot_ask_the_provider_is_away(tmp_path: Path) -> None:
    need(*DOVECOT)
    with TokenServer() as gone:
        url = gone.url
    with (
        TemporaryDirectory(prefix="dovecot-") as home,
        Dovecot(Path(home), tokens=url) as server,
        pytest.raises(MailboxAwayError, match=r"^the server lets nobody in now$") as caught,
    ):
        check(account(server, Wallet("any")), "INBOX")
    assert type(caught.value) is MailboxAwayError


def test_a_server_that_takes_no_tokens_is_told_apart(dovecot: Dovecot) -> None:
    with pytest.raises(MailboxRefusedError, match=r"^the server takes no tokens"):
        check(account(dovecot, Wallet("any")), "INBOX")


@pytest.mark.parametrize("password", ["secret", ""])
def test_a_connection_that_ends_at_log_in_says_nothing_of_user_and_password(
    imap: Dovecot, provider: TokenServer, password: str
) -> None:
    tokens = None if password else Wallet(good(provider), good(provider))
    with ImapProxy(imap.port) as proxy:
        behind = Account(proxy.host, proxy.port, Tls.NONE, ADA, password, tokens=tokens)
        check(behind, "INBOX")
        at = next(n for n, command in enumerate(proxy.commands, 1) if command.startswith("AUTHENTICATE"))
        proxy.cut_at(at)
        if tokens is not None:
            tokens.tokens.append(good(provider))
        with pytest.raises(MailboxAwayError) as caught:
            check(behind, "INBOX")
    assert type(caught.value) is MailboxAwayError


Sink = Callable[..., SmtpSink]


@pytest.fixture
def relay_of(provider: TokenServer) -> Iterator[Sink]:
    started: list[SmtpSink] = []

    def made(*mechanisms: str, **how: object) -> SmtpSink:
        started.append(SmtpSink(mechanisms=mechanisms, **{"tokens": provider.takes} | how).start())  # type: ignore[arg-type]
        return started[-1]

    yield made
    for sink in started:
        sink.stop()


def relay(sink: SmtpSink, tokens: Callable[[str | None], str]) -> Relay:
    return Relay(Server(sink.host, sink.port, Tls.NONE, user=ADA, tokens=tokens, timeout=3))


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        (["XOAUTH2"], "XOAUTH2"),
        (["OAUTHBEARER"], "OAUTHBEARER"),
        (["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"], "OAUTHBEARER"),
    ],
)
def test_a_relay_takes_a_token_by_what_it_offers(
    relay_of: Sink, provider: TokenServer, offered: list[str], taken: str
) -> None:
    sink = relay_of(*offered)
    assert relay(sink, Wallet(good(provider))).check().startswith("connected and logged in")
    assert sink.attempts == [(taken, "short")]


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_long_token_waits_for_its_challenge(relay_of: Sink, provider: TokenServer, mechanism: str) -> None:
    provider.length = 1800
    token = good(provider)
    provider.length = 40
    sink = relay_of(mechanism)
    relay(sink, Wallet(token)).check()
    assert sink.attempts == [(mechanism, "long")]


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_relay_that_does_not_take_a_token_is_shown_a_new_one(
    relay_of: Sink, provider: TokenServer, mechanism: str
) -> None:
    tokens = Wallet("dead", good(provider))
    sink = relay_of(mechanism)
    relay(sink, tokens).check()
    assert tokens.refused == [None, "dead"]
    assert sink.attempts == [(mechanism, "short")] * 2


def test_a_relay_that_takes_none_fails_no_letter(relay_of: Sink) -> None:
    with pytest.raises(RelayAwayError, match=r"^the server takes no new token either"):
        relay(relay_of("XOAUTH2"), Wallet("dead", "dead too")).check()


def test_a_relay_that_offers_passwords_only_gets_no_token(relay_of: Sink) -> None:
    sink = relay_of("PLAIN")
    with pytest.raises(RelayAwayError, match=r"does not offer what is configured \(STARTTLS or AUTH\)"):
        relay(sink, Wallet("any")).check()
    assert sink.attempts == []


def test_a_provider_that_refuses_holds_the_letters_back(relay_of: Sink) -> None:
    def tokens(_refused: str | None = None) -> str:
        raise TokenRefusedError("log in anew")

    with pytest.raises(RelayAwayError, match=r"^log in anew$"):
        relay(relay_of("XOAUTH2"), tokens).check()


def by_password(sink: SmtpSink, password: str) -> Relay:
    return Relay(Server(sink.host, sink.port, Tls.NONE, user=LOGIN[0], password=password, timeout=3))


LOGIN = ("ädä@shop.example", "correct horse, née Schütz")


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        (["PLAIN"], ("PLAIN", "short")),
        (["LOGIN"], ("LOGIN", "long")),
        (["CRAM-MD5"], ("CRAM-MD5", "long")),
        (["CRAM-MD5", "LOGIN", "PLAIN", "XOAUTH2"], ("PLAIN", "short")),
    ],
)
def test_a_password_goes_by_what_the_relay_offers(relay_of: Sink, offered: list[str], taken: tuple[str, str]) -> None:
    sink = relay_of(*offered, tokens=None, login=LOGIN)
    by_password(sink, LOGIN[1]).check()
    assert sink.attempts == [taken]


def test_a_wrong_password_is_tried_once(relay_of: Sink) -> None:
    sink = relay_of("PLAIN", "LOGIN", "CRAM-MD5", tokens=None, login=LOGIN)
    with pytest.raises(RelayAwayError, match=r"^the server refuses the user name or the password$"):
        by_password(sink, "wrong").check()
    assert len(sink.attempts) == 1


def test_a_relay_in_trouble_says_nothing_of_the_password(relay_of: Sink) -> None:
    sink = relay_of("PLAIN", tokens=None, login=LOGIN)
    sink.refuse_next(454, at="auth", text="4.7.0 Temporary authentication failure")
    with pytest.raises(RelayAwayError, match=r"^454 4.7.0 Temporary authentication failure$"):
        by_password(sink, LOGIN[1]).check()
