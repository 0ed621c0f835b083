"""Corrections that may go by themselves, and customers that changed meanwhile: on SQLite and on PostgreSQL."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from models.rules.kinds import Field
from models.rules.lifecycle import CorrectionState, Outcome, State
from models.services.deciding import review
from tests.firm import SHOP, Firm
from tests.journeys.stories import CITY, STREET, asked, corrected, proved

PHONE = (Field.PHONE, "+44 20 7946 0011", "+44 20 7946 0099")


@pytest.fixture(params=["sqlite", "postgresql"])
def shop_firm(request: pytest.FixtureRequest, found_firm: Callable[..., Firm]) -> Any:
    if request.param == "sqlite":
        return found_firm()
    url = request.getfixturevalue("postgres").create_database()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in filter(str.strip, SHOP.split(";")):
            connection.exec_driver_sql(statement)
    engine.dispose()
    return found_firm(shop_url=url)


def test_the_customer_changed_between_approval_and_writing(shop_firm: Firm) -> None:
    request = proved(shop_firm, STREET, CITY)
    shop_firm.does(review.approve, request)
    shop_firm.change_shop("UPDATE customers SET street = '1 New Row' WHERE id = 1")
    shop_firm.work()
    row = shop_firm.customer()
    assert (row["street"], row["city"]) == ("1 New Row", "Manchester")
    request = shop_firm.request()
    assert (request.state, request.outcome) == (State.IN_REVIEW, None)
    assert [(one.state, one.before) for one in request.corrections] == [
        (CorrectionState.CONFLICT, "1 New Row"), (CorrectionState.CONFLICT, "Manchester"),
    ]  # fmt: skip
    shop_firm.does(review.approve, request)
    shop_firm.work()
    row = shop_firm.customer()
    assert (row["street"], row["city"]) == ("14 Quarry Hill", "Leeds")
    assert shop_firm.request().outcome is Outcome.FULFILLED


def test_what_stood_empty_and_was_filled_in_meanwhile_is_a_conflict(shop_firm: Firm) -> None:
    shop_firm.change_shop("UPDATE customers SET phone = NULL WHERE id = 1")
    request = proved(shop_firm, (Field.PHONE, None, "+44 20 7946 0099"))
    shop_firm.does(review.approve, request)
    shop_firm.change_shop("UPDATE customers SET phone = '+44 20 7946 0055' WHERE id = 1")
    shop_firm.work()
    assert shop_firm.customer()["phone"] == "+44 20 7946 0055"
    assert shop_firm.request().corrections[0].before == "+44 20 7946 0055"


def test_the_record_is_gone(shop_firm: Firm) -> None:
    request = proved(shop_firm, STREET)
    shop_firm.does(review.approve, request)
    shop_firm.change_shop("DELETE FROM orders WHERE customer_id = 1")
    shop_firm.change_shop("DELETE FROM customers WHERE id = 1")
    shop_firm.work()
    (line,) = shop_firm.request().corrections
    assert (line.state, line.note) == (CorrectionState.CONFLICT, "The record is gone.")
    assert shop_firm.promised() == ["proof"]


def test_somebody_wrote_the_very_value_already(shop_firm: Firm) -> None:
    request = proved(shop_firm, STREET)
    shop_firm.does(review.approve, request)
    shop_firm.change_shop("UPDATE customers SET street = '14 Quarry Hill' WHERE id = 1")
    shop_firm.work()
    assert shop_firm.request().outcome is Outcome.FULFILLED


def test_undone_it_is_as_it_was(shop_firm: Firm) -> None:
    before = shop_firm.customer()
    request = corrected(shop_firm, STREET, CITY, PHONE)
    assert shop_firm.customer() != before
    shop_firm.does(review.undo, request)
    shop_firm.work()
    assert shop_firm.customer() == before


def test_an_automatic_field_goes_from_the_proof_to_the_record(found_firm: Callable[..., Firm]) -> None:
    firm = found_firm(changed={'phone = { field = "phone", correct = "approve" }': AUTO})
    asked(firm, PHONE)
    firm.prove()
    firm.work()
    assert firm.customer()["phone"] == "+44 20 7946 0099"
    assert firm.request().outcome is Outcome.FULFILLED
    assert firm.promised() == ["proof", "corrected"]


def test_a_value_that_cannot_be_is_for_staff_to_see_and_nobody_writes_it(found_firm: Callable[..., Firm]) -> None:
    firm = found_firm(changed={'phone = { field = "phone", correct = "approve" }': AUTO})
    asked(firm, (Field.PHONE, None, "call me"))
    firm.prove()
    firm.work()
    request = firm.request()
    assert (request.state, [one.state for one in request.corrections]) == (State.IN_REVIEW, [CorrectionState.PROPOSED])
    assert firm.customer()["phone"] == "+44 20 7946 0011"
    assert firm.promised() == ["proof"]


def test_beside_one_of_the_same_row_that_needs_approval_it_waits_too(found_firm: Callable[..., Firm]) -> None:
    firm = found_firm(changed={'phone = { field = "phone", correct = "approve" }': AUTO})
    proved(firm, PHONE, STREET)
    firm.work()
    assert firm.customer()["phone"] == "+44 20 7946 0011"


def test_nothing_is_automatic_where_two_records_bear_the_address(found_firm: Callable[..., Firm]) -> None:
    firm = found_firm(changed={'phone = { field = "phone", correct = "approve" }': AUTO})
    firm.change_shop("UPDATE customers SET email = 'ada@example.net' WHERE id = 3")
    asked(firm, (Field.PHONE, None, "+44 20 7946 0099"))
    firm.prove()
    firm.work()
    request = firm.request()
    assert request.state is State.IN_REVIEW
    assert [one.key for one in request.corrections] == [None]
    with pytest.raises(review.InvalidError):
        firm.does(review.approve, request)
    firm.does(review.choose_rows, request, rows=[("shop", "customers", "3")])
    firm.work()
    assert firm.request().outcome is Outcome.FULFILLED
    assert (firm.customer(1)["phone"], firm.customer(3)["phone"]) == ("+44 20 7946 0011", "+44 20 7946 0099")


AUTO = 'phone = { field = "phone", correct = "auto" }'
