"""Who may close what without a letter, and what must be said with it (lifecycle.md, invariant 5)."""

from typing import Any

import pytest

from models.request import Request
from models.rules.kinds import Kind, Role
from models.rules.lifecycle import Outcome, State
from models.rules.permissions import NotAllowedError
from models.services.deciding import review
from models.services.deciding.seen import InvalidError
from tests.firm import Firm
from tests.services import rows

BARE = [Outcome.NOT_REQUEST, Outcome.SPAM, Outcome.WITHDRAWN, Outcome.MERGED]


def one(firm: Firm, **facts: Any) -> int:
    with firm.desk.sessions.begin() as session:
        return rows.request(session, **facts).id


def close(firm: Firm, number: int, outcome: Outcome, role: Role, reason: str = "") -> Request:
    firm.does(review.close, number, actor=firm.staff(role.value, role), outcome=outcome, reason=reason)
    return firm.request()


@pytest.mark.parametrize("outcome", [*BARE, Outcome.EXPIRED])
@pytest.mark.parametrize("facts", [{}, {"proved": False}, {"kind": Kind.OTHER}], ids=["proved", "not yet", "it was"])
def test_an_agent_closes_no_right(firm: Firm, outcome: Outcome, facts: dict[str, Any]) -> None:
    number = one(firm, asked=1, **facts)
    with pytest.raises(NotAllowedError):
        close(firm, number, outcome, Role.AGENT, "so it is")


@pytest.mark.parametrize("outcome", BARE)
def test_a_right_is_closed_without_a_letter_by_who_decides_and_says_why(firm: Firm, outcome: Outcome) -> None:
    number = one(firm)
    with pytest.raises(InvalidError):
        close(firm, number, outcome, Role.APPROVER, " ")
    assert close(firm, number, outcome, Role.APPROVER, "She sent it to the wrong shop.").outcome is outcome


@pytest.mark.parametrize("facts", [{"kind": Kind.OTHER, "proved": False}, {"state": State.TRIAGE, "proved": False}])
def test_what_is_no_right_yet_an_agent_sorts_out(firm: Firm, facts: dict[str, Any]) -> None:
    assert close(firm, one(firm, **facts), Outcome.NOT_REQUEST, Role.AGENT).state is State.CLOSED


@pytest.mark.parametrize("outcome", [Outcome.IDENTITY_NOT_PROVEN, Outcome.REFUSED, Outcome.FULFILLED])
def test_who_was_not_reached_is_closed_as_the_letter_would_have(firm: Firm, outcome: Outcome) -> None:
    with pytest.raises(InvalidError):
        close(firm, one(firm, state=State.UNDELIVERED), outcome, Role.APPROVER, "Told by phone.")


def test_a_refusal_that_did_not_arrive_is_closed_by_who_may_decline(firm: Firm) -> None:
    with pytest.raises(NotAllowedError):
        close(firm, one(firm, state=State.UNDELIVERED), Outcome.REFUSED, Role.AGENT, "Told by phone.")


def test_nothing_expires_that_nobody_asked_for(firm: Firm) -> None:
    with pytest.raises(InvalidError):
        close(firm, one(firm), Outcome.EXPIRED, Role.APPROVER)
