"""What a mail server takes for spam is read for the spam review; nothing in its folder changes, nobody is answered."""

from typing import Any

import pytest

from models.mailbox import Mailbox as Row
from models.rules.kinds import Kind
from models.rules.lifecycle import Outcome, State
from models.services.pages import worklist
from models.services.pages.views import View, in_view
from models.services.upkeep import health
from tests.conftest import Mailbox
from tests.firm import ADA, Firm
from tests.imap_proxy import Behind, ImapProxy
from tests.journeys.conftest import Founded
from tests.journeys.stories import passes
from tests.servers import Dovecot

READ = {'junk = "leave"': 'junk = "find"'}
SPAM = "Verdächtig"
"""The folder that Dovecot marks as the one for spam; another server of the tests has one that is only called so."""


@pytest.fixture
def firm(found_firm: Founded, mailbox: Mailbox) -> Firm:
    return founded(found_firm, mailbox)


def founded(found_firm: Founded, mailbox: Any, **how: Any) -> Firm:
    firm = found_firm(mailbox=mailbox, changed=READ | how.pop("changed", {}), **how)
    firm.reader.knows("what you hold", Kind.ACCESS)
    return firm


def suspected(firm: Firm, text: str = "Show me what you hold", *, folder: str = SPAM, sender: str = ADA) -> bytes:
    raw = f"From: {sender}\r\nMessage-ID: <1.{sender}>\r\nSubject: my data\r\n\r\n{text}\r\n".encode()
    firm.mailbox.put(raw, folder=folder, internaldate=firm.clock())
    return raw


def rows(firm: Firm) -> dict[str, Row]:
    with firm.session() as session:
        return {one.name: one for one in session.query(Row)}


def measured(firm: Firm, sign: str) -> dict[str, float]:
    with firm.session() as session:
        return {one.of: one.value for one in health.measures(firm.desk, session, now=firm.clock()) if one.sign == sign}


def outcomes(firm: Firm) -> list[tuple[State, Outcome | None]]:
    return [(one.state, one.outcome) for one in firm.requests()]


def test_what_lies_there_is_for_the_spam_review_and_gets_no_letter(found_firm: Founded, either: Mailbox) -> None:
    folder = SPAM if isinstance(either.server, Dovecot) else "Junk"
    firm = founded(found_firm, either)
    suspected(firm, folder=folder)
    assert firm.work().counts["polled"] == 1
    assert outcomes(firm) == [(State.CLOSED, Outcome.SPAM)]
    assert (firm.outbox(), [one.spam for one in firm.tickets()]) == ([], [True])
    assert spam_review(firm) == ["my data"]
    assert either.server.folder_uids(either.user, folder) == [1]
    assert either.server.flags(either.user, 1, folder).isdisjoint({rb"\Seen", rb"\Deleted"})
    assert firm.work().counts["polled"] == 0


def spam_review(firm: Firm) -> list[str]:
    with firm.session() as session:
        chosen = worklist.rows_of(in_view(View.SPAM, staff_id=0, today=firm.clock().date()))
        return [one.subject for one in worklist.read_rows(session, session.execute(chosen).all())]


def test_what_somebody_moves_to_the_inbox_is_read_like_any_mail(firm: Firm, mailbox: Mailbox) -> None:
    suspected(firm)
    firm.work()
    mailbox.server.move(mailbox.user, 1, SPAM, "INBOX")
    firm.work()
    assert outcomes(firm) == [(State.CLOSED, Outcome.SPAM), (State.AWAITING_PROOF, None)]
    assert len(firm.letters_to(ADA)) == 1


def test_what_was_moved_before_anybody_sorted_it_is_no_spam(firm: Firm) -> None:
    raw = suspected(firm)
    firm.mailbox.put(raw, internaldate=firm.clock())
    firm.work()
    assert (State.AWAITING_PROOF, None) in outcomes(firm), "whichever of the two was read first"
    assert len(firm.letters_to(ADA)) == 1


