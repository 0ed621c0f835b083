"""A mail larger than the desk reads: it is not fetched, and yet seen."""

from collections.abc import Callable

from models.rules.kinds import Kind
from models.rules.lifecycle import State
from tests.bot.commands.conftest import Terminal
from tests.firm import ADA, Firm


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
    assert firm.promised() == ["proof"]
    assert firm.spooled()[0].size < 2000
    (row, _) = Terminal(firm.path).json("queue")
    assert (row["state"], row["requester"], row["subject"]) == ("triage", ADA, "Send me all you have")
