"""`mailbox backfill`: mail that `start` left alone is read in, once, and where it is old no letter goes by itself."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
import sqlalchemy as sa

from bot.commands import backfilling
from bot.mail.imap.folder import BATCH_MAILS
from bot.stages.visiting import Visit
from models.audit import Event
from models.mailbox import Mailbox as Row
from models.outbox import LetterState
from models.rules.kinds import Kind
from models.rules.lifecycle import State
from models.rules.loop_guards import Held
from tests.bot.commands.conftest import Terminal, refusal
from tests.conftest import Mailbox
from tests.firm import ADA, BEN, Firm
from tests.imap_proxy import Behind, ImapProxy

Found = Callable[..., Firm]


@pytest.fixture(params=["dovecot", "courier"])
def mailbox(request: pytest.FixtureRequest, mailbox: Mailbox) -> Mailbox:
    return Mailbox(request.getfixturevalue(request.param), mailbox.user)


@pytest.fixture
def found(
    tmp_path: Path, database_url: str, clock: Any, new_reference: Any, smtp_sink: Any, mailbox: Mailbox
) -> Iterator[Found]:
    clock.now = datetime.now(UTC)  # a command has the time of the day
    made: list[Firm] = []

    def founded(**how: Any) -> Firm:
        changed = {'start = "all"': 'start = "now"', **how.pop("changed", {})}
        settings = {"mailbox": mailbox, "changed": changed, **how}
        made.append(
            Firm(
                tmp_path, database_url=database_url, clock=clock, new_reference=new_reference, smtp_sink=smtp_sink,
                **settings,
            )
        )  # fmt: skip
        made[0].reader.knows("what you hold", Kind.ACCESS)
        return made[0]

    yield founded
    for one in made:
        one.close()


@pytest.fixture
def firm(found: Found) -> Firm:
    """Ada wrote ten days ago and Ben yesterday, and only then a desk began to read."""
    firm = found()
    lay_there(firm, ADA, days=10)
    lay_there(firm, BEN, days=1)
    firm.work()
    assert firm.spooled() == []
    return firm


def lay_there(firm: Firm, sender: str, **ago: float) -> None:
    raw = f"From: {sender}\r\nMessage-ID: <{ago}.{sender}>\r\nSubject: my data\r\n\r\nShow me what you hold.\r\n"
    firm.mailbox.put(raw.encode(), internaldate=firm.clock() - timedelta(**ago))


def since(firm: Firm, **ago: float) -> str:
    day: datetime = firm.clock() - timedelta(**ago)
    return day.date().isoformat()


def backfill(terminal: Terminal, *words: str) -> str:
    result = terminal.call("mailbox", "backfill", "support", *words)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def senders(firm: Firm) -> list[str]:
    firm.work()
    return sorted(one.sender for one in firm.messages())


def row(firm: Firm) -> Row:
    with firm.session() as session:
        return session.query(Row).one()


def change(firm: Firm, statement: str, **values: Any) -> None:
    with firm.desk.sessions.begin() as session:
        session.execute(sa.text(statement), values)


def test_what_start_left_alone_is_read_and_nobody_is_written_to_about_old_mail(firm: Firm, terminal: Terminal) -> None:
    before = row(firm)
    said = backfill(terminal, "--since", since(firm, days=30))
    assert said == (
        "2 mails received since then, 2 mails read; the worker sorts them. "
        "No letter goes out by itself on those older than 3 days."
    )
    assert senders(firm) == [ADA, BEN]
    assert [one.state for one in firm.requests()] == [State.AWAITING_PROOF] * 2
    assert firm.letters_to(ADA) == []
    assert len(firm.letters_to(BEN)) == 1
    assert [one.held_for for one in firm.outbox() if one.state is LetterState.HELD] == [Held.OLD]
    after = row(firm)
    assert (after.last_uid, after.floor_uid, after.lease_until) == (before.last_uid, before.floor_uid, None)


def test_since_a_day_is_from_its_beginning_where_the_desk_stands(firm: Firm, terminal: Terminal) -> None:
    assert "1 mail read" in backfill(terminal, "--since", since(firm, days=5))
    assert senders(firm) == [BEN]


def test_a_second_time_nothing_is_read(firm: Firm, terminal: Terminal) -> None:
    backfill(terminal, "--since", since(firm, days=30))
    assert "2 mails received since then, 0 mails read" in backfill(terminal, "--since", since(firm, days=30))
    assert senders(firm) == [ADA, BEN]
    assert "0 mails read" in backfill(terminal, "--since", since(firm, days=30))


def test_a_dry_run_counts_and_changes_nothing(firm: Firm, terminal: Terminal) -> None:
    backfill(terminal, "--since", since(firm, days=5))
    before = row(firm).token
    said = backfill(terminal, "--since", since(firm, days=30), "--dry-run")
    assert said == "2 mails received since then, 1 mail not here yet; nothing was read"
    assert (len(firm.spooled()), row(firm).token) == (1, before)


def test_what_the_cursor_has_not_come_to_is_left_to_the_next_poll(firm: Firm, terminal: Terminal) -> None:
    firm.receive("Show me what you hold", sender="customer@example.net")
    assert "2 mails received since then" in backfill(terminal, "--since", since(firm, days=30))
    assert senders(firm) == [ADA, BEN, "customer@example.net"]


def test_old_mail_that_the_cursor_went_by_is_nobodys_news_either(firm: Firm, terminal: Terminal) -> None:
    lay_there(firm, "customer@example.net", days=9)
    change(firm, "UPDATE mailbox SET last_uid = last_uid + 1")
    assert "3 mails read" in backfill(terminal, "--since", since(firm, days=30))
    firm.work()
    assert firm.letters_to("customer@example.net") == []


def test_what_was_read_under_another_uidvalidity_is_known(firm: Firm, terminal: Terminal) -> None:
    backfill(terminal, "--since", since(firm, days=30))
    firm.work()
    change(firm, "UPDATE spool SET uidvalidity = 1, uid = uid + 100")
    said = backfill(terminal, "--since", since(firm, days=30), "--dry-run")
    assert said == "2 mails received since then, 0 mails not here yet; nothing was read"
    assert "0 mails read" in backfill(terminal, "--since", since(firm, days=30))
    assert len(firm.spooled()) == 2


def test_what_was_read_is_moved_like_the_rest(found: Found, mailbox: Mailbox) -> None:
    firm = found(after="move:Done")
    lay_there(firm, ADA, days=10)
    firm.work()
    backfill(Terminal(firm.path), "--since", since(firm, days=30))
    assert mailbox.server.folder_uids(mailbox.user) == []
    assert mailbox.server.folder_uids(mailbox.user, "Done") == [1]


def test_it_is_an_event(firm: Firm, terminal: Terminal) -> None:
    backfill(terminal, "--since", since(firm, days=30))
    with firm.session() as session:
        (by,) = session.scalars(sa.select(Event.by).where(Event.what == "mailbox backfilled"))
    assert by.startswith("cli:")


def test_a_worker_that_is_reading_is_waited_for(
    firm: Firm, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = firm.clock() + timedelta(seconds=80)
    change(firm, "UPDATE mailbox SET lease_owner = 'worker', lease_until = :until", until=until)
    monkeypatch.setattr(backfilling, "WAIT_FOR", 1.0)
    result = terminal.call("mailbox", "backfill", "support", "--since", since(firm, days=30))
    assert "mailbox support: a worker is reading it: run this again later" in result.stderr
    assert result.exit_code == 1
    monkeypatch.setattr(backfilling, "WAIT_FOR", 20.0)
    leaves = Timer(1.0, change, (firm, "UPDATE mailbox SET lease_owner = NULL, lease_until = NULL"))
    leaves.start()
    assert "2 mails read" in backfill(terminal, "--since", since(firm, days=30))
    leaves.join()


def test_a_full_spool_ends_it_and_it_goes_on_later(found: Found) -> None:
    firm = found(changed={"recipients = [": f"limits = {{ spool_limit = {BATCH_MAILS} }}\nrecipients = ["})
    for number in range(BATCH_MAILS + 20):
        lay_there(firm, f"customer{number}@example.net", days=10)
    firm.work()
    terminal = Terminal(firm.path)
    result = terminal.call("mailbox", "backfill", "support", "--since", since(firm, days=30))
    assert result.exit_code == 1
    assert "the spool is full: 100 mails read. Run this again" in result.stderr
    assert row(firm).lease_until is None
    firm.work()
    assert "20 mails read" in backfill(terminal, "--since", since(firm, days=30))


def test_a_server_that_dies_within_loses_nothing(found: Found, mailbox: Mailbox) -> None:
    with ImapProxy(mailbox.port) as proxy:
        firm = found(mailbox=Behind(mailbox, proxy))
        for number in range(BATCH_MAILS + 20):
            lay_there(firm, f"customer{number}@example.net", days=10)
        firm.work()
        seen: list[str] = []
        spool = Visit.spool

        def dies(visit: Any, uids: Any, **how: Any) -> int:
            if seen:
                proxy.cut_before("^UID FETCH")
            seen.append("batch")
            return spool(visit, uids, **how)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Visit, "spool", dies)
            result = Terminal(firm.path).call("mailbox", "backfill", "support", "--since", since(firm, days=30))
        assert result.exit_code == 1
        assert "mailboxes.support: the server ended the connection" in result.stderr
        assert (len(firm.spooled()), row(firm).lease_until) == (BATCH_MAILS, None)
        assert "20 mails read" in backfill(Terminal(firm.path), "--since", since(firm, days=30))


def test_what_cannot_be_is_said(firm: Firm, terminal: Terminal) -> None:
    unknown = refusal(terminal.call("mailbox", "backfill", "sales", "--since", "2026-01-01"))
    assert unknown == "there is no mailbox of this name: support"
    assert terminal.call("mailbox", "backfill", "support", "--since", "yesterday").exit_code == 2
    assert terminal.call("mailbox", "backfill", "support").exit_code == 2
    change(firm, "UPDATE mailbox SET uidvalidity = 1")
    other = refusal(terminal.call("mailbox", "backfill", "support", "--since", "2026-01-01"))
    assert other == "mailbox support was not polled yet as it is now: run rightsdesk work --once first"
