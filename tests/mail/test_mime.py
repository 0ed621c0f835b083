"""Reading never raises, is bounded, and leaves nothing in a text that a database or a page would choke on."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.mail.mime import UNREADABLE, read
from models.rules.reading import Reading

CORPUS = Path(__file__).parent.parent / "corpus"
SEEDS = [path.read_bytes() for path in sorted(CORPUS.rglob("*.eml"))]
HEAD = b"From: ada@example.org\nMessage-ID: <1@example.org>\nDate: Tue, 24 Nov 2026 10:00:00 +0000\n"
SPITEFUL = st.sampled_from(
    [
        b"\0",
        b"\r",
        b"\n\n",
        b"=?utf-8?b?",
        b"?=",
        b'"',
        b"<",
        b"(",
        b"\xff",
        b"\xed\xa0\x80",
        b"--b\n",
        b"; charset=utf-7",
        b"; charset=idna",
        b"=00=ED=A0=80",
        b"\x1b$B",
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"; filename*=utf-16''%00",
    ]
)


@st.composite
def damaged_mails(draw: st.DrawFn) -> bytes:
    mail = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(mail)))
        cut = draw(st.integers(0, 40))
        mail = mail[:at] + draw(st.one_of(SPITEFUL, st.binary(max_size=20))) + mail[at + cut :]
    return mail


def texts(reading: Reading) -> list[str]:
    return [
        reading.sender,
        reading.sender_name,
        reading.reply_to or "",
        reading.subject,
        reading.message_id,
        reading.in_reply_to or "",
        reading.text,
        reading.html or "",
        reading.return_path or "",
        *reading.to,
        *reading.addressed_to,
        *reading.references,
        *reading.defects,
        *(file.name for file in reading.attachments),
        *(file.type for file in reading.attachments),
    ]


def assert_sound(reading: Reading) -> None:
    for text in texts(reading):
        assert "\0" not in text
        text.encode("utf-8")
    assert "\n" not in reading.subject + reading.sender + reading.sender_name + reading.message_id
    assert reading.message_id
    assert all(0 <= start < end <= len(reading.text) for start, end in reading.new)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=400), damaged_mails()))
def test_no_bytes_at_all_raise_or_leave_rubbish(raw: bytes) -> None:
    reading = read(raw)
    assert_sound(reading)
    assert read(raw) == reading


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\0" * 100, bytes(range(256)) * 10, b"Just words."], ids=repr)
def test_what_is_no_mail_has_no_sender_and_says_so(raw: bytes) -> None:
    reading = read(raw)
    assert reading.sender == ""
    assert UNREADABLE in reading.defects


def deep(levels: int) -> bytes:
    return HEAD + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(levels)
    )


BOMBS = {
    "deep": deep(3000) + b"\nhi\n",
    "wide": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    "attachments": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: a/b\n\nx\n" * 450,
    "headers": HEAD + b"X: y\n" * 200_000 + b"\nx",
    "brackets": b"From: " + b'(<"' * 80_000 + b"\n\nx",
    "words": HEAD + b"Subject: " + b"=?utf-8?q?" * 20_000 + b"\n\nx",
    "parameters": HEAD + b"Content-Type: a/b" + b'; a*1*="' * 20_000 + b"\n\nx",
    "divs": HEAD + b"Content-Type: text/html\n\n" + b"<div>" * 20_000 + b"deep",
    "formatting": HEAD
    + b"Content-Type: text/html\n\n"
    + b"".join(b"<b id=%d>" % n for n in range(9000))
    + b"<p>x" * 9000,
    "tags": HEAD + b"Content-Type: text/html\n\n" + b"<select><option>x" * 100_000,
    "scripts": HEAD + b"Content-Type: text/html\n\n" + b"<script>" * 200_000,
    "lines": HEAD + b"\n" + b"a\n" * 1_000_000,
    "one line": HEAD + b"\n" + b"a" * 8_000_000,
    "odd octets": HEAD + b"\n" + b"\xfe\xc3" * 1_000_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_not_go_off(name: str) -> None:
    started = time.process_time()
    reading = read(BOMBS[name])
    assert time.process_time() - started < 10
    assert_sound(reading)
    assert len(reading.text) <= 1_000_000
    assert len(reading.attachments) <= 200


@pytest.mark.parametrize(
    ("name", "defect"),
    [
        ("deep", "too-deep"),
        ("wide", "too-many-parts"),
        ("attachments", "too-many-attachments"),
        ("headers", "headers-too-long"),
    ],
)
def test_what_was_left_out_is_said(name: str, defect: str) -> None:
    assert defect in read(BOMBS[name]).defects


def test_deep_html_loses_no_word() -> None:
    assert read(BOMBS["divs"]).text == "deep"
    assert read(BOMBS["formatting"]).text.count("x") == 9000


def test_a_report_without_a_word_does_not_say_what_the_returned_mail_said() -> None:
    inner = b"From: us@shop.example\n\nYour address is changed.\n"
    body = b"\n\n--b\nContent-Type: text/plain\n\n\n--b\nContent-Type: message/rfc822\n\n" + inner + b"--b--\n"
    assert read(HEAD + b"Content-Type: multipart/report; boundary=b" + body).text == ""
    assert read(HEAD + b"Content-Type: multipart/mixed; boundary=b" + body).text == "Your address is changed."


def test_mails_in_mails_end_somewhere() -> None:
    assert read(b"Content-Type: message/rfc822\n\n" * 3000 + b"Subject: x\n\nhi").text == ""


def test_half_a_character_pair_never_gets_through() -> None:
    text = read(HEAD + b"Content-Type: text/plain; charset=utf-7\n\n+2AA- here +3AA-\n").text
    assert text == "\ufffd here \ufffd"


def test_a_missing_id_is_made_of_the_bytes_and_stays_the_same() -> None:
    raw = b"From: ada@Example.org\n\nx"
    made = read(raw).message_id
    assert made == read(raw).message_id
    assert made.startswith("gen-")
    assert made.endswith("@example.org")
    assert read(raw + b"y").message_id != made


def test_two_addresses_never_make_a_third() -> None:
    assert read(b"From: ada@example.org: bob@example.org\nSubject: x\n\nHello\n").sender == ""


def test_every_address_by_which_a_mail_came_is_named_once() -> None:
    raw = b"To: a@shop.example\nCc: B@Shop.example\nDelivered-To: s+1.x@shop.example\nX-Original-To: a@shop.example"
    assert read(raw).addressed_to == ("a@shop.example", "B@shop.example", "s+1.x@shop.example")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Tue, 24 Nov 2026 10:00:00 -0000", datetime(2026, 11, 24, 10, tzinfo=UTC)),
        ("24 Nov 2026 10:00 +0100", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("Tue, 24 Nov 99999 10:00:00 +0000", None),
        ("Tue, 24 Nov 2026 10:00:00 +9999", None),
        ("soon", None),
    ],
)
def test_a_date_has_a_zone_or_is_none(written: str, expected: datetime | None) -> None:
    assert read(f"From: a@example.org\nDate: {written}\n\nx".encode()).date == expected


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        pytest.param(HEAD + b"\nsee https://a.example\n" * 5_001, "too-many-links", id="links in a text"),
        pytest.param(
            HEAD + b"Content-Type: text/html\n\n" + b"<a href=x>y</a>" * 5_001, "too-many-links", id="links in HTML"
        ),
        pytest.param(HEAD + b"\n" + b"word " * 13_000, "judged-in-part", id="more than is judged"),
        pytest.param(HEAD + b"\n" + b"begin 644 x\nend\n" * 201, "too-many-attachments", id="uuencoded files"),
    ],
)
def test_what_is_over_a_limit_is_read_in_part_and_says_so(raw: bytes, defect: str) -> None:
    reading = read(raw)
    assert defect in reading.defects
    assert reading.in_part
    assert len(reading.attachments) <= 200


def test_text_and_files_have_one_limit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.mail.reading.attachments.DECODED_LIMIT", 100)
    parts = b"\n--b\n\n%b\n--b\nContent-Type: application/pdf\n\n%b\n--b--\n"
    head = HEAD + b"Content-Type: multipart/mixed; boundary=b\n"
    assert "too-much-content" not in read(head + parts % (b"x" * 50, b"y" * 49)).defects
    reading = read(head + parts % (b"x" * 60, b"y" * 60))
    assert "too-much-content" in reading.defects
    assert reading.attachments == ()


def test_blanks_without_an_end_are_read_in_one_go() -> None:
    begun = time.monotonic()
    read(HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n" + b" " * 400_000 + b"x")
    assert time.monotonic() - begun < 5


def test_want_of_memory_is_for_whoever_limits_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def eats(*_given: object) -> None:
        raise MemoryError

    monkeypatch.setattr("bot.mail.mime.body_of", eats)
    with pytest.raises(MemoryError):
        read(HEAD + b"\nhello")
