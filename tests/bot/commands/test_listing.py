"""What the command line shows: the JSON of the contract and nothing beside it, or a table that nobody can steer."""

import json
import stat

import pytest

from models.audit import Event
from models.rules.kinds import Kind, Role
from models.services import audit
from tests.bot.commands.conftest import refusal
from tests.firm import ADA, MAILBOX, PASSWORD, Firm

ROW = {
    "request", "ticket", "kind", "state", "outcome", "due_on", "requester", "subject", "language", "confidence",
    "corrections", "proved", "linked_to", "version",
}  # fmt: skip


def test_a_queue_is_the_rows_of_the_contract(terminal, in_review):
    number = in_review()

    (row,) = terminal.json("queue")

    assert set(row) == ROW
    assert (row["request"], row["kind"], row["state"], row["requester"]) == (number, "rectification", "in_review", ADA)
    assert terminal.json("queue", "--state", "closed") == []
    assert terminal.json("queue", "--state", "in_review", "--kind", "access") == []
    assert terminal.json("queue", "--state", "all", "--kind", "rectification") == [row]


def test_a_word_that_is_no_state_is_wrong_usage(terminal):
    assert terminal.call("queue", "--state", "asleep").exit_code == 2


def test_an_empty_queue_says_so(terminal):
    assert terminal.call("queue").stdout == "no request waits\n"
    assert terminal.json("queue") == []


def test_a_person_reads_a_table(terminal, in_review):
    in_review()

    head, row = terminal.call("queue").stdout.splitlines()
    assert head.split()[:5] == ["request", "version", "ticket", "kind", "state"]
    assert ADA in row


def test_what_strangers_write_steers_no_terminal(firm, terminal, receive):
    firm.reader.knows("hello", Kind.OTHER)
    receive("hello \x1b]0;owned\x07 there", subject="=?utf-8?q?=1B[2Jgone?=")
    firm.work()

    shown = terminal.call("queue").stdout + terminal.call("ticket", firm.tickets()[0].reference).stdout
    assert "gone" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_a_ticket_is_shown_by_its_reference(firm, terminal, in_review):
    in_review()
    reference = firm.tickets()[0].reference

    found = terminal.json("ticket", reference.lower())

    assert found["ticket"] == reference
    assert {message["direction"] for message in found["messages"]} == {"in", "out"}
    shown = terminal.call("ticket", reference)
    assert shown.exit_code == 0, shown.stderr
    assert "14 Quarry Hill" in shown.stdout


def test_a_ticket_that_is_not_there(terminal):
    assert "there is no ticket" in refusal(terminal.call("ticket", "RD-ZZZZZZZZ"))


def test_quarantine_is_listed_shown_and_read_again(firm, terminal, receive):
    raw = b"To: nobody\r\n\r\n\xff\x00 no sender"
    receive("", raw=raw)
    firm.work()

    (shut,) = terminal.json("quarantine", "list")
    shown = terminal.call("quarantine", "show", shut["id"])
    again = terminal.call("quarantine", "retry", shut["id"])

    assert set(shut) == {"id", "received_at", "reason", "size", "attempts"}
    assert shown.stdout_bytes == raw
    assert again.stdout == f"message {shut['id']} is read again at the next run\n"
    assert terminal.json("quarantine", "list") == []
    with firm.session() as session:
        events = [json.loads(line) for line in audit.export(session)]
    desk = [event for event in events if event["chain"] == audit.DESK and event["by"].startswith("cli:")]
    assert [event["what"] for event in desk] == ["quarantine shown", "quarantine retry"]


@pytest.mark.parametrize("words", [("quarantine", "show"), ("quarantine", "retry"), ("outbox", "retry")], ids=" ".join)
def test_a_number_that_is_not_there(terminal, words):
    assert " 7" in refusal(terminal.call(*words, 7))


def test_a_letter_that_still_waits_is_not_sent_twice(firm, terminal, in_review):
    firm.staff()
    terminal.call("decline", in_review(), "--as", "grace@shop.example", "--reason", "As your passport says.")
    (letter,) = terminal.json("outbox", "list")

    assert set(letter) == {"id", "ticket", "to", "letter", "state", "attempts", "next_attempt"}
    assert "is queued" in refusal(terminal.call("outbox", "retry", letter["id"]))


def test_a_mailbox_is_listed_before_it_was_read(firm, terminal):
    assert terminal.call("mailbox", "list").stdout == "no mailbox is configured: [[mailboxes]]\n"
    firm.path.write_text(firm.path.read_text() + MAILBOX.format(host="127.0.0.1", port=1, user="u", after="leave"))

    (row,) = terminal.json("mailbox", "list")

    assert row == {
        "name": "support", "folder": "INBOX", "uidvalidity": None, "last_uid": None, "last_poll": None, "state": "new",
    }  # fmt: skip


