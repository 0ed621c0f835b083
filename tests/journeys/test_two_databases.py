"""The same person in two customer databases: what is written in one is told, whatever became of the other."""

import pytest

from models.customers import CustomerAwayError, RowChange
from models.rules.kinds import Field, Kind
from models.rules.lifecycle import CorrectionState, Outcome, State
from models.services import suppressions
from models.services.deciding import review
from tests.firm import ADA, Firm, make_shop
from tests.journeys.stories import STREET, passes, proved

NEW_EMAIL = "ada.new@example.net"
SECOND = """
[[customers]]
name = "ledger"
url = "{url}"
[customers.tables.customers]
key = "id"
subject = "email"
[customers.tables.customers.columns]
email = {{ field = "email", correct = "four_eyes" }}
street = {{ field = "street", correct = "approve" }}
newsletter = {{ consent = "marketing", off = false }}
"""


@pytest.fixture
def firm(found_firm, tmp_path):  # type: ignore[no-untyped-def]
    return found_firm(config=SECOND.format(url=make_shop(tmp_path / "ledger.sqlite3")))


def ledger(firm: Firm, statement: str) -> object:
    import sqlite3

    with sqlite3.connect(firm.folder / "ledger.sqlite3") as connection:
        row = connection.execute(statement).fetchone()
    connection.close()
    return row and row[0]


def test_both_are_corrected_and_one_line_says_so(firm: Firm) -> None:
    request = proved(firm, STREET)
    assert [one.store for one in request.corrections] == ["shop", "ledger"]
    firm.does(review.approve, request)
    firm.work()
    assert firm.customer()["street"] == ledger(firm, "SELECT street FROM customers WHERE id = 1") == "14 Quarry Hill"
    assert firm.letter_texts(ADA)[-1].count("14 Quarry Hill") == 1


def test_a_refusal_of_the_rest_says_what_was_written(firm: Firm) -> None:
    request = proved(firm, STREET)
    firm.does(review.approve, request)
    ledger(firm, "UPDATE customers SET street = '1 New Row' WHERE id = 1")
    firm.work()
    request = firm.request()
    assert request.state is State.IN_REVIEW
    assert [one.state for one in request.corrections] == [CorrectionState.APPLIED, CorrectionState.CONFLICT]
    assert firm.promised() == ["proof"]
    firm.does(review.decline, request, reason="The ledger keeps the street of the invoice.")
    firm.work()
    assert (firm.request().state, firm.request().outcome) == (State.CLOSED, Outcome.PARTLY)
    letter = firm.letter_texts(ADA)[-1]
    assert "We have corrected your data" in letter or "we have corrected your data" in letter
    assert "The ledger keeps the street of the invoice." in letter
    assert "Authority for Data Protection" in letter
    assert ledger(firm, "SELECT street FROM customers WHERE id = 1") == "1 New Row"


def test_an_opt_out_holds_for_the_new_address_while_the_other_database_waits(firm: Firm) -> None:
    firm.reader.knows("no newsletter", Kind.OPT_OUT)
    firm.receive("no newsletter")
    firm.work()
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[(Field.EMAIL, ADA, NEW_EMAIL)])
    firm.receive(f"Please correct {ADA} to {NEW_EMAIL}")
    firm.work()
    firm.prove()
    request = firm.requests()[-1]
    firm.does(review.approve, request)
    firm.does(review.approve, request, actor=firm.staff("linus"))
    ledger(firm, "UPDATE customers SET email = 'quint@example.net' WHERE id = 1")
    firm.work()
    assert firm.requests()[-1].state is State.IN_REVIEW
    assert firm.customer()["email"] == NEW_EMAIL
    with firm.session() as session:
        assert suppressions.is_suppressed(firm.desk, session, NEW_EMAIL)
        assert suppressions.is_suppressed(firm.desk, session, ADA)


def test_undoing_half_marks_half(firm: Firm) -> None:
    request = proved(firm, STREET)
    firm.does(review.approve, request)
    firm.work()
    ledger(firm, "UPDATE customers SET street = '1 New Row' WHERE id = 1")
    firm.does(review.undo, request)
    firm.work()
    assert firm.customer()["street"] == "3 Mill Lane"
    request = firm.request()
    assert (request.state, request.outcome) == (State.IN_REVIEW, None)
    assert sorted((one.store or "", one.state.value) for one in request.corrections) == [
        ("ledger", "applied"), ("shop", "proposed"), ("shop", "undone"),
    ]  # fmt: skip
    assert firm.promised()[-1] == "undone"
    assert "3 Mill Lane" in firm.letter_texts(ADA)[-1]


