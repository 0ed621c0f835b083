"""A correction, from the letter to the confirmation."""

from models.rules.kinds import Field, Kind
from models.rules.lifecycle import Outcome, State
from models.services.deciding import review
from tests.firm import ADA, Firm

MOVED = "Hello, I left 3 Mill Lane in spring, please put 14 Quarry Hill in your files instead."


def test_a_customer_moves_and_the_shop_knows_it(firm: Firm) -> None:
    firm.reader.knows("Quarry Hill", Kind.RECTIFICATION, values=[(Field.STREET, "3 Mill Lane", "14 Quarry Hill")])
    firm.receive(MOVED)
    firm.work()
    assert firm.request().state is State.AWAITING_PROOF
    web = firm.web()
    page = web.get(firm.link(ADA))
    assert "14 Quarry Hill" in page.text
    assert firm.request().state is State.AWAITING_PROOF
    assert web.post(firm.link(ADA)).status_code == 200
    request = firm.request()
    assert request.state is State.IN_REVIEW
    (correction,) = request.corrections
    assert (correction.before, correction.after, correction.key) == ("3 Mill Lane", "14 Quarry Hill", "1")
    firm.does(review.approve, request)
    assert firm.customer()["street"] == "3 Mill Lane"
    firm.work()
    assert firm.customer()["street"] == "14 Quarry Hill"
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.FULFILLED)
    last = firm.letter_texts(ADA)[-1]
    assert "14 Quarry Hill" in last
    assert "Ada Quint" in last
