"""Each night a mailbox is looked through: what polling never saw is read in, and what was left alone stays alone."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.mail.imap.folder import Folder
from bot.worker import Pass
from models.audit import Event
from models.mailbox import Mailbox as Row
from models.rules.kinds import Kind
from models.services.arrival import gaps
from models.services.upkeep import health
from models.spool import Spool
from tests.conftest import Mailbox
from tests.firm import Firm
from tests.imap_proxy import Behind, ImapProxy
from tests.journeys.conftest import Founded
from tests.journeys.stories import passes


@pytest.fixture
def firm(found_firm: Founded, either: Mailbox) -> Firm:
    """A desk that has read one mail, and knows a request when it sees one."""
    firm = found_firm(mailbox=either)
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.receive("When do you open?")
    firm.work()
    return firm


def row(firm: Firm) -> Row:
    with firm.session() as session:
        return session.query(Row).one()


def change(firm: Firm, statement: str) -> None:
    with firm.desk.sessions.begin() as session:
        session.execute(sa.text(statement))


def unnoticed(firm: Firm, text: str = "Show me what you hold", **how: Any) -> None:
    """A mail lies there, and the cursor has gone by it all the same."""
    firm.receive(text, sender="customer@example.net", **how)
    change(firm, "UPDATE mailbox SET last_uid = last_uid + 1, uidnext = uidnext + 1")
    assert firm.work().counts["polled"] == 0


def night(firm: Firm) -> Pass:
    passes(firm, days=1)
    return firm.work()


def missed(firm: Firm) -> float:
    with firm.session() as session:
        found = health.measures(firm.desk, session, now=firm.clock())
    return next(one.value for one in found if one.sign == "mailbox_mails_missed" and one.of == "support")


def found_events(firm: Firm) -> int:
    with firm.session() as session:
        return session.query(Event).filter_by(what="missed mail found").count()


def test_a_mail_that_the_cursor_went_by_is_found_at_night_and_answered(firm: Firm) -> None:
    unnoticed(firm)
    assert len(firm.spooled()) == 1
    assert night(firm).counts["polled"] == 1
    assert [one.sender for one in firm.messages()][1:] == ["customer@example.net"]
    assert len(firm.letters_to("customer@example.net")) == 1
    assert (missed(firm), found_events(firm)) == (1, 1)


def test_the_sign_is_gone_after_a_night_without(firm: Firm) -> None:
    unnoticed(firm)
    night(firm)
    night(firm)
    assert (missed(firm), found_events(firm), len(firm.spooled())) == (0, 1, 2)


def test_by_day_and_a_second_time_in_a_night_nothing_is_looked_at(firm: Firm) -> None:
    night(firm)
    unnoticed(firm)
    for _ in range(3):
        passes(firm, hours=5)
        assert firm.work().counts["polled"] == 0
    assert night(firm).counts["polled"] == 1


def test_the_night_is_that_of_the_desk(firm: Firm) -> None:
    """At 2 in Berlin, which is 1 o'clock UTC in winter."""
    assert row(firm).next_look == firm.clock().replace(hour=1, minute=0) + timedelta(days=1)


