"""The mail door, knocked at by smtplib and by bare sockets."""

import logging
import smtplib
import socket
import threading
from collections.abc import Iterator

import pytest

from bot.mail.door import CONNECTIONS, OCTETS_LIMIT, RECIPIENTS, SIZE_LIMIT, Door, Envelope, Speech

MAIL = b"From: ada@example.org\r\nSubject: Hello\r\n\r\nMy address is wrong.\r\n"
ADA, US = "ada@example.org", "support@shop.example"


class Desk:
    """Stores mails, or does not."""

    def __init__(self) -> None:
        self.stored: list[Envelope] = []
        self.broken: Exception | None = None

    def __call__(self, envelope: Envelope) -> None:
        if self.broken is not None:
            raise self.broken
        self.stored.append(envelope)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def door(desk: Desk) -> Iterator[Door]:
    with Door("127.0.0.1", 0, desk, frozenset([US, "privacy@shop.example"])) as door:
        yield door


@pytest.fixture
def client(door: Door) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(door.host, door.port, "client", timeout=10) as client:
        yield client


class Wire:
    """A bare conversation: what is sent is sent, to the byte."""

    def __init__(self, door: Door) -> None:
        self.socket = socket.create_connection((door.host, door.port), 5)
        self.lines = self.socket.makefile("rb")

    def say(self, octets: bytes) -> bytes:
        self.socket.sendall(octets)
        return self.hear()

    def hear(self) -> bytes:
        while (line := self.lines.readline())[3:4] == b"-":
            pass
        return line.rstrip(b"\r\n")

    def begin(self, hello: bytes = b"EHLO x", recipients: tuple[str, ...] = (US,)) -> None:
        self.hear()
        assert self.say(hello + b"\r\n").startswith(b"250")
        assert self.say(b"MAIL FROM:<ada@example.org>\r\n").startswith(b"250")
        for recipient in recipients:
            assert self.say(f"RCPT TO:<{recipient}>\r\n".encode()).startswith(b"250")
        assert self.say(b"DATA\r\n").startswith(b"354")

    def close(self) -> None:
        self.lines.close()
        self.socket.close()


@pytest.fixture
def wire(door: Door) -> Iterator[Wire]:
    wire = Wire(door)
    yield wire
    wire.close()


def test_a_mail_is_stored_byte_for_byte_before_it_is_taken(client: smtplib.SMTP, desk: Desk) -> None:
    client.sendmail(ADA, [US], MAIL)
    assert desk.stored == [Envelope(MAIL, ADA, (US,))]


def test_a_bounce_has_no_sender(client: smtplib.SMTP, desk: Desk) -> None:
    client.sendmail("", [US], MAIL)
    assert desk.stored[0].mail_from == ""


def test_only_our_addresses_are_ours(client: smtplib.SMTP, desk: Desk) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        client.sendmail(ADA, ["somebody@example.com"], MAIL)
    assert caught.value.recipients == {"somebody@example.com": (550, b"5.1.1 No such address here")}
    client.sendmail(ADA, ["Support@Shop.Example"], MAIL)
    assert len(desk.stored) == 1


def test_plus_addresses_are_ours_where_it_is_said(desk: Desk) -> None:
    with Door("127.0.0.1", 0, desk, frozenset([US]), plus=True) as door, smtplib.SMTP(door.host, door.port) as client:
        client.sendmail(ADA, ["support+17.abcdef@shop.example"], MAIL)
    assert desk.stored[0].recipients == ("support+17.abcdef@shop.example",)


