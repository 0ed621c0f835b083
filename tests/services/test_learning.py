"""What may be learned from: mails that staff settled, with the values that stand in them; gone with their tickets."""

from datetime import timedelta
from typing import Any

import pytest

from models.rules.kinds import Action, Channel, Field, Kind
from models.rules.lifecycle import CorrectionState, Outcome, State
from models.services.deciding import review
from models.services.upkeep import forgetting
from models.services.upkeep.learning import Decided, Value, decided
from tests.firm import Firm
from tests.services import rows


def learned(firm: Firm) -> list[Decided]:
    with firm.desk.sessions() as session:
        return list(decided(session))


def moved(firm: Firm, **facts: Any) -> int:
    with firm.desk.sessions.begin() as session:
        made = rows.request(session)
        rows.correction(session, made, said_old="Quarry", **facts).state = CorrectionState.PROPOSED
        return made.id


def test_a_correction_that_staff_approved_is_told_by_the_words_of_the_mail(firm: Firm) -> None:
    firm.does(review.approve, moved(firm))
    (told,) = learned(firm)
    assert told.kinds == {Kind.RECTIFICATION}
    assert told.writing.text == "Please put 14 Quarry Hill in your files."
    assert told.writing.new == ((0, len(told.writing.text)),)
    assert told.values == (Value(Action.SET, Field.STREET, "Quarry", "14 Quarry Hill"),)


def test_what_nobody_settled_teaches_nothing(firm: Firm) -> None:
    moved(firm)
    with firm.desk.sessions.begin() as session:
        rows.request(session, kind=Kind.ACCESS, state=State.CLOSED, outcome=Outcome.FULFILLED)
    assert learned(firm) == []


def test_the_kind_that_staff_chose_counts(firm: Firm) -> None:
    firm.does(review.set_kind, moved(firm), kinds=[Kind.ACCESS, Kind.ERASURE])
    (told,) = learned(firm)
    assert told.kinds == {Kind.ACCESS, Kind.ERASURE}


def test_a_value_that_staff_typed_is_not_looked_for_in_the_mail(firm: Firm) -> None:
    firm.does(review.approve, moved(firm, after="15 Quarry Hill", said="15 Quarry Hill"))
    (told,) = learned(firm)
    assert told.values is None


def test_what_is_to_go_has_no_new_value(firm: Firm) -> None:
    number = moved(firm, after=None, said=None)
    with firm.desk.sessions.begin() as session:
        (line,) = session.get_one(rows.Request, number).corrections
        line.action = Action.REMOVE
    firm.does(review.approve, number)
    assert [one.values for one in learned(firm)] == [(Value(Action.REMOVE, Field.STREET, "Quarry", None),)]


@pytest.mark.parametrize("facts", [{"channel": Channel.FORM}, {"spam": True}], ids=["form", "spam"])
def test_forms_and_spam_are_left_out(firm: Firm, facts: dict[str, Any]) -> None:
    number = moved(firm)
    firm.does(review.approve, number)
    with firm.desk.sessions.begin() as session:
        ticket = session.get_one(rows.Request, number).ticket
        for name, value in facts.items():
            setattr(ticket, name, value)
    assert learned(firm) == []


def test_it_is_gone_with_the_ticket(firm: Firm) -> None:
    number = moved(firm)
    firm.does(review.approve, number)
    with firm.desk.sessions.begin() as session:
        session.get_one(rows.Request, number).state = State.CLOSED
        session.flush()
        forgetting.forget(firm.desk, session, now=rows.NOW + timedelta(days=3_000))
    assert learned(firm) == []
