"""A mail larger than the desk reads: it is not fetched, and yet seen."""

from collections.abc import Callable

import pytest

from models.rules.kinds import Kind
from models.rules.lifecycle import State
from tests.bot.commands.conftest import Terminal
from tests.firm import ADA, BASE_URL, Firm, links_in, text_of

LITTLE = "\n[desk.limits]\nmessage_bytes = 100000\n"
GIANT = ("y" * 70 + "\n") * 2000


def test_who_wrote_a_giant_is_told_the_limit_and_the_form_and_none_of_their_words(
    found_firm: Callable[..., Firm],
) -> None:
    firm = found_firm(config=LITTLE)
    firm.receive(GIANT, subject="Free watches at watches.example")
    firm.work()
    (letter,) = firm.letters_to(ADA)
    assert "0.1 MB" in text_of(letter)
    assert links_in(text_of(letter)) == [f"{BASE_URL}/support/"]
    assert "watches" not in letter.as_string()
    assert letter["Auto-Submitted"] == "auto-replied"
    assert firm.request().state is State.TRIAGE


@pytest.mark.parametrize(
    "how",
    [{"Auto_Submitted": "auto-generated"}, {"List_Id": "<news.example.net>"}, {"sender": "no-reply@example.net"}],
    ids=["auto-reply", "list", "no reply"],
)
def test_no_machine_is_told_that_its_mail_was_too_large(found_firm: Callable[..., Firm], how: dict[str, str]) -> None:
    firm = found_firm(config=LITTLE)
    firm.receive(GIANT, **how)
    firm.work()
    assert len(firm.messages()) == 1
    assert firm.sink.inbox == []


def test_a_flood_of_giants_is_answered_three_times_a_day(found_firm: Callable[..., Firm]) -> None:
    firm = found_firm(config=LITTLE)
    for number in range(5):
        firm.receive(GIANT, subject=f"giant {number}")
    firm.work()
    assert len(firm.messages()) == 5
    assert len(firm.letters_to(ADA)) == 3


def test_a_giant_waits_for_a_person_and_the_next_mail_is_read(found_firm: Callable[..., Firm]) -> None:
    firm = found_firm(config="\n[desk.limits]\nmessage_bytes = 100000\n")
    firm.reader.knows("all you have", Kind.ACCESS)
    firm.receive("x" * 70 + "\n" * 2 + ("y" * 70 + "\n") * 2000, subject="Send me all you have")
    firm.receive("Send me all you have", subject="short")
    firm.work()
    giant, short = firm.requests()
    assert (giant.state, short.state) == (State.TRIAGE, State.AWAITING_PROOF)
    (message,) = [one for one in firm.messages() if one.subject == "Send me all you have"]
    assert message.text == ""
    assert "larger than the desk reads" in message.defects[0]
    assert firm.promised() == ["oversize", "proof"]
    assert firm.spooled()[0].size < 2000
    (row, _) = Terminal(firm.path).json("queue")
    assert (row["state"], row["requester"], row["subject"]) == ("triage", ADA, "Send me all you have")
