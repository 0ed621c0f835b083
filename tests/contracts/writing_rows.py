"""How every customer database is written: compare-and-set, one UPDATE a row, and back again."""

import pytest

from models.customers import (
    ColumnChange,
    CustomerChangedError,
    CustomerStore,
    RowChange,
    ValueRefusedError,
)
from tests.contracts.shop import ADA, TWINS, run
from tests.contracts.stores import Open, Stores, change


class WritingContract(Stores):
    """What is written, and what is refused."""

    def test_all_columns_of_a_row_change_at_once(self, shop: CustomerStore) -> None:
        shop.write(change(("street", "Musterweg 1", "Neuer Weg 2"), ("phone", "+49 30 1234567", None)))
        assert dict(self.ada(shop).values) == {**ADA, "street": "Neuer Weg 2", "phone": None}

    def test_nobody_else_is_changed(self, shop: CustomerStore, url: str) -> None:
        shop.write(change(("full_name", "Ada Lovelace", "Ada King")))
        assert run(url, "SELECT count(*) FROM customers WHERE full_name = 'Ada King'")[0][0] == 1

    @pytest.mark.parametrize(
        ("column", "after"),
        [("code", "XY9"), ("code", "12345678"), ("born", "1981-01-02"), ("joined", "2021-02-03T04:05:06"),
         ("credit", "13.75"), ("credit", "0.10"), ("points", "-3"), ("newsletter", "false"), ("street", "Ä 1 🏠"),
         ("full_name", "O'Neil \\ %s :id"), ("email", "ada@new.example")],
        ids=["char", "full-char", "date", "time", "decimal", "cents", "number", "truth", "emoji", "quotes", "email"],
    )  # fmt: skip
    def test_a_value_of_each_type_goes_in_and_comes_back_and_can_be_undone(
        self, shop: CustomerStore, column: str, after: str
    ) -> None:
        there = change((column, ADA[column], after))
        shop.write(there)
        assert self.ada(shop).values[column] == after
        shop.write(there)
        shop.write(change((column, after, ADA[column])))
        assert dict(self.ada(shop).values) == ADA

    @pytest.mark.parametrize("column", ["phone", "code", "born", "joined", "credit", "points"])
    def test_a_value_is_removed_and_brought_back(self, shop: CustomerStore, column: str) -> None:
        shop.write(change((column, ADA[column], None)))
        assert self.ada(shop).values[column] is None
        shop.write(change((column, None, ADA[column])))
        assert self.ada(shop).values[column] == ADA[column]

    def test_what_changed_meanwhile_is_not_written_over(self, shop: CustomerStore, url: str) -> None:
        run(url, "UPDATE customers SET phone = '+49 30 9' WHERE id = 1")
        with pytest.raises(CustomerChangedError) as changed:
            shop.write(change(("street", "Musterweg 1", "Neuer Weg 2"), ("phone", "+49 30 1234567", "+49 30 77777")))
        assert changed.value.now is not None
        assert dict(changed.value.now.values) == {**ADA, "phone": "+49 30 9"} == dict(self.ada(shop).values)

    @pytest.mark.parametrize(
        ("column", "before"),
        [("full_name", "ada lovelace"), ("full_name", None), ("code", "AB1x"), ("credit", "12.5001")],
    )
    def test_before_is_compared_exactly(self, shop: CustomerStore, column: str, before: str | None) -> None:
        with pytest.raises(CustomerChangedError):
            shop.write(change((column, before, "1")))
        assert dict(self.ada(shop).values) == ADA

    def test_a_row_that_is_gone_is_told(self, shop: CustomerStore, url: str) -> None:
        run(url, "DELETE FROM customers WHERE id = 1")
        with pytest.raises(CustomerChangedError) as changed:
            shop.write(change(("street", "Musterweg 1", "Neuer Weg 2")))
        assert changed.value.now is None

    def test_a_write_that_was_done_already_is_fine(self, shop: CustomerStore, url: str) -> None:
        run(url, "UPDATE customers SET street = 'Neuer Weg 2' WHERE id = 1")
        shop.write(change(("street", "Musterweg 1", "Neuer Weg 2")))
        with pytest.raises(CustomerChangedError):
            shop.write(change(("street", "Musterweg 1", "Neuer Weg 2"), ("phone", "+49 30 1234567", "+49 30 77777")))

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            pytest.param("full_name", "x" * 41, id="too-long"),
            pytest.param("code", "123456789", id="too-long-for-char"),
            pytest.param("full_name", "Ada\x00", id="nul"),
            pytest.param("street", "Musterweg 1\r\nBcc: x", id="line-break"),
            pytest.param("full_name", "Ada \u202eecalevoL", id="turned-around"),
            pytest.param("full_name", "\ud800", id="half-a-character"),
            pytest.param("full_name", "  ", id="blank"),
            pytest.param("email", "ada", id="no-address"),
            pytest.param("email", "ada@", id="no-domain"),
            pytest.param("email", "a b@shop.example", id="blank-in-address"),
            pytest.param("email", None, id="address-removed"),
            pytest.param("newsletter", None, id="not-null"),
            pytest.param("newsletter", "maybe", id="no-truth"),
            pytest.param("phone", "call me", id="no-phone"),
            pytest.param("born", "10.12.1980", id="no-date"),
            pytest.param("born", "1980-02-30", id="no-such-day"),
            pytest.param("joined", "yesterday", id="no-time"),
            pytest.param("credit", "12.505", id="too-many-decimals"),
            pytest.param("credit", "100000000", id="too-large"),
            pytest.param("credit", "NaN", id="nan"),
            pytest.param("points", "40000", id="too-large-for-its-bits"),
            pytest.param("points", "1.5", id="no-whole-number"),
            pytest.param("notes", "{}", id="json"),
            pytest.param("id", "2", id="key"),
            pytest.param("secret", "x", id="unmapped"),
        ],
    )
    def test_a_value_that_does_not_fit_is_refused_without_being_quoted(
        self, shop: CustomerStore, column: str, value: str | None
    ) -> None:
        with pytest.raises(ValueRefusedError) as refused:
            shop.check_value("customers", column, value)
        assert value is None or len(value) < 3 or value not in str(refused.value)
        with pytest.raises(ValueRefusedError):
            shop.write(change((column, ADA.get(column), value)))
        assert dict(self.ada(shop).values) == ADA

    def test_what_a_rule_of_the_database_refuses_is_told_without_the_value(
        self, shop: CustomerStore, url: str
    ) -> None:
        run(url, "CREATE UNIQUE INDEX one_each ON customers (email)")
        with pytest.raises(ValueRefusedError, match="a rule of the customer database") as refused:
            shop.write(change(("email", ADA["email"], "ada+news@shop.example")))
        assert "@" not in str(refused.value)
        assert refused.value.__suppress_context__
        assert dict(self.ada(shop).values) == ADA

    def test_what_was_there_comes_back_though_nobody_could_write_it_anew(
        self, open_store: Open, url: str, shop: CustomerStore
    ) -> None:
        run(url, "UPDATE customers SET phone = 'n/a' WHERE id = 1")
        shop.write(change(("phone", "n/a", "+49 30 5555")))
        with pytest.raises(ValueRefusedError):
            shop.write(change(("phone", "+49 30 5555", "n/a")))
        open_store(url).restore(change(("phone", "+49 30 5555", "n/a")))
        assert self.ada(shop).values["phone"] == "n/a"

    def test_an_opt_out_reaches_every_consent_of_the_person_and_nobody_elses(
        self, shop: CustomerStore, url: str
    ) -> None:
        changes = shop.consents("ADA@shop.example")
        assert {(due.table, due.key, due.columns) for due in changes} == {
            ("customers", "1", (ColumnChange("newsletter", "true", "false"), ColumnChange("calls", "1", "0"))),
            ("preferences", "1", (ColumnChange("sms", "yes", "no"),)),
            ("list-members", "ada@shop.example", (ColumnChange("on", "true", "false"),)),
        }
        assert dict(self.ada(shop).values) == ADA
        assert [shop.switch_off(due) for due in changes] == changes
        assert shop.consents("ada@shop.example") == []
        assert run(url, "SELECT count(*) FROM customers WHERE newsletter AND calls = 1")[0][0] == len(TWINS)
        assert run(url, "SELECT count(*) FROM preferences WHERE sms = 'yes'")[0][0] == len(TWINS)

    def test_a_consent_that_changed_since_it_was_read_is_switched_off_all_the_same(
        self, shop: CustomerStore, url: str
    ) -> None:
        due = next(one for one in shop.consents("ada@shop.example") if one.table == "customers")
        run(url, "UPDATE customers SET calls = 2 WHERE id = 1")
        done = shop.switch_off(due)
        assert done is not None
        assert done.columns == (ColumnChange("newsletter", "true", "false"), ColumnChange("calls", "2", "0"))

    def test_a_row_that_is_gone_has_no_consent_left(self, shop: CustomerStore, url: str) -> None:
        due = next(one for one in shop.consents("ada@shop.example") if one.table == "list-members")
        run(url, "DELETE FROM \"list-members\" WHERE address = 'ada@shop.example'")
        assert shop.switch_off(due) is None

    def test_an_opt_out_is_undone_from_what_it_returned(self, shop: CustomerStore) -> None:
        for due in shop.consents("ada@shop.example"):
            done = shop.switch_off(due)
            assert done is not None
            back = tuple(ColumnChange(column.column, column.after, column.before) for column in done.columns)
            shop.write(RowChange(done.store, done.table, done.key, back))
        assert dict(self.ada(shop).values) == ADA

    def test_an_opt_out_of_nobody_changes_nothing(self, shop: CustomerStore) -> None:
        assert shop.consents("nobody@shop.example") == []