def test_what_cannot_be_stored_is_kept_by_the_sender_and_nothing_is_told(
    client: smtplib.SMTP, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.broken = RuntimeError("database down for ada@example.org")
    with pytest.raises(smtplib.SMTPDataError) as caught:
        client.sendmail(ADA, [US], MAIL)
    assert caught.value.smtp_code == 451
    assert caught.value.smtp_error == b"4.3.0 The desk cannot store mail at the moment, try again later"
    assert "RuntimeError" in caplog.text
    assert "@" not in "".join(record.getMessage() for record in caplog.records if record.name.startswith("bot"))
    desk.broken = None
    client.sendmail(ADA, [US], MAIL)
    assert len(desk.stored) == 1


def test_the_size_is_announced_and_kept(client: smtplib.SMTP, desk: Desk) -> None:
    client.ehlo()
    assert client.esmtp_features["size"] == str(SIZE_LIMIT)
    assert client.docmd("MAIL", f"FROM:<{ADA}> SIZE={SIZE_LIMIT + 1}")[0] == 552
    client.rset()
    client.mail(ADA)
    client.rcpt(US)
    code, _text = client.data(b"x: y\r\n\r\n" + (b"z" * 998 + b"\r\n") * (SIZE_LIMIT // 1000 + 1))
    assert code == 552
    assert desk.stored == []


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n", b"\r\n\0.\r\n"], ids=repr
)
def test_only_a_dot_between_true_line_ends_ends_a_mail(wire: Wire, desk: Desk, end: bytes) -> None:
    smuggled = b"MAIL FROM:<mallory@example.com>\r\nRCPT TO:<support@shop.example>\r\nDATA\r\nA: b\r\n\r\nx"
    wire.begin()
    wire.socket.sendall(b"A: b\r\n\r\nfirst" + end + smuggled)
    assert wire.say(b"\r\n.\r\n").startswith(b"250")
    assert len(desk.stored) == 1
    assert b"mallory" in desk.stored[0].raw


def test_dots_are_unstuffed_once(wire: Wire, desk: Desk) -> None:
    wire.begin()
    wire.say(b"A: b\r\n\r\n..\r\n...x\r\n.\r\n")
    assert desk.stored[0].raw == b"A: b\r\n\r\n.\r\n..x\r\n"


def test_lines_of_many_kilobytes_pass_and_longer_ones_do_not(wire: Wire, desk: Desk) -> None:
    wire.begin()
    assert wire.say(b"A: b\r\n\r\n" + b"x" * 60_000 + b"\r\n.\r\n").startswith(b"250")
    wire.say(b"MAIL FROM:<ada@example.org>\r\n")
    wire.say(b"RCPT TO:<support@shop.example>\r\n")
    wire.say(b"DATA\r\n")
    assert wire.say(b"A: b\r\n\r\n" + b"x" * 70_000 + b"\r\n.\r\n").startswith(b"500")
    assert len(desk.stored) == 1


def test_a_line_that_never_ends_ends_the_conversation(wire: Wire, desk: Desk) -> None:
    wire.begin()
    with pytest.raises(OSError, match=r"reset|[Pp]ipe|aborted"):
        wire.socket.sendall(b"x" * (OCTETS_LIMIT + 40 * 1024 * 1024))
    assert desk.stored == []


def test_too_many_recipients_are_asked_to_come_again(client: smtplib.SMTP) -> None:
    client.ehlo()
    client.mail(ADA)
    codes = [client.rcpt(US)[0] for _ in range(RECIPIENTS + 1)]
    assert codes == [250] * RECIPIENTS + [452]


def test_the_twenty_first_caller_waits_outside(door: Door) -> None:
    callers = [Wire(door) for _ in range(CONNECTIONS)]
    assert all(caller.hear().startswith(b"220") for caller in callers)
    late = Wire(door)
    assert late.hear().startswith(b"421")
    for caller in (*callers, late):
        caller.close()


def test_who_says_nothing_is_sent_away(desk: Desk) -> None:
    with Door("127.0.0.1", 0, desk, frozenset([US]), idle_seconds=0.2) as door:
        wire = Wire(door)
        assert wire.hear().startswith(b"220")
        assert wire.hear() == b""
        wire.close()


def test_what_is_being_stored_is_stored_when_the_door_closes() -> None:
    entered, go_on, stored = threading.Event(), threading.Event(), []

    def accept(envelope: Envelope) -> None:
        entered.set()
        assert go_on.wait(5)
        stored.append(envelope)

    door = Door("127.0.0.1", 0, accept, frozenset([US])).start()
    wire = Wire(door)
    wire.begin()
    wire.socket.sendall(b"A: b\r\n\r\n.\r\n")
    assert entered.wait(5)
    closing = threading.Thread(target=door.stop)
    closing.start()
    go_on.set()
    assert wire.hear().startswith(b"250")
    closing.join(10)
    assert len(stored) == 1
    wire.close()


def test_lmtp_answers_for_each_recipient(desk: Desk) -> None:
    with Door("127.0.0.1", 0, desk, frozenset([US, "privacy@shop.example"]), speech=Speech.LMTP) as door:
        wire = Wire(door)
        wire.begin(b"LHLO x", (US, "privacy@shop.example"))
        assert [wire.say(b"A: b\r\n\r\n.\r\n"), wire.hear()] == [b"250 2.0.0 The desk has it"] * 2
        desk.broken = OSError()
        assert wire.say(b"MAIL FROM:<>\r\n").startswith(b"250")
        wire.say(b"RCPT TO:<support@shop.example>\r\n")
        wire.say(b"RCPT TO:<privacy@shop.example>\r\n")
        wire.say(b"DATA\r\n")
        assert [wire.say(b"A: b\r\n\r\n.\r\n")[:9], wire.hear()[:9]] == [b"451 4.3.0"] * 2
        wire.close()


def test_a_door_that_is_taken_is_said_at_once(door: Door, desk: Desk) -> None:
    other = Door(door.host, door.port, desk, frozenset())
    with pytest.raises(OSError, match="in use"):
        other.start()
    other.stop()


def test_the_library_stays_quiet() -> None:
    assert logging.getLogger("mail.log").getEffectiveLevel() >= logging.WARNING
