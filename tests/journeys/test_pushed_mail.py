"""Mail that the MTA pushes: its envelope is kept above the letter."""

import smtplib
from collections.abc import Iterator

import pytest

from bot.mail.door import Door
from bot.stages.door import open_door
from models.config import Listener
from models.message import Message
from models.rules.kinds import Auto, Channel, Kind
from models.spool import Spool
from tests.firm import ADA, SUPPORT, Firm
from tests.servers import free_port

LETTER = f"From: Ada <{ADA}>\r\nTo: {SUPPORT}\r\nSubject: my data\r\nMessage-ID: <1@example.net>\r\n\r\n{{}}\r\n"


@pytest.fixture
def door(firm: Firm) -> Iterator[Door]:
    with open_door(firm.desk, Listener(protocol="lmtp", host="127.0.0.1", port=free_port())) as opened:
        yield opened


def pushed(door: Door, sender: str, text: str, to: str = SUPPORT) -> None:
    with smtplib.LMTP(door.host, door.port) as mta:
        mta.sendmail(sender, [to], LETTER.format(text))


def test_a_letter_becomes_a_ticket_and_keeps_its_envelope(firm: Firm, door: Door) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    pushed(door, ADA, "Show me what you hold", to="support+x1@shop.example")
    firm.work()
    assert [one.kind for one in firm.requests()] == [Kind.ACCESS]
    with firm.desk.readers() as session:
        spool = session.query(Spool).one()
        raw, channel = firm.desk.keys.unseal(spool.raw or b""), spool.channel
    assert channel is Channel.LMTP
    assert raw.startswith(f"Return-Path: <{ADA}>\r\nX-Original-To: support+x1@shop.example\r\n".encode())


def test_what_comes_without_a_return_path_is_no_persons(firm: Firm, door: Door) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    pushed(door, "", "Show me what you hold")
    firm.work()
    with firm.desk.readers() as session:
        assert session.query(Message.auto).scalar() == Auto.BOUNCE


def test_the_same_mail_again_is_one(firm: Firm, door: Door) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    for _ in range(2):
        pushed(door, ADA, "Show me what you hold")
    firm.work()
    assert len(firm.requests()) == 1
