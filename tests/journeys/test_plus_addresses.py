"""Letters whose answers and bounces come to an address of their own, where support+anything@ arrives (smtp.plus)."""

import re
import secrets
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from bot.mail.door.door import Door
from bot.stages.door import open_door
from models.config import Listener
from models.rules.kinds import Field, Kind
from models.rules.lifecycle import State
from tests.firm import ADA, BEN, MALLORY, SUPPORT, Firm
from tests.journeys.conftest import Founded
from tests.journeys.stories import CITY, STREET, corrected, proved
from tests.servers import free_port

SIGNED = re.compile(r"support\+[2-9a-hj-np-z]{8}\.[a-z2-7]{16}@shop\.example")


@pytest.fixture
def firm(found_firm: Founded) -> Firm:
    return found_firm(changed={"per_minute = 0": "per_minute = 0\nplus = true"})


@pytest.fixture
def door(firm: Firm) -> Iterator[Door]:
    with open_door(firm.desk, Listener(protocol="lmtp", host="127.0.0.1", port=free_port())) as opened:
        yield opened


def way_back(firm: Firm, address: str = ADA) -> str:
    return str(firm.letters_to(address)[-1]["Reply-To"])


def written_to(firm: Firm, address: str, text: str, *, sender: str = ADA, **headers: str) -> None:
    """A mail of which nothing but the address says where it belongs."""
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = sender, "hello", f"<{secrets.token_hex(8)}@x.example>"
    message["To"] = headers.pop("To", address)
    for header, value in headers.items():
        message[header.replace("_", "-")] = value
    message.set_content(text)
    firm.deliver(message)
    firm.work()


def test_every_letter_names_its_own_way_back(firm: Firm) -> None:
    corrected(firm, STREET)
    ways = [(str(one.message["Reply-To"]), one.mail_from) for one in firm.sink.inbox]
    assert all(SIGNED.fullmatch(reply_to) for reply_to, _ in ways)
    assert [reply_to for reply_to, _ in ways] == [mail_from for _, mail_from in ways]
    assert len(set(ways)) == len(ways) == 2


def test_without_it_letters_come_from_the_desk_and_name_no_other_way(found_firm: Founded) -> None:
    firm = found_firm()
    proved(firm, STREET)
    assert [(one.message["Reply-To"], one.mail_from) for one in firm.sink.inbox] == [(None, SUPPORT)]


@pytest.mark.parametrize("fold", [str.lower, str.upper], ids=["lower", "upper"])
@pytest.mark.parametrize("header", ["To", "Delivered_To", "X_Original_To", "Cc"])
def test_an_answer_is_found_by_the_address_alone(firm: Firm, header: str, fold: type[str]) -> None:
    proved(firm, STREET)
    firm.reader.knows("city too", Kind.RECTIFICATION, values=[CITY])
    written_to(firm, "", "the city too: Leeds for Manchester", **{"To": SUPPORT, header: fold(way_back(firm))})
    assert {one.after for one in firm.request().corrections} == {"14 Quarry Hill", "Leeds"}
    assert firm.messages()[-1].threaded_by == "plus-address"


def test_an_answer_that_the_mta_pushes_is_found_by_its_envelope(firm: Firm, door: Door) -> None:
    proved(firm, STREET)
    letter = f"From: {ADA}\r\nTo: undisclosed:;\r\nSubject: x\r\nMessage-ID: <7@x>\r\n\r\nHow long will it take?\r\n"
    with smtplib.LMTP(door.host, door.port) as mta:
        mta.sendmail(ADA, [way_back(firm)], letter)
    firm.work()
    assert firm.request().unseen
    assert firm.messages()[-1].threaded_by == "plus-address"


def test_whoever_else_writes_there_begins_a_ticket_that_looks_related(firm: Firm) -> None:
    proved(firm, STREET)
    firm.reader.knows("rather", Kind.RECTIFICATION, values=[(Field.STREET, "3 Mill Lane", "1 Thief Row")])
    written_to(firm, way_back(firm), "rather 1 Thief Row", sender=MALLORY, Cc=ADA)
    first, second = firm.requests()
    assert (first.unseen, [one.after for one in first.corrections]) == (False, ["14 Quarry Hill"])
    assert (second.ticket_id, second.state) != (first.ticket_id, first.state)
    assert firm.messages()[-1].looks_related == firm.tickets()[0].reference


def test_an_address_of_somebody_elses_making_says_nothing(firm: Firm) -> None:
    proved(firm, STREET)
    written_to(firm, _other_mark(way_back(firm)), "How long will it take?")
    assert len(firm.tickets()) == 2
    assert firm.messages()[-1].looks_related is None


def test_the_way_back_of_one_ticket_is_none_of_another(firm: Firm) -> None:
    proved(firm, STREET)
    firm.receive("Please correct my street", sender=BEN)
    firm.work()
    number = firm.tickets()[1].reference.removeprefix("RD-").lower()
    written_to(firm, re.sub(r"\+\w+", f"+{number}", way_back(firm)), "How long will it take?")
    assert len(firm.tickets()) == 3


def test_a_report_finds_its_letter_by_the_address_it_came_back_to(firm: Firm) -> None:
    corrected(firm, STREET)
    lost = firm.sink.inbox[-1].mail_from
    written_to(firm, lost, "550 5.1.1 no such user here", sender="MAILER-DAEMON@mx.example.net", Return_Path="<>")
    assert firm.request().state is State.UNDELIVERED
    assert [letter.state for letter in firm.outbox()] == ["accepted", "bounced"]
    assert len(firm.tickets()) == 1


def _other_mark(way: str) -> str:
    local, _, domain = way.partition("@")
    last = "a" if local[-1] != "a" else "b"
    return f"{local[:-1]}{last}@{domain}"
