"""Who writes from an address that we do not hold and names another: proved for that, and for no record."""

import pytest

from models.request import Request
from models.rules.kinds import Field, Kind, Role
from models.rules.lifecycle import CorrectionState, Outcome, State
from models.services.deciding import review
from tests.firm import ADA, MALLORY, Firm

NEW = "ada.new@example.net"
ADAS_ROW = [("shop", "customers", "1")]
KNOWN = {"method": "called back on the number on file", "reason": "Her old address is gone."}


def wrote(firm: Firm, kind: Kind, *, sender: str) -> Request:
    values = [(Field.STREET, "3 Mill Lane", "14 Quarry Hill")] if kind is Kind.RECTIFICATION else []
    firm.reader.knows("I am customer", kind, values=values)
    firm.receive(f"I am customer 1, my old address {ADA} is gone. 14 Quarry Hill for 3 Mill Lane.", sender=sender)
    firm.work()
    assert firm.prove(sender).status_code == 200
    return firm.request()


@pytest.mark.parametrize("kind", [Kind.RECTIFICATION, Kind.ACCESS])
def test_the_account_named_in_the_text_is_a_hint_for_staff_and_never_written_to(firm: Firm, kind: Kind) -> None:
    request = wrote(firm, kind, sender=MALLORY)
    assert (request.state, request.found, request.names_other) == (State.IN_REVIEW, 0, True)
    assert {tuple(caught.rcpt_tos) for caught in firm.sink.inbox} == {(MALLORY,)}
    with pytest.raises(review.InvalidError):
        firm.does(review.approve, request)


def test_nobody_releases_a_strangers_choice_of_somebody_elses_record(firm: Firm) -> None:
    """The proof was of the stranger's own address: neither an agent nor an approver makes more of it."""
    request = wrote(firm, Kind.ACCESS, sender=MALLORY)
    firm.does(review.choose_rows, request, actor=firm.staff("iris", Role.AGENT), rows=ADAS_ROW)
    firm.does(review.approve, request)
    firm.work()
    assert firm.request().state is State.IN_REVIEW
    assert firm.promised() == ["proof"]


def test_nothing_is_corrected_in_somebody_elses_record(firm: Firm) -> None:
    request = wrote(firm, Kind.RECTIFICATION, sender=MALLORY)
    firm.does(review.choose_rows, request, rows=ADAS_ROW)
    firm.work()
    assert {one.store for one in firm.request().corrections} == {None}
    with pytest.raises(review.InvalidError):
        firm.does(review.approve, request)
    assert firm.customer()["street"] == "3 Mill Lane"


def test_two_of_staff_who_know_her_give_her_what_is_hers(firm: Firm) -> None:
    request = wrote(firm, Kind.ACCESS, sender=NEW)
    firm.does(review.choose_rows, request, rows=ADAS_ROW)
    firm.does(review.accept_identity, request, **KNOWN)
    assert firm.request().proof == "link"
    firm.does(review.accept_identity, request, actor=firm.staff("linus"), **KNOWN)
    firm.does(review.approve, request)
    firm.work()
    assert firm.request().outcome is Outcome.FULFILLED
    assert firm.promised() == ["proof", "package"]
    assert len(firm.letters_to(NEW)) == 2


def test_one_of_staff_who_knows_her_may_correct_her_street(firm: Firm) -> None:
    request = wrote(firm, Kind.RECTIFICATION, sender=NEW)
    firm.does(review.accept_identity, request, **KNOWN)
    firm.does(review.choose_rows, request, rows=ADAS_ROW)
    firm.work()
    firm.does(review.approve, firm.request())
    firm.work()
    assert firm.customer()["street"] == "14 Quarry Hill"
    assert [one.state for one in firm.request().corrections] == [CorrectionState.APPLIED]


def test_who_was_vouched_for_by_one_is_not_by_that_given_a_package(firm: Firm) -> None:
    """A correction needs one of staff, access two: a change of kind asks for the proof again."""
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[(Field.STREET, "3 Mill Lane", "14 Quarry Hill")])
    firm.receive("Please correct 3 Mill Lane to 14 Quarry Hill")
    firm.work()
    firm.does(review.accept_identity, firm.request(), **KNOWN)
    firm.does(review.set_kind, firm.request(), kinds=[Kind.ACCESS])
    request = firm.request()
    assert (request.state, request.proved_at) == (State.AWAITING_PROOF, None)
    assert firm.prove().status_code == 200
    assert firm.request().state is State.IN_REVIEW
