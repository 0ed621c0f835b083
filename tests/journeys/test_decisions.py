"""What staff decide on a proved correction, and what the world did meanwhile."""

from collections.abc import Callable

import pytest

from models.request import Request
from models.rules.kinds import Field, Kind, Role
from models.rules.lifecycle import CorrectionState, IllegalStepError, Outcome, State
from models.rules.permissions import NotAllowedError
from models.services.deciding import review
from tests.firm import ADA, Firm
from tests.journeys.stories import CITY, STREET, asked, proved

Story = Callable[..., Request]
NEW_EMAIL = "ada.new@example.net"


def test_a_refusal_names_its_reason_and_the_remedies(firm: Firm) -> None:
    request = proved(firm, STREET)
    with pytest.raises(review.InvalidError):
        firm.does(review.decline, request, reason="  ")
    firm.does(review.decline, request, reason="The register of residents says otherwise.")
    firm.work()
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.REFUSED)
    letter = firm.letter_texts(ADA)[-1]
    assert "The register of residents says otherwise." in letter
    assert "Authority for Data Protection" in letter
    assert firm.customer()["street"] == "3 Mill Lane"


def test_nobody_approves_what_they_did_not_see(firm: Firm) -> None:
    request = proved(firm, STREET)
    firm.receive("And one thing more", **firm_thread(firm))
    firm.work()
    with pytest.raises(review.StaleError):
        firm.does(review.approve, request, version=request.version)
    firm.work()
    assert firm.customer()["street"] == "3 Mill Lane"
    assert firm.request().state is State.IN_REVIEW


def firm_thread(firm: Firm) -> dict[str, str]:
    number = str(firm.letters_to(ADA)[-1]["Message-ID"])
    return {"In_Reply_To": number, "References": number}


def test_a_four_eyes_field_needs_two_people_who_did_not_type_it(firm: Firm) -> None:
    request = proved(firm, (Field.EMAIL, ADA, NEW_EMAIL))
    firm.does(review.approve, request)
    firm.work()
    assert firm.request().state is State.IN_REVIEW
    assert firm.customer()["email"] == ADA
    with pytest.raises(NotAllowedError):
        firm.does(review.approve, request)
    firm.does(review.approve, request, actor=firm.staff("linus"))
    firm.work()
    assert firm.customer()["email"] == NEW_EMAIL
    assert firm.request().outcome is Outcome.FULFILLED
    assert "is now on file" in firm.letter_texts(NEW_EMAIL)[0] or firm.letters_to(NEW_EMAIL)
    assert len(firm.letters_to(NEW_EMAIL)) == 1


def test_who_typed_a_four_eyes_value_may_not_approve_it(firm: Firm) -> None:
    request = proved(firm, (Field.EMAIL, ADA, NEW_EMAIL))
    (line,) = request.corrections
    firm.does(review.edit, request, values={line.id: "ada.third@example.net"})
    with pytest.raises(NotAllowedError):
        firm.does(review.approve, request)
    firm.does(review.approve, request, actor=firm.staff("linus"))
    firm.does(review.approve, request, actor=firm.staff("edsger"))
    firm.work()
    assert firm.customer()["email"] == "ada.third@example.net"


def test_the_customer_changed_meanwhile(firm: Firm) -> None:
    request = proved(firm, STREET)
    firm.does(review.approve, request)
    firm.change_shop("UPDATE customers SET street = '1 New Row' WHERE id = 1")
    firm.work()
    assert firm.customer()["street"] == "1 New Row"
    request = firm.request()
    (line,) = request.corrections
    assert (request.state, line.state, line.before) == (State.IN_REVIEW, CorrectionState.CONFLICT, "1 New Row")
    assert firm.promised() == ["proof"]
    firm.does(review.approve, request)
    firm.work()
    assert firm.customer()["street"] == "14 Quarry Hill"
    assert firm.request().outcome is Outcome.FULFILLED


def test_half_of_an_address_changed_meanwhile_and_nothing_is_half_written(firm: Firm) -> None:
    request = proved(firm, STREET, CITY)
    firm.does(review.approve, request)
    firm.change_shop("UPDATE customers SET city = 'York' WHERE id = 1")
    firm.work()
    row = firm.customer()
    assert (row["street"], row["city"]) == ("3 Mill Lane", "York")
    assert firm.request().state is State.IN_REVIEW
    assert {one.state for one in firm.request().corrections} == {CorrectionState.CONFLICT}


