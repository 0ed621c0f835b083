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


@pytest.mark.parametrize(
    ("command", "untagged"),
    [
        pytest.param("^SELECT", b"* 3 EXISTS\r\n", id="no UIDVALIDITY"),
        pytest.param("^SELECT", b"* OK [UIDVALIDITY seven] of seven\r\n", id="no number"),
        pytest.param("^UID SEARCH", b"* SEARCH one two\r\n", id="words for UIDs"),
        pytest.param("^UID SEARCH", b"* SEARCH \xff\xfe\r\n", id="octets for UIDs"),
        pytest.param("^UID FETCH .*SIZE", b"* 1 FETCH (UID 1 RFC822.SIZE much)\r\n", id="a size that is none"),
        pytest.param("^UID FETCH .*SIZE", b"* 1 FETCH (UID\r\n", id="half an answer"),
        pytest.param("^UID FETCH .*SIZE", b"* one FETCH UID 1\r\n", id="no list"),
        pytest.param("^UID FETCH .*BODY", b"* 1 FETCH (UID 1 BODY[] (((\r\n", id="half a mail"),
        pytest.param("^LIST", b"* LIST nothing\r\n", id="no folder"),
        pytest.param("^NAMESPACE", b"* NAMESPACE ((\r\n", id="no namespace"),
    ],
)
def test_an_answer_that_is_no_imap_loses_nothing_and_brings_nothing_down(
    behind: Firm, proxy: ImapProxy, command: str, untagged: bytes
) -> None:
    behind.work()
    written(behind)
    proxy.garble(command, untagged)
    done = behind.work()
    assert done.failed == []
    proxy.behave()
    passes(behind, seconds=60)
    behind.work()
    assert len(behind.requests()) == MAILS
    assert [row.state for row in spooled(behind)] == [SpoolState.READ] * MAILS
