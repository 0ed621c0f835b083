"""Logs hold ids only: whole stories at DEBUG, of every library, and not a word of the people in them."""

import logging
import re
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

import bot.commands.running  # noqa: F401 - what a desk runs holds the loggers of the mail libraries
from models.rules.kinds import Kind
from models.rules.lifecycle import State
from tests.firm import ADA, BEN, PASSWORD, Firm, links_in, text_of
from tests.journeys.stories import STREET, asked, bounce
from tests.webform.staff.conftest import Member

PERSONAL = (
    "ada", "quint", "ben@", "käßler", "mallory", "example.net", "example.org", "mill lane", "quarry hill", "7946",
    "my data", "i have moved", "please correct", "no more newsletters", "passport", "sesame", PASSWORD,
    "grace@", "call back",
)  # fmt: skip
"""Of the people in these stories: names, addresses, numbers, values before and after, subjects and texts."""
FORM = {
    "kind": "rectification", "email": BEN, "name": "Ben Käßler", "message": "I have moved.",
    "field": "street", "old": "Am Anger 12", "new": "14 Quarry Hill",
}  # fmt: skip


@pytest.fixture(autouse=True)
def never(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What no line may hold; a test adds what it learns on the way."""
    caplog.set_level(logging.DEBUG)
    words = list(PERSONAL)
    yield words
    lines = [_line(record) for record in caplog.get_records("call")]
    assert len(lines) > 4
    assert [line for line in lines if any(word.casefold() in line.casefold() for word in words)] == []


def _line(record: logging.LogRecord) -> str:
    """Without the number of an error page: chance may spell a name in it."""
    return re.sub(r"\bpage [0-9A-F]{10}\b", "page", f"{record.name}: {logging.Formatter().format(record)}")


def grace(firm: Firm) -> Member:
    firm.staff("grace")
    member = Member(firm.web(), "grace")
    member.open("/staff/login")
    assert member.post("/staff/login", email="grace@shop.example", password="open sesame, please").status_code == 422
    assert member.post("/staff/login", email="grace@shop.example", password=PASSWORD).status_code == 303
    return member


def tokens(firm: Firm) -> list[str]:
    letters = [link for caught in firm.sink.inbox for link in links_in(text_of(caught.message))]
    return [link.rpartition("/")[2] for link in letters]


def test_a_correction_by_mail_and_one_by_form(firm: Firm, never: list[str]) -> None:
    request = asked(firm, STREET)
    assert firm.web().post("/support/", data=FORM).status_code == 303
    firm.work()
    for address in (ADA, BEN):
        assert firm.prove(address).status_code == 200
    by = grace(firm)
    for one in firm.requests():
        by.look(one.id)
        assert by.does("approve", one.id).status_code == 303
    firm.clock.pass_(seconds=30)  # type: ignore[attr-defined]
    firm.work()
    assert {one.state for one in firm.requests()} == {State.CLOSED}
    assert firm.customer()["street"] == "14 Quarry Hill"
    by.open(f"/staff/?q={ADA}")
    by.look(request.id)
    never += tokens(firm)
    assert len(never) >= len(PERSONAL) + 4


def test_opt_out_access_refusal_and_a_bounce(firm: Firm) -> None:
    firm.reader.knows("no more newsletters", Kind.OPT_OUT)
    firm.reader.knows("all you have", Kind.ACCESS)
    firm.receive("I want no more newsletters.")
    firm.receive("Send me all you have.", sender=BEN, name="Ben Käßler")
    firm.deliver(broken())
    firm.work()
    by = grace(firm)
    access = firm.requests()[-1]
    by.look(access.id)
    vouched = {"method": "call back", "identity-reason": "Reads no mail at all."}
    by.does("identity", access.id, **vouched)
    by.look(access.id)
    by.does("decline", access.id, reason="As your passport says.")
    bounce(firm, firm.letters_to(ADA)[-1])
    firm.work()


def broken() -> EmailMessage:
    """Of nobody: it is quarantined."""
    message = EmailMessage()
    message["To"], message["Subject"] = "Ada Quint <ada@example.net>", "my data"
    message.set_content("Please correct my street, 14 Quarry Hill.")
    return message


@pytest.mark.parametrize(
    "path",
    ["/proof/{0}", "/support/thanks/{0}", "/nowhere/{0}?q={0}", "/staff/requests/{0}?q={0}", "/download/{0}?code={0}"],
)
def test_an_error_page_repeats_nothing(firm: Firm, path: str) -> None:
    for _ in range(12):
        answer = firm.web().get(path.format("ada@example.net-14 Quarry Hill"))
    assert answer.status_code in {303, 404, 429}
    said = re.sub(r'<span class="num">[0-9A-F]{10}</span>', "", answer.text)  # chance may spell a name in it
    assert not re.search("ada|quarry", said, re.IGNORECASE)


def test_servers_that_are_away_name_nobody(firm: Firm) -> None:
    firm.sink.go_down()
    (firm.folder / "shop.sqlite3").rename(firm.folder / "away")
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[STREET])
    firm.receive("Please correct: 3 Mill Lane is 14 Quarry Hill")
    assert firm.work().away
