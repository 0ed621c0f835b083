"""A relay that gives each letter an id of its own: answers and reports find it by the id that its HTML holds."""

from email.message import EmailMessage

import pytest

from models.rules.kinds import Kind
from models.rules.lifecycle import State
from tests.firm import ADA, MALLORY, SUPPORT, Firm
from tests.journeys.stories import CITY, STREET, corrected, proved

RELAYS = "<0100018f@relay.example>"


def as_the_relay_sent_it(letter: EmailMessage) -> EmailMessage:
    letter.replace_header("Message-ID", RELAYS)
    return letter


def html_of(letter: EmailMessage) -> str:
    part = letter.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def answered(firm: Firm, text: str, letter: EmailMessage, *, sender: str = ADA, quote: str | None = None) -> None:
    """As a mail program answers that knows HTML alone."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, SUPPORT, "Re: hello"
    message["Message-ID"], message["In-Reply-To"] = "<77@example.net>", str(letter["Message-ID"])
    quoted = html_of(letter) if quote is None else quote
    message.set_content(f'<p>{text}</p><div class="gmail_quote">{quoted}</div>', subtype="html")
    firm.deliver(message)
    firm.work()


def test_an_answer_finds_its_ticket_and_adds_to_what_is_proved(firm: Firm) -> None:
    proved(firm, STREET)
    firm.reader.knows("city too", Kind.RECTIFICATION, values=[CITY])
    answered(firm, "the city too: Leeds for Manchester", as_the_relay_sent_it(firm.letters_to(ADA)[-1]))
    assert firm.messages()[-1].threaded_by == "signed-id"
    assert {one.after for one in firm.request().corrections} == {"14 Quarry Hill", "Leeds"}


def test_nobody_sees_it(firm: Firm) -> None:
    proved(firm, STREET)
    letter = firm.letters_to(ADA)[-1]
    answered(firm, "How long will it take?", as_the_relay_sent_it(letter))
    assert "rd." not in firm.messages()[-1].text
    assert '<div style="display:none">rd.' in html_of(letter)


@pytest.mark.parametrize("sender", [ADA, MALLORY])
def test_whose_it_is_not_and_what_was_changed_finds_nothing(firm: Firm, sender: str) -> None:
    proved(firm, STREET)
    letter = as_the_relay_sent_it(firm.letters_to(ADA)[-1])
    own = firm.outbox()[0].message_id
    changed = own[:4] + ("3" if own[4] != "3" else "4") + own[5:]
    answered(firm, "How long?", letter, sender=sender, quote=own if sender == MALLORY else changed)
    assert len(firm.tickets()) == 2


def test_a_report_that_gives_the_whole_letter_back_finds_it(firm: Firm) -> None:
    corrected(firm, STREET)
    letter = as_the_relay_sent_it(firm.letters_to(ADA)[-1])
    del letter["X-Rightsdesk-Loop"]
    report = (
        f"From: MAILER-DAEMON@mx.example.net\r\nTo: {SUPPORT}\r\nSubject: Undelivered Mail\r\nMessage-ID: <9@mx>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
        f"Final-Recipient: rfc822; {ADA}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\n"
    )
    firm.mailbox.put(report.encode() + letter.as_bytes() + b"\r\n--b--\r\n", internaldate=firm.clock())
    firm.work()
    assert firm.request().state is State.UNDELIVERED
    assert len(firm.tickets()) == 1