def test_a_line_that_is_not_ticked_is_declined_with_its_reason(firm: Firm) -> None:
    request = proved(firm, STREET, CITY)
    street = next(one for one in request.corrections if one.field is Field.STREET)
    with pytest.raises(review.InvalidError):
        firm.does(review.approve, request, ticked=frozenset({street.id}))
    firm.does(review.approve, request, ticked=frozenset({street.id}), reason="There is no such street in Leeds.")
    firm.work()
    row = firm.customer()
    assert (row["street"], row["city"]) == ("14 Quarry Hill", "Manchester")
    assert firm.request().outcome is Outcome.PARTLY
    assert "There is no such street in Leeds." in firm.letter_texts(ADA)[-1]


def test_an_undo_writes_the_before_image_back_and_tells_the_customer(firm: Firm) -> None:
    request = proved(firm, STREET)
    firm.does(review.approve, request)
    firm.work()
    firm.does(review.undo, request)
    firm.work()
    assert firm.customer()["street"] == "3 Mill Lane"
    states = [one.state for one in firm.request().corrections]
    assert states == [CorrectionState.UNDONE, CorrectionState.PROPOSED]
    assert firm.request().state is State.IN_REVIEW
    assert firm.promised()[-1] == "undone"


def test_an_approval_is_taken_back_before_anything_is_written(firm: Firm) -> None:
    request = proved(firm, STREET)
    firm.does(review.approve, request, wait=review.TAKE_BACK_WITHIN)
    firm.work()
    assert firm.customer()["street"] == "3 Mill Lane"
    firm.does(review.undo, request)
    assert firm.request().state is State.IN_REVIEW
    firm.clock.pass_(minutes=1)  # type: ignore[attr-defined]
    firm.work()
    assert firm.customer()["street"] == "3 Mill Lane"


def test_a_value_that_the_mapping_cannot_reach_is_done_elsewhere(firm: Firm) -> None:
    request = proved(firm, (Field.COMPANY, "Quint", "Quint & Co"))
    (line,) = request.corrections
    assert line.store is None
    with pytest.raises(review.InvalidError):
        firm.does(review.approve, request)
    firm.does(review.elsewhere, request, correction_id=line.id, note="Corrected in the ledger by Linus.")
    firm.does(review.approve, firm.request())
    firm.work()
    assert firm.request().outcome is Outcome.FULFILLED
    assert "Quint & Co" in firm.letter_texts(ADA)[-1]


def test_the_customer_is_asked_and_the_answer_leads_back_to_review(firm: Firm) -> None:
    request = proved(firm, STREET)
    firm.does(review.ask, request, question="Which flat is it?")
    firm.work()
    assert firm.request().state is State.NEEDS_DETAILS
    assert "Which flat is it?" in firm.letter_texts(ADA)[-1]
    firm.reply("Flat two.", to=firm.letters_to(ADA)[-1])
    firm.work()
    assert firm.request().state is State.IN_REVIEW


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AGENT, Role.AUDITOR])
def test_only_approvers_approve(firm: Firm, role: Role) -> None:
    request = proved(firm, STREET)
    with pytest.raises(NotAllowedError):
        firm.does(review.approve, request, actor=firm.staff("other", role))


def test_nothing_is_approved_before_the_proof(firm: Firm) -> None:
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[STREET])
    firm.receive("Please correct 14 Quarry Hill")
    firm.work()
    with pytest.raises(IllegalStepError):
        firm.does(review.approve, firm.request())


@pytest.mark.parametrize("story", [asked, proved], ids=["before the proof", "after it"])
def test_none_of_the_chosen_records_is_theirs_and_nobody_hears_that_there_is_nothing(firm: Firm, story: Story) -> None:
    request = story(firm, STREET)
    firm.does(review.choose_rows, request, rows=[("shop", "customers", "2")])
    firm.work()
    assert firm.request().found == 0
    if request.proved_at is None:
        firm.prove()
    firm.work()
    assert firm.request().state is State.IN_REVIEW
    assert "no_data" not in firm.promised()


def test_a_family_name_that_stands_in_a_whole_name_is_called_a_name(firm: Firm) -> None:
    request = proved(firm, (Field.FAMILY_NAME, "Quint", "Moor"))
    assert [one.after for one in request.corrections] == ["Ada Moor"]
    firm.does(review.approve, request)
    firm.work()
    letter = firm.letter_texts(ADA)[-1]
    assert "\nName\n  before: Ada Quint\n  now: Ada Moor" in letter
    assert "Last name" not in letter
