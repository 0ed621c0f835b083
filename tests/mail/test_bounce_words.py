"""A bounce in prose: why the letter did not arrive, and whom it did not reach."""

import pytest

from bot.mail.mime import read


@pytest.mark.parametrize(
    ("text", "hard", "lost"),
    [
        ("<bob@x.example>: 550 5.7.1 no such user", True, True),
        ("<bob@x.example>: 550 5.7.1 refused", False, True),
        ("The recipient name is not recognized", True, True),
        ("<bob@x.example>: utilizador desconhecido", True, True),
        ("<bob@x.example>: this box is no longer in use", True, True),
        ("The message exceeds the allowed size of the box of bob@x.example", False, True),
        ("<bob@x.example>: 452 try later", False, False),
    ],
)
def test_why_a_letter_did_not_arrive_is_read_from_words(text: str, hard: bool, lost: bool) -> None:
    bounce = read(f"From: <MAILER-DAEMON@x.example>\nSubject: failure notice\n\n{text}\n".encode()).bounce
    assert bounce is not None
    assert (bounce.hard, bounce.lost) == (hard, lost)


@pytest.mark.parametrize(
    ("text", "recipient"),
    [
        ("Unknown user: bob@x.example", "bob@x.example"),
        ("Error-for:  bob@x.example", "bob@x.example"),
        ("\tRecipient: [SMTP:bob@x.example]", "bob@x.example"),
        ("  MAIL FROM: us@shop.example\n  RCPT TO: bob@x.example", "bob@x.example"),
        ("Write to MAILER-DAEMON@x.example. The mail to bob@x.example was refused.", "bob@x.example"),
        ("收件人邮件地址：bob@x.example", "bob@x.example"),
        ("Nobody is named.", None),
    ],
)
def test_whom_a_letter_did_not_reach_is_found_in_prose(text: str, recipient: str | None) -> None:
    raw = f"From: <MAILER-DAEMON@x.example>\nTo: us@shop.example\nSubject: failure notice\n\n{text}\n"
    bounce = read(raw.encode()).bounce
    assert bounce is not None
    assert bounce.recipient == recipient


def test_the_letter_itself_says_to_whom_it_was() -> None:
    headers = "From: <MAILER-DAEMON@x.example>\nContent-Type: multipart/mixed; boundary=b"
    letter = "Content-Type: message/rfc822\n\nTo: Bob <bob@x.example>\n\nHello"
    bounce = read(f"{headers}\n\n--b\n\nNo.\n--b\n{letter}\n--b--\n".encode()).bounce
    assert bounce is not None
    assert bounce.recipient == "bob@x.example"
