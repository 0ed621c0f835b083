"""How the desk does, for its staff: one page of figures and what to do, and on every page what is wrong."""

import re
from datetime import timedelta
from typing import Any

import pytest

from models.circuit import Circuit
from models.config import Mailbox as MailboxSection
from models.config import OAuth2
from models.desk import Desk
from models.mailbox import Mailbox
from models.oauth_token import OAuthToken
from models.outbox import LetterState
from models.services.upkeep import health, oauth_tokens
from models.spool import SpoolState
from tests.conftest import Clock
from tests.services import rows
from tests.webform.staff.conftest import Member

DOWN = "The mailbox support was last read 2 hours ago."


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """It reads a mailbox."""
    facts = {
        "name": "support",
        "host": "imap.shop.example",
        "user": "support",
        "password_file": desk.config.desk.secret_file,
    }
    section = MailboxSection.model_construct(**facts, folder="INBOX")
    object.__setattr__(desk, "config", desk.config.model_copy(update={"mailboxes": (section,)}))
    return desk


def mailbox(desk: Desk, **facts: Any) -> None:
    with desk.sessions.begin() as session:
        session.add(Mailbox(**{"name": "support", "folder": "INBOX", "uidvalidity": 1, "last_uid": 2, **facts}))


def measured(desk: Desk) -> dict[str, float]:
    with desk.readers() as session:
        return {one.sign: one.value for one in health.measures(desk, session, now=desk.clock())}


def test_the_page_says_what_is_wrong_what_to_do_and_what_waits(desk: Desk, grace: Member) -> None:
    mailbox(desk, last_poll=rows.NOW - timedelta(hours=2), state="away", uidnext=10)
    with desk.sessions.begin() as session:
        health.beat(session, "worker", started=rows.NOW, now=rows.NOW)
        session.add_all([rows.spooled(SpoolState.WAITING), rows.spooled(SpoolState.QUARANTINED)])
        made = rows.request(session)
        for state in (LetterState.UNCERTAIN, LetterState.QUEUED, LetterState.QUEUED):
            rows.letter(session, made, state)
    page = grace.open("/staff/health").text
    for words in (
        DOWN, "Run rightsdesk check", "31 Jan, 08:00", "the server is away", "1 perhaps sent",
        'href="/staff/spool">1<', 'to be sent</dt><dd class="num">2<', 'href="/staff/quarantine">1<',
        'Not read yet" class="num">7<',
    ):  # fmt: skip
        assert words in page


def test_where_all_is_well_nothing_disturbs(desk: Desk, grace: Member) -> None:
    mailbox(desk, last_poll=rows.NOW, state="ok")
    assert "All is well" in grace.open("/staff/health").text
    assert 'class="banner"' not in grace.open("/staff/").text


@pytest.mark.parametrize("path", ["/staff/", "/staff/quarantine", "/staff/new", "/staff/settings", "/staff/nowhere"])
def test_every_page_says_what_is_wrong(desk: Desk, grace: Member, clock: Clock, path: str) -> None:
    mailbox(desk, last_poll=rows.NOW, state="ok")
    clock.pass_(hours=2)
    assert (DOWN in grace.open(path).text) is (path != "/staff/nowhere")


def test_a_note_stands_on_the_health_page_alone(desk: Desk, grace: Member) -> None:
    with desk.sessions.begin() as session:
        session.add(rows.spooled(SpoolState.QUARANTINED))
    assert "1 in quarantine: nobody could read them." in grace.open("/staff/health").text
    assert 'class="banner"' not in grace.open("/staff/").text


def test_a_mailbox_that_was_never_read_counts_from_when_the_worker_began(desk: Desk, clock: Clock) -> None:
    assert "seconds_since_last_successful_poll" not in measured(desk)
    with desk.sessions.begin() as session:
        health.beat(session, "worker", started=clock(), now=clock())
    clock.pass_(minutes=11)
    assert measured(desk)["seconds_since_last_successful_poll"] == 660
    mailbox(desk, last_poll=None, state="away")
    assert measured(desk)["seconds_since_last_successful_poll"] == 660


