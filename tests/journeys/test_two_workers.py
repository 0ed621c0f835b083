"""Two workers and two web processes side by side: nothing is applied, proved, approved or sent twice."""

import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.building import Edge, assemble
from bot.reader import ReaderHere
from bot.stages import fulfil
from bot.stages.all import stages
from bot.stages.triage import ours
from bot.worker import work_once
from models import config as configuration
from models.desk import Desk
from models.outbox import LetterState, OutboxLetter
from models.request import Request
from models.rules.kinds import Field, Kind
from models.rules.lifecycle import Outcome, State
from models.rules.references import reference_from
from models.services import audit
from models.services.deciding import review
from models.services.outgoing import delivery
from models.spool import SpoolState
from tests.apps import app_of
from tests.firm import BASE_URL, SUPPORT, Browser, Firm, text_of

PAIRS, OTHERS = 20, 30
NEIGHBOUR = "INSERT INTO customers VALUES (?, 'Cy Marl', ?, NULL, '1 Low Rd', 'LS1 1AA', 'York', 'GB', TRUE, NULL)"


def another_desk(firm: Firm) -> Desk:
    """The same desk in another process: its own engine, its own connections."""
    chance = Edge(firm.clock, lambda: reference_from(secrets.randbits(40)), lambda: secrets.token_urlsafe(32))
    return assemble(configuration.load(firm.path), chance)


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """All of them begin together; what each returned, or raised."""
    gate, results = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(number: int, deed: Callable[[], Any]) -> None:
        gate.wait(10)
        try:
            results[number] = deed()
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=one) for one in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.fixture
def desks(firm: Firm) -> Any:
    made = [another_desk(firm), another_desk(firm)]
    yield made
    for desk in made:
        for sessions in (desk.sessions, desk.readers):
            sessions.kw["bind"].dispose()


def both_work(firm: Firm, desks: Sequence[Desk]) -> None:
    reader = ReaderHere(lambda: firm.reader, ours(firm.desk))
    workers = [stages(desk, reader, owner=f"worker-{number}") for number, desk in enumerate(desks)]
    for _ in range(3):
        passed = at_once(*[lambda own=own: work_once(own, threading.Event()) for own in workers])
        assert [one.failed for one in passed] == [[], []]


def test_two_workers_read_answer_and_send_everything_once(firm: Firm, desks: Sequence[Desk]) -> None:
    firm.reader.knows("no newsletter", Kind.OPT_OUT)
    firm.reader.knows("what you hold", Kind.ACCESS)
    for number in range(PAIRS):
        mail(firm, number, "Show me what you hold")
        mail(firm, number, "And hurry, please", answers=True)
    for number in range(PAIRS, PAIRS + OTHERS):
        mail(firm, number, "Please send me no newsletter")
    both_work(firm, desks)
    assert Counter(message.message_id for message in firm.messages()).most_common(1)[0][1] == 1
    assert len(firm.messages()) == 2 * PAIRS + OTHERS
    assert {spool.state for spool in firm.spooled()} == {SpoolState.READ}
    assert len(firm.tickets()) == PAIRS + OTHERS
    assert Counter(firm.promised()) == {"proof": PAIRS, "opted_out": OTHERS}
    assert {letter.state for letter in firm.outbox()} == {LetterState.ACCEPTED}
    sent = Counter(str(caught.message["Message-ID"]) for caught in firm.sink.inbox)
    assert (len(sent), set(sent.values())) == (PAIRS + OTHERS, {1})
    assert Counter(one.state for one in firm.requests()) == {State.AWAITING_PROOF: PAIRS, State.CLOSED: OTHERS}


def mail(firm: Firm, number: int, text: str, *, answers: bool = False) -> None:
    message = EmailMessage()
    message["From"], message["To"] = f"customer{number}@example.net", SUPPORT
    message["Subject"] = f"letter {number}"
    message["Message-ID"] = f"<{'b' if answers else 'a'}{number}@example.net>"
    if answers:
        message["References"] = f"<a{number}@example.net>"
    message.set_content(text)
    firm.deliver(message)


def many_proved(firm: Firm, count: int) -> list[int]:
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[(Field.CITY, None, "Leeds")])
    for number in range(100, 100 + count):
        with firm.shop.begin() as connection:
            connection.exec_driver_sql(NEIGHBOUR, (number, f"customer{number}@example.net"))
        mail(firm, number, "Please correct: I live in Leeds")
    firm.work()
    for caught in firm.sink.inbox:
        link = re.findall(rf"^{BASE_URL}(/proof/\S+)$", text_of(caught.message), re.MULTILINE)[0]
        assert firm.web().post(link).status_code == 200
    assert {one.state for one in firm.requests()} == {State.IN_REVIEW}
    return [one.id for one in firm.requests()]


