"""Forged senders, borrowed links and floods: strangers are told nothing, and nobody hears their words from us."""

import re
from email.message import EmailMessage
from typing import Any

import pytest

from models.outbox import LetterState
from models.rules.kinds import Field, Kind
from models.rules.lifecycle import Outcome, State
from models.services.deciding import review
from models.services.outgoing import stuck
from tests.firm import ADA, BEN, MALLORY, SUPPORT, Firm, text_of
from tests.journeys.stories import STREET, asked, passes, proved

NOBODY = "nobody@example.com"
STRANGE = ("Pills", "pills", "Winner", "cheapest", "Quarry", "Mill Lane")


def wants_access(firm: Firm, *senders: str, **headers: str) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    for sender in senders:
        firm.receive("Show me what you hold", sender=sender, **headers)
    firm.work()


def all_of(letter: EmailMessage) -> str:
    """Every header and both parts, decoded; but for what is another in each letter."""
    parts = [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
    headers = [f"{name}: {value}" for name, value in letter.items() if name not in NOT_COMPARED]
    return re.sub(r"RD-\w+|rd\.[\w.]+@|https?://[^\s\"<]+", "…", "\n".join([*headers, *parts]))


NOT_COMPARED = {"To", "Message-ID", "In-Reply-To", "References", "Content-Type", "Date"}


def fills_the_form(firm: Firm, email: str, **typed: Any) -> None:
    passes(firm, seconds=5)
    given = {"kind": "rectification", "email": email, "field": "street", "old": "1 Pills Row", "new": "2 Pills Row"}
    answer = firm.web().post("/support/", data=given | typed)
    assert answer.status_code == 303
    firm.work()


# What is learnt


@pytest.mark.parametrize("kind", [Kind.ACCESS, Kind.RECTIFICATION, Kind.ERASURE, Kind.OPT_OUT])
def test_no_letter_tells_a_customer_from_a_stranger(firm: Firm, kind: Kind) -> None:
    firm.reader.knows("Please", kind, values=[STREET] if kind is Kind.RECTIFICATION else [])
    for sender in (ADA, BEN, NOBODY):
        firm.receive("Please", sender=sender)
    firm.work()
    for _ in range(15):
        passes(firm, days=1)
        firm.work()
    told = [[all_of(letter) for letter in firm.letters_to(sender)] for sender in (ADA, BEN, NOBODY)]
    assert told[0] == told[1] == told[2]
    assert len(told[0]) == (1 if kind is Kind.OPT_OUT else 2)


def test_the_form_tells_nobody_who_is_a_customer(firm: Firm) -> None:
    for sender in (ADA, NOBODY):
        fills_the_form(firm, sender)
    assert all_of(firm.letters_to(ADA)[0]) == all_of(firm.letters_to(NOBODY)[0])
    assert [one.state for one in firm.requests()] == [State.AWAITING_PROOF] * 2


def test_the_pages_before_the_proof_are_the_same_for_everybody(firm: Firm) -> None:
    wants_access(firm, ADA, NOBODY)
    for folder in ("proof", "status"):
        known, unknown = (page_of(firm, firm.link(sender, folder)) for sender in (ADA, NOBODY))
        assert known == unknown


def page_of(firm: Firm, path: str) -> tuple[int, str]:
    answer = firm.web().get(path)
    return answer.status_code, re.sub(
        r"RD-\w+|/(proof|status)/\S+|value=\"\w+\"|class=\"num\">[\w-]+", "…", answer.text
    )


# Where the link goes


@pytest.mark.parametrize(
    "headers",
    [
        {"Reply_To": MALLORY},
        {"Sender": MALLORY},
        {"Return_Path": f"<{MALLORY}>"},
        {"Cc": MALLORY},
        {"Disposition_Notification_To": MALLORY},
        {"Resent_From": MALLORY},
    ],
    ids=lambda headers: next(iter(headers)).replace("_", "-"),
)
def test_the_link_goes_to_the_address_on_file_only(firm: Firm, headers: dict[str, str]) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.receive(f"Show me what you hold, and write to {MALLORY}.", **headers)
    firm.work()
    assert [(list(caught.rcpt_tos), caught.message["To"]) for caught in firm.sink.inbox] == [([ADA], ADA)]
    firm.prove()
    firm.work()
    assert firm.letters_to(MALLORY) == []


def test_a_link_of_one_purpose_opens_no_other_door(firm: Firm) -> None:
    wants_access(firm, ADA)
    folders = ("proof", "status", "download", "unsubscribe", "resubscribe")
    for own in ("proof", "status"):
        token = firm.link(ADA, own).rpartition("/")[2]
        passes(firm, minutes=1)  # ten wrong ones a minute are enough
        for other in set(folders) - {own}:
            assert firm.web().get(f"/{other}/{token}").status_code == 404
            assert (
                firm.web().post(f"/{other}/{token}", data={"code": "123456", "action": "withdraw"}).status_code == 404
            )
    assert firm.request().state is State.AWAITING_PROOF


def test_wrong_used_voided_and_expired_links_are_one_page(firm: Firm) -> None:
    wants_access(firm, ADA, BEN, MALLORY)
    used, denied, expired = (firm.link(sender) for sender in (ADA, BEN, MALLORY))
    firm.web().post(used)
    firm.web().post(denied, data={"action": "deny"})
    passes(firm, minutes=16)
    pages = [page_of(firm, path) for path in (used, denied, used[:-1] + "!", "/proof/x", "/proof/" + "é" * 9)]
    passes(firm, days=14)
    pages += [page_of(firm, path) for path in (expired, used)]
    assert {status for status, _ in pages} == {404}
    assert len({text for _, text in pages}) == 1
    assert firm.web().post(expired).status_code == 404
    assert firm.requests()[2].proved_at is None


def test_this_was_not_me_ends_the_letters_and_tells_the_stranger_nothing(firm: Firm) -> None:
    request = asked(firm, STREET)
    assert firm.web().post(firm.link(ADA), data={"action": "deny"}).status_code == 200
    for _ in range(4):
        passes(firm, days=5)
        firm.work()
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.WITHDRAWN)
    assert firm.promised() == ["proof"]
    assert firm.customer()["street"] == "3 Mill Lane"
    assert request.proved_at is None


