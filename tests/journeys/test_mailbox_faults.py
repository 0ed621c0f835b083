"""The mail server refuses, falls silent or says nonsense at any command: nothing is lost, nothing comes twice."""

from collections.abc import Iterator

import pytest

from models.rules.kinds import Kind
from models.spool import Spool, SpoolState
from tests.conftest import Mailbox
from tests.firm import Firm
from tests.imap_proxy import Behind, ImapProxy
from tests.journeys.conftest import Founded
from tests.journeys.stories import passes

MAILS = 3


@pytest.fixture
def proxy(mailbox: Mailbox) -> Iterator[ImapProxy]:
    with ImapProxy(mailbox.port) as made:
        yield made


@pytest.fixture
def behind(found_firm: Founded, mailbox: Mailbox, proxy: ImapProxy) -> Firm:
    firm = found_firm(mailbox=Behind(mailbox, proxy), after="move:Done")
    firm.reader.knows("what you hold", Kind.ACCESS)
    return firm


def written(firm: Firm) -> None:
    for number in range(MAILS):
        firm.receive("Show me what you hold", sender=f"customer{number}@example.net")


def spooled(firm: Firm) -> list[Spool]:
    with firm.desk.readers() as session:
        return list(session.query(Spool).order_by(Spool.id))


def test_a_mail_that_the_server_does_not_give_is_shown_and_the_others_come(behind: Firm, proxy: ImapProxy) -> None:
    written(behind)
    proxy.refuse(r"FETCH (?:\d+,\d+,\d+|\d+:\d+|2) \(BODY")
    behind.work()
    assert len(behind.requests()) == MAILS - 1
    (missing,) = [row for row in spooled(behind) if row.state is SpoolState.QUARANTINED]
    assert missing.reason.startswith("the mail server does not give it: UID 2 of UIDVALIDITY ")


def test_a_server_that_gives_no_mail_at_all_loses_none(behind: Firm, proxy: ImapProxy) -> None:
    written(behind)
    proxy.refuse(r"FETCH .*BODY")
    behind.work()
    assert spooled(behind) == []
    proxy.behave()
    passes(behind, seconds=60)
    behind.work()
    assert len(behind.requests()) == MAILS


def test_mails_that_cannot_be_moved_are_read_and_moved_later(behind: Firm, proxy: ImapProxy, mailbox: Mailbox) -> None:
    written(behind)
    proxy.refuse(r"MOVE ", "NO [OVERQUOTA] no room")
    behind.work()
    assert len(behind.requests()) == MAILS
    assert len(mailbox.server.folder_uids(mailbox.user)) == MAILS
    proxy.behave()
    passes(behind, seconds=60)
    behind.work()
    assert (len(behind.requests()), mailbox.server.folder_uids(mailbox.user)) == (MAILS, [])
    assert len(mailbox.server.folder_uids(mailbox.user, "Done")) == MAILS


@pytest.mark.parametrize("last_words", [b"", b"* BYE going away\r\n", b"\xff\x00 nonsense {12\r\n"])
def test_whatever_command_the_connection_ends_at_each_mail_comes_once(
    behind: Firm, proxy: ImapProxy, mailbox: Mailbox, last_words: bytes
) -> None:
    written(behind)
    behind.work()
    commands = len(proxy.commands)
    assert commands > 5
    for number in range(1, commands + 1):
        behind.receive("Show me what you hold", sender=f"later{number}@example.net")
        proxy.cut_at(number, last_words)
        passes(behind, seconds=60)
        behind.work()
        proxy.behave()
        passes(behind, seconds=60)
        behind.work()
    assert len(behind.requests()) == MAILS + commands
    assert len(mailbox.server.folder_uids(mailbox.user, "Done")) == MAILS + commands
