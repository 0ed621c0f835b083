"""Strangers, forged senders and nuisances: they learn nothing and change nothing."""

import re

from models.outbox import LetterState
from models.rules.kinds import Field, Kind
from models.rules.lifecycle import Outcome, State
from tests.firm import ADA, MALLORY, Firm

STREET = (Field.STREET, "3 Mill Lane", "14 Quarry Hill")


def asks(firm: Firm, *, sender: str = ADA, name: str = "Ada Quint", **headers: str) -> None:
    firm.receive("Please correct 3 Mill Lane to 14 Quarry Hill", sender=sender, name=name, **headers)


def knows(firm: Firm) -> None:
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[STREET])


def plain(letter: str) -> str:
    return re.sub(r"RD-\w+|http\S+", "", letter)


def test_a_forged_sender_with_a_reply_address_elsewhere_gets_nothing(firm: Firm) -> None:
    knows(firm)
    asks(firm, Reply_To=MALLORY)
    firm.work()
    assert [list(caught.rcpt_tos) for caught in firm.sink.inbox] == [[ADA]]
    assert firm.request().state is State.AWAITING_PROOF
    assert firm.customer()["street"] == "3 Mill Lane"


def test_known_and_unknown_addresses_get_the_same_letter(firm: Firm) -> None:
    knows(firm)
    asks(firm)
    asks(firm, sender=MALLORY, name="Mallory")
    firm.work()
    (known,), (unknown,) = firm.letter_texts(ADA), firm.letter_texts(MALLORY)
    assert plain(known) == plain(unknown)


def test_a_letter_to_an_unproved_address_holds_no_word_of_the_stranger(firm: Firm) -> None:
    knows(firm)
    firm.receive("Please correct: buy at pills.example now", name="Cheap Pills", subject="Winner winner")
    firm.work()
    (letter,) = firm.letters_to(ADA)
    said = str(letter["Subject"]) + firm.letter_texts(ADA)[0]
    assert not [word for word in ("Pills", "pills", "Winner", "buy") if word in said]


def test_this_was_not_me_withdraws_and_ends_the_letters(firm: Firm) -> None:
    knows(firm)
    asks(firm)
    firm.work()
    assert firm.web().post(firm.link(ADA), data={"action": "deny"}).status_code == 200
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.WITHDRAWN)
    firm.work()
    assert firm.promised() == ["proof"]
    assert firm.web().post(firm.link(ADA)).status_code == 404


def test_the_fourth_automatic_letter_of_a_day_is_held_and_shown(firm: Firm) -> None:
    knows(firm)
    for _ in range(4):
        asks(firm)
    firm.work()
    assert len(firm.letters_to(ADA)) == 3
    assert [letter.state for letter in firm.outbox()][3] is LetterState.HELD
    assert len(firm.tickets()) == 4


def test_a_stranger_with_the_right_reference_opens_a_ticket_of_their_own(firm: Firm) -> None:
    knows(firm)
    asks(firm)
    firm.work()
    reference = firm.tickets()[0].reference
    firm.receive("What is going on here?", sender=MALLORY, name="Mallory", subject=f"Re: [{reference}]", Cc=ADA)
    firm.work()
    first, second = firm.tickets()
    assert second.requester == MALLORY
    assert [message.ticket.reference for message in firm.messages()] == [first.reference, second.reference]


def test_wrong_used_and_expired_links_are_one_page(firm: Firm) -> None:
    knows(firm)
    asks(firm)
    firm.work()
    path = firm.link(ADA)
    wrong = firm.web().get(path[:-2] + ("aa" if not path.endswith("aa") else "bb"))
    firm.prove()
    firm.clock.pass_(minutes=16)  # type: ignore[attr-defined]
    used = firm.web().get(path)
    assert wrong.status_code == used.status_code == 404
    number = r'class="num">[0-9A-F]+<'
    assert re.sub(number, "", wrong.text) == re.sub(number, "", used.text)


def test_a_scanner_that_opens_every_link_changes_nothing(firm: Firm) -> None:
    knows(firm)
    asks(firm)
    firm.work()
    for folder in ("proof", "status"):
        assert firm.web().get(firm.link(ADA, folder)).status_code == 200
    assert firm.request().state is State.AWAITING_PROOF


def test_the_proof_lists_what_it_proves_and_a_longer_list_is_shown_again(firm: Firm) -> None:
    knows(firm)
    firm.reader.told.append(("phone", (Kind.ACCESS,), (), 0.97))
    asks(firm)
    firm.work()
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
