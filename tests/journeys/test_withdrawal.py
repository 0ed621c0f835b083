"""The person takes a request back: by the status link, or by "this was not me"."""

import pytest

from models.outbox import LetterState
from models.rules.kinds import Field, Kind
from models.rules.lifecycle import Outcome, State
from models.services.deciding import review
from tests.firm import ADA, Firm
from tests.journeys.stories import STREET, asked, proved


def test_a_request_is_withdrawn_by_the_link_in_its_letter(firm: Firm) -> None:
    proved(firm, STREET)
    status = firm.link(ADA, "status")
    page = firm.web().get(status)
    assert (page.status_code, firm.request().state) == (200, State.IN_REVIEW)
    assert "Quarry Hill" not in page.text
    assert firm.web().post(status, data={"action": "withdraw"}).status_code == 200
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.WITHDRAWN)
    firm.work()
    assert firm.promised() == ["proof"]
    assert firm.customer()["street"] == "3 Mill Lane"


def test_what_is_approved_is_not_withdrawn_any_more(firm: Firm) -> None:
    firm.does(review.approve, proved(firm, STREET))
    firm.web().post(firm.link(ADA, "status"), data={"action": "withdraw"})
    firm.work()
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.FULFILLED)


def test_the_letter_of_an_opt_out_goes_though_the_request_beside_it_is_withdrawn(firm: Firm) -> None:
    firm.reader.knows("no newsletter", Kind.RECTIFICATION, Kind.OPT_OUT, values=[STREET])
    firm.receive("no newsletter, and 14 Quarry Hill for 3 Mill Lane")
    # The proof letter leaves, the letter of the opt-out is put off.
    firm.work()
    opted_out = next(one for one in firm.requests() if one.kind is Kind.OPT_OUT)
    assert opted_out.state is State.CLOSED


@pytest.mark.parametrize("by", ["deny", "withdraw"])
def test_a_put_off_letter_of_the_opt_out_survives_the_withdrawal_of_the_rest(firm: Firm, by: str) -> None:
    firm.reader.knows("no newsletter", Kind.OPT_OUT)
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[STREET])
    first = firm.receive("Please correct 3 Mill Lane to 14 Quarry Hill")
    firm.work()
    firm.receive("no newsletter", In_Reply_To=first, References=first)
    firm.sink.refuse_next(451)
    firm.work()
    assert [letter.state for letter in firm.outbox()] == [LetterState.ACCEPTED, LetterState.DEFERRED]
    folder, data = ("proof", {"action": "deny"}) if by == "deny" else ("status", {"action": "withdraw"})
    firm.web().post(firm.link(ADA, folder), data=data)
    firm.clock.pass_(minutes=10)  # type: ignore[attr-defined]
    firm.work()
    assert [(one.kind, one.outcome) for one in firm.requests()] == [
        (Kind.RECTIFICATION, Outcome.WITHDRAWN), (Kind.OPT_OUT, Outcome.FULFILLED),
    ]  # fmt: skip


def test_after_this_was_not_me_no_letter_follows(firm: Firm) -> None:
    asked(firm, STREET)
    link = firm.link(ADA)
    firm.web().post(link, data={"action": "deny"})
    for _ in range(4):
        firm.clock.pass_(days=5)  # type: ignore[attr-defined]
        firm.work()
    assert firm.promised() == ["proof"]
    assert firm.web().get(link).status_code == 404


def test_staff_withdraw_for_somebody_who_called(firm: Firm) -> None:
    request = proved(firm, (Field.CITY, "Manchester", "Leeds"))
    firm.does(review.close, request, outcome=Outcome.WITHDRAWN, reason="She called.")
    firm.work()
    assert firm.request().outcome is Outcome.WITHDRAWN
    assert firm.promised() == ["proof"]


def test_staff_do_not_close_what_was_written_before_its_letter_left(firm: Firm) -> None:
    """Closed means accepted (lifecycle.md)."""
    request = proved(firm, STREET)
    firm.does(review.approve, request)
    firm.sink.go_down()
    firm.work()
    from models.rules.lifecycle import IllegalStepError

    with pytest.raises(IllegalStepError):
        firm.does(review.close, request, outcome=Outcome.NOT_REQUEST)
    firm.sink.come_back()
    firm.work()
    assert firm.request().outcome is Outcome.FULFILLED