def test_a_scanner_that_opens_every_link_changes_nothing(firm: Firm) -> None:
    wants_access(firm, ADA)
    for folder in ("proof", "status"):
        assert firm.web().get(firm.link(ADA, folder)).status_code == 200
    assert firm.request().state is State.AWAITING_PROOF


def test_the_proof_lists_what_it_proves_and_a_longer_list_is_shown_again(firm: Firm) -> None:
    firm.reader.told.append(("phone", (Kind.ACCESS,), (), 0.97))
    asked(firm, STREET)
    path = firm.link(ADA)
    page = firm.web().get(path).text
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    firm.receive("and my phone data please", In_Reply_To=str(firm.letters_to(ADA)[0]["Message-ID"]))
    firm.work()
    assert len(firm.requests()) == 2
    assert firm.web().post(path, data={"seen": seen[1]}).status_code == 409
    assert {one.state for one in firm.requests()} == {State.AWAITING_PROOF}
    assert firm.web().post(path).status_code == 200
    assert State.AWAITING_PROOF not in {one.state for one in firm.requests()}


# Getting onto a ticket


def test_a_stranger_who_knows_reference_and_message_id_is_on_a_ticket_of_their_own(firm: Firm) -> None:
    proved(firm, STREET)
    letter = firm.letters_to(ADA)[-1]
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.reply(
        "Show me what you hold", to=letter, sender=MALLORY, subject=f"Re: [{firm.tickets()[0].reference}]", Cc=ADA
    )
    firm.work()
    assert [ticket.requester for ticket in firm.tickets()] == [ADA, MALLORY]
    assert firm.requests()[0].unseen is False
    (told,) = firm.letters_to(MALLORY)
    assert firm.tickets()[0].reference not in all_of(told)
    assert len(firm.letters_to(ADA)) == 1


def test_no_letter_quotes_what_was_written_before(firm: Firm) -> None:
    proved(firm, STREET)
    firm.receive("My secret is 4711.", subject="more", In_Reply_To=str(firm.letters_to(ADA)[-1]["Message-ID"]))
    firm.work()
    firm.does(review.approve, firm.request())
    firm.work()
    assert len(firm.letters_to(ADA)) == 2
    assert "4711" not in "".join(map(all_of, firm.letters_to(ADA)))


# What our letters carry


def test_no_word_of_a_mail_reaches_an_address_that_proved_nothing(firm: Firm) -> None:
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[STREET])
    firm.receive(
        "Please correct 3 Mill Lane to 14 Quarry Hill, the cheapest pills: http://pills.example/",
        name="Cheap Pills", subject="Winner of pills",
    )  # fmt: skip
    firm.work()
    passes(firm, days=7)
    firm.work()
    assert firm.promised() == ["proof", "proof_reminder"]
    for letter in firm.letters_to(ADA):
        assert not [word for word in STRANGE if word in all_of(letter) + str(letter["To"])]


