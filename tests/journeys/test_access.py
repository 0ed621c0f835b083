"""A copy of one's data: behind a link and a code, and nothing of anybody else."""

import io
import json
import re
import zipfile

from models.rules.kinds import Kind
from models.rules.lifecycle import Outcome, State
from models.services.deciding import review
from tests.firm import ADA, MALLORY, Firm

ASK = "Which data do you hold about me?"


def code_on(page: str) -> str:
    found = re.search(r'<code id="code">(\d{6})</code>', page)
    assert found
    return found[1]


def asked(firm: Firm) -> None:
    firm.reader.knows("do you hold", Kind.ACCESS)
    firm.receive(ASK)
    firm.work()


def ready(firm: Firm) -> str:
    """Ada has proved herself, staff have approved; the code that her page showed."""
    asked(firm)
    code = code_on(firm.prove().text)
    firm.does(review.approve, firm.request())
    firm.work()
    return code


def test_a_package_holds_all_of_this_person_and_nothing_of_anybody_else(firm: Firm) -> None:
    code = ready(firm)
    path = firm.link(ADA, "download")
    assert firm.web().get(path).status_code == 200
    answer = firm.web().post(path, data={"code": code})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as package:
        held = json.loads(package.read("data.json"))
        page = package.read("data.html").decode()
    said = json.dumps(held)
    for own in ("3 Mill Lane", "19.9", "7.25", "192.0.2.7"):
        assert own in said
    for foreign in ("ben@example.org", "9 Other Road", "5.00", "ada.quint@example.net"):
        assert foreign not in said
        assert foreign not in page
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.FULFILLED)


def test_the_code_travels_by_no_mail(firm: Firm) -> None:
    code = ready(firm)
    assert all(code not in text for text in firm.letter_texts(ADA))


def test_the_page_still_shows_the_code_once_the_package_has_left(firm: Firm) -> None:
    asked(firm)
    path = firm.link(ADA)
    code = code_on(firm.web().post(path).text)
    firm.does(review.approve, firm.request())
    firm.work()
    assert firm.request().outcome is Outcome.FULFILLED
    assert code_on(firm.web().get(path).text) == code


def test_a_wrong_code_is_refused_and_the_fifth_voids_the_link(firm: Firm) -> None:
    code = ready(firm)
    path = firm.link(ADA, "download")
    wrong = "000000" if code != "000000" else "111111"
    assert [firm.web().post(path, data={"code": wrong}).status_code for _ in range(5)] == [422] * 5
    assert firm.web().post(path, data={"code": code}).status_code == 404


def test_the_sixth_fetch_and_the_73rd_hour_are_gone(firm: Firm) -> None:
    code = ready(firm)
    path = firm.link(ADA, "download")
    assert [firm.web().post(path, data={"code": code}).status_code for _ in range(6)] == [200] * 5 + [410]
    firm.clock.pass_(hours=73)  # type: ignore[attr-defined]
    assert firm.web().get(path).status_code == 410


def test_nothing_is_disclosed_before_the_proof(firm: Firm) -> None:
    asked(firm)
    assert firm.promised() == ["proof"]
    assert "Mill Lane" not in firm.letter_texts(ADA)[0]
    assert firm.web().get(firm.link(ADA)).status_code == 200
    firm.work()
    assert firm.request().state is State.AWAITING_PROOF


def test_an_address_that_we_do_not_know_proves_itself_and_hears_that_there_is_nothing(firm: Firm) -> None:
    firm.reader.knows("do you hold", Kind.ACCESS)
    firm.receive(ASK, sender=MALLORY, name="Mallory")
    firm.work()
    page = firm.web().post(firm.link(MALLORY))
    assert page.status_code == 200
    firm.work()
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.NO_DATA)
    assert firm.promised() == ["proof", "no_data"]


def test_the_used_link_shows_the_same_page_for_a_quarter_of_an_hour(firm: Firm) -> None:
    asked(firm)
    path = firm.link(ADA)
    code = code_on(firm.web().post(path).text)
    firm.clock.pass_(minutes=14)  # type: ignore[attr-defined]
    assert code_on(firm.web().get(path).text) == code
    firm.clock.pass_(minutes=2)  # type: ignore[attr-defined]
    assert firm.web().get(path).status_code == 404