def test_a_long_import_is_no_silence_and_one_that_hangs_is(desk: Desk, clock: Clock) -> None:
    lease = clock() + timedelta(seconds=90)
    mailbox(desk, last_poll=clock() - timedelta(hours=1), state="polling", lease_until=lease, uidnext=6003)
    assert measured(desk)["seconds_since_last_successful_poll"] == 0
    assert measured(desk)["mailbox_uids_behind"] == 6000
    clock.pass_(minutes=12)
    assert measured(desk)["seconds_since_last_successful_poll"] == 720


def test_a_junk_folder_alone_that_is_away_is_wrong_and_takes_no_desk_down(desk: Desk, grace: Member) -> None:
    mailbox(desk, last_poll=rows.NOW, state="ok")
    mailbox(desk, name="support/junk", folder="Spam", last_poll=rows.NOW - timedelta(hours=2), state="away")
    assert "The junk folder of a mailbox (support/junk) was last read 2 hours ago." in grace.open("/staff/").text
    assert grace.client.get("/healthz").status_code == 200


def test_a_login_that_is_refused_is_wrong_at_once(desk: Desk, grace: Member) -> None:
    mailbox(desk, last_poll=rows.NOW, state="needs_login")
    assert "refuses to let us into the mailbox support" in grace.open("/staff/").text


def test_how_long_each_token_is_good_stands_in_a_table(desk: Desk, grace: Member) -> None:
    section = OAuth2.model_construct(provider="google", client_id="x", scope="mail")
    box = desk.config.mailboxes[0].model_copy(update={"oauth2": section})
    object.__setattr__(desk, "config", desk.config.model_copy(update={"mailboxes": (box,)}))
    assert "Log-in tokens" not in grace.open("/staff/health").text
    with desk.sessions.begin() as session:
        digest, hour = oauth_tokens.digest_of(section, None, keys=desk.keys), timedelta(hours=1)
        session.add(OAuthToken(digest=digest, renewed_at=rows.NOW, expires_at=rows.NOW + hour, problem=""))
    page = grace.open("/staff/health").text
    assert re.search(r'mailbox support</td><td data-label="Renewed">31 Jan, 10:00.*until">31 Jan, 11:00.*>well<', page)


def test_letters_that_wait_because_too_many_came_back_are_told_everywhere(
    desk: Desk, clock: Clock, grace: Member
) -> None:
    with desk.sessions.begin() as session:
        session.add(Circuit(opened_at=clock(), letters=50, lost=11))
    clock.pass_(minutes=5)
    assert measured(desk)["circuit_open_seconds"] == 300
    assert "Automatic letters have waited for 5 minutes" in grace.open("/staff/").text
    with desk.sessions.begin() as session:
        session.query(Circuit).one().closed_at = clock()
    assert measured(desk)["circuit_open_seconds"] == 0


def test_mail_that_polling_missed_is_told_everywhere(desk: Desk, grace: Member) -> None:
    mailbox(desk, last_poll=rows.NOW, state="ok", gaps=3)
    assert "In the mailbox support the nightly look found 3 that polling missed." in grace.open("/staff/").text


def test_a_letter_that_is_put_off_is_not_overdue(desk: Desk, clock: Clock) -> None:
    with desk.sessions.begin() as session:
        late, later = (rows.letter(session, rows.request(session), LetterState.DEFERRED) for _ in range(2))
        late.next_attempt, later.next_attempt = clock() - timedelta(minutes=40), clock() + timedelta(hours=1)
    assert measured(desk)["outbox_overdue_seconds"] == 2400


def test_a_full_disk_is_wrong(desk: Desk) -> None:
    with desk.readers() as session:
        found = health.measures(desk, session, now=desk.clock(), disk_free=lambda _folder: 7)
    assert {one.sign: one.value for one in found}["disk_free_bytes"] == 7
