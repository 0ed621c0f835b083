"""FolderContract: what the desk relies on in any mailbox, asked of real servers in each way of connecting."""

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Timer

import pytest
from imapclient import SocketTimeout

from bot.mail.imap.folder import BATCH_MAILS, BATCH_OCTETS, Account, Folder, MailboxAwayError, MailboxLoginError, check
from bot.mail.login.tls import ClearTextError, Tls
from tests.courier import Courier
from tests.servers import Dovecot, ImapServer, free_port

SOON = SocketTimeout(connect=2, read=5)


def mail(subject: str = "Hello", size: int = 0) -> bytes:
    head = f"From: ada@example.org\r\nSubject: {subject}\r\n\r\n".encode()
    return head + (b"y" * 74 + b"\r\n") * (size // 76) + b"end\r\n"


def account(server: ImapServer, user: str, tls: Tls = Tls.NONE) -> Account:
    port = server.tls_port if tls is Tls.IMPLICIT else server.port
    return Account(server.host, port, tls, user, server.password, cafile=server.cafile, timeout=SOON)


def ask_until_it_fails(folder: Folder) -> None:
    """A server that stops ends its connections a little later."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        folder.new_uids(0)
        time.sleep(0.05)


class FolderContract:
    """Each subclass says by which server and with which TLS."""

    tls = Tls.NONE

    @pytest.fixture
    def server(self, imap_server: ImapServer) -> ImapServer:
        return imap_server

    @pytest.fixture
    def user(self, server: ImapServer, request: pytest.FixtureRequest) -> str:
        return f"{type(self).__name__}.{request.node.name}"

    def open(self, server: ImapServer, user: str, name: str = "INBOX", *, writable: bool = False) -> Folder:
        return Folder(account(server, user, self.tls), name, writable=writable)

    def test_nothing_new_is_nothing_although_the_server_names_the_newest(self, server: ImapServer, user: str) -> None:
        last = server.append(user, mail())
        with self.open(server, user) as folder:
            assert folder.new_uids(last) == []
            assert folder.new_uids(last - 1) == [last]
            assert folder.new_uids(last + 10) == []

    def test_the_state_tells_the_epoch_and_the_next_uid(self, server: ImapServer, user: str) -> None:
        last = server.append(user, mail())
        with self.open(server, user) as folder:
            validity, following = folder.state()
        assert validity > 0
        assert following == last + 1

    def test_a_mail_comes_whole_with_its_date_and_stays_unread(self, server: ImapServer, user: str) -> None:
        arrived = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
        uid = server.append(user, mail("Grüße"), internaldate=arrived)
        with self.open(server, user, writable=True) as folder:
            (fetched,) = folder.fetch([uid])
        assert fetched.raw == mail("Grüße")
        assert (fetched.internaldate, fetched.size, fetched.oversize) == (arrived, len(mail("Grüße")), False)
        assert fetched.internaldate.utcoffset() == timedelta(0)
        assert rb"\Seen" not in server.flags(user, uid)

    def test_what_was_expunged_meanwhile_is_missing_and_nothing_else(self, server: ImapServer, user: str) -> None:
        uid = server.append(user, mail())
        with self.open(server, user) as folder:
            assert [fetched.uid for fetched in folder.fetch([uid, uid + 5])] == [uid]

    def test_a_batch_holds_at_most_a_hundred_mails(self, server: ImapServer, user: str) -> None:
        with self.open(server, user, writable=True) as folder:
            for _ in range(BATCH_MAILS + 3):
                folder._client.append("INBOX", mail())
            batches = list(folder.batches(folder.new_uids(0)))
        assert [len(batch) for batch in batches] == [BATCH_MAILS, 3]

    def test_a_batch_holds_at_most_sixteen_megabytes(self, server: ImapServer, user: str) -> None:
        with self.open(server, user, writable=True) as folder:
            for _ in range(3):
                folder._client.append("INBOX", mail(size=BATCH_OCTETS * 2 // 5))
            assert [len(batch) for batch in folder.batches(folder.new_uids(0))] == [2, 1]

    def test_a_giant_is_not_downloaded_but_seen(self, server: ImapServer, user: str) -> None:
        uid = server.append(user, mail("Giant", size=26 * 1024 * 1024))
        with self.open(server, user) as folder:
            (fetched,) = folder.fetch([uid])
        assert fetched.oversize
        assert fetched.size > 25 * 1024 * 1024
        assert fetched.raw == b"From: ada@example.org\r\nSubject: Giant\r\n\r\n"

    def test_mail_since_a_moment_is_exact_to_the_second(self, server: ImapServer, user: str) -> None:
        start = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
        for minutes in (-60 * 30, -1, 0, 1, 60 * 48):
            server.append(user, mail(), internaldate=start + timedelta(minutes=minutes))
        with self.open(server, user) as folder:
            assert folder.since(start) == [3, 4, 5]

    def test_what_was_taken_moves_into_a_folder_that_is_made(self, server: ImapServer, user: str) -> None:
        first, second = server.append(user, mail("one")), server.append(user, mail("two"))
        with self.open(server, user, writable=True) as folder:
            folder.move([first], "rightsdesk/Erledigt für heute")
        assert server.folder_uids(user) == [second]
        assert server.named("rightsdesk/Erledigt für heute") in server.folders(user)
        assert server.folder_uids(user, "rightsdesk/Erledigt für heute") == [1]

    def test_nobody_elses_deleted_mail_is_expunged(self, server: ImapServer, user: str) -> None:
        ours, theirs = server.append(user, mail("ours")), server.append(user, mail("theirs"))
        server.set_flags(user, theirs, [rb"\Deleted"])
        with self.open(server, user, writable=True) as folder:
            folder.move([ours], "done")
        assert server.folder_uids(user) == [theirs]

    def test_a_folder_with_letters_outside_ascii_opens(self, server: ImapServer, user: str) -> None:
        server.append(user, mail(), folder="Anträge")
        with self.open(server, user, "Anträge") as folder:
            assert folder.new_uids(0) == [1]

    def test_a_missing_folder_is_said_without_its_owner(self, server: ImapServer, user: str) -> None:
        with pytest.raises(MailboxAwayError, match="no such folder"):
            self.open(server, user, "nowhere")

    def test_a_wrong_password_is_told_from_a_server_that_is_away(self, server: ImapServer, user: str) -> None:
        wrong = replace(account(server, user, self.tls), password="guess")
        with pytest.raises(MailboxLoginError) as caught:
            Folder(wrong, "INBOX")
        assert user not in str(caught.value)

    def test_who_waits_is_told_of_mail_and_of_nothing_else(self, server: ImapServer, user: str) -> None:
        with self.open(server, user) as folder:
            if not folder.can_tell:
                return
            assert not folder.told_of_mail(0.3, Event())
            for number in range(1, 4):
                arrives = Timer(0.1, server.append, (user, mail()))
                arrives.start()
                assert folder.told_of_mail(10, Event())
                arrives.join()
                folder.look_again()
                assert folder.new_uids(0) == list(range(1, number + 1))

    def test_who_waits_stops_when_told_to(self, server: ImapServer, user: str) -> None:
        stop, begun = Event(), time.monotonic()
        with self.open(server, user) as folder:
            if folder.can_tell:
                Timer(0.2, stop.set).start()
                assert not folder.told_of_mail(30, stop)
                assert folder.new_uids(0) == []
        assert time.monotonic() - begun < 5

    def test_check_says_what_it_found(self, server: ImapServer, user: str) -> None:
        server.append(user, mail())
        assert check(account(server, user, self.tls), "INBOX") == "logged in, the folder holds 1 mails"


class TestFolderInTheClear(FolderContract):
    pass


class TestFolderByImplicitTls(FolderContract):
    tls = Tls.IMPLICIT

    @pytest.fixture
    def server(self, tls_imap_server: Dovecot) -> Dovecot:
        return tls_imap_server


class TestFolderByStarttls(TestFolderByImplicitTls):
    tls = Tls.STARTTLS


class TestFolderWithoutMove(FolderContract):
    @pytest.fixture
    def server(self, plain_imap_server: Dovecot) -> Dovecot:
        return plain_imap_server


class TestFolderOfCourier(FolderContract):
    """No MOVE, no UIDNEXT at SELECT, every folder below ``INBOX.``."""

    @pytest.fixture
    def server(self, courier: Courier) -> Courier:
        return courier


def test_a_server_that_is_down_is_away() -> None:
    with pytest.raises(MailboxAwayError) as caught:
        Folder(Account("127.0.0.1", free_port(), Tls.NONE, "ada@example.org", "secret", timeout=SOON), "INBOX")
    assert not isinstance(caught.value, MailboxLoginError)
    assert "@" not in str(caught.value)


def test_a_server_without_starttls_is_refused_and_gets_no_password(imap_server: Dovecot) -> None:
    with pytest.raises(MailboxAwayError):
        Folder(account(imap_server, "clear", Tls.STARTTLS), "INBOX")
    assert "user=<clear>" not in imap_server.log()


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
def test_a_certificate_that_nobody_vouches_for_is_refused(tls_imap_server: Dovecot, tls: Tls) -> None:
    stranger = replace(account(tls_imap_server, "stranger", tls), cafile=None)
    with pytest.raises(MailboxAwayError):
        Folder(stranger, "INBOX")


def test_clear_text_never_leaves_this_machine() -> None:
    with pytest.raises(ClearTextError):
        Folder(Account("imap.shop.example", 143, Tls.NONE, "ada", "secret"), "INBOX")


def test_a_connection_that_the_server_ends_is_away() -> None:
    with TemporaryDirectory(prefix="dovecot-") as home, Dovecot(Path(home)) as server:
        server.append("ada", mail())
        with Folder(account(server, "ada"), "INBOX") as folder:
            server.stop()
            with pytest.raises(MailboxAwayError):
                ask_until_it_fails(folder)


def test_the_library_stays_quiet() -> None:
    assert logging.getLogger("imapclient.imaplib").getEffectiveLevel() >= logging.WARNING
