"""Mail that nobody could read: staff see it as it came, save it, have it tried again, or make the ticket of it."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from bot.mail import mime
from models.desk import Desk
from models.rules.kinds import Channel, Kind, Role
from models.rules.submission import Submission
from models.spool import Spool, SpoolState
from tests.services import rows
from tests.webform.staff.conftest import Member
from tests.webform.staff.test_originals import told
from webform.staff import raw_text

RAW = (
    b"From: Ada Quint <ada@example.net>\r\nSubject: =?utf-8?q?My_h=C3=B6use?=\r\nX-Odd: a\x07b\r\n\r\n"
    b"<script>alert(1)</script> I moved.\r\nhttp://127.0.0.1:8000/proof/~abcdefghijklmnop~\r\n" + b"\x00" * 3
)
TYPED: dict[str, Any] = {
    "channel": "mail", "received": "2031-01-20", "email": rows.ADA, "name": "Ada Quint", "kind": "access",
    "language": "en", "message": "What do you hold?",
}  # fmt: skip


@pytest.fixture
def desk(desk: Desk) -> Desk:
    object.__setattr__(desk, "read_mail", mime.read)
    return desk


def shut_in(desk: Desk, raw: bytes = RAW, channel: Channel = Channel.MAIL, **more: Any) -> int:
    with desk.sessions.begin() as session:
        parcel = rows.spooled(SpoolState.QUARANTINED)
        parcel.raw, parcel.size, parcel.channel, parcel.attempts = desk.keys.seal(raw), len(raw), channel, 3
        for name, value in more.items():
            setattr(parcel, name, value)
        session.add(parcel)
        session.flush()
        return parcel.id


def spooled(desk: Desk) -> list[Spool]:
    with desk.readers() as session:
        return list(session.scalars(sa.select(Spool).order_by(Spool.id).options(sa.orm.undefer(Spool.raw))))


def value_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    return found[1] if found else ""


def test_it_is_shown_as_text_with_why_it_is_there(desk: Desk, grace: Member) -> None:
    number = shut_in(desk)
    assert f'href="/staff/quarantine/{number}"' in grace.open("/staff/quarantine").text
    page = grace.open(f"/staff/quarantine/{number}").text
    for words in (
        "took too long",
        "3 tries",
        "&lt;script&gt;alert(1)",
        "a⟨U+0007⟩b",
        "[link]",
        "Make a ticket by hand",
    ):
        assert words in page
    for words in ("<script>alert", "abcdefghijklmnop", "\x07", "\x00"):
        assert words not in page
    grace.open(f"/staff/quarantine/{number}")
    assert told(desk, "quarantine shown") == [("grace@shop.example", {"spool": number})]


def test_what_is_long_is_cut_and_all_of_it_is_in_the_file(desk: Desk, grace: Member) -> None:
    raw = b"X-Long: " + b"h" * 40_000 + b"\r\n\r\n" + "ä".encode() * 100_000
    number = shut_in(desk, raw)
    page = grace.open(f"/staff/quarantine/{number}").text
    assert len(page) < 120_000
    assert "It is longer" in page
    assert "�" not in page
    answer = grace.open(f"/staff/quarantine/{number}/raw")
    assert answer.data == raw
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="quarantine-{number}.eml"')
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert told(desk, "quarantine saved") == [("grace@shop.example", {"spool": number})]


@pytest.mark.parametrize(("role", "code"), [(Role.VIEWER, 403), (Role.AUDITOR, 200)])
def test_only_who_may_reveal_sees_it(desk: Desk, member: Any, role: Role, code: int) -> None:
    number, reader = shut_in(desk), member(role, "vera")
    for path in (f"/staff/quarantine/{number}", f"/staff/quarantine/{number}/raw"):
        assert reader.open(path).status_code == code
    assert reader.open(f"/staff/new?spool={number}").status_code == code
    assert bool(told(desk, "quarantine shown")) is (code == 200)
    listed = reader.open("/staff/quarantine").text
    assert ("took too long" in listed) is (code == 200)
    assert "Try again" not in listed


@pytest.mark.parametrize("path", ["quarantine/404", "quarantine/404/raw", "new?spool=404"])
def test_what_is_not_shut_in_is_not_found(desk: Desk, grace: Member, path: str) -> None:
    waiting = shut_in(desk, state=SpoolState.WAITING)
    assert grace.open(f"/staff/{path}").status_code == 404
    assert grace.open(f"/staff/{path.replace('404', str(waiting))}").status_code == 404


def test_what_was_forgotten_is_said_to_be(desk: Desk, grace: Member) -> None:
    number = shut_in(desk)
    with desk.sessions.begin() as session:
        session.execute(sa.update(Spool).values(raw=None))
    assert "kept no longer" in grace.open(f"/staff/quarantine/{number}").text
    assert grace.open(f"/staff/quarantine/{number}/raw").status_code == 404
    assert grace.open(f"/staff/new?spool={number}").status_code == 200


def test_the_form_by_hand_is_filled_in_as_far_as_it_can_be_read(desk: Desk, grace: Member) -> None:
    page = grace.open(f"/staff/new?spool={shut_in(desk)}").text
    assert (value_of(page, "email"), value_of(page, "name")) == ("ada@example.net", "Ada Quint")
    assert ">My höuse</textarea>" in page
    assert value_of(page, "received") == "2031-01-31"
    assert 'value="mail" checked' in page


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\x00\x01", b"From: \x00\r\n", b"\r\n\r\nonly a body", b"x" * 200_000], ids=repr
)
def test_bytes_that_hold_nothing_leave_the_form_blank(desk: Desk, grace: Member, raw: bytes) -> None:
    number = shut_in(desk, raw[:200_000])
    assert grace.open(f"/staff/quarantine/{number}").status_code == 200
    assert value_of(grace.open(f"/staff/new?spool={number}").text, "email") == ""


def test_a_form_that_could_not_be_read_stands_in_the_form_by_hand(desk: Desk, grace: Member) -> None:
    typed = Submission(Kind.ACCESS, rows.ADA, "Ada Quint", "What do you hold?")
    number = shut_in(desk, typed.to_bytes(), Channel.FORM)
    assert "What do you hold?" in grace.open(f"/staff/quarantine/{number}").text
    page = grace.open(f"/staff/new?spool={number}").text
    assert value_of(page, "email") == rows.ADA
    assert '<option value="access" selected>' in page


def test_a_ticket_is_made_of_it_once_however_often_it_is_pressed(desk: Desk, grace: Member) -> None:
    number = shut_in(desk)
    grace.open(f"/staff/new?spool={number}")
    answers = [grace.post("/staff/new", **TYPED, spool=number) for _ in range(2)]
    parcel, made = spooled(desk)
    assert [answer.location for answer in answers] == [f"/staff/new?made={made.reference}"] * 2
    assert (parcel.state, made.state, made.taken_from_id) == (SpoolState.READ, SpoolState.WAITING, number)
    assert made.received_at.date().isoformat() == "2031-01-20"
    assert len(told(desk, "quarantine taken down")) == len(told(desk, "taken down by hand")) == 1
    page = grace.open(f"/staff/quarantine/{number}").text
    assert f"Taken down by hand as <b>{made.reference}</b>" in page
    assert "Try again" not in page
    assert "Nothing in quarantine" in grace.open("/staff/quarantine").text
    assert grace.post(f"/staff/quarantine/{number}/retry").status_code == 404


def test_what_is_wrong_with_the_form_changes_nothing_and_the_message_is_not_lost_sight_of(
    desk: Desk, grace: Member
) -> None:
    number = shut_in(desk)
    grace.open(f"/staff/new?spool={number}")
    answer = grace.post("/staff/new", **{**TYPED, "email": "nobody"}, spool=number)
    assert answer.status_code == 422
    assert value_of(answer.text, "spool") == str(number)
    assert [one.state for one in spooled(desk)] == [SpoolState.QUARANTINED]


def test_what_is_tried_again_meanwhile_is_not_taken_down_too(desk: Desk, grace: Member) -> None:
    number = shut_in(desk)
    grace.open(f"/staff/new?spool={number}")
    grace.post(f"/staff/quarantine/{number}/retry")
    answer = grace.post("/staff/new", **TYPED, spool=number)
    assert answer.status_code == 409
    assert "What do you hold?" in answer.text
    assert len(spooled(desk)) == 1


def test_the_spool_says_what_waits_and_since_when(desk: Desk, grace: Member) -> None:
    shut_in(desk)
    for more in ({"attempts": 0}, {"attempts": 1, "reason": "could not be recorded: X"}, {"oversize": True}):
        shut_in(desk, state=SpoolState.WAITING, **more)
    page = grace.open("/staff/spool").text
    for words in (
        'Waiting, of 100000 at the most</dt><dd class="num">3<', "31 Jan, 10:00", "could not be recorded: X",
        'not read yet</dt><dd class="num">2<', 'fetched whole</dt><dd class="num">1<', "header only",
    ):  # fmt: skip
        assert words in page
    assert "The spool is full" not in page


def test_a_full_spool_is_said_to_be(desk: Desk, grace: Member) -> None:
    shut_in(desk, state=SpoolState.WAITING)
    limits = desk.config.desk.limits.model_copy(update={"spool_limit": 1})
    config = desk.config.model_copy(update={"desk": desk.config.desk.model_copy(update={"limits": limits})})
    object.__setattr__(desk, "config", config)
    assert "The spool is full" in grace.open("/staff/spool").text


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (b"a\x1bb", "a⟨U+001B⟩b"), ("a\u202eb".encode(), "a⟨U+202E⟩b"), (b"M\xfcller", "Müller"), ("ä".encode(), "ä"),
        ("ä".encode()[:1], "⟨U+DCC3⟩"), (b"a\x7f\x85", "a⟨U+007F⟩⟨U+DC85⟩"), (b"a\x85bcdef", "a⟨U+0085⟩bcdef"),
    ],
    ids=repr,
)  # fmt: skip
def test_nothing_of_it_is_out_of_sight(octets: bytes, shown: str) -> None:
    assert raw_text.of_bytes(octets).body == shown
