"""What was written is taken back: before its letter left, after, and where somebody else has written since."""

import pytest

from models.outbox import LetterState
from models.rules.lifecycle import CorrectionState, Outcome, State
from models.rules.permissions import NotAllowedError
from models.services.deciding import review
from tests.firm import ADA, Firm
from tests.journeys.stories import CITY, STREET, corrected, proved


def test_what_was_undone_may_be_approved_anew(firm: Firm) -> None:
    request = corrected(firm, STREET)
    firm.does(review.undo, request)
    firm.work()
    assert (firm.request().state, firm.request().outcome) == (State.IN_REVIEW, None)
    firm.does(review.approve, request)
    firm.work()
    assert firm.customer()["street"] == "14 Quarry Hill"
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.FULFILLED)
    assert firm.promised() == ["proof", "corrected", "undone", "corrected"]


def test_a_letter_that_has_not_left_is_not_sent_and_nobody_hears_of_the_undoing(firm: Firm) -> None:
    request = proved(firm, STREET)
    firm.does(review.approve, request)
    firm.sink.go_down()
    firm.work()
    assert firm.request().state is State.RESPONDING
    firm.does(review.undo, request)
    firm.sink.come_back()
    firm.work()
    assert firm.customer()["street"] == "3 Mill Lane"
    assert firm.request().state is State.IN_REVIEW
    assert [letter.state for letter in firm.outbox()] == [LetterState.ACCEPTED, LetterState.VOID]
    assert len(firm.letters_to(ADA)) == 1


def test_undoing_writes_over_nothing_that_came_later(firm: Firm) -> None:
    request = corrected(firm, STREET, CITY)
    firm.change_shop("UPDATE customers SET city = 'York' WHERE id = 1")
    firm.does(review.undo, request)
    firm.work()
    row = firm.customer()
    assert (row["street"], row["city"]) == ("14 Quarry Hill", "York")
    request = firm.request()
    assert (request.state, request.outcome) == (State.IN_REVIEW, None)
    assert CorrectionState.UNDONE not in {one.state for one in request.corrections}


def test_nothing_is_undone_where_nothing_was_written(firm: Firm) -> None:
    request = proved(firm, STREET)
    firm.does(review.decline, request, reason="The register says otherwise.")
    firm.work()
    with pytest.raises(review.InvalidError):
        firm.does(review.undo, request)
    assert firm.request().outcome is Outcome.REFUSED


def test_an_agent_undoes_nothing(firm: Firm) -> None:
    from models.rules.kinds import Role

    request = corrected(firm, STREET)
    with pytest.raises(NotAllowedError):
        firm.does(review.undo, request, actor=firm.staff("iris", Role.AGENT))
    firm.work()
    assert firm.customer()["street"] == "14 Quarry Hill"
