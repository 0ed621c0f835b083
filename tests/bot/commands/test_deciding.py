"""Decisions from the command line: the checks of the buttons, and the audit log's word for who typed them."""

from collections.abc import Callable

import pytest

from models.rules.kinds import Field, Kind, Role
from models.rules.lifecycle import CorrectionState, State
from tests.bot.commands.conftest import Receive, Terminal, refusal
from tests.firm import Firm

InReview = Callable[..., int]
GRACE = ("--as", "grace@shop.example")


@pytest.fixture(autouse=True)
def grace(firm: Firm) -> None:
    firm.staff("grace")


def version(firm: Firm) -> int:
    return firm.request().version


def test_an_approval_is_done_by_the_worker(firm, terminal, in_review):
    number = in_review()

    result = terminal.call("approve", number, *GRACE, "--version", version(firm))

    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"request {number}: approved; the worker does it at its next run, and the letter follows\n"
    assert firm.request().state is State.APPROVED
    assert firm.customer()["street"] == "3 Mill Lane"


def test_the_audit_log_names_the_person_and_the_account(firm, terminal, in_review):
    terminal.call("approve", in_review(), *GRACE, "--version", version(firm))

    last = terminal.json("ticket", firm.tickets()[0].reference)["events"][-1]
    assert last["what"] == "approve"
    assert last["by"].startswith("cli:")
    assert last["by"].endswith(" as grace@shop.example")


def test_nobody_approves_what_they_did_not_see(firm, terminal, in_review):
    number = in_review()

    said = refusal(terminal.call("approve", number, *GRACE, "--version", version(firm) - 1))

    assert "changed meanwhile" in said
    assert firm.request().state is State.IN_REVIEW


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AGENT, Role.AUDITOR])
def test_who_may_not_approve_may_not_by_the_command_line(firm, terminal, in_review, role):
    firm.staff("mallory", role)

    said = refusal(terminal.call("approve", in_review(), "--as", "mallory@shop.example", "--version", version(firm)))

    assert said == f"the role {role} may not approve"
    assert firm.request().state is State.IN_REVIEW


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("approve", "1", "--version", "1"), id="approve"),
        pytest.param(("decline", "1", "--reason", "no"), id="decline"),
        pytest.param(("undo", "1"), id="undo"),
        pytest.param(("kind", "1", "access"), id="kind"),
        pytest.param(("identity", "1", "--method", "phone", "--reason", "no mail"), id="identity"),
    ],
)
def test_nobody_decides_in_the_name_of_an_account_that_is_closed(terminal, words):
    terminal.call("staff", "disable", "grace@shop.example")

    assert "names no account that may work here" in refusal(terminal.call(*words, *GRACE))


@pytest.mark.parametrize("words", [("approve", "99", "--version", "1"), ("undo", "99")], ids=["approve", "undo"])
def test_a_request_that_is_not_there(terminal, words):
    assert refusal(terminal.call(*words, *GRACE)) == "there is no request 99"


def test_four_eyes_ask_for_the_password_and_for_a_second_person(firm, terminal, in_review, password_file):
    number = in_review(Field.EMAIL, "ada@example.net", "ada.new@example.net")
    firm.staff("heidi")

    first = terminal.call("approve", number, *GRACE, "--version", version(firm), "--password-file", password_file)
    again = terminal.call("approve", number, *GRACE, "--version", version(firm), "--password-file", password_file)
    by_heidi = ("--as", "heidi@shop.example", "--version", version(firm), "--password-file", password_file)
    second = terminal.call("approve", number, *by_heidi)

    assert first.stdout == f"request {number}: approved once; a second person must approve it too (four eyes)\n"
    assert refusal(again).startswith("you approved this value already")
    assert second.exit_code == 0, second.stderr
    assert firm.request().state is State.APPROVED


def test_a_value_that_its_field_cannot_hold_is_refused_with_what_to_do(firm, terminal, in_review):
    number = in_review(Field.PHONE, "+44 20 7946 0011", "call me")

    said = refusal(terminal.call("approve", number, *GRACE, "--version", version(firm)))

    assert said.startswith("This is no phone number: type its digits alone")
    assert firm.request().state is State.IN_REVIEW


