"""A link or a code was lost, or nobody ever saw the code: staff help, and the letters' promises are kept."""

import pytest

from models.request import Request
from models.rules.kinds import Kind, Role
from models.rules.lifecycle import Outcome, State
from models.rules.permissions import NotAllowedError
from models.services.deciding import review, settling
from models.services.deciding.seen import InvalidError, StaleError
from models.services.requester import renewals
from models.services.requester.renewals import Renewal
from tests.firm import ADA, Firm
from tests.journeys.stories import passes
from tests.journeys.test_access import ASK, code_on, ready


def asked(firm: Firm) -> Request:
    firm.reader.knows("do you hold", Kind.ACCESS)
    firm.receive(ASK)
    firm.work()
    return firm.requests()[0]


def vouched(firm: Firm) -> Request:
    """Two of the staff know Ada, and her package is on its way; no page showed her a code."""
    request = asked(firm)
    for name in ("grace", "heidi"):
        who = firm.staff(name)
        firm.does(settling.accept_identity, request, actor=who, method="at the counter, with her passport", reason="x")
    firm.does(review.approve, request)
    firm.work()
    assert firm.promised() == ["proof", "package"]
    return firm.request()


def sent(firm: Firm, request: Request, which: Renewal) -> None:
    firm.does(renewals.send_link, request, which=which)
    firm.work()


def test_a_new_proof_link_takes_the_place_of_the_old_one(firm: Firm) -> None:
    request = asked(firm)
    old = firm.link(ADA)
    sent(firm, request, Renewal.PROOF)
    assert firm.link(ADA) != old
    assert firm.web().get(old).status_code == 404
    assert firm.prove().status_code == 200
    assert firm.request().state is State.IN_REVIEW
    assert "new proof link" in firm.events()


def test_nobody_sends_a_link_for_what_they_did_not_see_or_may_not(firm: Firm) -> None:
    request = asked(firm)
    with pytest.raises(StaleError):
        firm.does(renewals.send_link, request, which=Renewal.PROOF, version=request.version - 1)
    with pytest.raises(NotAllowedError):
        firm.does(renewals.send_link, request, which=Renewal.PROOF, actor=firm.staff("vera", Role.VIEWER))
    with pytest.raises(InvalidError):
        firm.does(renewals.send_link, request, which=Renewal.DOWNLOAD)


def test_whoever_came_too_late_gets_a_new_download_link_for_the_code_they_have(firm: Firm) -> None:
    code = ready(firm)
    old = firm.link(ADA, "download")
    passes(firm, hours=73)
    assert firm.web().get(old).status_code == 410
    sent(firm, firm.request(), Renewal.DOWNLOAD)
    assert firm.web().post(firm.link(ADA, "download"), data={"code": code}).status_code == 200
    assert firm.web().post(old, data={"code": code}).status_code == 410
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.FULFILLED)


def test_a_lost_code_is_replaced_behind_a_new_proof(firm: Firm) -> None:
    lost = ready(firm)
    sent(firm, firm.request(), Renewal.PROOF)
    assert firm.promised() == ["proof", "package", "proof"]
    page = firm.prove()
    code = code_on(page.text)
    firm.work()
    path = firm.link(ADA, "download")
    assert code != lost
    assert firm.web().post(path, data={"code": lost}).status_code == 422
    assert firm.web().post(path, data={"code": code}).status_code == 200
    assert firm.request().state is State.CLOSED


def test_not_me_on_a_renewed_proof_takes_nothing_back(firm: Firm) -> None:
    ready(firm)
    sent(firm, firm.request(), Renewal.PROOF)
    assert firm.web().post(firm.link(ADA), data={"action": "deny"}).status_code == 200
    assert firm.web().get(firm.link(ADA)).status_code == 404
    assert firm.web().get(firm.link(ADA, "download")).status_code == 410
    assert (firm.request().outcome, firm.request().unseen) == (Outcome.FULFILLED, True)


def test_an_erased_package_has_no_new_link(firm: Firm) -> None:
    ready(firm)
    passes(firm, days=8)
    firm.work()
    with pytest.raises(InvalidError, match="erased"):
        firm.does(renewals.send_link, firm.request(), which=Renewal.DOWNLOAD)


def test_a_package_is_kept_while_a_link_leads_to_it(firm: Firm) -> None:
    ready(firm)
    passes(firm, days=6)
    sent(firm, firm.request(), Renewal.PROOF)
    passes(firm, days=10)
    firm.work()
    code = code_on(firm.prove().text)
    firm.work()
    assert firm.web().post(firm.link(ADA, "download"), data={"code": code}).status_code == 200


def test_staff_are_shown_the_code_once_and_it_stands_in_no_letter(firm: Firm) -> None:
    request = vouched(firm)
    with pytest.raises(NotAllowedError):
        firm.does(show, request, actor=firm.staff("otto", Role.AGENT))
    code = firm.does(show, request)
    with pytest.raises(InvalidError):
        firm.does(show, request)
    assert firm.events().count("code shown") == 1
    letter = firm.letter_texts(ADA)[-1]
    assert code not in letter
    assert "by phone or in person" in letter
    assert "saw on the page" not in letter
    path = firm.link(ADA, "download")
    assert "that we gave you" in firm.web().get(path).text
    assert firm.web().post(path, data={"code": code}).status_code == 200


def test_a_new_link_for_somebody_vouched_for_has_a_code_of_its_own(firm: Firm) -> None:
    request = vouched(firm)
    first = firm.does(show, request)
    sent(firm, firm.request(), Renewal.DOWNLOAD)
    second = firm.does(show, request)
    assert first != second
    assert firm.web().post(firm.link(ADA, "download"), data={"code": second}).status_code == 200


def test_a_code_that_the_person_saw_is_shown_to_nobody_else(firm: Firm) -> None:
    ready(firm)
    with pytest.raises(InvalidError):
        firm.does(show, firm.request())


def show(desk: object, session: object, number: int, *, version: int, **how: object) -> str:
    return renewals.show_code(desk, session, number, **how)  # type: ignore[arg-type]
