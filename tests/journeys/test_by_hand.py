"""A letter on paper or a call, taken down by staff; and staff who know the person vouch for them."""

from datetime import date, timedelta

import pytest

from models.rules.kinds import Channel, Field, Kind, Role
from models.rules.lifecycle import Outcome, State
from models.rules.permissions import NotAllowedError
from models.rules.submission import Line, Submission
from models.services.deciding import review
from tests.firm import ADA, Firm
from tests.journeys.stories import STREET, asked

CALLED = {"method": "seen with her identity card", "reason": "She has no e-mail any more."}


def taken_down(firm: Firm, kind: Kind = Kind.RECTIFICATION, *, role: Role = Role.AGENT, days_ago: int = 3) -> None:
    lines = (Line(Field.STREET, "3 Mill Lane", "14 Quarry Hill"),) if kind is Kind.RECTIFICATION else ()
    paper = Submission(kind, ADA, "Ada Quint", "Came by post.", lines, language="en")
    with firm.desk.sessions.begin() as session:
        review.by_hand(
            firm.desk, session, paper, received_at=firm.clock() - timedelta(days=days_ago),
            actor=firm.staff(role.value, role), now=firm.clock(), reference=firm.desk.new_reference(),
        )  # fmt: skip
    firm.work()


def test_the_clock_of_a_paper_letter_runs_from_the_day_it_came(firm: Firm) -> None:
    taken_down(firm)
    request = firm.request()
    assert firm.tickets()[0].channel is Channel.HAND
    assert (request.state, request.kind) == (State.AWAITING_PROOF, Kind.RECTIFICATION)
    assert request.received_at == firm.clock() - timedelta(days=3)
    # 27 February 2026 and a month, of the first working day then.
    assert request.due_on == date(2026, 3, 27)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR])
def test_who_only_reads_takes_nothing_down(firm: Firm, role: Role) -> None:
    with pytest.raises(NotAllowedError):
        taken_down(firm, role=role)
    assert firm.tickets() == []


def test_one_person_vouches_for_a_correction(firm: Firm) -> None:
    taken_down(firm)
    firm.does(review.accept_identity, firm.request(), **CALLED)
    request = firm.request()
    assert (request.state, request.proof) == (State.IN_REVIEW, "seen with her identity card")
    firm.does(review.approve, request)
    firm.work()
    assert firm.customer()["street"] == "14 Quarry Hill"
    assert firm.request().outcome is Outcome.FULFILLED


@pytest.mark.parametrize("kind", [Kind.ACCESS, Kind.ERASURE])
def test_two_people_vouch_for_what_discloses_or_erases(firm: Firm, kind: Kind) -> None:
    taken_down(firm, kind)
    firm.does(review.accept_identity, firm.request(), **CALLED)
    with pytest.raises(NotAllowedError):
        firm.does(review.accept_identity, firm.request(), **CALLED)
    assert (firm.request().state, firm.request().proved_at) == (State.AWAITING_PROOF, None)
    firm.does(review.accept_identity, firm.request(), actor=firm.staff("linus"), **CALLED)
    assert firm.request().state is State.IN_REVIEW


def test_two_people_vouch_for_a_new_address(firm: Firm) -> None:
    """Old address lost: the link cannot reach the person, so two of staff must know them."""
    asked(firm, (Field.EMAIL, ADA, "ada.new@example.net"))
    firm.does(review.accept_identity, firm.request(), **CALLED)
    assert firm.request().state is State.AWAITING_PROOF
    firm.does(review.accept_identity, firm.request(), actor=firm.staff("linus"), **CALLED)
    assert firm.request().state is State.IN_REVIEW


@pytest.mark.parametrize("missing", ["method", "reason"])
def test_nobody_vouches_without_saying_how_and_why(firm: Firm, missing: str) -> None:
    asked(firm, STREET)
    with pytest.raises(review.InvalidError):
        firm.does(review.accept_identity, firm.request(), **CALLED | {missing: " "})
    with pytest.raises(NotAllowedError):
        firm.does(review.accept_identity, firm.request(), actor=firm.staff("iris", Role.AGENT), **CALLED)
    assert firm.request().state is State.AWAITING_PROOF


def test_once_vouched_for_the_mailed_link_proves_nothing_more(firm: Firm) -> None:
    asked(firm, STREET)
    firm.does(review.accept_identity, firm.request(), **CALLED)
    assert firm.prove().status_code == 404
    for _ in range(15):
        firm.clock.pass_(days=1)  # type: ignore[attr-defined]
        firm.work()
    assert firm.promised() == ["proof"]
    assert firm.request().state is State.IN_REVIEW
