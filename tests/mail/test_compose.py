"""A letter of ours: it reads as it was meant, is the same each time, and no value makes a header."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mail.mime import read
from bot.mail.relay.compose import LetterError, compose

FACTS: dict[str, Any] = {
    "sender": "support@shop.example",
    "sender_name": "Müller & Söhne, Versand",
    "recipient": "ada@example.org",
    "subject": "Re: Ihre Anfrage über Größen [RD-7F3K2QXM]",
    "text": "Guten Tag,\n\nhttps://desk.shop.example/proof/" + "a" * 90 + "\n.\nFrom here\nGrüße\n",
    "html": "<p>Grüße</p>",
    "message_id": "rd.1.2.abc@shop.example",
    "in_reply_to": "x@example.org",
    "references": ("first@example.org", "x@example.org"),
    "headers": {"Auto-Submitted": "auto-replied", "X-Rightsdesk-Loop": "abcdef"},
    "date": datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
}


def letter(**changed: Any) -> EmailMessage:
    return message_from_bytes(compose(**{**FACTS, **changed}), policy=policy.default)


def test_a_letter_reads_as_it_was_written() -> None:
    read_again = letter()
    assert read_again["From"].addresses[0].display_name == FACTS["sender_name"]
    assert read_again["From"].addresses[0].addr_spec == FACTS["sender"]
    assert (read_again["To"], read_again["Subject"]) == (FACTS["recipient"], FACTS["subject"])
    assert read_again["References"] == "<first@example.org> <x@example.org>"
    assert read_again["Auto-Submitted"] == "auto-replied"
    assert read_again["Date"].datetime == FACTS["date"]
    plain, html = read_again.get_body(("plain",)), read_again.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == FACTS["text"]
    assert html.get_content().strip() == FACTS["html"]
    assert read_again.defects == []


def test_a_letter_without_html_is_plain() -> None:
    assert letter(html=None).get_content_type() == "text/plain"


def test_a_letter_that_is_tried_again_is_the_same_letter() -> None:
    assert compose(**FACTS) == compose(**FACTS)


def test_a_letter_is_ascii_in_short_lines_with_true_line_ends() -> None:
    raw = compose(**{**FACTS, "subject": "Größe " * 60, "references": tuple(f"{n}@example.org" for n in range(500))})
    assert raw.isascii()
    assert raw.replace(b"\r\n", b"").count(b"\n") == raw.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert len(raw.partition(b"\r\n\r\n")[0]) < 4096


def test_the_first_and_the_latest_references_are_kept() -> None:
    kept = str(letter(references=tuple(f"{n}@example.org" for n in range(500)))["References"]).split()
    assert (kept[0], kept[-1]) == ("<0@example.org>", "<499@example.org>")


@given(st.text(max_size=60), st.sampled_from(["subject", "sender_name"]))
def test_no_value_makes_a_header(value: str, name: str) -> None:
    fields = [field for field, _value in letter(**{name: value}).items()]
    assert fields == [field for field, _value in letter().items()]
    raw = compose(**{**FACTS, name: f"{value}\r\nBcc: mallory@example.com\n\nx"})
    assert not set(raw.partition(b"\r\n\r\n")[0].replace(b"\r\n", b"")) & set(range(32))
    changed = read(raw)
    assert changed.to == ("ada@example.org",)
    assert changed.text == read(compose(**FACTS)).text


@pytest.mark.parametrize(
    "changed",
    [
        {"recipient": "ada@example.org\r\nBcc: m@example.com"},
        {"recipient": "ada@example.org, m@example.com"},
        {"recipient": "nobody"},
        {"message_id": "a@b>\r\nBcc: <m@example.com"},
        {"headers": {"X-A: b\r\nBcc": "m@example.com"}},
        {"headers": {"To": "m@example.com"}},
    ],
    ids=str,
)
def test_what_is_no_address_no_id_and_no_header_of_ours_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(LetterError):
        compose(**{**FACTS, **changed})


def test_an_address_outside_ascii_is_written_as_it_is_and_its_domain_as_the_net_does() -> None:
    assert letter(recipient="ada@straße.example.org")["To"] == "ada@xn--strae-oqa.example.org"
    assert "To: jürgen@example.org\r\n".encode() in compose(**{**FACTS, "recipient": "jürgen@example.org"})


@pytest.mark.parametrize("strange", ["Á1@example.org", "a b"])
def test_a_stranger_s_id_that_is_none_stays_out_of_the_header(strange: str) -> None:
    raw = compose(**{**FACTS, "in_reply_to": strange, "references": (strange, "x@example.org")})
    assert raw.isascii()
    assert "In-Reply-To" not in message_from_bytes(raw)
