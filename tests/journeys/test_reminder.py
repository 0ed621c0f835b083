"""What nobody answers: one reminder on day 7 with the same link, the end on day 14, and questions that go back."""

from models.rules.kinds import Kind
from models.rules.lifecycle import Outcome, State
from models.services.deciding import review
from tests.firm import ADA, Firm
from tests.journeys.stories import STREET, asked, passes, proved


def test_on_day_seven_the_same_link_comes_once_more(firm: Firm) -> None:
    asked(firm, STREET)
    link = firm.link(ADA)
    passes(firm, days=6, hours=23)
    firm.work()
    assert firm.promised() == ["proof"]
    passes(firm, hours=2)
    firm.work()
    passes(firm, days=3)
    firm.work()
    assert firm.promised() == ["proof", "proof_reminder"]
    assert firm.link(ADA) == link
    assert firm.prove().status_code == 200
    assert firm.request().state is State.IN_REVIEW


def test_after_fourteen_days_it_is_closed_without_a_letter(firm: Firm) -> None:
    asked(firm, STREET)
    link = firm.link(ADA)
    for _ in range(15):
        passes(firm, days=1)
        firm.work()
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.IDENTITY_NOT_PROVEN)
    assert firm.promised() == ["proof", "proof_reminder"]
    assert firm.web().post(link).status_code == 404


def test_whoever_proved_is_not_reminded(firm: Firm) -> None:
    proved(firm, STREET)
    for _ in range(15):
        passes(firm, days=1)
        firm.work()
    assert firm.promised() == ["proof"]
    assert firm.request().state is State.IN_REVIEW


def test_a_question_that_nobody_answers_goes_back_to_staff(firm: Firm) -> None:
    firm.reader.knows("address is wrong", Kind.RECTIFICATION)
    firm.receive("My address is wrong")
    firm.work()
    firm.prove()
    firm.work()
    assert (firm.request().state, firm.promised()) == (State.NEEDS_DETAILS, ["proof", "details"])
    passes(firm, days=8)
    firm.does(review.ask, firm.request(), question="Which number is yours?")
    firm.work()
    passes(firm, days=15)
    firm.work()
    request = firm.request()
    assert (request.state, request.outcome) == (State.IN_REVIEW, None)
    firm.does(review.close, request, outcome=Outcome.EXPIRED, reason="No answer to two questions.")
    assert firm.request().state is State.RESPONDING
    firm.work()
    assert firm.request().outcome is Outcome.EXPIRED
    assert "nothing was changed" in firm.letter_texts(ADA)[-1]


def test_a_breach_leaves_the_due_day_where_the_law_put_it(firm: Firm) -> None:
    due = proved(firm, STREET).due_on
    passes(firm, days=60)
    firm.work()
    assert firm.request().due_on == due
