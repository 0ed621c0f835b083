"""Signs of a machine that people give as well: which count beside which, and what makes them a person's."""

import time

import pytest

from bot.mail.mime import read
from models.rules.kinds import Auto

REFUSED = "Unable to deliver your mail.\n\n<bob@example.org>: 550 5.1.1 no such user\n"
MIXED = "Content-Type: multipart/mixed; boundary=b"
STATUS = "Content-Type: message/delivery-status\n\nAction: failed\n"
LETTER = "Content-Type: message/rfc822\n\nSubject: News\n\nBuy!\n"
OUTLOOK = "X-Mailer: Microsoft Outlook 16.0"


def auto(headers: str, *, sender: str, subject: str, text: str) -> Auto | None:
    raw = f"From: {sender}\nSubject: {subject}\nMessage-ID: <1@example.org>\n{headers}\n\n{text}\n"
    return read(raw.encode()).auto


@pytest.mark.parametrize(
    ("headers", "subject", "text", "expected"),
    [
        ("X-Other: y", "Undeliverable: your request", "Hello", Auto.BOUNCE),
        ("X-Other: y", "Delivery failed", REFUSED, Auto.BOUNCE),
        ("X-Other: y", "About your mail", REFUSED, Auto.BOUNCE),
        ("X-Other: y", "Delivery failed", "The parcel did not come.", None),
        ("X-Other: y", "About your mail", "Bob is gone.\n\n550 5.1.1 is what he gets.", None),
        ("X-Other: y", "Delivery failed", f"Why is this?\n\n{REFUSED}", None),
        ("X-Other: y", "Delivery failed", f"{REFUSED}\nWhy is this?", None),
        ("X-Other: y", "Delivery failed", f"{REFUSED}\nMessage-ID: <2@x>\n\nHow are you?", Auto.BOUNCE),
        ("X-Other: y", "Undeliverable: your request", "Is this from you?", None),
        ("X-Other: y", "Undeliverable: your request", "See https://example.org/?p=1", Auto.BOUNCE),
        ("User-Agent: Mutt/2.2.9", "Delivery failed", REFUSED, None),
        (OUTLOOK, "Undeliverable: your request", REFUSED, None),
        ("X-Other: y", "Fwd: Undeliverable: your request", REFUSED, None),
        ("List-Id: <mta.example.org>", "Undeliverable: your request", REFUSED, Auto.LIST),
        ("Content-Type: message/delivery-status", "Fwd: x", REFUSED, Auto.BOUNCE),
        (f"{OUTLOOK}\nReturn-Path: <>", "Undeliverable: your request", REFUSED, Auto.BOUNCE),
    ],
)
def test_a_servers_address_wants_what_no_person_makes(
    headers: str, subject: str, text: str, expected: Auto | None
) -> None:
    assert auto(headers, sender="postmaster@mx.example.org", subject=subject, text=text) is expected


@pytest.mark.parametrize(
    ("headers", "subject", "text", "expected"),
    [
        ("X-Other: y", "Undeliverable mail", REFUSED, Auto.BOUNCE),
        ("X-Other: y", "[EXT] Undeliverable mail", REFUSED, Auto.BOUNCE),
        ("X-Other: y", "My mail comes back", REFUSED, None),
        ("X-Other: y", "Undeliverable mail", f"Hello,\n\n{REFUSED}", None),
        ("X-Other: y", "Undeliverable mail", "Unable to deliver this week.", None),
        (MIXED, "Undeliverable mail", f"--b\n{STATUS}--b--", Auto.BOUNCE),
        (MIXED, "Undeliverable mail", f"--b\n\nPlease delete my data.\n--b\n{STATUS}--b--", None),
        (f"{MIXED}\nX-NAI-Header: y", "Undeliverable mail", f"--b\n\nSee there.\n--b\n{STATUS}--b--", Auto.BOUNCE),
        ("X-Other: y", "WG: Undeliverable mail", REFUSED, None),
        (OUTLOOK, "Undeliverable mail", REFUSED, None),
    ],
)
def test_a_report_from_anybody_is_one_from_its_subject_to_its_end(
    headers: str, subject: str, text: str, expected: Auto | None
) -> None:
    assert auto(headers, sender="Ada <ada@example.org>", subject=subject, text=text) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("<>", Auto.BOUNCE),
        ("<MAILER-DAEMON>", Auto.BOUNCE),
        ("MAILER-DAEMON@mx.example.org", Auto.BOUNCE),
        ("<#@[]>", Auto.BOUNCE),
        ("<ada@example.org>", None),
        ("<mailer-daemon.fan@example.org>", None),
        ("<bounces+7@relay.example>", None),
    ],
)
def test_the_null_path_has_several_spellings(path: str, expected: Auto | None) -> None:
    headers = f"Return-Path: {path}"
    assert auto(headers, sender="Ada <ada@example.org>", subject="x", text=REFUSED) is expected


