"""Which machine wrote a mail: one sign a row, in the contract's order."""

import pytest

from bot.mail.mime import read
from models.rules.kinds import Auto

OURS = {
    "own_addresses": frozenset(["support@shop.example"]),
    "loop_id": "abcdef",
    "own_lists": frozenset(["desk.lists.shop.example"]),
    "is_own_id": lambda message_id, _to: message_id.startswith("rd."),
}
REPORT = "Content-Type: multipart/report; boundary=b; report-type="


def auto(
    headers: str, *, sender: str = "Ada <ada@example.org>", subject: str = "x", message_id: str = "1@example.org"
) -> Auto | None:
    raw = f"From: {sender}\nSubject: {subject}\nMessage-ID: <{message_id}>\n{headers}\n\nHello\n"
    reading = read(raw.encode(), **OURS)  # type: ignore[arg-type]
    assert (reading.auto is None) == (reading.auto_reason is None)
    return reading.auto


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("X-Other: y", None),
        ("X-Rightsdesk-Loop: abcdef", Auto.OWN),
        ("X-Rightsdesk-Loop: somebody-elses", None),
        ("X-Rightsdesk-Loop: abcdef\nAuto-Submitted: auto-replied\nList-Id: <a.b>", Auto.OWN),
        (f"{REPORT}delivery-status", Auto.BOUNCE),
        (f'{REPORT}"delivery-status"\nAuto-Submitted: auto-replied', Auto.BOUNCE),
        (f"{REPORT}disposition-notification", Auto.NOTIFICATION),
        (f"{REPORT}disposition-notification\nReturn-Path: <>", Auto.NOTIFICATION),
        (f"{REPORT}feedback-report", Auto.NOTIFICATION),
        ("X-Failed-Recipients: bob@example.org", Auto.BOUNCE),
        ("Return-Path: <>", Auto.BOUNCE),
        ("Return-Path: <>\nAuto-Submitted: auto-replied", Auto.AUTO_REPLY),
        ("Return-Path: <ada@example.org>", None),
        ("Auto-Submitted: no", None),
        ("Auto-Submitted: no (a person wrote this)", None),
        ("Auto-Submitted: NO; x=y", None),
        ("Auto-Submitted: auto-generated", Auto.AUTO_REPLY),
        ("Auto-Submitted: auto-replied; owner-email=x", Auto.AUTO_REPLY),
        ("X-Autoreply: yes", Auto.AUTO_REPLY),
        ("X-Autorespond: y", Auto.AUTO_REPLY),
        ("X-Auto-Response-Suppress: All", None),
        ("X-Auto-Response-Suppress: All\nX-MS-Exchange-Inbox-Rules-Loop: ada@example.org", Auto.AUTO_REPLY),
        ("Precedence: auto_reply", Auto.AUTO_REPLY),
        ("Precedence: bulk", Auto.LIST),
        ("Precedence: first-class", None),
        ("List-Id: News <news.example.org>", Auto.LIST),
        ("List-Unsubscribe: <https://example.org/u>", Auto.LIST),
        ("List-Id: <news.example.org>\nFeedback-ID: 1:2", Auto.LIST),
        ("List-Id: Desk <Desk.lists.shop.example>\nPrecedence: list\nList-Unsubscribe: <mailto:x@example.org>", None),
        ("List-Id: <desk.lists.shop.example>\nList-Id: <news.example.org>", Auto.LIST),
        ("List-Id: <desk.lists.shop.example>\nAuto-Submitted: auto-replied", Auto.AUTO_REPLY),
        ("Feedback-ID: 1:2:3", Auto.NOTIFICATION),
    ],
    ids=lambda value: str(value).replace("\n", " | "),
)
def test_signs_in_the_headers(headers: str, expected: Auto | None) -> None:
    assert auto(headers) is expected


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("support@SHOP.example", Auto.OWN),
        ("Support+anything@shop.example", Auto.OWN),
        ("MAILER-DAEMON@mx.example.com", Auto.BOUNCE),
        ("postmaster@mx.example.com", None),
        ("<>", Auto.BOUNCE),
        ("no-reply@example.com", Auto.NOTIFICATION),
        ("donotreply@example.com", Auto.NOTIFICATION),
        ("shop-noreply@example.com", Auto.NOTIFICATION),
        ("notifications@example.com", Auto.NOTIFICATION),
        ("noreplyton@example.com", None),
        ("postmasterson@example.com", None),
    ],
)
def test_signs_in_the_sender(sender: str, expected: Auto | None) -> None:
    assert auto("X-Other: y", sender=sender) is expected


@pytest.mark.parametrize(
    ("headers", "subject"),
    [("X-Other: y", "Undeliverable: your order"), ("Auto-Submitted: auto-replied", "x"), ("Return-Path: <>", "x")],
)
def test_a_postmaster_is_a_machine_where_something_else_says_so(headers: str, subject: str) -> None:
    assert auto(headers, sender="postmaster@mx.example.com", subject=subject) is Auto.BOUNCE


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Automatic reply: Your order", Auto.AUTO_REPLY),
        ("Automatische Antwort: Ihre Anfrage", Auto.AUTO_REPLY),
        ("Réponse automatique : votre demande", Auto.AUTO_REPLY),
        ("Autosvar: Din fråga", Auto.AUTO_REPLY),
        ("Abwesenheitsnotiz", Auto.AUTO_REPLY),
        ("AUTO: Ada Quint is out of the office (returning 11/18/2026)", Auto.AUTO_REPLY),
        ("Re: Automatic reply: Your order", None),
        ("Automatic reply from your shop, please stop it", None),
        ("Out of office chairs", None),
        ("Autosvaret är fel", None),
    ],
)
def test_signs_in_the_subject(subject: str, expected: Auto | None) -> None:
    assert auto("X-Other: y", subject=subject) is expected


@pytest.mark.parametrize(("headers", "expected"), [("X-Other: y", None), ("In-Reply-To: <1@x>", Auto.AUTO_REPLY)])
@pytest.mark.parametrize("subject", ["Absence : Léa est malade", "Afwezig: uw vraag", "Frånvaro"])
def test_people_write_of_absences_too(subject: str, headers: str, expected: Auto | None) -> None:
    assert auto(headers, subject=subject) is expected


def test_our_own_id_is_known_again() -> None:
    assert auto("X-Other: y", message_id="rd.1.2.x@shop.example") is Auto.OWN


def test_a_subject_alone_makes_no_bounce() -> None:
    assert auto("X-Other: y", subject="Undeliverable: my parcel") is None
