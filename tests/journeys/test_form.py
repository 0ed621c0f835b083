"""The door on the web: the same spool, the same letters, and not a word on who is known."""

import re
from pathlib import Path

import pytest

from models.rules.kinds import Channel, Kind
from models.rules.lifecycle import CorrectionState, Outcome, State
from models.services.deciding import review
from tests.firm import ADA, BASE_URL, BEN, MALLORY, Firm
from tests.journeys.stories import passes

MOVE = {
    "kind": "rectification", "email": ADA, "name": "Ada Quint", "message": "I have moved.",
    "field": ["street", "city"], "old": ["3 Mill Lane", ""], "new": ["14 Quarry Hill", "Leeds"],
}  # fmt: skip


def posted(firm: Firm, **changed: object) -> str:
    """The form as sent off; the reference that the next page shows."""
    answer = firm.web().post("/support/", data=MOVE | changed)
    assert answer.status_code == 303
    return re.findall(r"RD-\w{8}", answer.headers["Location"])[0]


def test_a_correction_by_form_needs_the_proof_like_any_other(firm: Firm) -> None:
    reference = posted(firm)
    firm.work()
    request = firm.request()
    assert (request.kind, request.state, request.confidence) == (Kind.RECTIFICATION, State.AWAITING_PROOF, 1.0)
    assert [(t.reference, t.channel, t.requester) for t in firm.tickets()] == [(reference, Channel.FORM, ADA)]
    letter = firm.letter_texts(ADA)[-1]
    assert "Quarry Hill" not in letter
    assert "Ada" not in letter
    assert "14 Quarry Hill" in firm.web().get(firm.link(ADA)).text
    firm.prove()
    assert [(c.before, c.after) for c in firm.request().corrections] == [
        ("3 Mill Lane", "14 Quarry Hill"), ("Manchester", "Leeds"),
    ]  # fmt: skip
    firm.does(review.approve, firm.request())
    firm.work()
    row = firm.customer()
    assert (row["street"], row["city"]) == ("14 Quarry Hill", "Leeds")
    assert firm.request().outcome is Outcome.FULFILLED


def test_an_old_value_without_a_new_one_takes_it_off(firm: Firm) -> None:
    posted(firm, field="phone", old="+44 20 7946 0011", new="")
    firm.work()
    firm.prove()
    firm.does(review.approve, firm.request())
    firm.work()
    assert firm.customer()["phone"] is None
    assert [one.state for one in firm.request().corrections] == [CorrectionState.APPLIED]


def test_a_double_click_makes_one_ticket(firm: Firm) -> None:
    page = firm.web().get("/support/").text
    once = re.findall(r'name="once" value="([^"]+)"', page)[0]
    passes(firm, seconds=10)
    assert posted(firm, once=once) == posted(firm, once=once)
    firm.work()
    assert len(firm.tickets()) == 1
    assert firm.promised() == ["proof"]


def test_a_form_filled_in_under_three_seconds_is_kept_as_spam_and_answered_by_no_letter(firm: Firm) -> None:
    once = re.findall(r'name="once" value="([^"]+)"', firm.web().get("/support/").text)[0]
    passes(firm, seconds=1)
    posted(firm, once=once)
    firm.work()
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.SPAM)
    assert firm.promised() == []


@pytest.mark.parametrize("kind", ["rectification", "access", "erasure", "opt_out"])
def test_known_and_unknown_addresses_see_the_same_page_and_get_the_same_letter(firm: Firm, kind: str) -> None:
    lines = {} if kind == "rectification" else {"field": "", "old": "", "new": ""}
    pages = []
    for address in (ADA, MALLORY):
        reference = posted(firm, kind=kind, email=address, **lines)
        page = firm.web().get(f"/support/thanks/{reference}").text
        pages.append(page.replace(reference, "RD-"))
    assert pages[0] == pages[1]
    firm.work()
    known, unknown = ([plain(text) for text in firm.letter_texts(address)] for address in (ADA, MALLORY))
    assert known == unknown
    assert len(known) == 1


def plain(text: str) -> str:
    """A letter without what is each letter's own: its links and its reference."""
    return re.sub(r"RD-\w{8}|/[\w-]+\.[\w-]+", "…", text)


def test_the_web_asks_no_customer_database(firm: Firm) -> None:
    shop = Path(firm.folder / "shop.sqlite3")
    shop.rename(firm.folder / "elsewhere")
    posted(firm)
    firm.work()
    assert firm.request().state is State.AWAITING_PROOF
    page = firm.web().get(firm.link(ADA))
    assert page.status_code == 200
    assert firm.prove().status_code == 200
    assert firm.web().get(firm.link(ADA, "status")).status_code == 200


def test_a_form_in_somebody_elses_name_writes_to_that_address_alone(firm: Firm) -> None:
    posted(firm, email=BEN, message=f"I am Ada. Write to {MALLORY}, my old address {ADA} is gone.", name="Mallory")
    firm.work()
    assert [list(caught.rcpt_tos) for caught in firm.sink.inbox] == [[BEN]]
    text = firm.letter_texts(BEN)[0]
    assert not {"Mallory", MALLORY, ADA} & set(re.split(r"[\s,]+", text))
    assert BASE_URL in text
