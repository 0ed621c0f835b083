"""The way out, against a real server: what was surely taken, surely not taken, and what nobody knows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.mail.login.tls import ClearTextError, Tls
from bot.mail.relay.smtp import (
    LETTERS_A_CONNECTION,
    PermanentSendError,
    Relay,
    RelayAwayError,
    SendError,
    Server,
    TemporarySendError,
    UncertainSendError,
)
from tests.servers import SmtpSink, free_port

LETTER = b"From: support@shop.example\r\nTo: ada@example.org\r\nSubject: Done\r\n\r\nIt is done.\r\n"
US, ADA = "support@shop.example", "ada@example.org"


def to(sink: SmtpSink, tls: Tls = Tls.NONE, **more: str) -> Server:
    return Server(sink.host, sink.port, tls, cafile=sink.cafile, timeout=3, final_timeout=1, **more)


@pytest.fixture
def relay(sink: SmtpSink) -> Iterator[Relay]:
    with Relay(to(sink)) as relay:
        yield relay


def test_a_letter_arrives_as_it_was_written(relay: Relay, sink: SmtpSink) -> None:
    assert relay.send(US, ADA, LETTER) == "250 2.0.0 kept"
    (caught,) = sink.wait(1)
    assert (caught.mail_from, caught.rcpt_tos, caught.raw) == (US, (ADA,), LETTER)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param(b"A: b\r\n\r\n.\r\n..\r\nend\r\n", b"A: b\r\n\r\n.\r\n..\r\nend\r\n", id="dots"),
        pytest.param(b"A: b\n\nx\ry\n", b"A: b\r\n\r\nx\r\ny\r\n", id="bare line ends"),
        pytest.param(b"A: b\n\nx\n.\nRSET\n", b"A: b\r\n\r\nx\r\n.\r\nRSET\r\n", id="smuggled"),
        pytest.param(b"A: b\r\n\r\nno end", b"A: b\r\n\r\nno end\r\n", id="no last line end"),
        pytest.param(b".A: b\r\n\r\n", b".A: b\r\n\r\n", id="dot first"),
    ],
)
def test_no_line_of_a_letter_ends_it(relay: Relay, sink: SmtpSink, written: bytes, read: bytes) -> None:
    relay.send(US, ADA, written)
    assert [caught.raw for caught in sink.wait(1)] == [read]


@pytest.mark.parametrize("at", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(
    ("code", "kind"), [(450, TemporarySendError), (421, TemporarySendError), (552, PermanentSendError)]
)
def test_a_refusal_is_believed_and_the_next_letter_still_leaves(
    relay: Relay, sink: SmtpSink, at: str, code: int, kind: type[SendError]
) -> None:
    relay.send(US, ADA, LETTER)
    sink.refuse_next(
        code, times=2 if at == "mail" and code == 421 else 1, at=at, text="5.1.1 <ada@example.org> unknown"
    )
    with pytest.raises(kind) as caught:
        relay.send(US, ADA, LETTER)
    assert type(caught.value) is kind or issubclass(type(caught.value), TemporarySendError)
    assert caught.value.reply == f"{code} 5.1.1 [address] unknown"
    relay.send(US, ADA, LETTER)
    assert len(sink.wait(2)) == 2


@pytest.mark.parametrize("code", [530, 550, 553, 554])
def test_a_server_that_takes_nothing_from_us_says_nothing_of_the_letter(
    relay: Relay, sink: SmtpSink, code: int
) -> None:
    sink.refuse_next(code, at="mail", text="5.7.1 <support@shop.example> not allowed")
    with pytest.raises(RelayAwayError) as caught:
        relay.send(US, ADA, LETTER)
    assert caught.value.reply == f"{code} 5.7.1 [address] not allowed"
    relay.send(US, ADA, LETTER)
    assert len(sink.wait(1)) == 1


@pytest.mark.parametrize("kept", ["taken", "lost"])
def test_a_connection_lost_after_the_final_dot_is_uncertain(relay: Relay, sink: SmtpSink, kept: str) -> None:
    sink.drop_next(at=kept)
    with pytest.raises(UncertainSendError):
        relay.send(US, ADA, LETTER)
    assert len(sink.inbox) == (kept == "taken")
    relay.send(US, ADA, LETTER)


def test_silence_after_the_final_dot_is_uncertain(relay: Relay, sink: SmtpSink) -> None:
    sink.hang_next()
    with pytest.raises(UncertainSendError):
        relay.send(US, ADA, LETTER)


def test_the_mail_server_is_down(sink: SmtpSink) -> None:
    with Relay(to(sink)) as relay:
        sink.go_down()
        with pytest.raises(TemporarySendError, match="no connection"):
            relay.send(US, ADA, LETTER)
        sink.come_back()
        relay.send(US, ADA, LETTER)
    assert len(sink.wait(1)) == 1


def test_a_kept_connection_that_was_closed_meanwhile_is_made_anew(relay: Relay, sink: SmtpSink) -> None:
    relay.send(US, ADA, LETTER)
    sink.go_down()
    sink.come_back()
    relay.send(US, ADA, LETTER)
    assert len(sink.wait(2)) == 2


def test_a_connection_is_kept_for_fifty_letters(relay: Relay, sink: SmtpSink) -> None:
    for _ in range(LETTERS_A_CONNECTION):
        relay.send(US, ADA, LETTER)
    assert sink.connections == 1
    relay.send(US, ADA, LETTER)
    assert sink.connections == 2


def test_an_address_outside_ascii_wants_a_server_that_knows_it(sink: SmtpSink) -> None:
    with Relay(to(sink)) as relay:
        relay.send(US, "jürgen@example.org", LETTER)
    assert sink.wait(1)[0].rcpt_tos == ("jürgen@example.org",)
    with SmtpSink(smtputf8=False) as old, Relay(to(old)) as relay:
        with pytest.raises(PermanentSendError):
            relay.send(US, "jürgen@example.org", LETTER)
        relay.send(US, "ada@straße.example.org", LETTER)
        assert old.wait(1)[0].rcpt_tos == ("ada@xn--strae-oqa.example.org",)


@pytest.mark.parametrize("recipient", ["a@b\r\nRCPT TO:<m@example.com>", "a b@example.org", "a@example.org\0"])
def test_no_address_is_a_command(relay: Relay, sink: SmtpSink, recipient: str) -> None:
    with pytest.raises(PermanentSendError):
        relay.send(US, recipient, LETTER)
    assert sink.inbox == []


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
def test_the_relay_logs_in_by_tls_only_to_whom_it_knows(tmp_path: Path, tls: Tls) -> None:
    with SmtpSink(home=tmp_path, tls=tls.value, login=("desk", "secret")) as sink:
        known = to(sink, tls, user="desk", password="secret")
        with Relay(known) as relay:
            assert relay.check().startswith("connected and logged in")
            relay.send(US, ADA, LETTER)
        for wrong in (replace(known, cafile=None), replace(known, password="guess")):
            with Relay(wrong) as relay, pytest.raises(TemporarySendError):
                relay.send(US, ADA, LETTER)
        assert len(sink.inbox) == 1


def test_without_starttls_there_is_no_letter_in_the_clear(sink: SmtpSink) -> None:
    with Relay(to(sink, Tls.STARTTLS)) as relay, pytest.raises(TemporarySendError, match="STARTTLS"):
        relay.send(US, ADA, LETTER)
    assert sink.inbox == []


def test_clear_text_never_leaves_this_machine() -> None:
    with pytest.raises(ClearTextError):
        Relay(Server("smtp.shop.example", 25, Tls.NONE))


def test_check_says_that_nothing_listens() -> None:
    with pytest.raises(TemporarySendError, match="no connection"):
        Relay(Server("127.0.0.1", free_port(), Tls.NONE)).check()
