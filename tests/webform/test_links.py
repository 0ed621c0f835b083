"""The pages behind the links of letters: a GET changes nothing, a POST does it, a lost link tells nothing."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from models.correction import Correction
from models.desk import Desk
from models.proof import Package, Purpose
from models.request import Request
from models.rules.kinds import Action, Channel, Correct, Field, Kind
from models.rules.lifecycle import CorrectionState, Outcome, State
from models.services import audit, suppressions
from models.services.requester import links
from models.services.requester.links import NewLink
from models.tables import Base
from models.ticket import Ticket
from tests.webform.conftest import browser_of

ADA = "ada@example.net"
Letter = Callable[..., str]


@pytest.fixture
def letter(desk: Desk) -> Letter:
    """The path of a link in a letter to Ada, whose ticket asks for what the test says."""

    def write(purpose: Purpose, *kinds: Kind, language: str = "en", state: State = State.AWAITING_PROOF) -> str:
        now = desk.clock()
        with desk.sessions.begin() as session:
            ticket = Ticket(
                reference=desk.new_reference(), requester=ADA, requester_name="Ada Quint", language=language,
                channel=Channel.MAIL, received_at=now,
            )  # fmt: skip
            audit.begin(session, ticket.reference)
            session.add(ticket)
            asked = [_request(ticket, kind, state, now) for kind in kinds]
            if purpose is Purpose.UNDO:
                _write_address(asked[0])
            session.add_all(asked)
            about = None if purpose is Purpose.PROOF or not asked else asked[0]
            link = links.make(desk, session, purpose, ADA, now=now, ticket=ticket, request=about)
            session.flush()
            if purpose is Purpose.DOWNLOAD:
                _pack(desk, session, link, asked[0])
            return f"/{purpose}/{links.token(link, desk.keys)}"

    return write


def _request(ticket: Ticket, kind: Kind, state: State, now: Any) -> Request:
    request = Request(ticket=ticket, kind=kind, state=state, received_at=now, found=1)
    if kind is Kind.RECTIFICATION:
        request.corrections.append(
            Correction(
                action=Action.SET,
                field=Field.STREET,
                store="shop",
                table="customers",
                key="1",
                column="street",
                correct=Correct.APPROVE,
                before="3 Mill Lane",
                after="14 Quarry Hill",
                said="14 <Quarry> Hill",
                said_old="3 Mill Lane",
            )
        )
    return request


def _write_address(request: Request) -> None:
    """What was asked for was written, and it was an e-mail address."""
    request.state, request.outcome = State.CLOSED, Outcome.FULFILLED
    for line in request.corrections:
        line.field, line.state = Field.EMAIL, CorrectionState.APPLIED


def _pack(desk: Desk, session: Any, link: NewLink, request: Request) -> None:
    package = Package(
        sealed=desk.keys.seal(b"PK"), sha256=hashlib.sha256(b"PK").hexdigest(), size=2, tables=1, rows=1,
        made_at=desk.clock(),
    )  # fmt: skip
    session.add(package)
    session.flush()
    request.package_id = package.id


def everything(desk: Desk) -> list[Any]:
    """All rows of all tables, to see whether anything changed."""
    with desk.readers() as session:
        return [session.execute(sa.select(table)).all() for table in Base.metadata.sorted_tables]


PAGES = {
    "proof": (Purpose.PROOF, Kind.RECTIFICATION),
    "download": (Purpose.DOWNLOAD, Kind.ACCESS),
    "status": (Purpose.STATUS, Kind.ACCESS),
    "unsubscribe": (Purpose.UNSUBSCRIBE, Kind.OPT_OUT),
    "resubscribe": (Purpose.RESUBSCRIBE, Kind.OPT_OUT),
    "undo": (Purpose.UNDO, Kind.RECTIFICATION),
}


@pytest.mark.parametrize(("purpose", "kind"), PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("method", ["get", "head"])
def test_a_scanner_that_opens_every_link_changes_nothing(
    client: FlaskClient, desk: Desk, letter: Letter, purpose: Purpose, kind: Kind, method: str
) -> None:
    path = letter(purpose, kind)
    before = everything(desk)
    answer = getattr(client, method)(path)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert everything(desk) == before


@pytest.mark.parametrize("purpose", [purpose for purpose, _ in PAGES.values()])
def test_every_lost_link_gets_one_same_page(client: FlaskClient, letter: Letter, purpose: Purpose, clock: Any) -> None:
    path = letter(purpose, Kind.ACCESS)
    other = letter(Purpose.STATUS if purpose is Purpose.PROOF else Purpose.PROOF, Kind.ACCESS).rpartition("/")[2]
    lost = [path[:-1], f"/{purpose}/{other}", f"/{purpose}/x", f"/{purpose}/{'x' * 5_000}", f"/{purpose}/é.ü"]
    pages = [client.get(one) for one in lost]
    assert [page.status_code for page in pages] == [404] * len(lost)
    assert len({page.text for page in pages}) == 1
    assert client.post(path[:-1], data={"action": "withdraw"}).status_code == 404


def test_guessing_is_slowed_down_by_address(client: FlaskClient, desk: Desk, letter: Letter, clock: Any) -> None:
    path = letter(Purpose.PROOF, Kind.ACCESS)
    codes = [client.get("/proof/x.y").status_code for _ in range(11)]
    assert codes == [404] * 10 + [429]
    assert client.get(path).status_code == 429
    assert browser_of(desk, peer="203.0.113.8").get(path).status_code == 200
    clock.pass_(minutes=1)
    assert client.get(path).status_code == 200


def test_the_proof_page_lists_what_it_proves(client: FlaskClient, letter: Letter) -> None:
    page = client.get(letter(Purpose.PROOF, Kind.RECTIFICATION, Kind.ERASURE)).text
    for listed in ("Correct my data", "Delete my data", "3 Mill Lane", "14 &lt;Quarry&gt; Hill"):
        assert listed in page
    assert 'id="code"' not in page
    first = re.findall(r"<form\b.*?</form>", page, re.DOTALL)[0]
    assert 'method="post"' in first
    assert "deny" not in first


def test_the_click_proves_and_shows_the_code_for_a_quarter_of_an_hour(
    client: FlaskClient, desk: Desk, letter: Letter, clock: Any
) -> None:
    path = letter(Purpose.PROOF, Kind.ACCESS)
    answer = client.post(path, data=_hidden(client.get(path).text))
    code = re.search(r'<code id="code">(\d{6})</code>', answer.text)
    assert answer.status_code == 200
    assert code
    with desk.readers() as session:
        assert session.scalars(sa.select(Request.state)).one() is State.IN_REVIEW
    clock.pass_(minutes=15)
    assert f'<code id="code">{code[1]}</code>' in client.get(path).text
    assert client.post(path).status_code == 200
    clock.pass_(seconds=1)
    assert client.get(path).status_code == 404


def test_no_code_is_shown_where_no_package_follows(client: FlaskClient, letter: Letter) -> None:
    answer = client.post(letter(Purpose.PROOF, Kind.RECTIFICATION))
    assert answer.status_code == 200
    assert 'id="code"' not in answer.text


def test_what_came_in_meanwhile_is_shown_before_it_is_proved(client: FlaskClient, desk: Desk, letter: Letter) -> None:
    path = letter(Purpose.PROOF, Kind.ACCESS)
    seen = _hidden(client.get(path).text)
    with desk.sessions.begin() as session:
        ticket = session.scalars(sa.select(Ticket)).one()
        session.add(_request(ticket, Kind.ERASURE, State.AWAITING_PROOF, desk.clock()))
    answer = client.post(path, data=seen)
    assert answer.status_code == 409
    assert "Delete my data" in answer.text
    with desk.readers() as session:
        assert set(session.scalars(sa.select(Request.state))) == {State.AWAITING_PROOF}


def test_this_was_not_me_withdraws_and_ends_it(client: FlaskClient, desk: Desk, letter: Letter) -> None:
    path = letter(Purpose.PROOF, Kind.ERASURE)
    assert client.post(path, data={"action": "deny"}).status_code == 200
    assert client.get(path).status_code == 404
    with desk.readers() as session:
        assert session.scalars(sa.select(Request.outcome)).one() is Outcome.WITHDRAWN


def code_of(desk: Desk, path: str) -> str:
    from models.services.requester import packages

    with desk.readers() as session:
        link = links.find(session, path.rpartition("/")[2], Purpose.DOWNLOAD, keys=desk.keys)
        assert link
        return packages.code_for(link, desk.keys)


def test_link_and_code_together_fetch_the_package_five_times(client: FlaskClient, desk: Desk, letter: Letter) -> None:
    path = letter(Purpose.DOWNLOAD, Kind.ACCESS)
    code = code_of(desk, path)
    for left in range(5, 0, -1):
        assert f"Downloads left: {left}" in client.get(path).text
        answer = client.post(path, data={"code": f" {code[:3]} {code[3:]} "})
        assert (answer.status_code, answer.data) == (200, b"PK")
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=RD-")
        assert answer.headers["Cache-Control"] == "no-store"
    for answer in (client.get(path), client.post(path, data={"code": code})):
        assert answer.status_code == 410
        assert 'href="/support/' in answer.text
        assert "<form" not in answer.text


def test_after_three_days_the_package_is_gone(client: FlaskClient, letter: Letter, clock: Any) -> None:
    path = letter(Purpose.DOWNLOAD, Kind.ACCESS)
    clock.pass_(hours=72)
    assert client.get(path).status_code == 410


def test_the_fifth_wrong_code_closes_the_package(client: FlaskClient, desk: Desk, letter: Letter) -> None:
    path = letter(Purpose.DOWNLOAD, Kind.ACCESS)
    code = code_of(desk, path)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    answers = [client.post(path, data={"code": wrong}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422] * 5
    assert 'id="code-wrong"' in answers[0].text
    assert client.post(path, data={"code": code}).status_code == 404


def test_the_status_page_shows_a_state_and_no_text(client: FlaskClient, letter: Letter) -> None:
    page = client.get(letter(Purpose.STATUS, Kind.RECTIFICATION)).text
    assert "Waiting for you" in page
    for held in ("Quarry", "Mill Lane", "Ada", ADA):
        assert held not in page


@pytest.mark.parametrize("language", ["en", "de", "fr", "it"])
def test_the_status_page_says_how_it_ended(desk: Desk, letter: Letter, language: str) -> None:
    path = letter(Purpose.STATUS, Kind.RECTIFICATION)
    client = browser_of(desk, language=language)
    texts = set()
    for outcome in Outcome:
        with desk.sessions.begin() as session:
            session.execute(sa.update(Request).values(state=State.CLOSED, outcome=outcome))
        page = client.get(f"{path}?lang={language}")
        assert page.status_code == 200
        texts.add(re.findall(r"<li><b>.*</li>", page.text)[0])
    assert len(texts) == 8


def test_a_withdrawal_needs_its_word(client: FlaskClient, desk: Desk, letter: Letter) -> None:
    path = letter(Purpose.STATUS, Kind.ERASURE)
    before = everything(desk)
    assert client.post(path).status_code == 422
    assert everything(desk) == before
    answer = client.post(path, data=_hidden(client.get(path).text))
    assert answer.status_code == 200
    assert "Your request is withdrawn." in answer.text


BODIES: dict[str, dict[str, Any]] = {
    "urlencoded": {"data": "List-Unsubscribe=One-Click", "content_type": "application/x-www-form-urlencoded"},
    "multipart": {
        "data": '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
        "content_type": "multipart/form-data; boundary=x",
    },
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_one_click_of_a_mail_program_ends_the_advertising(
    client: FlaskClient, desk: Desk, letter: Letter, body: dict[str, Any]
) -> None:
    path = letter(Purpose.UNSUBSCRIBE)
    answer = client.post(path, headers={"Origin": "https://mail.example"}, **body)
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    with desk.readers() as session:
        assert suppressions.is_suppressed(desk, session, ADA)
    assert client.post(path, **body).status_code == 200


def test_another_word_than_one_click_does_nothing(client: FlaskClient, desk: Desk, letter: Letter) -> None:
    path = letter(Purpose.UNSUBSCRIBE)
    before = everything(desk)
    assert client.post(path, data={"List-Unsubscribe": "Perhaps"}).status_code == 422
    assert everything(desk) == before


def test_the_buttons_lead_out_and_back(client: FlaskClient, desk: Desk, letter: Letter) -> None:
    out, back = letter(Purpose.UNSUBSCRIBE), letter(Purpose.RESUBSCRIBE)
    for path, suppressed in ((out, True), (back, False)):
        assert client.post(path, data=_hidden(client.get(path).text)).status_code == 200
        with desk.readers() as session:
            assert suppressions.is_suppressed(desk, session, ADA) is suppressed


@pytest.mark.parametrize(("language", "shown"), [("de", "de"), ("unknown", "fr"), ("pl", "fr")])
def test_a_page_speaks_the_language_of_its_letter(desk: Desk, letter: Letter, language: str, shown: str) -> None:
    path = letter(Purpose.PROOF, Kind.ACCESS, language=language)
    client = browser_of(desk, language="fr")
    assert f'<html lang="{shown}">' in client.get(path).text
    assert '<html lang="it">' in client.get(path + "?lang=it").text


def test_no_page_of_a_link_holds_its_token(client: FlaskClient, letter: Letter) -> None:
    for purpose, kind in PAGES.values():
        path = letter(purpose, kind)
        assert path.rpartition("/")[2] not in client.get(path).text


def _hidden(page: str) -> dict[str, str]:
    """The hidden fields of the first form that posts."""
    form = re.findall(r'<form\b[^>]*method="post".*?</form>', page, re.DOTALL)[0]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