def test_an_audit_log_that_holds(firm, terminal, in_review, tmp_path):
    in_review()

    result = terminal.call("audit", "verify", "--export", tmp_path / "log.jsonl")

    assert result.stdout == "every chain of the audit log holds\n"
    lines = (tmp_path / "log.jsonl").read_text("utf-8").splitlines()
    assert firm.tickets()[0].reference in {json.loads(line)["chain"] for line in lines}
    assert stat.S_IMODE((tmp_path / "log.jsonl").stat().st_mode) == 0o600


def test_an_export_that_cannot_be_written_names_its_option(terminal, tmp_path):
    for file in (tmp_path / "no" / "log.jsonl", tmp_path):
        assert refusal(terminal.call("audit", "verify", "--export", file)).startswith(f"--export: {file} cannot be")


def test_a_broken_chain_is_named(firm, terminal, in_review):
    in_review()
    reference = firm.tickets()[0].reference
    was = rewrite(firm, reference, "nothing")

    said = refusal(terminal.call("audit", "verify"))
    rewrite(firm, reference, was)

    assert said == f"audit log of {reference} is broken at event 1: an event was changed or swapped"


def rewrite(firm: Firm, reference: str, what: str) -> str:
    """The first event of a ticket says something else from now on; what it said."""
    with firm.desk.sessions.begin() as session:
        event = session.get_one(Event, (reference, 1))
        was, event.what = event.what, what
    return was


def test_an_account_begins_changes_and_ends(firm, terminal, password_file):
    added = terminal.call(
        "staff", "add", "Ida@Shop.example", "--name", "Ida", "--role", "auditor", "--password-file", password_file
    )
    reset = terminal.call("staff", "reset", "ida@shop.example", "--password-file", password_file)
    disabled = terminal.call("staff", "disable", "ida@shop.example")

    assert (added.exit_code, reset.exit_code, disabled.exit_code) == (0, 0, 0), added.stderr
    (row,) = terminal.json("staff", "list")
    assert (row["email"], row["name"], row["role"]) == ("ida@shop.example", "Ida", Role.AUDITOR)
    assert row["disabled_at"]
    assert PASSWORD not in json.dumps(row)


def test_the_last_admin_is_not_closed(firm, terminal):
    firm.staff("grace", Role.ADMIN)

    assert refusal(terminal.call("staff", "disable", "grace@shop.example")).startswith("this is the last admin")

    firm.staff("heidi", Role.ADMIN)
    assert terminal.call("staff", "disable", "grace@shop.example").exit_code == 0


def test_an_account_is_not_made_twice(firm, terminal, password_file):
    firm.staff("grace")

    words = ("grace@shop.example", "--name", "G", "--role", "admin", "--password-file", password_file)
    assert refusal(terminal.call("staff", "add", *words)) == "there is already an account with this address"


def test_a_suppressed_address_is_known_in_any_spelling(firm, terminal, receive):
    firm.reader.knows("unsubscribe", Kind.OPT_OUT)
    receive("unsubscribe")
    firm.work()

    assert terminal.json("suppression", "check", "Ada@Example.NET") == [
        {"email": "Ada@Example.NET", "suppressed": True}
    ]
    both = terminal.call("suppression", "check", "-", "--json", stdin=f"{ADA}\nADA@example.net\n\nben@example.org\n")
    assert [row["suppressed"] for row in json.loads(both.stdout)] == [True, True, False]


def test_an_unsubscribe_link_works(firm, terminal):
    printed = terminal.call("suppression", "link", "-", stdin="ada@example.net\nben@example.org\n").stdout.splitlines()

    assert len(printed) == 2
    path = printed[0].removeprefix("http://127.0.0.1:8000")
    assert firm.web().post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert [row["suppressed"] for row in terminal.json("suppression", "check", ADA)] == [True]
    assert terminal.json("suppression", "check", "ben@example.org")[0]["suppressed"] is False


def test_a_line_that_is_no_address_makes_no_link(terminal):
    assert refusal(terminal.call("suppression", "link", "-", stdin="ada@example.net\nnobody\n")).startswith(
        "line 2 is"
    )


def test_a_name_steers_no_terminal(terminal, password_file):
    words = ("ida@shop.example", "--name", "Ida \x1b[2J\n", "--role", "viewer", "--password-file", password_file)
    terminal.call("staff", "add", *words)

    shown = terminal.call("staff", "list").stdout
    assert "Ida  [2J" in shown
    assert "\x1b" not in shown
