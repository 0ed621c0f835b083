"""GDPR Art. 19: whoever received the data hears of the correction, and staff are reminded until each has."""

from datetime import date

import pytest

from models.rules.kinds import Role
from models.rules.permissions import NotAllowedError
from models.services.corrections import recipients
from models.services.deciding import review
from models.services.deciding.seen import InvalidError
from models.services.pages import worklist
from models.services.pages.worklist import View
from tests.firm import ADA, Firm
from tests.journeys.stories import STREET, corrected, proved

CARRIER = "parcel carrier"


def waiting(firm: Firm) -> int:
    with firm.session() as session:
        return worklist.counts(session, staff_id=1, today=date(2031, 1, 31))[View.TO_TELL]


def tell(_desk: object, session: object, number: int, *, version: int, **how: object) -> object:
    return recipients.told(session, number, recipient=CARRIER, **how)  # type: ignore[arg-type]


def test_each_recipient_waits_until_staff_have_told_them(firm: Firm) -> None:
    request = corrected(firm, STREET)
    assert CARRIER in firm.letter_texts(ADA)[-1]
    assert waiting(firm) == 1
    with pytest.raises(NotAllowedError):
        firm.does(tell, request, actor=firm.staff("vera", Role.VIEWER))
    firm.does(tell, request)
    assert waiting(firm) == 0
    assert "recipient told (Art. 19)" in firm.events()
    with pytest.raises(InvalidError):
        firm.does(tell, request)


def test_nobody_is_told_of_what_was_declined(firm: Firm) -> None:
    firm.does(review.decline, proved(firm, STREET), reason="The register of residents says otherwise.")
    firm.work()
    assert waiting(firm) == 0


def test_a_round_that_writes_nothing_asks_nobody_to_be_told_again(firm: Firm) -> None:
    request = corrected(firm, STREET)
    firm.does(tell, request)
    firm.does(review.undo, request)
    firm.work()
    firm.does(tell, firm.request())
    firm.does(review.decline, firm.request(), reason="It was right as it stood.")
    firm.work()
    assert waiting(firm) == 0


@pytest.mark.parametrize(("told", "left"), [(True, 1), (False, 0)], ids=["who was told", "who was not"])
def test_what_is_taken_back_is_told_to_those_who_had_heard_of_it(firm: Firm, told: bool, left: int) -> None:
    request = corrected(firm, STREET)
    if told:
        firm.does(tell, request)
    firm.does(review.undo, request)
    firm.work()
    assert waiting(firm) == left
