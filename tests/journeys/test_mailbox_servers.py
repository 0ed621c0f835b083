"""What servers differ in: two of them, with and without MOVE, and a folder that becomes another one beneath us."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.mail.imap.folder import Folder
from bot.stages import watch
from models.mailbox import Mailbox as Row
from models.rules.kinds import Kind
from tests.conftest import Mailbox
from tests.firm import Firm
from tests.imap_proxy import Behind, ImapProxy
from tests.journeys.conftest import Founded
from tests.journeys.stories import passes
from tests.journeys.test_kept_mailbox import SOON, polled, spooled, until, working

FOLDER = "Wünsche/neu"


@pytest.fixture
def proxy(courier: Any) -> Iterator[ImapProxy]:
    with ImapProxy(courier.port) as made:
        yield made


@dataclass(frozen=True)
class InFolder:
    """Mail is sorted into a folder of its own before the desk sees it."""

    real: Mailbox

    @property
    def host(self) -> str:
        return self.real.host

    @property
    def port(self) -> int:
        return self.real.port

    @property
    def user(self) -> str:
        return self.real.user

    def put(self, raw: bytes, **how: Any) -> int:
        return self.real.put(raw.replace(b"\n", b"\r\n"), folder=FOLDER, **how)


@pytest.fixture
def sorted_firm(found_firm: Founded, either: Mailbox) -> Firm:
    """Three customers have written, and each has a letter."""
    firm = found_firm(
        mailbox=InFolder(either), changed={'start = "all"': f'start = "all"\nfolder = "{FOLDER}"'}, after="leave"
    )
    firm.reader.knows("what you hold", Kind.ACCESS)
    for number in range(3):
        firm.receive("Show me what you hold", sender=f"customer{number}@example.net")
    firm.work()
    assert len(firm.tickets()) == len(firm.sink.inbox) == 3
    return firm


def restored(mailbox: Mailbox) -> None:
    """A backup is put back: the same mails, with other numbers, in a folder that is another one."""
    kept = mailbox.server.mails(mailbox.user, FOLDER)
    mailbox.server.recreate(mailbox.user, FOLDER)
    for raw, internaldate in kept:
        mailbox.put(raw, folder=FOLDER, internaldate=internaldate)


def epoch(firm: Firm) -> int | None:
    with firm.session() as session:
        return session.query(Row).one().uidvalidity


def test_a_mail_is_read_answered_and_moved_on_either_server(found_firm: Founded, either: Mailbox) -> None:
    firm = found_firm(mailbox=either, after="move:rightsdesk/Erledigt für heute")
    firm.reader.knows("what you hold", Kind.ACCESS)
    with working(firm):
        until(lambda: polled(firm))
        firm.receive("Show me what you hold")
        assert until(spooled(firm, 1)) < 2 * SOON
        until(lambda: len(firm.sink.inbox) == 1)
        until(lambda: either.server.folder_uids(either.user) == [])
    assert either.server.folder_uids(either.user, "rightsdesk/Erledigt für heute") == [1]
    assert len(firm.requests()) == 1


def test_a_folder_that_is_another_one_is_read_anew_and_nothing_comes_twice(sorted_firm: Firm, either: Mailbox) -> None:
    before = epoch(sorted_firm)
    restored(either)
    sorted_firm.receive("Show me what you hold", sender="customer3@example.net")
    passes(sorted_firm, days=2)
    sorted_firm.work()
    assert epoch(sorted_firm) != before
    assert len(sorted_firm.tickets()) == len(sorted_firm.sink.inbox) == len(sorted_firm.spooled()) == 4
    sorted_firm.receive("Show me what you hold", sender="customer4@example.net")
    sorted_firm.work()
    assert len(sorted_firm.tickets()) == 5


def test_of_a_folder_that_is_another_one_only_what_is_new_is_fetched_whole(
    sorted_firm: Firm, either: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has no Message-ID: its content alone tells that it was read."""
    either.put(b"From: ben@example.org\r\n\r\nWhen do you open?\r\n", folder=FOLDER, internaldate=sorted_firm.clock())
    sorted_firm.work()
    restored(either)
    sorted_firm.receive("Show me what you hold", sender="customer3@example.net")
    fetched: list[int] = []
    fetch = Folder.fetch
    monkeypatch.setattr(Folder, "fetch", lambda folder, uids: fetched.extend(uids) or fetch(folder, uids))
    sorted_firm.work()
    assert fetched == [4, 5]
    assert len(sorted_firm.messages()) == len(sorted_firm.spooled()) == 5
    sorted_firm.receive("Show me what you hold", sender="customer4@example.net")
    sorted_firm.work()
    assert fetched == [4, 5, 6]


def test_a_folder_may_become_another_one_while_it_is_open(
    sorted_firm: Firm, either: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "POLL_EVERY", 2.0)
    monkeypatch.setattr(watch, "LOOK_EVERY", 1.0)
    with working(sorted_firm):
        until(lambda: polled(sorted_firm))
        before = epoch(sorted_firm)
        restored(either)
        sorted_firm.receive("Show me what you hold", sender="customer3@example.net")
        until(lambda: passes(sorted_firm, seconds=0.1) or len(sorted_firm.sink.inbox) == 4, seconds=30)
    assert epoch(sorted_firm) != before
    assert len(sorted_firm.tickets()) == len(sorted_firm.spooled()) == 4


def test_a_mail_that_others_move_away_and_back_is_no_second_one(found_firm: Founded, either: Mailbox) -> None:
    firm = found_firm(mailbox=either)
    firm.receive("When do you open?")
    firm.work()
    either.server.move(either.user, 1, "INBOX", "Later")
    firm.work()
    either.server.move(either.user, 1, "Later", "INBOX")
    firm.work()
    assert either.server.folder_uids(either.user) == [2]
    assert len(firm.messages()) == len(firm.spooled()) == 1


@pytest.mark.parametrize("command", ["UID COPY", "UID STORE", "UID EXPUNGE"])
def test_whoever_dies_between_copy_and_deletion_copies_once(
    found_firm: Founded, mailbox: Mailbox, courier: Any, proxy: ImapProxy, command: str
) -> None:
    there = Mailbox(courier, mailbox.user)
    firm = found_firm(mailbox=Behind(there, proxy), after="move:Done")
    there.put(b"From: ben@example.org\r\n\r\nit lay there before\r\n", folder="Done")
    for number in range(3):
        firm.receive("When do you open?", sender=f"customer{number}@example.net")
    proxy.cut_before(f"^{command}")
    firm.work()
    passes(firm, seconds=60)
    firm.work()
    assert courier.folder_uids(there.user) == []
    assert len(courier.folder_uids(there.user, "Done")) == 1 + 3
    assert len(firm.messages()) == 3


def test_many_mails_leave_in_pieces(found_firm: Founded, mailbox: Mailbox, courier: Any, proxy: ImapProxy) -> None:
    there = Mailbox(courier, mailbox.user)
    firm = found_firm(mailbox=Behind(there, proxy), after="move:Done")
    proxy.refuse("^UID COPY", "NO [OVERQUOTA] no room")
    for number in range(130):
        there.put(f"From: ada@example.net\r\nSubject: {number}\r\n\r\nWhen do you open?\r\n".encode())
    firm.work()
    assert (len(firm.messages()), courier.folder_uids(there.user, "Done")) == (130, [])
    proxy.behave()
    passes(firm, seconds=60)
    firm.work()
    assert len(courier.folder_uids(there.user, "Done")) == 130
    pieces = [said for said in proxy.said("UID COPY") if "," in said or ":" in said]
    assert len(pieces) >= 4