@pytest.mark.parametrize(
    ("headers", "subject", "text", "expected"),
    [
        ("X-Other: y", "x", REFUSED, Auto.BOUNCE),
        ("X-Other: y", "Undeliverable", "Bob is gone.", Auto.BOUNCE),
        ("X-Other: y", "x", "My new number is 739 550 614, ada@example.org", Auto.NOTIFICATION),
        ("X-Other: y", "x", "You promised 500 Kč. ada@example.org", Auto.NOTIFICATION),
        ("X-Other: y", "x", "Error 500 has been on your page since Monday.", Auto.NOTIFICATION),
        ("X-Other: y", "x", "Born 5.9.55, ada@example.org", Auto.NOTIFICATION),
        ("X-Other: y", "x", "Yes.\n> Your parcel could not be delivered.", Auto.NOTIFICATION),
        ("X-Other: y", "Undeliverable", "Is bob@example.org still there?", Auto.NOTIFICATION),
        ("X-Other: y", "Fwd: Undeliverable", REFUSED, Auto.NOTIFICATION),
        ("User-Agent: x", "x", REFUSED, Auto.NOTIFICATION),
    ],
)
def test_broken_gateways_take_the_way_back_from_people_too(
    headers: str, subject: str, text: str, expected: Auto
) -> None:
    sender = "Ada <ada@example.org>"
    assert auto(f"Return-Path: <>\n{headers}", sender=sender, subject=subject, text=text) is expected


@pytest.mark.parametrize(
    ("headers", "subject", "expected"),
    [
        ("X-MLServer: fml", "NOT MEMBER article from us", Auto.BOUNCE),
        ("X-MLServer: fml\nX-ML-Count: 7", "NOT MEMBER article from us", Auto.LIST),
        ("X-MLServer: fml", "Terns", Auto.LIST),
        ("X-Other: y", "NOT MEMBER article from us", Auto.LIST),
    ],
)
def test_a_list_that_refuses_counts_no_post(headers: str, subject: str, expected: Auto) -> None:
    assert auto(f"Precedence: bulk\n{headers}", sender="a@example.org", subject=subject, text="x") is expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("X-Firms-Own-Autoresponder: 1", Auto.AUTO_REPLY),
        ("X-HolidayReply: yes", Auto.AUTO_REPLY),
        ("X-Yahoo-Vacation: no", None),
        ("X-Auto-Response-Suppress: All", None),
        ("X-Autobahn: A7", None),
        ("X-Spamarrest-Noauth: 1", Auto.AUTO_REPLY),
        ("X-MailScanner: generated", Auto.AUTO_REPLY),
        ("X-MailScanner: Found to be clean", None),
        ("X-Cron-Env: <SHELL=/bin/sh>", Auto.NOTIFICATION),
        ("Delivered-By-The-Graces-Of: The Vacation program", Auto.AUTO_REPLY),
    ],
)
def test_a_header_of_responders_is_known_by_its_name(headers: str, expected: Auto | None) -> None:
    assert auto(headers, sender="ada@example.org", subject="x", text="Hello") is expected


LOOP = "X-MS-Exchange-Inbox-Rules-Loop"
AGENT = "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent"


@pytest.mark.parametrize(
    ("headers", "subject", "expected"),
    [
        (f"{LOOP}: Ada@example.org", "x", Auto.AUTO_REPLY),
        (f"{LOOP}: boss@example.org\nX-Auto-Response-Suppress: All", "x", Auto.AUTO_REPLY),
        (f"{AGENT}\nX-Auto-Response-Suppress: All", "x", Auto.AUTO_REPLY),
        (f"{LOOP}: boss@example.org\n{AGENT}", "x", None),
        (f"{LOOP}: ada@example.org\n{AGENT}", "FW: x", None),
        (f"{LOOP}: ada@example.org\nIn-Reply-To: <1@x>", "Re: x", Auto.AUTO_REPLY),
    ],
)
def test_what_a_rule_of_exchange_passes_on_is_a_persons(headers: str, subject: str, expected: Auto | None) -> None:
    assert auto(headers, sender="ada@example.org", subject=subject, text="Hello") is expected


