"""No more advertising: at once, without proof and without approval."""

import threading

import pytest
import sqlalchemy as sa

from bot.stages import fulfil
from bot.worker import work_once
from models.customers import RowChange
from models.outbox import LetterState, OutboxLetter
from models.rules.kinds import Kind
from models.rules.lifecycle import Outcome, State
from models.services import suppressions
from models.services.pages import worklist
from models.services.pages.worklist import View
from models.suppression import Suppression
from tests.firm import ADA, BASE_URL, MALLORY, SUPPORT, Firm
from tests.journeys.stories import bounce, passes


def suppressed(firm: Firm, address: str) -> bool:
    with firm.session() as session:
        return suppressions.is_suppressed(firm.desk, session, address)


def test_an_opt_out_waits_for_nothing(firm: Firm) -> None:
    firm.reader.knows("no more newsletters", Kind.OPT_OUT)
    firm.receive("Please, no more newsletters.")
    firm.work()
    assert not firm.customer()["newsletter"]
    assert suppressed(firm, ADA)
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.FULFILLED)
    assert firm.promised() == ["opted_out"]


def test_an_opt_out_said_twice_in_one_breath_is_kept_once(firm: Firm, caplog: pytest.LogCaptureFixture) -> None:
    firm.reader.knows("no more newsletters", Kind.OPT_OUT)
    firm.receive("Please, no more newsletters.")
    firm.receive("I said no more newsletters!", sender="Ada@Example.net")
    firm.work()
    assert suppressed(firm, ADA)
    with firm.session() as session:
        assert len(session.scalars(sa.select(Suppression)).all()) == 1
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == []


@pytest.mark.parametrize("how", [{"to": SUPPORT}, {"to": "support+unsubscribe@shop.example", "subject": "Autumn"}])
def test_a_mail_program_unsubscribes_its_owner(firm: Firm, how: dict[str, str]) -> None:
    firm.reader.knows("generated", Kind.OTHER)
    firm.receive(
        "This was automatically generated.", **{"subject": "unsubscribe", "Delivered_To": how.pop("to"), **how}
    )
    firm.work()
    assert not firm.customer()["newsletter"]
    assert suppressed(firm, ADA)
    request = firm.request()
    assert (request.kind, request.state, request.outcome) == (Kind.OPT_OUT, State.CLOSED, Outcome.FULFILLED)
    assert firm.promised() == ["opted_out"]


def test_a_machine_that_unsubscribes_is_obeyed_and_not_answered(firm: Firm) -> None:
    firm.receive("", subject="unsubscribe", Auto_Submitted="auto-generated")
    firm.work()
    assert not firm.customer()["newsletter"]
    assert suppressed(firm, ADA)
    request = firm.request()
    assert (request.kind, request.state, request.outcome) == (Kind.OPT_OUT, State.CLOSED, Outcome.FULFILLED)
    assert firm.messages()[0].auto == "auto-reply"
    assert firm.promised() == []


def test_who_asks_for_more_than_that_is_read_by_the_classifier(firm: Firm) -> None:
    firm.reader.knows("what you hold", Kind.ACCESS)
    firm.receive("First show me what you hold.", subject="unsubscribe")
    firm.work()
    assert firm.request().kind is Kind.ACCESS
    assert not suppressed(firm, ADA)


def test_somebody_we_do_not_know_gets_the_same_letter(firm: Firm) -> None:
    firm.reader.knows("no more newsletters", Kind.OPT_OUT)
    firm.receive("Please, no more newsletters.", sender=MALLORY, name="Mallory")
    firm.receive("Please, no more newsletters.")
    firm.work()
    texts = [firm.letter_texts(address)[0].splitlines() for address in (ADA, MALLORY)]
    assert [one for one in texts[0] if "RD-" not in one and "://" not in one] == [
        one for one in texts[1] if "RD-" not in one and "://" not in one
    ]
    assert suppressed(firm, MALLORY)


def test_the_way_back_is_in_the_letter(firm: Firm) -> None:
    firm.reader.knows("no more newsletters", Kind.OPT_OUT)
    firm.receive("Please, no more newsletters.")
    firm.work()
    back = firm.link(ADA, "resubscribe")
    assert firm.web().get(back).status_code == 200
    assert suppressed(firm, ADA)
    assert firm.web().post(back).status_code == 200
    assert not suppressed(firm, ADA)


def test_the_customer_database_is_away_and_the_suppression_holds_already(firm: Firm) -> None:
    firm.reader.knows("no more newsletters", Kind.OPT_OUT)
    shop = firm.folder / "shop.sqlite3"
    shop.rename(firm.folder / "away.sqlite3")
    firm.receive("Please, no more newsletters.")
    firm.work()
    assert suppressed(firm, ADA)
    assert firm.request().state is State.APPLYING
    assert firm.promised() == []
    (firm.folder / "away.sqlite3").rename(shop)
    firm.clock.pass_(minutes=1)  # type: ignore[attr-defined]
    firm.work()
    assert not firm.customer()["newsletter"]
    assert firm.promised() == ["opted_out"]