def test_two_workers_write_each_approved_correction_once(firm: Firm, desks: Sequence[Desk]) -> None:
    numbers = many_proved(firm, 12)
    firm.change_shop("CREATE TABLE written (id INTEGER)")
    firm.change_shop(
        "CREATE TRIGGER count_writes AFTER UPDATE ON customers BEGIN INSERT INTO written VALUES (NEW.id); END"
    )
    for number in numbers:
        firm.does(review.approve, number)
    both_work(firm, desks)
    with firm.shop.connect() as connection:
        written = [row[0] for row in connection.exec_driver_sql("SELECT id FROM written ORDER BY id")]
    assert written == list(range(100, 112))
    assert {(one.state, one.outcome) for one in firm.requests()} == {(State.CLOSED, Outcome.FULFILLED)}
    assert Counter(firm.promised()) == {"proof": 12, "corrected": 12}
    assert firm.events().count("written") == 12
    assert len(firm.sink.inbox) == 24


def test_of_two_approvers_at_once_one_decides(firm: Firm, desks: Sequence[Desk]) -> None:
    numbers = many_proved(firm, 6)
    seen = {one.id: one.version for one in firm.requests()}
    grace, linus = firm.staff("grace"), firm.staff("linus")

    def decide(desk: Desk, number: int, actor: Any) -> Any:
        with desk.sessions.begin() as session:
            return review.approve(desk, session, number, version=seen[number], actor=actor, now=firm.clock()).version

    for number in numbers:
        first, second = at_once(
            lambda n=number: decide(desks[0], n, grace), lambda n=number: decide(desks[1], n, linus)
        )
        assert sorted(type(one).__name__ for one in (first, second)) == ["StaleError", "int"], (first, second)
    firm.work()
    assert firm.events().count("approve") == firm.events().count("written") == 6


def test_two_web_processes_prove_once_and_show_one_page(firm: Firm, desks: Sequence[Desk]) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    mail(firm, 1, "Show me what you hold")
    firm.work()
    firm.change_shop("UPDATE customers SET email = 'customer1@example.net' WHERE id = 2")
    link = firm.link("customer1@example.net")
    webs = [Browser(app_of(desk).test_client()) for desk in desks]
    answers = at_once(*[lambda web=web: web.post(link) for web in webs])
    assert [one.status_code for one in answers] == [200, 200]
    assert firm.events().count("prove") == 1


def test_one_click_that_reaches_two_web_processes_is_one_ticket(firm: Firm, desks: Sequence[Desk]) -> None:
    webs = [Browser(app_of(desk).test_client()) for desk in desks]
    once = re.findall(r'name="once" value="([^"]+)"', webs[0].get("/support/").text)[0]
    firm.clock.pass_(seconds=20)  # type: ignore[attr-defined]
    typed = {"kind": "access", "email": "ada@example.net", "name": "Ada", "message": "all of it", "once": once}
    answers = at_once(*[lambda web=web: web.post("/support/", data=typed) for web in webs])
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    firm.work()
    assert len(firm.tickets()) == 1
    assert firm.promised() == ["proof"]


def test_what_leans_on_a_letter_and_the_end_of_that_letter_wait_for_each_other_in_no_circle(
    firm: Firm, desks: Sequence[Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    firm.reader.knows("no newsletter", Kind.OPT_OUT)
    firm.receive("Please send me no newsletter")
    firm.work()
    firm.receive("I said no newsletter!", subject="stop again")
    work_once([stage for stage in firm.worker("worker-1") if stage.name != "fulfil"], threading.Event())
    with firm.desk.sessions.begin() as session:
        session.execute(sa.update(Request).values(ticket_id=1, state=State.APPLYING).where(Request.id == 2))
        session.execute(sa.update(OutboxLetter).values(settled=False))
    lock, has_letter = audit.lock, threading.Event()

    def slow(session: Session, chains: Iterable[str]) -> None:
        if threading.current_thread() is settling:
            has_letter.set()
            time.sleep(1)
        lock(session, chains)

    def settle() -> int:
        with desks[0].sessions.begin() as session:
            return delivery.settle(desks[0], session, now=firm.clock())

    heard: list[int] = []
    settling = threading.Thread(target=lambda: heard.append(settle()))
    monkeypatch.setattr(audit, "lock", slow)
    settling.start()
    assert has_letter.wait(10)
    assert fulfil.fulfil(desks[1], owner="worker-2") == 1
    settling.join(30)
    assert heard == [1]
    assert [one.state for one in firm.requests()] == [State.CLOSED] * 2
    assert firm.promised() == ["opted_out"]