@pytest.mark.parametrize("kind", ["rectification", "access", "opt_out"])
def test_no_word_of_the_form_reaches_an_address_that_proved_nothing(firm: Firm, kind: str) -> None:
    lines: dict[str, Any] = {} if kind == "rectification" else {"field": [], "old": [], "new": []}
    fills_the_form(firm, BEN, kind=kind, name="Cheap Pills", message="the cheapest pills, Winner!", **lines)
    (letter,) = firm.letters_to(BEN)
    assert not [word for word in STRANGE if word in all_of(letter) + str(letter["To"])]


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?q?data=0D=0ABcc=3A_mallory=40example=2Ecom?=",
        "=?utf-8?q?data=0ATo=3A_mallory=40example=2Ecom=0A=0Abody?=",
        "=?utf-8?b?ZGF0YQ0KUmVwbHktVG86IG1hbGxvcnlAZXhhbXBsZS5jb20=?=",
    ],
    ids=["Bcc", "To and a body", "Reply-To"],
)
def test_a_subject_with_line_ends_adds_no_header_to_our_letters(firm: Firm, subject: str) -> None:
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[STREET])
    firm.mailbox.put(
        f"From: Ada <{ADA}>\r\nTo: {SUPPORT}\r\nSubject: {subject}\r\nMessage-ID: <s@example.net>\r\n\r\n"
        "Please correct 3 Mill Lane to 14 Quarry Hill\r\n".encode(),
        internaldate=firm.clock(),
    )
    firm.work()
    firm.prove()
    firm.does(review.approve, firm.request())
    firm.work()
    assert [list(caught.rcpt_tos) for caught in firm.sink.inbox] == [[ADA], [ADA]]
    for letter in firm.letters_to(ADA):
        assert (letter.get_all("To"), letter["Bcc"], letter["Cc"]) == ([ADA], None, None)
        assert MALLORY not in str(letter["Reply-To"])
    assert "14 Quarry Hill" in text_of(firm.letters_to(ADA)[-1])


# Floods


def test_three_automatic_letters_a_day_whatever_door_they_came_by(firm: Firm) -> None:
    wants_access(firm, ADA, ADA)
    fills_the_form(firm, ADA)
    fills_the_form(firm, ADA)
    wants_access(firm, ADA)
    states = [letter.state for letter in firm.outbox()]
    assert states == [LetterState.ACCEPTED] * 3 + [LetterState.HELD] * 2
    wants_access(firm, BEN)
    assert len(firm.letters_to(BEN)) == 1
    passes(firm, days=1, minutes=1)
    wants_access(firm, ADA)
    assert len(firm.letters_to(ADA)) == 4


def test_a_flood_in_somebodys_name_holds_back_no_letter_that_staff_decided(firm: Firm) -> None:
    proved(firm, STREET)
    wants_access(firm, *[ADA] * 6)
    assert LetterState.HELD in {letter.state for letter in firm.outbox()}
    firm.does(review.approve, firm.requests()[0])
    firm.work()
    assert firm.requests()[0].state is State.CLOSED


def test_what_staff_wrote_uses_up_none_of_the_automatic_letters(firm: Firm) -> None:
    request = proved(firm, STREET)
    for question in ("Which flat?", "Which floor?"):
        firm.does(review.ask, request, question=question)
        firm.work()
    wants_access(firm, ADA, ADA)
    assert firm.promised() == ["proof", "ask", "ask", "proof", "proof"]
    assert {letter.state for letter in firm.outbox()} == {LetterState.ACCEPTED}


def test_staff_send_what_was_held_once(firm: Firm) -> None:
    wants_access(firm, *[ADA] * 4)
    held = firm.outbox()[-1]
    assert held.state is LetterState.HELD
    with firm.desk.sessions.begin() as session:
        stuck.send_again(firm.desk, session, held.id, by="grace@shop.example", now=firm.clock())
    firm.work()
    assert len(firm.letters_to(ADA)) == 4


@pytest.mark.parametrize(
    "sender", [SUPPORT, "no-reply@example.com", "MAILER-DAEMON@example.com", "noreply@shop.example"]
)
def test_machines_and_ourselves_are_never_written_to(firm: Firm, sender: str) -> None:
    wants_access(firm, sender)
    assert firm.promised() == []
    assert len(firm.messages()) == 1


def test_an_account_named_in_the_text_is_never_written_to(firm: Firm) -> None:
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[(Field.EMAIL, ADA, MALLORY)])
    firm.receive(f"Please correct {ADA} to {MALLORY}", sender=MALLORY, name="Mallory")
    firm.work()
    firm.prove(MALLORY)
    firm.work()
    assert firm.letters_to(ADA) == []
    assert firm.customer()["email"] == ADA
    assert firm.request().state in {State.IN_REVIEW, State.NEEDS_DETAILS}