def test_what_was_read_is_not_fetched_again(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for name in ("fetch", "marks"):
        monkeypatch.setattr(Folder, name, lambda *_, name=name: asked.append(name))
    night(firm)
    assert (asked, missed(firm)) == ([], 0)


def test_what_was_forgotten_is_no_gap(firm: Firm) -> None:
    firm.receive("I am away", Auto_Submitted="auto-replied")
    firm.work()
    passes(firm, days=1000)
    firm.work()
    assert [one.text for one in firm.messages()][1:] == [""]
    with firm.session() as session:
        assert session.query(Spool).filter(Spool.raw.is_(None)).count() == 1
    night(firm)
    assert (missed(firm), len(firm.spooled())) == (0, 2)


def test_a_copy_of_what_we_have_is_no_gap(firm: Firm) -> None:
    firm.mailbox.put(firm.mailbox.server.mails(firm.mailbox.user, "INBOX")[0][0], internaldate=firm.clock())
    firm.work()
    night(firm)
    assert (missed(firm), len(firm.spooled())) == (0, 1)


def test_what_comes_while_it_is_looked_through_is_the_next_polls(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = gaps.begin

    def late(*given: Any, **how: Any) -> Any:
        held = begin(*given, **how)
        if held is not None:
            firm.receive("Show me what you hold", sender="customer@example.net")
        return held

    monkeypatch.setattr(gaps, "begin", late)
    night(firm)
    firm.work()
    assert (missed(firm), found_events(firm), len(firm.messages())) == (0, 0, 2)


def test_after_a_new_uidvalidity_what_was_read_before_is_no_gap(
    found_firm: Founded, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = found_firm(mailbox=mailbox)
    for number in range(3):
        firm.receive(f"When do you open? {number}")
    firm.work()
    change(firm, "UPDATE mailbox SET uidvalidity = uidvalidity + 1")
    change(firm, "UPDATE spool SET uidvalidity = uidvalidity + 1, uid = uid + 100")
    firm.work()
    unnoticed(firm)
    fetched: list[int] = []
    fetch = Folder.fetch
    monkeypatch.setattr(Folder, "fetch", lambda folder, uids: fetch(folder, fetched.extend(uids) or uids))  # type: ignore[func-returns-value]
    night(firm)
    assert firm.mailbox.server.folder_uids(firm.mailbox.user) == [1, 2, 3, 4]
    assert (fetched, missed(firm), len(firm.spooled())) == ([4], 1, 4)


@pytest.mark.parametrize("start", ["now", "2026-03-02"])
def test_what_start_left_alone_stays_alone(found_firm: Founded, mailbox: Mailbox, clock: Any, start: str) -> None:
    ahead = clock() + timedelta(minutes=3) if start == "now" else clock() - timedelta(days=1)
    mailbox.put(b"From: ben@example.org\r\n\r\nIt lay there before.\r\n", internaldate=ahead)
    firm = found_firm(mailbox=mailbox, changed={'start = "all"': f'start = "{start}"'})
    firm.work()
    unnoticed(firm)
    night(firm)
    night(firm)
    assert [one.sender for one in firm.messages()] == ["customer@example.net"]


def test_below_the_floor_what_start_wanted_is_looked_for_too(
    found_firm: Founded, mailbox: Mailbox, clock: Any
) -> None:
    mailbox.put(b"From: ben@example.org\r\n\r\nIt lay there before.\r\n", internaldate=clock() - timedelta(days=9))
    firm = found_firm(mailbox=mailbox)
    firm.work()
    change(firm, "UPDATE spool SET uid = 77, sha256 = 'x'")
    change(firm, "UPDATE message SET message_id = 'x'")
    night(firm)
    assert missed(firm) == 1
    assert [one.backfilled for one in firm.spooled()] == [True, True], "old by the time the desk began: nobody's news"


def test_two_workers_look_once(firm: Firm) -> None:
    unnoticed(firm)
    passes(firm, days=1)
    change(firm, "UPDATE mailbox SET lease_owner = 'another', lease_until = '2099-01-01 00:00:00+00:00'")
    assert firm.work().counts["polled"] == 0
    change(firm, "UPDATE mailbox SET lease_until = NULL")
    assert firm.work().counts["polled"] == 1


def test_a_look_that_the_server_ended_is_begun_again_within_the_hour(found_firm: Founded, mailbox: Mailbox) -> None:
    with ImapProxy(mailbox.port) as proxy:
        firm = found_firm(mailbox=Behind(mailbox, proxy))
        firm.receive("When do you open?")
        firm.work()
        unnoticed(firm)
        passes(firm, days=1)
        proxy.refuse("^UID FETCH", "NO [SERVERBUG] not now")
        assert firm.work().away
        assert len(firm.spooled()) == 1
        proxy.behave()
        passes(firm, minutes=59)
        firm.work()
        assert len(firm.spooled()) == 1
        passes(firm, minutes=2)
        firm.work()
        assert (len(firm.spooled()), missed(firm)) == (2, 1)


def test_what_is_found_is_moved_like_the_rest(found_firm: Founded, either: Mailbox) -> None:
    firm = found_firm(mailbox=either, after="move:Done")
    firm.receive("When do you open?")
    firm.work()
    unnoticed(firm)
    assert len(either.server.folder_uids(either.user)) == 1
    night(firm)
    assert either.server.folder_uids(either.user) == []
    assert len(either.server.folder_uids(either.user, "Done")) == 2


def test_a_letter_to_ourselves_that_was_left_there_is_no_gap(found_firm: Founded, mailbox: Mailbox) -> None:
    from bot.mail import probe

    firm = found_firm(mailbox=mailbox)
    mark = probe.mark(firm.desk.keys, "a" * 20, now=firm.clock())
    firm.receive("The desk wrote this", X_Rightsdesk_Verify=mark)
    firm.work()
    night(firm)
    assert (missed(firm), firm.spooled()) == (0, [])