def test_one_click_on_an_unsubscribe_link(firm: Firm) -> None:
    with firm.desk.sessions.begin() as session:
        url = suppressions.unsubscribe_link(firm.desk, session, ADA, now=firm.clock())
    path = url.removeprefix("http://127.0.0.1:8000")
    assert firm.web().get(path).status_code == 200
    assert not suppressed(firm, ADA)
    answer = firm.web().post(path, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.headers.get("Set-Cookie")) == (200, None)
    assert suppressed(firm, ADA)
    firm.work()
    assert not firm.customer()["newsletter"]
    assert len(firm.letters_to(ADA)) == 1
    firm.web().post(path, data={"List-Unsubscribe": "One-Click"})
    firm.work()
    assert len(firm.letters_to(ADA)) == 1


def test_two_requests_in_one_mail_go_their_own_ways(firm: Firm) -> None:
    firm.reader.knows("and what you hold", Kind.OPT_OUT, Kind.ACCESS)
    firm.receive("No advertising please, and what you hold about me.")
    firm.work()
    assert {one.kind: one.state for one in firm.requests()} == {
        Kind.OPT_OUT: State.CLOSED,
        Kind.ACCESS: State.AWAITING_PROOF,
    }
    assert len(firm.tickets()) == 1
    assert sorted(firm.promised()) == ["opted_out", "proof"]


def test_no_address_stands_in_the_list_itself(firm: Firm) -> None:
    firm.reader.knows("no more newsletters", Kind.OPT_OUT)
    firm.receive("Please, no more newsletters.")
    firm.work()
    with firm.session() as session:
        (row,) = session.scalars(sa.select(Suppression))
    assert "ada" not in row.digest


def told_to_stop(firm: Firm) -> None:
    firm.reader.knows("no more newsletters", Kind.OPT_OUT)
    firm.receive("Please, no more newsletters.")
    firm.work()


def test_forged_mails_bring_nobody_a_second_letter_about_what_they_know(firm: Firm) -> None:
    firm.reader.knows("no more newsletters", Kind.OPT_OUT)
    for number in range(3):
        firm.receive("Please, no more newsletters.", subject=f"stop {number}")
    firm.work()
    passes(firm, days=6)
    firm.receive("Please, no more newsletters.", subject="stop again")
    firm.work()
    assert firm.promised() == ["opted_out"]
    assert {(one.state, one.outcome) for one in firm.requests()} == {(State.CLOSED, Outcome.FULFILLED)}
    passes(firm, days=2)
    firm.receive("Please, no more newsletters.", subject="stop for ever")
    firm.work()
    assert firm.promised() == ["opted_out"] * 2


def test_what_leans_on_a_letter_closes_with_it_and_comes_back_with_it(firm: Firm) -> None:
    told_to_stop(firm)
    firm.receive("Please, no more newsletters.", subject="stop again")
    firm.work()
    bounce(firm, firm.letters_to(ADA)[0])
    firm.work()
    assert [one.state for one in firm.requests() if one.kind is Kind.OPT_OUT] == [State.UNDELIVERED] * 2
    firm.receive("Please, no more newsletters.", subject="and again")
    firm.work()
    assert firm.promised() == ["opted_out"] * 2


def test_a_letter_that_has_not_left_closes_nothing_that_leans_on_it(firm: Firm) -> None:
    firm.reader.knows("no more newsletters", Kind.OPT_OUT)
    firm.receive("Please, no more newsletters.")
    firm.receive("Please, no more newsletters.", subject="stop again")
    work_once([stage for stage in firm.worker("worker-1") if stage.name != "deliver"], threading.Event())
    assert [one.state for one in firm.requests()] == [State.RESPONDING] * 2
    firm.work()
    assert [one.state for one in firm.requests()] == [State.CLOSED] * 2


def test_what_leans_on_a_letter_that_is_stuck_is_shown_with_it(firm: Firm) -> None:
    firm.reader.knows("no more newsletters", Kind.OPT_OUT)
    firm.receive("Please, no more newsletters.")
    firm.receive("Please, no more newsletters.", subject="stop again")
    work_once([stage for stage in firm.worker("worker-1") if stage.name != "deliver"], threading.Event())
    with firm.desk.sessions.begin() as session:
        session.execute(sa.update(OutboxLetter).values(state=LetterState.UNCERTAIN, settled=True))
    with firm.session() as session:
        rows, _ = worklist.page(session, View.UNDELIVERED, staff_id=1, today=firm.clock().date(), after=None)
    assert [row.state for row in rows] == [State.RESPONDING] * 2