def test_what_we_have_read_and_somebody_moves_to_junk_stays_what_it_is(firm: Firm, mailbox: Mailbox) -> None:
    firm.receive("Show me what you hold")
    firm.work()
    mailbox.server.move(mailbox.user, 1, "INBOX", SPAM)
    firm.work()
    assert outcomes(firm) == [(State.AWAITING_PROOF, None)]
    assert [one.trapped for one in firm.spooled()] == [False, True]


def test_an_answer_among_the_spam_changes_nothing_on_its_ticket(firm: Firm) -> None:
    firm.receive("Show me what you hold")
    firm.work()
    number = firm.letters_to(ADA)[0]["Message-ID"]
    raw = f"From: {ADA}\r\nMessage-ID: <2@x>\r\nIn-Reply-To: {number}\r\nSubject: Re\r\n\r\nwhat you hold, all\r\n"
    version = firm.requests()[0].version
    firm.mailbox.put(raw.encode(), folder=SPAM, internaldate=firm.clock())
    firm.work()
    assert len(firm.tickets()) == 2
    assert firm.requests()[0].version == version
    assert outcomes(firm)[1] == (State.CLOSED, Outcome.SPAM)


def test_spam_need_have_no_sender(firm: Firm) -> None:
    firm.mailbox.put(b"Subject: Win\r\n\r\nA prize\r\n", folder=SPAM, internaldate=firm.clock())
    assert firm.work().counts["quarantined"] == 0
    assert outcomes(firm) == [(State.CLOSED, Outcome.SPAM)]


def test_with_move_nothing_is_moved_from_there(found_firm: Founded, mailbox: Mailbox) -> None:
    firm = founded(found_firm, mailbox, after="move:Done")
    suspected(firm)
    firm.work()
    assert mailbox.server.folder_uids(mailbox.user, SPAM) == [1]


def test_what_start_left_alone_there_stays_alone(found_firm: Founded, mailbox: Mailbox) -> None:
    firm = founded(found_firm, mailbox, changed={'start = "all"': 'start = "now"'})
    suspected(firm)
    firm.work()
    suspected(firm, sender="customer@example.net")
    firm.work()
    assert [one.sender for one in firm.messages()] == ["customer@example.net"]


def test_the_folder_of_everything_is_not_read(firm: Firm) -> None:
    suspected(firm, folder="Everything")
    firm.work()
    assert firm.spooled() == []


def test_a_named_folder_is_read_and_left_is_left(found_firm: Founded, mailbox: Mailbox) -> None:
    firm = found_firm(mailbox=mailbox, changed={'junk = "leave"': 'junk = "folder:Other/spam"'})
    suspected(firm, folder="Other/spam")
    suspected(firm, folder=SPAM, sender="customer@example.net")
    firm.work()
    assert [one.sender for one in firm.messages()] == [ADA]


def test_its_health_is_its_own_and_ends_with_the_folder(firm: Firm, mailbox: Mailbox) -> None:
    firm.work()
    assert set(measured(firm, "mailbox_uids_behind")) == {"support"}
    suspected(firm)
    firm.work()
    assert rows(firm)["support/junk"].folder == SPAM
    assert set(measured(firm, "mailbox_uids_behind")) == {"support", "support/junk"}
    mailbox.server.remove(mailbox.user, SPAM)
    firm.work()
    firm.work()
    assert set(rows(firm)) == {"support"}


def test_trouble_there_holds_up_no_other_mail(found_firm: Founded, mailbox: Mailbox) -> None:
    with ImapProxy(mailbox.port) as proxy:
        firm = founded(found_firm, Behind(mailbox, proxy))
        suspected(firm)
        proxy.refuse("^LIST", "NO [SERVERBUG] not now")
        firm.receive("Show me what you hold", sender="customer@example.net")
        assert set(firm.work().away) == {"poll support/junk"}
        assert len(firm.letters_to("customer@example.net")) == 1
        proxy.behave()
        passes(firm, minutes=10)
        firm.work()
        assert len(firm.messages()) == 2
