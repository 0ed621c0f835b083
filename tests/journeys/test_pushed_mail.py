"""Mail that the MTA pushes: its envelope is kept above the letter; what the desk cannot take the MTA keeps."""

import smtplib
from collections.abc import Callable, Iterator

import pytest

from bot.mail.door.door import Door
from bot.stages.door import open_door
from models.config import Listener
from models.message import Message
from models.rules.kinds import Auto, Channel, Kind
from models.spool import Spool
from tests.firm import ADA, BEN, MALLORY, SUPPORT, Firm

LATER = (451, b"4.3.0 The desk cannot store mail at the moment, try again later")
LETTER = f"From: Ada <{ADA}>\r\nTo: {SUPPORT}\r\nSubject: my data\r\nMessage-ID: <1@example.net>\r\n\r\n{{}}\r\n"


@pytest.fixture
def door(firm: Firm) -> Iterator[Door]:
    with opened(firm) as door:
        yield door


def opened(firm: Firm) -> Door:
    section = firm.desk.config.listener or Listener(protocol="lmtp", host="127.0.0.1", port=0)
    return open_door(firm.desk, section)


def pushed(door: Door, sender: str, text: str, to: str = SUPPORT, above: str = "") -> None:
    with smtplib.LMTP(door.host, door.port) as mta:
        mta.sendmail(sender, [to], above + LETTER.format(text))


def test_a_letter_becomes_a_ticket_and_keeps_its_envelope(found_firm: Callable[..., Firm]) -> None:
    firm = found_firm(changed={"per_minute = 0": "per_minute = 0\nplus = true"})
    firm.reader.knows("what you hold", Kind.ACCESS)
    with opened(firm) as door:
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
        assert session.query(Message.auto).scalar() == Auto.NOTIFICATION


def test_the_same_mail_again_is_one(firm: Firm, door: Door) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    for _ in range(2):
        pushed(door, ADA, "Show me what you hold")
    firm.work()
    assert len(firm.requests()) == 1


def test_plus_addresses_are_ours_only_where_the_configuration_says_so(firm: Firm, door: Door) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        pushed(door, ADA, "Show me what you hold", to="support+x1@shop.example")
    assert caught.value.recipients["support+x1@shop.example"] == (550, b"5.1.1 No such address here")


def test_a_mail_larger_than_the_desk_reads_is_refused(found_firm: Callable[..., Firm]) -> None:
    firm = found_firm(config="\n[desk.limits]\nmessage_bytes = 100000\n")
    with opened(firm) as door, pytest.raises(smtplib.SMTPSenderRefused) as caught:
        pushed(door, ADA, ("x" * 70 + "\r\n") * 2000)
    assert caught.value.smtp_code == 552
    assert firm.spooled() == []


def test_one_sender_does_not_fill_the_spool(found_firm: Callable[..., Firm]) -> None:
    """What is counted is the sender of the envelope, however it is spelled, and what waits of it within a day."""
    firm = found_firm(config="\n[desk.limits]\nmails_per_sender_per_day = 2\n")
    with opened(firm) as door:
        pushed(door, MALLORY, "one")
        pushed(door, MALLORY.replace("example.com", "Example.COM"), "two")
        refused(door, MALLORY)
        pushed(door, ADA, "another one's")
        assert len(firm.spooled()) == 3
        firm.work()
        assert {one.sender_digest for one in firm.spooled()} == {None}
        pushed(door, MALLORY, "four")
        pushed(door, MALLORY, "five")
        refused(door, MALLORY)
        firm.clock.pass_(days=1)
        pushed(door, MALLORY, "six")


def test_the_same_mail_again_is_counted_once(found_firm: Callable[..., Firm]) -> None:
    firm = found_firm(config="\n[desk.limits]\nmails_per_sender_per_day = 2\n")
    with opened(firm) as door:
        for _ in range(3):
            pushed(door, MALLORY, "one")
        pushed(door, MALLORY, "two")
        refused(door, MALLORY)


def test_a_full_spool_sends_mail_away_for_now(found_firm: Callable[..., Firm]) -> None:
    firm = found_firm(config="\n[desk.limits]\nspool_limit = 1\n")
    with opened(firm) as door:
        pushed(door, ADA, "one")
        refused(door, BEN)
        firm.work()
        pushed(door, BEN, "two")


def test_a_full_outbox_sends_mail_away_for_now(found_firm: Callable[..., Firm]) -> None:
    firm = found_firm(config="\n[desk.limits]\noutbox_limit = 1\n")
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.sink.refuse_next(451)
    with opened(firm) as door:
        pushed(door, ADA, "Show me what you hold")
        firm.work()
        refused(door, BEN)
        firm.receive("by the mailbox")
        firm.work()
        assert len(firm.spooled()) == 1
        firm.clock.pass_(minutes=2)
        firm.work()
        pushed(door, BEN, "two")
    firm.work()
    assert len(firm.spooled()) == 3


def test_our_own_list_is_ours_at_the_door_too(found_firm: Callable[..., Firm]) -> None:
    firm = found_firm(
        config='\n[listener]\nhost = "127.0.0.1"\nport = 0\nown_lists = ["desk.lists.shop.example"]\n', mailbox=None
    )
    firm.reader.knows("what you hold", Kind.ACCESS)
    with opened(firm) as door:
        for name in ("desk", "news"):
            above = f"List-Id: <{name}.lists.shop.example>\r\nPrecedence: list\r\nSubject: {name}\r\n"
            pushed(door, ADA if name == "desk" else BEN, f"{name}: Show me what you hold", above=above)
    firm.work()
    assert [one.auto for one in firm.messages()] == [None, Auto.LIST]


VOUCHED = "Authentication-Results: mx.shop.example; dmarc=pass header.from=example.net\r\n"


def test_whose_verdict_is_trusted_is_said_for_each_way_in(found_firm: Callable[..., Firm]) -> None:
    listener = '\n[listener]\nhost = "127.0.0.1"\nport = 0\nauthserv_id = "mx.shop.example"\n'
    firm = found_firm(config=listener)
    firm.receive("by the mailbox", Authentication_Results="mx.shop.example; dmarc=pass header.from=example.net")
    with opened(firm) as door:
        pushed(door, ADA, "by the door", above=VOUCHED)
        pushed(door, ADA, "by the door and in another's name", above=VOUCHED.replace("example.net", "example.org"))
    firm.work()
    found = {one.text.strip(): one.verified for one in firm.messages()}
    assert found == {"by the mailbox": None, "by the door": True, "by the door and in another's name": False}


def refused(door: Door, sender: str) -> None:
    with pytest.raises(smtplib.SMTPDataError) as caught:
        pushed(door, sender, "too much")
    assert (caught.value.smtp_code, caught.value.smtp_error) == LATER