def test_the_way_back_restores_the_consent_and_says_so(firm: Firm) -> None:
    told_to_stop(firm)
    assert not firm.customer()["newsletter"]
    back = firm.link(ADA, "resubscribe")
    passes(firm, minutes=1)
    firm.web().post(back)
    firm.web().post(back)
    firm.work()
    assert firm.customer()["newsletter"]
    assert firm.promised() == ["opted_out", "opted_in"]
    assert {"opted in again", "consents brought back"} <= set(firm.events())
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.FULFILLED)
    assert firm.web().post(firm.link(ADA, "unsubscribe")).status_code == 200
    firm.work()
    assert suppressed(firm, ADA)
    assert not firm.customer()["newsletter"]
    assert firm.promised() == ["opted_out", "opted_in", "opted_out"]


def test_the_way_back_leaves_what_was_off_before_and_what_is_anothers_now(firm: Firm) -> None:
    firm.change_shop("UPDATE customers SET newsletter = FALSE WHERE id = 1")
    firm.change_shop("UPDATE customers SET email = 'ada@example.net' WHERE id = 3")
    told_to_stop(firm)
    firm.change_shop("UPDATE customers SET email = 'other@example.net' WHERE id = 3")
    firm.web().post(firm.link(ADA, "resubscribe"))
    firm.work()
    assert [firm.customer(key)["newsletter"] for key in (1, 3)] == [False, False]
    assert firm.promised() == ["opted_out", "opted_in"]


def test_the_database_is_away_when_somebody_comes_back(firm: Firm) -> None:
    told_to_stop(firm)
    shop = firm.folder / "shop.sqlite3"
    shop.rename(firm.folder / "away.sqlite3")
    firm.web().post(firm.link(ADA, "resubscribe"))
    firm.work()
    assert firm.promised() == ["opted_out"]
    (firm.folder / "away.sqlite3").rename(shop)
    passes(firm, minutes=1)
    firm.work()
    assert firm.customer()["newsletter"]
    assert firm.promised() == ["opted_out", "opted_in"]


def way_out(firm: Firm) -> str:
    with firm.desk.sessions.begin() as session:
        return suppressions.unsubscribe_link(firm.desk, session, ADA, now=firm.clock()).removeprefix(BASE_URL)


def test_no_is_the_last_word_though_a_way_back_was_put_off(firm: Firm) -> None:
    told_to_stop(firm)
    out = way_out(firm)
    passes(firm, minutes=5)
    shop = firm.folder / "shop.sqlite3"
    shop.rename(firm.folder / "away.sqlite3")
    firm.web().post(firm.link(ADA, "resubscribe"))
    firm.work()
    (firm.folder / "away.sqlite3").rename(shop)
    passes(firm, seconds=10)
    firm.web().post(out)
    firm.work()
    passes(firm, seconds=30)
    firm.work()
    assert suppressed(firm, ADA)
    assert not firm.customer()["newsletter"]
    assert firm.promised() == ["opted_out"] * 2
    firm.web().post(firm.link(ADA, "resubscribe"))
    firm.work()
    assert firm.customer()["newsletter"]
    assert firm.promised() == ["opted_out", "opted_out", "opted_in"]


def test_no_is_the_last_word_though_another_worker_is_bringing_the_consents_back(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_to_stop(firm)
    out = way_out(firm)
    passes(firm, minutes=5)
    firm.web().post(firm.link(ADA, "resubscribe"))
    shop = firm.desk.stores["shop"]
    restore = shop.restore

    def late(change: RowChange) -> None:
        monkeypatch.setattr(shop, "restore", restore)
        firm.web().post(out)
        fulfil.fulfil(firm.desk, owner="worker-2")
        restore(change)

    monkeypatch.setattr(shop, "restore", late)
    firm.work()
    assert suppressed(firm, ADA)
    assert not firm.customer()["newsletter"]
    assert firm.promised() == ["opted_out"] * 2
    firm.web().post(firm.link(ADA, "resubscribe"))
    firm.work()
    assert firm.customer()["newsletter"]


def test_the_way_back_reaches_what_the_same_address_in_another_spelling_switched_off(firm: Firm) -> None:
    told_to_stop(firm)
    passes(firm, days=8)
    firm.change_shop("UPDATE customers SET email = 'ada@example.net', newsletter = TRUE WHERE id = 3")
    firm.receive("Please, no more newsletters.", sender="Ada@Example.net", subject="stop again")
    firm.work()
    assert firm.promised() == ["opted_out"] * 2
    assert [firm.customer(key)["newsletter"] for key in (1, 3)] == [False, False]
    assert {one.requester for one in firm.tickets()} == {ADA, "Ada@example.net"}
    firm.web().post(firm.link("Ada@example.net", "resubscribe"))
    firm.work()
    assert [firm.customer(key)["newsletter"] for key in (1, 3)] == [True, True]
