"""`check-mail`: a letter to oneself, through a real relay and a real mailbox, and what stands in its way."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.mail.probe import HEADER
from tests.bot.commands.conftest import Terminal
from tests.conftest import Mailbox
from tests.firm import MALLORY, SUPPORT, Firm
from tests.servers import free_port


@pytest.fixture
def firm(
    tmp_path: Path, database_url: str, clock: Any, new_reference: Any, smtp_sink: Any, mailbox: Mailbox
) -> Iterator[Firm]:
    clock.now = datetime.now(UTC)  # a command has the time of the day, and the desk that reads after it needs the same
    made = Firm(
        tmp_path, database_url=database_url, clock=clock, new_reference=new_reference, smtp_sink=smtp_sink,
        mailbox=mailbox,
    )  # fmt: skip
    yield made
    made.close()


Posted = Callable[..., threading.Thread]


@pytest.fixture
def posted(firm: Firm, mailbox: Mailbox) -> Iterator[Posted]:
    """What the relay takes gets into the mailbox, as ``changed`` on its way."""
    threads: list[threading.Thread] = []

    def post(folder: str, changed: Callable[[bytes], bytes], before: Callable[[], None]) -> None:
        (caught,) = firm.sink.wait(1, 10)
        before()
        mailbox.put(changed(caught.raw), folder=folder)

    def start(
        folder: str = "INBOX",
        changed: Callable[[bytes], bytes] = lambda raw: raw,
        before: Callable[[], None] = lambda: None,
    ) -> threading.Thread:
        threads.append(threading.Thread(target=post, args=(folder, changed, before)))
        threads[-1].start()
        return threads[-1]

    yield start
    for thread in threads:
        thread.join(15)


def refusal(terminal: Terminal, *words: object) -> str:
    result = terminal.call("check-mail", *words)
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.splitlines()
    return line.removeprefix("Error: ")


def test_a_letter_that_arrives_opens_both_ways(
    firm: Firm, terminal: Terminal, posted: Posted, mailbox: Mailbox
) -> None:
    firm.receive("Where is my parcel?")
    posted()
    result = terminal.call("check-mail")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "mailboxes.support: logged in, looking into INBOX"
    assert lines[1].startswith(f"smtp: sent to {SUPPORT}, the server said: 250")
    assert lines[-1].endswith(" s in INBOX, and was removed; both ways are open")
    assert mailbox.server.folder_uids(mailbox.user) == [1]


def test_the_letter_is_marked_as_a_machines_and_ours(firm: Firm, terminal: Terminal, posted: Posted) -> None:
    posted()
    terminal.call("check-mail")
    (letter,) = firm.letters_to(SUPPORT)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["X-Rightsdesk-Loop"]
    assert letter["From"].addresses[0].addr_spec == SUPPORT


def test_the_worker_passes_over_a_letter_that_comes_too_late(firm: Firm, terminal: Terminal, mailbox: Mailbox) -> None:
    firm.work()
    terminal.call("check-mail", "--within", 0)
    (caught,) = firm.sink.wait(1, 10)
    mailbox.put(caught.raw)
    firm.clock.now = datetime.now(UTC)  # type: ignore[attr-defined]
    firm.work()
    assert mailbox.server.folder_uids(mailbox.user) == [1]
    assert firm.spooled() == []
    firm.receive("Where is my parcel?")
    firm.work()
    assert len(firm.spooled()) == 1


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(lambda value: value[:-1] + ("0" if value[-1] != "0" else "1"), id="another signature"),
        pytest.param(lambda value: f"{value.split('.')[0]}.9999999999.{value.split('.')[2]}", id="another time"),
        pytest.param(lambda value: f"{'0' * 24}.{value.split('.', 1)[1]}", id="another chance"),
        pytest.param(lambda value: "9" * 100, id="digits"),
        pytest.param(lambda value: f"{'0' * 24}.9999999999.{'0' * 20}", id="made up"),
        pytest.param(lambda value: f"{value}\r\n{HEADER}: {value}", id="twice"),
        pytest.param(lambda value: f"x\r\n\r\n{HEADER}: {value}", id="in the text"),
    ],
)
def test_a_mark_that_is_not_ours_keeps_no_mail_out(
    firm: Firm, terminal: Terminal, mailbox: Mailbox, forged: Callable[[str], str]
) -> None:
    terminal.call("check-mail", "--within", 0)
    mark = str(firm.letters_to(SUPPORT)[0][HEADER])
    raw = f"From: {MALLORY}\r\nTo: {SUPPORT}\r\n{HEADER}: {forged(mark)}\r\nSubject: x\r\n\r\nHello\r\n"
    firm.clock.now = datetime.now(UTC)  # type: ignore[attr-defined]
    mailbox.put(raw.encode())
    firm.work()
    assert len(firm.spooled()) == 1


def test_a_mark_is_good_for_half_an_hour(firm: Firm, terminal: Terminal, mailbox: Mailbox, clock: Any) -> None:
    terminal.call("check-mail", "--within", 0)
    raw = firm.sink.inbox[0].raw
    clock.now = datetime.now(UTC)
    clock.pass_(minutes=31)
    mailbox.put(raw)
    firm.work()
    assert len(firm.spooled()) == 1
    assert firm.messages()[0].auto == "own"
    assert firm.outbox() == []


def test_a_letter_that_does_not_come_is_missed(terminal: Terminal) -> None:
    said = refusal(terminal, "--within", 1)
    assert said == (
        "the letter left and did not arrive within 1 s in mailboxes.support (INBOX): see that mail to "
        f"{SUPPORT} gets there, or give a slow way more time with --within"
    )


def test_who_waits_hears_of_it(terminal: Terminal, posted: Posted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.commands.mail_checking.SAY_EVERY", 0.5)
    monkeypatch.setattr("bot.commands.mail_checking.LOOK_EVERY", 0.2)
    posted(before=lambda: threading.Event().wait(1.2) and None)
    lines = terminal.call("check-mail").stdout.splitlines()
    assert lines[2] == "waiting, 1 of 60 s"


def test_another_letter_is_not_taken_for_it(terminal: Terminal, posted: Posted, mailbox: Mailbox) -> None:
    posted(changed=lambda raw: raw.replace(HEADER.encode(), b"X-Other"))
    assert "did not arrive" in refusal(terminal, "--within", 1)
    assert mailbox.server.folder_uids(mailbox.user) == [1]


def test_a_letter_that_was_taken_for_spam_is_found_there(terminal: Terminal, posted: Posted, mailbox: Mailbox) -> None:
    posted("Junk")
    said = refusal(terminal, "--within", 2)
    assert said.startswith("mailboxes.support: the letter arrived as spam, in Junk: mend SPF and DKIM")
    assert mailbox.server.folder_uids(mailbox.user, "Junk") == []


def test_a_relay_that_refuses_is_the_first_to_be_mended(firm: Firm, terminal: Terminal) -> None:
    firm.sink.refuse_next(550, text=f"5.7.1 <{SUPPORT}> not yours")
    said = refusal(terminal)
    assert said.startswith("smtp: the letter does not leave: 550 5.7.1 [address] not yours: mend [smtp]")


def test_a_mailbox_that_does_not_open_sends_no_letter(firm: Firm, terminal: Terminal) -> None:
    (firm.folder / "imap-password").write_text("wrong")
    said = refusal(terminal)
    assert said.startswith("mailboxes.support: the server refuses the user name or the password: mend that section")
    assert firm.sink.inbox == []


def test_a_mail_server_that_is_gone(firm: Firm, terminal: Terminal, mailbox: Mailbox) -> None:
    text = firm.path.read_text("utf-8")
    firm.path.write_text(text.replace(f"port = {mailbox.port}", f"port = {free_port()}"), "utf-8")
    assert refusal(terminal).startswith("mailboxes.support: no connection: ConnectionRefusedError")


@pytest.mark.parametrize(("section", "missing"), [("[[mailboxes]]", "[[mailboxes]]"), ("[smtp]", "[smtp]")])
def test_what_is_not_configured_is_said(firm: Firm, terminal: Terminal, section: str, missing: str) -> None:
    text = firm.path.read_text("utf-8")
    start = text.index(section)
    end = text.index("[smtp]") if section == "[[mailboxes]]" else text.index("[[customers]]")
    firm.path.write_text(text[:start] + text[end:], "utf-8")
    assert f"write {missing} into the configuration" in refusal(terminal)


def test_wrong_words_are_wrong_usage(terminal: Terminal) -> None:
    assert terminal.call("check-mail", "--within", "-1").exit_code == 2