def test_a_wrong_password_approves_nothing(firm, terminal, in_review, tmp_path):
    number = in_review(Field.EMAIL, "ada@example.net", "ada.new@example.net")
    (tmp_path / "wrong").write_text("wrong horse battery")

    said = refusal(
        terminal.call("approve", number, *GRACE, "--version", version(firm), "--password-file", tmp_path / "wrong")
    )

    assert said == "the password is wrong: nothing was approved"
    assert {one.state for one in firm.request().corrections} == {CorrectionState.PROPOSED}


def test_four_eyes_without_a_password_are_wrong_usage(firm, terminal, in_review):
    number = in_review(Field.EMAIL, "ada@example.net", "ada.new@example.net")

    assert terminal.call("approve", number, *GRACE, "--version", version(firm)).exit_code == 2
    assert firm.request().state is State.IN_REVIEW


def test_a_refusal_promises_its_letter(firm, terminal, in_review):
    result = terminal.call("decline", in_review(), *GRACE, "--reason", "The street is what your passport says.")

    assert "declined; the letter leaves at the next run" in result.stdout
    assert [letter["letter"] for letter in terminal.json("outbox", "list")] == ["declined"]


def test_a_refusal_without_its_reason_is_not_sent(firm, terminal, in_review):
    assert refusal(terminal.call("decline", in_review(), *GRACE, "--reason", "  ")).startswith("Say why")
    assert firm.request().state is State.IN_REVIEW


def test_an_approval_is_taken_back_before_anything_is_written(firm, terminal, in_review):
    number = in_review()
    terminal.call("approve", number, *GRACE, "--version", version(firm))

    result = terminal.call("undo", number, *GRACE)

    assert result.stdout == f"request {number}: undone; it waits for a decision\n"
    assert firm.request().state is State.IN_REVIEW


def test_what_was_written_is_written_back(firm, terminal, in_review):
    number = in_review()
    terminal.call("approve", number, *GRACE, "--version", version(firm))
    firm.work()
    assert firm.customer()["street"] == "14 Quarry Hill"

    result = terminal.call("undo", number, *GRACE)

    assert "the worker writes it at its next run" in result.stdout
    firm.work()
    assert firm.customer()["street"] == "3 Mill Lane"


def test_a_person_says_which_right_is_meant(firm, terminal, receive: Receive):
    firm.reader.knows("unsure", Kind.OTHER, score=0.4)
    receive("I am unsure what I want.")
    firm.work()

    result = terminal.call("kind", firm.request().id, "access", *GRACE)

    assert result.stdout.endswith("is access now; the requester is asked to prove the address\n")
    assert firm.request().kind is Kind.ACCESS


def test_identity_is_accepted_without_the_mailed_link(firm, terminal, receive: Receive):
    firm.reader.knows("Quarry Hill", Kind.RECTIFICATION, values=[(Field.STREET, "3 Mill Lane", "14 Quarry Hill")])
    receive("Please put 14 Quarry Hill where you have 3 Mill Lane.")
    firm.work()

    vouched = ("--method", "called back", "--reason", "reads no mail")
    result = terminal.call("identity", firm.request().id, *GRACE, *vouched)

    assert "identity accepted; it waits for a decision" in result.stdout
    assert firm.request().state is State.IN_REVIEW


def test_for_what_discloses_two_vouch(firm, terminal: Terminal, receive: Receive):
    firm.reader.knows("all you have", Kind.ACCESS)
    receive("Send me all you have on me.")
    firm.work()
    vouched = ("--method", "called back", "--reason", "reads no mail")

    result = terminal.call("identity", firm.request().id, *GRACE, *vouched)

    assert result.stdout.endswith("identity accepted once; a second person must accept it too\n")
    assert firm.request().state is State.AWAITING_PROOF


def test_nobody_is_the_second_person_to_themselves(firm, terminal: Terminal, receive: Receive):
    firm.reader.knows("all you have", Kind.ACCESS)
    receive("Send me all you have on me.")
    firm.work()
    firm.staff("heidi")
    words = ("identity", firm.request().id, "--method", "called back", "--reason", "reads no mail")
    terminal.call(*words, *GRACE)
    seen = firm.request().version

    said = refusal(terminal.call(*words, *GRACE))

    assert said == "you accepted this identity already: a second person must accept it too"
    assert (firm.request().version, firm.request().state) == (seen, State.AWAITING_PROOF)
    assert terminal.call(*words, "--as", "heidi@shop.example").exit_code == 0
    assert firm.request().state is State.IN_REVIEW
