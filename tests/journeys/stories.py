"""A firm goes in; out comes one where a story that others begin with has been told."""

import secrets
from email.message import EmailMessage
from typing import Any

from models.request import Request
from models.rules.kinds import Field, Kind
from models.rules.lifecycle import State
from models.services.deciding import review
from tests.firm import ADA, Firm

Value = tuple[Field, str | None, str | None]
STREET: Value = (Field.STREET, "3 Mill Lane", "14 Quarry Hill")
CITY: Value = (Field.CITY, "Manchester", "Leeds")


def passes(firm: Firm, **span: float) -> None:
    """Time goes by."""
    clock: Any = firm.clock
    clock.pass_(**span)


def asked(firm: Firm, *values: Value, sender: str = ADA) -> Request:
    """A customer asked for these corrections and was sent a link."""
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=values)
    firm.receive("Please correct: " + ", ".join(f"{old} is {new}" for _, old, new in values), sender=sender)
    firm.work()
    request = firm.requests()[-1]
    assert request.state is State.AWAITING_PROOF
    return request


def proved(firm: Firm, *values: Value) -> Request:
    """Ada asked, and pressed the button behind the link."""
    asked(firm, *values)
    assert firm.prove().status_code == 200
    request = firm.request()
    assert request.state is State.IN_REVIEW
    return request


def corrected(firm: Firm, *values: Value) -> Request:
    """It was approved, written and confirmed."""
    firm.does(review.approve, proved(firm, *values))
    firm.work()
    request = firm.request()
    assert request.state is State.CLOSED
    return request


def bounce(
    firm: Firm,
    letter: EmailMessage,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    sender: str = "Mail Delivery <mailer-daemon@mx.example.net>",
    returned: str = "Message-ID: {Message-ID}\r\n",
) -> None:
    """A mail server gives one of our letters back; ``returned`` is what it quotes of its header."""
    quoted, own = returned.format_map(letter), f"<{secrets.token_hex(8)}@mx.example.net>"
    report = (
        f"From: {sender}\r\nTo: support@shop.example\r\nReturn-Path: <>\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: {own}\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
        f"Final-Recipient: rfc822; {letter['To']}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{quoted}\r\n--b--\r\n"
    )
    firm.mailbox.put(report.encode(), internaldate=firm.clock())