@pytest.mark.parametrize(
    ("headers", "subject", "text", "expected"),
    [
        ("Return-Path: <>\nIn-Reply-To: <1@x>", "Thanks", "Hi\n\nI am out of the office.", Auto.AUTO_REPLY),
        ("Precedence: bulk", "Re: x", "Ich bin bis Montag nicht im Büro.", Auto.AUTO_REPLY),
        ("Return-Path: <>\nIn-Reply-To: <1@x>", "Re: x", "This is an automated message.", Auto.AUTO_REPLY),
        ("Precedence: bulk", "Thanks", "I am out of the office.", Auto.LIST),
        ("Return-Path: <>\nIn-Reply-To: <1@x>", "Re: x", "Hello", Auto.NOTIFICATION),
        ("In-Reply-To: <1@x>", "Re: x", "I am out of the office.", None),
        ("Return-Path: <>", "Re: x", "Hi, Bob has been on parental leave since May.", Auto.AUTO_REPLY),
        ("Return-Path: <>", "Re: x", "Diese E-Mail wurde automatisch erstellt.", Auto.AUTO_REPLY),
        ("Return-Path: <>", "Re: x", "Ich will keine automatische Verlängerung.", Auto.NOTIFICATION),
        ("Return-Path: <>", "Re: x", "Yes\n> Bob has been on parental leave since May.", Auto.NOTIFICATION),
        ("Return-Path: <>", "x", "Bob has been on parental leave since May.", Auto.NOTIFICATION),
        ("Precedence: bulk", "Re: x", "Bob has been on parental leave since May.", Auto.LIST),
        ("Return-Path: <>", "Re: x (out of office)", "Hello", Auto.AUTO_REPLY),
        ("In-Reply-To: <1@x>", "Re: x (out of office)", "Hello", None),
        ("In-Reply-To: <1@x>", "Auto: x", "Hello", Auto.AUTO_REPLY),
        ("X-Other: y", "Auto: x", "Hello", None),
        ("X-Other: y", "Auto: Re: x", "Hello", Auto.AUTO_REPLY),
        ("Return-Path: <>", "Urlaub bis 30.11.", "Hello", Auto.AUTO_REPLY),
        ("Return-Path: <>", "Out of office until 1 May", "Hello", Auto.AUTO_REPLY),
        ("X-Other: y", "Out of office until 1 May", "Hello", None),
        ("Precedence: bulk", "Urlaub ab 299 Euro", "Hello", Auto.LIST),
        ("In-Reply-To: <1@x>", "Ada Quint is out of the office.", "Hello", Auto.AUTO_REPLY),
        ("X-Other: y", "Ada Quint is out of the office.", "Hello", None),
    ],
)
def test_an_absence_counts_where_nobody_could_answer_it(
    headers: str, subject: str, text: str, expected: Auto | None
) -> None:
    assert auto(headers, sender="ada@example.org", subject=subject, text=text) is expected


@pytest.mark.parametrize(("part", "expected"), [(LETTER, Auto.NOTIFICATION), ("\nStop it.\n", None)])
def test_a_complaint_gives_back_what_it_is_about(part: str, expected: Auto | None) -> None:
    subject = "complaint about message from 203.0.113.5"
    assert auto(MIXED, sender="staff@x.example", subject=subject, text=f"--b\n{part}--b--") is expected


def test_the_robot_of_a_mailbox_is_a_responder() -> None:
    assert auto("X-Other: y", sender="ada+canned.response@x.example", subject="Re: x", text="x") is Auto.AUTO_REPLY
    assert auto("X-Other: y", sender="ada+canned@x.example", subject="Re: x", text="x") is None


@pytest.mark.parametrize(
    "text",
    [
        "\t " * 200_000,
        "to: " * 100_000,
        "to user for " * 40_000,
        "a@a." * 100_000,
        "*= -" * 100_000,
        "To: x\n" * 20_000,
    ],
    ids=["blanks", "labels", "words", "addresses", "rules", "lines"],
)
@pytest.mark.parametrize("subject", ["failure notice", "*" * 900, "[a]" * 300, "auto: " * 150])
def test_no_text_makes_the_rules_search_for_long(subject: str, text: str) -> None:
    headers = "Return-Path: <>\nIn-Reply-To: <1@x>\n" + "\n".join(f"X-Auto-{one}: no" for one in range(500))
    begun = time.perf_counter()
    auto(headers, sender="postmaster@x.example", subject=subject, text=text)
    assert time.perf_counter() - begun < 5
