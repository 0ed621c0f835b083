"""What is decided, taken back and sorted anew leaves no line of a correction behind that nobody can decide."""

import pytest

from bot.stages import fulfil
from models.request import Request
from models.rules.kinds import Action, Correct, Field, Kind
from models.rules.lifecycle import CorrectionState, State
from models.services.deciding import review
from models.services.deciding.seen import InvalidError
from tests.firm import Firm
from tests.services import rows

KNOWN = {"method": "passport at the counter", "reason": "has no mail any more"}


def ada_moved(firm: Firm, state: State = State.IN_REVIEW, **facts: object) -> Request:
    with firm.desk.sessions.begin() as session:
        made = rows.request(session, state=state, proved=state is State.IN_REVIEW)
        line = rows.correction(session, made, **facts)  # type: ignore[arg-type]
        line.action = Action.SET
        rows.correction(
            session, made, field=Field.EMAIL, column="email", before=rows.ADA, after="ada@example.org",
            correct=Correct.FOUR_EYES,
        )  # fmt: skip
    return firm.request()


def test_another_kind_is_approved_though_lines_were_proposed(firm: Firm) -> None:
    request = ada_moved(firm)
    firm.does(review.set_kind, request, kinds=[Kind.ACCESS])
    firm.does(review.approve, request)
    assert firm.request().state is State.APPROVED


def test_the_lines_go_with_the_correction_whichever_kind_was_named_first(firm: Firm) -> None:
    request = ada_moved(firm)
    firm.does(review.set_kind, request, kinds=[Kind.ACCESS, Kind.RECTIFICATION])
    access, rectification = firm.requests()
    assert (len(access.corrections), len(rectification.corrections)) == (0, 2)


def test_what_was_written_stays_a_correction(firm: Firm) -> None:
    request = ada_moved(firm, state=State.IN_REVIEW)
    with firm.desk.sessions.begin() as session:
        session.get_one(Request, request.id).corrections[0].state = CorrectionState.APPLIED
    with pytest.raises(InvalidError):
        firm.does(review.set_kind, request, kinds=[Kind.ACCESS])
    assert firm.request().kind is Kind.RECTIFICATION


def test_taken_back_within_ten_seconds_nothing_is_declined(firm: Firm) -> None:
    request = ada_moved(firm)
    ticked = frozenset({request.corrections[0].id})
    firm.does(review.approve, request, ticked=ticked, reason="not yours", wait=review.TAKE_BACK_WITHIN)
    assert firm.request().state is State.APPROVED
    firm.does(review.undo, request)
    assert [(one.state, one.note) for one in firm.request().corrections] == [(CorrectionState.PROPOSED, "")] * 2


def test_what_the_customer_database_refuses_has_failed_and_is_decided_anew(firm: Firm) -> None:
    firm.change_shop(
        "CREATE TRIGGER no_hills BEFORE UPDATE ON customers WHEN NEW.street LIKE '%Hill' "
        "BEGIN SELECT RAISE(ABORT, 'no hills'); END"
    )
    request = ada_moved(firm)
    lines = frozenset({request.corrections[0].id})
    firm.does(review.approve, request, ticked=lines, reason="not yours")
    fulfil.fulfil(firm.desk, owner="worker")
    line = firm.request().corrections[0]
    assert (firm.request().state, line.state, bool(line.note)) == (State.IN_REVIEW, CorrectionState.FAILED, True)
    firm.does(review.approve, request, ticked=lines, values={line.id: "14 Quarry Road"}, reason="not yours")
    fulfil.fulfil(firm.desk, owner="worker")
    assert (firm.request().state, firm.customer()["street"]) == (State.RESPONDING, "14 Quarry Road")


def test_who_is_known_otherwise_is_asked_for_the_value_that_is_missing(firm: Firm) -> None:
    request = ada_moved(firm, State.AWAITING_PROOF, after=None, said=None)
    for name in ("grace", "petra"):
        firm.does(review.accept_identity, request, actor=firm.staff(name), **KNOWN)
    assert (firm.request().state, firm.request().asked, firm.promised()) == (State.NEEDS_DETAILS, 1, ["details"])


def test_who_is_known_otherwise_goes_to_review_with_all_values(firm: Firm) -> None:
    request = ada_moved(firm, State.AWAITING_PROOF)
    for name in ("grace", "petra"):
        firm.does(review.accept_identity, request, actor=firm.staff(name), **KNOWN)
    assert (firm.request().state, firm.promised()) == (State.IN_REVIEW, [])
