"""The mail door, knocked at by smtplib and by bare sockets."""

import functools
import logging
import resource
import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.mail.door import door as doors
from bot.mail.door.conversations import PATIENCE, RECIPIENTS
from bot.mail.door.door import CONNECTIONS, Envelope, Speech

MAIL = b"From: ada@example.org\r\nSubject: Hello\r\n\r\nMy address is wrong.\r\n"
ADA, US = "ada@example.org", "support@shop.example"
SIZE = 100_000
Door = functools.partial(doors.Door, size=SIZE)


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
def door(desk: Desk) -> Iterator[doors.Door]:
    with Door("127.0.0.1", 0, desk, frozenset([US, "privacy@shop.example"])) as door:
        yield door


@pytest.fixture
def client(door: doors.Door) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(door.host, door.port, "client", timeout=10) as client:
        yield client


class Wire:
    """A bare conversation: what is sent is sent, to the byte."""

    def __init__(self, door: doors.Door) -> None:
        self.socket = socket.create_connection((door.host, door.port), 20)
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
def wire(door: doors.Door) -> Iterator[Wire]:
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
    with Door("127.0.0.1", 0, desk, frozenset([US]), plus=True) as door, knocking(door) as client:
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
    assert client.esmtp_features["size"] == str(SIZE)
    assert client.docmd("MAIL", f"FROM:<{ADA}> SIZE={SIZE + 1}")[0] == 552
    client.rset()
    client.mail(ADA)
    client.rcpt(US)
    code, _text = client.data(b"x: y\r\n\r\n" + (b"z" * 998 + b"\r\n") * (SIZE // 1000 + 1))
    assert code == 552
    assert desk.stored == []
    # The conversation goes on, and a mail of the very size is taken.
    client.sendmail(ADA, [US], (b"z" * 998 + b"\r\n") * (SIZE // 1000))
    assert [len(one.raw) for one in desk.stored] == [SIZE]


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


@pytest.mark.parametrize("begun", [True, False], ids=["in a mail", "in a command"])
def test_a_line_that_never_ends_ends_the_conversation(wire: Wire, desk: Desk, begun: bool) -> None:
    if begun:
        wire.begin()
    with pytest.raises(OSError, match=r"reset|[Pp]ipe|aborted"):
        wire.socket.sendall(b"x" * (PATIENCE * SIZE + 40 * 1024 * 1024))
    assert desk.stored == []


def test_too_many_recipients_are_asked_to_come_again(client: smtplib.SMTP) -> None:
    client.ehlo()
    client.mail(ADA)
    codes = [client.rcpt(US)[0] for _ in range(RECIPIENTS + 1)]
    assert codes == [250] * RECIPIENTS + [452]


def test_the_twenty_first_caller_waits_outside(door: doors.Door) -> None:
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
        assert wire.hear().startswith(b"421 4.4.2")
        assert wire.hear() == b""
        wire.close()


def knocking(door: doors.Door) -> smtplib.SMTP:
    return smtplib.SMTP(door.host, door.port, timeout=20)


def drip(wire: Wire, drop: bytes) -> None:
    try:
        for _ in range(100):
            wire.socket.sendall(drop)
            time.sleep(0.02)
    finally:
        wire.close()


DRIPS = {
    "letters of a mail": (True, b"x"),
    "lines of a mail": (True, b"x\r\n"),
    "letters of a command": (False, b"N"),
    "commands": (False, b"NOOP\r\n"),
    "beginnings": (False, b"RSET\r\n"),
}


@pytest.mark.parametrize(("begun", "drop"), DRIPS.values(), ids=DRIPS)
def test_who_drips_is_sent_away_in_the_end(desk: Desk, begun: bool, drop: bytes) -> None:
    with Door("127.0.0.1", 0, desk, frozenset([US]), idle_seconds=5, mail_seconds=0.5, connections=1) as door:
        wire = Wire(door)
        wire.begin() if begun else wire.hear()
        with pytest.raises(OSError, match=r"reset|[Pp]ipe|aborted"):
            drip(wire, drop)
        # Its place is free again.
        with knocking(door) as next_one:
            next_one.sendmail(ADA, [US], MAIL)
    assert [one.raw for one in desk.stored] == [MAIL]


def test_the_clock_begins_anew_with_each_mail(desk: Desk) -> None:
    with Door("127.0.0.1", 0, desk, frozenset([US]), mail_seconds=0.5) as door, knocking(door) as client:
        for _ in range(4):
            time.sleep(0.2)
            client.sendmail(ADA, [US], MAIL)
    assert len(desk.stored) == 4


def test_who_waits_for_us_is_not_slow(desk: Desk) -> None:
    def accept(envelope: Envelope) -> None:
        time.sleep(0.5)
        desk(envelope)

    hasty = Door("127.0.0.1", 0, accept, frozenset([US]), mail_seconds=0.2, idle_seconds=0.2)
    with hasty as door, knocking(door) as client:
        client.sendmail(ADA, [US], MAIL)
    assert len(desk.stored) == 1


def test_who_reads_no_answer_is_sent_away(desk: Desk) -> None:
    """What is written to it could never be flushed, and its place would be held for ever."""
    with Door("127.0.0.1", 0, desk, frozenset([US]), mail_seconds=0.5, connections=1) as door:
        wire = Wire(door)
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.socket.settimeout(1)
        with pytest.raises(OSError, match=r"reset|[Pp]ipe|aborted|timed out"):
            wire.socket.sendall(b"HELP\r\n" * 1_000_000)
        with knocking(door) as next_one:
            next_one.sendmail(ADA, [US], MAIL)
        wire.close()
    assert len(desk.stored) == 1


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


REFUSED = {
    "too large": (b"A: b\r\n\r\n" + b"x" * 90 + b"\r\n" + (b"y" * 998 + b"\r\n") * (SIZE // 1000), b"552 5.3.4"),
    "a line too long": (b"A: b\r\n\r\n" + b"x" * 70_000 + b"\r\n", b"500 5.6.0"),
}


@pytest.mark.parametrize(("mail", "answer"), REFUSED.values(), ids=REFUSED)
def test_lmtp_refuses_for_each_recipient_too(desk: Desk, mail: bytes, answer: bytes) -> None:
    """An answer too few, and the MTA would wait for it for ever."""
    with Door("127.0.0.1", 0, desk, frozenset([US, "privacy@shop.example"]), speech=Speech.LMTP) as door:
        wire = Wire(door)
        wire.begin(b"LHLO x", (US, "privacy@shop.example"))
        assert [wire.say(mail + b".\r\n")[:9], wire.hear()[:9]] == [answer] * 2
        assert wire.say(b"NOOP\r\n").startswith(b"250")
        wire.close()
    assert desk.stored == []


def test_only_the_recipients_of_ours_are_answered_for(desk: Desk) -> None:
    lmtp = Door("127.0.0.1", 0, desk, frozenset([US]), speech=Speech.LMTP)
    with lmtp as door, smtplib.LMTP(door.host, door.port) as mta:
        refused = mta.sendmail(ADA, [US, "somebody@example.com"], MAIL)
    assert refused == {"somebody@example.com": (550, b"5.1.1 No such address here")}
    assert desk.stored == [Envelope(MAIL, ADA, (US,))]


ELSEWHERE = [
    "ada@example.org", "support@shop.example.evil.org", "support%example.org@shop.example",
    "@shop.example:ada@example.org", "support@[127.0.0.1]", "ada!support@example.org", "support",
    "support+a@shop.example", '"support@shop.example"@example.org',
]  # fmt: skip


@pytest.mark.parametrize("recipient", ELSEWHERE)
def test_the_door_relays_for_nobody(wire: Wire, desk: Desk, recipient: str) -> None:
    wire.hear()
    wire.say(b"EHLO x\r\n")
    wire.say(b"MAIL FROM:<ada@example.org>\r\n")
    assert wire.say(f"RCPT TO:<{recipient}>\r\n".encode())[:3] in (b"550", b"553")
    assert wire.say(b"DATA\r\n").startswith(b"503")
    assert desk.stored == []


def answers_of(wire: Wire) -> list[bytes]:
    """All that is still said; a reset may swallow the last of it."""
    said = []
    with suppress(ConnectionError):
        while line := wire.lines.readline():
            said.append(line)
    return said


def test_a_piece_of_a_mail_is_no_command(wire: Wire, desk: Desk) -> None:
    """CHUNKING is not announced; who sends a chunk all the same has its octets taken for nothing."""
    wire.hear()
    wire.socket.sendall(b"EHLO x\r\n")
    announced = b"".join(wire.lines.readline() for _ in range(5))
    assert b"CHUNKING" not in announced
    assert b"BINARYMIME" not in announced
    wire.say(b"MAIL FROM:<ada@example.org>\r\n")
    wire.say(b"RCPT TO:<support@shop.example>\r\n")
    inside = b"RSET\r\nMAIL FROM:<mallory@example.com>\r\nRCPT TO:<support@shop.example>\r\nDATA\r\nA: b\r\n\r\n.\r\n"
    wire.socket.sendall(b"BDAT %d LAST\r\n" % len(inside) + inside)
    assert [line[:3] for line in answers_of(wire)] in ([b"502"], [])
    assert desk.stored == []


def test_a_whole_conversation_at_once_is_heard_in_order(wire: Wire, desk: Desk) -> None:
    mails = b"".join(
        b"MAIL FROM:<ada@example.org>\r\nRCPT TO:<support@shop.example>\r\nDATA\r\nSubject: %d\r\n\r\nx\r\n.\r\n" % n
        for n in range(30)
    )
    wire.hear()
    wire.socket.sendall(b"EHLO x\r\n" + mails + b"QUIT\r\n")
    assert wire.lines.read().splitlines()[-1].startswith(b"221")
    assert [one.raw.splitlines()[0] for one in desk.stored] == [b"Subject: %d" % n for n in range(30)]


@pytest.mark.parametrize("last", [b"QUIT\r\n", b"RSET\r\nQUIT\r\n", b"."], ids=repr)
def test_who_leaves_within_a_mail_has_sent_none(wire: Wire, desk: Desk, door: doors.Door, last: bytes) -> None:
    wire.begin()
    wire.socket.sendall(b"A: b\r\n\r\nhalf a mail\r\n" + last)
    wire.close()
    with knocking(door) as next_one:
        next_one.sendmail(ADA, [US], MAIL)
    assert [one.raw for one in desk.stored] == [MAIL]


@pytest.mark.parametrize(
    "command",
    [b"MAIL FROM:<a\0b@example.org>", b"MAIL FROM:<a\rX-Evil@example.org>", b"MAIL FROM:<\xe4\xff@example.org>"],
    ids=repr,
)
def test_a_sender_that_cannot_stand_in_a_header_is_refused(wire: Wire, command: bytes) -> None:
    wire.hear()
    wire.say(b"EHLO x\r\n")
    assert wire.say(command + b"\r\n")[:3] in (b"501", b"553")
    assert wire.say(b"MAIL FROM:<ada@example.org>\r\n").startswith(b"250")


@pytest.mark.parametrize("recipient", [b"support+\0@shop.example", b"support+\rX@shop.example"], ids=repr)
def test_a_recipient_that_cannot_stand_in_a_header_is_refused(desk: Desk, recipient: bytes) -> None:
    with Door("127.0.0.1", 0, desk, frozenset([US]), plus=True) as door:
        wire = Wire(door)
        wire.hear()
        wire.say(b"EHLO x\r\n")
        wire.say(b"MAIL FROM:<ada@example.org>\r\n")
        assert wire.say(b"RCPT TO:<" + recipient + b">\r\n")[:3] in (b"550", b"553")
        wire.close()


@pytest.mark.parametrize(
    "commands", [b"\0\0\0\r\n", b"\xff\xfe\r\n", b"\r\n", b"MAIL\r\n", b"DATA x\r\n", b"EHLO\r\n"], ids=repr
)
def test_nonsense_is_answered_and_stores_nothing(wire: Wire, desk: Desk, commands: bytes) -> None:
    wire.hear()
    assert wire.say(commands)[:1] == b"5"
    assert desk.stored == []


def test_eight_bits_and_addresses_of_all_scripts_pass(client: smtplib.SMTP, desk: Desk) -> None:
    client.ehlo()
    assert {"8bitmime", "smtputf8"} <= client.esmtp_features.keys()
    body = "Subject: Größe\r\n\r\nMeine Straße: Käßler\r\n".encode() + b"\xff\xfe\x00NUL\r\n"
    client.sendmail("käthe@bücher.example", [US], body, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    assert desk.stored == [Envelope(body, "käthe@bücher.example", (US,))]


def test_an_address_of_ours_is_ours_in_either_spelling(desk: Desk) -> None:
    with Door("127.0.0.1", 0, desk, frozenset(["support@bücher.example"])) as door, knocking(door) as client:
        client.sendmail(ADA, ["support@xn--bcher-kva.example"], MAIL)
        client.sendmail(ADA, ["support@bücher.example"], MAIL, mail_options=["SMTPUTF8"])
    assert len(desk.stored) == 2


def test_twenty_slow_clients_fill_no_memory(desk: Desk) -> None:
    """aiosmtpd keeps an object for each line: of these, 70 MB."""
    part = b"A: b\r\n\r\n" + b"\r\n" * 40_000
    with Door("127.0.0.1", 0, desk, frozenset([US])) as door:
        wires = [Wire(door) for _ in range(CONNECTIONS)]
        for wire in wires:
            wire.begin()
        before = resident()
        for wire in wires:
            wire.socket.sendall(part)
        answers = [wire.say(b".\r\n")[:9] for wire in wires]
        grown = resident() - before
        for wire in wires:
            wire.close()
    # Four such mails may be in hand at once; whoever comes then comes again.
    assert set(answers) == {b"250 2.0.0", b"451 4.3.0"}
    assert answers.count(b"250 2.0.0") == len(desk.stored) >= 4
    assert grown < 30_000_000


def test_what_was_let_go_makes_room(desk: Desk) -> None:
    """Mails that were refused, left or stored take no room from those after them."""
    with Door("127.0.0.1", 0, desk, frozenset([US])) as door:
        for end in (b"", b"x" * 70_000 + b"\r\n.\r\n", b".\r\n") * 6:
            wire = Wire(door)
            wire.begin()
            wire.socket.sendall(b"y" * 900 + b"\r\n" + (b"z" * 898 + b"\r\n") * 99)
            if end:
                wire.say(end)
            wire.close()
    assert len(desk.stored) == 6


def resident() -> int:
    """Octets of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_a_door_that_is_taken_is_said_at_once(door: doors.Door, desk: Desk) -> None:
    other = Door(door.host, door.port, desk, frozenset())
    with pytest.raises(OSError, match="in use"):
        other.start()
    other.stop()


def test_the_library_stays_quiet() -> None:
    assert logging.getLogger("mail.log").getEffectiveLevel() >= logging.WARNING