def test_one_of_two_databases_is_away_and_nothing_is_proposed_until_both_answer(firm: Firm) -> None:
    away, home = firm.folder / "away", firm.folder / "ledger.sqlite3"
    home.rename(away)
    firm.reader.knows("Please correct", Kind.RECTIFICATION, values=[STREET])
    firm.receive("Please correct 3 Mill Lane to 14 Quarry Hill")
    firm.work()
    assert firm.request().found is None
    assert {one.store for one in firm.request().corrections} == {None}
    away.rename(home)
    firm.clock.pass_(seconds=31)  # type: ignore[attr-defined]
    firm.work()
    assert [one.store for one in firm.request().corrections] == ["shop", "ledger"]


def test_who_lost_her_address_in_one_database_is_told_before_the_other_is_settled(firm: Firm) -> None:
    request = proved(firm, (Field.EMAIL, ADA, NEW_EMAIL))
    firm.does(review.approve, request)
    firm.does(review.approve, request, actor=firm.staff("linus"))
    ledger(firm, "UPDATE customers SET email = 'quint@example.net' WHERE id = 1")
    firm.work()
    assert firm.request().state is State.IN_REVIEW
    assert firm.promised() == ["proof", "address_left", "address_changed"]
    assert firm.web().post(firm.link(ADA, "undo")).status_code == 200
    firm.work()
    assert firm.customer()["email"] == ADA
    assert ledger(firm, "SELECT email FROM customers WHERE id = 1") == "quint@example.net"
    assert firm.request().state is State.IN_REVIEW
    assert firm.promised()[-1] == "undone"


def newsletters(firm: Firm) -> list[bool]:
    return [bool(firm.customer()["newsletter"]), bool(ledger(firm, "SELECT newsletter FROM customers WHERE id = 1"))]


def test_the_way_back_reaches_what_was_switched_off_before_the_other_database_went_away(firm: Firm) -> None:
    firm.reader.knows("no newsletter", Kind.OPT_OUT)
    there = firm.folder / "ledger.sqlite3"
    there.rename(firm.folder / "away.sqlite3")
    firm.receive("no newsletter")
    firm.work()
    assert (firm.customer()["newsletter"], firm.promised()) == (False, [])
    (firm.folder / "away.sqlite3").rename(there)
    passes(firm, minutes=1)
    firm.work()
    assert (newsletters(firm), firm.promised()) == ([False, False], ["opted_out"])
    firm.web().post(firm.link(ADA, "resubscribe"))
    firm.work()
    assert newsletters(firm) == [True, True]


def test_the_way_back_reaches_the_rows_before_the_one_at_which_the_database_went_away(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm.change_shop("UPDATE customers SET email = 'ada@example.net' WHERE id = 3")
    firm.reader.knows("no newsletter", Kind.OPT_OUT)
    shop = firm.desk.stores["shop"]
    restore = shop.restore

    def gone(change: RowChange) -> None:
        if change.key == "3":
            raise CustomerAwayError
        restore(change)

    monkeypatch.setattr(shop, "restore", gone)
    firm.receive("no newsletter")
    firm.work()
    monkeypatch.setattr(shop, "restore", restore)
    passes(firm, minutes=1)
    firm.work()
    assert [firm.customer(key)["newsletter"] for key in (1, 3)] == [False, False]
    firm.web().post(firm.link(ADA, "resubscribe"))
    firm.work()
    assert [firm.customer(key)["newsletter"] for key in (1, 3)] == [True, True]


def test_the_way_back_reaches_what_was_switched_off_by_a_worker_that_died_before_it_could_say_so(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """No handler of the worker's catches this: it is gone as by SIGKILL."""

    def killed(*_: object, **__: object) -> int:
        raise Killed

    firm.reader.knows("no newsletter", Kind.OPT_OUT)
    firm.receive("no newsletter")
    with monkeypatch.context() as dying:
        dying.setattr("models.services.corrections.fulfilment.record", killed)
        with pytest.raises(Killed):
            firm.work()
    assert (newsletters(firm), firm.promised()) == ([False, False], [])
    passes(firm, minutes=2)
    firm.work()
    firm.web().post(firm.link(ADA, "resubscribe"))
    firm.work()
    assert newsletters(firm) == [True, True]
