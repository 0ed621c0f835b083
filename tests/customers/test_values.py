"""What a field may hold: what cannot be is refused with what to do, and odd but real values pass."""

import pytest

from models.customers.values import refusal
from models.rules.kinds import Field

REAL: dict[Field, tuple[str, ...]] = {
    Field.PHONE: (
        "+44 20 7946 0017", "(030) 123-45 67", "+49 (0)30 1234567", "0171/1234567", "+1.415.555.2671",
        "00 49 30 123456", "0800–123–456", "020 7946 0017 ext. 17", "+44 20 7946 0017 x17", "030 1234567 DW 12",
        "01 23 45 67 89 poste 12", "+290 23456", "+683 4000", "2345", "٠٢٠ ٧٩٤٦ ٠٠١١",
        "+4912345678901234567", "+1 234567890123456789",
    ),
    Field.EMAIL: ("ada+x@example.org", "o'hara@shop.example", "ada@müller.example", "jürgen@example.de"),
    Field.POSTAL_CODE: ("M1 2AB", "D-10115", "12345-6789", "12.345-678", "〒100-0001", "BFPO 1", "101", "GIR 0AA"),
    Field.DATE_OF_BIRTH: ("1980-12-31", "31.12.1980", "12/31/1980", "1980", "1980-00-00", "31 May 1980", "1401-02-31"),
    Field.VAT_ID: ("ATU12345678", "CHE-123.456.789 MWST", "1+12345A"),
    Field.IP_ADDRESS: ("192.0.2.7", "2001:db8::1"),
    Field.NAME: ("X", "李", "O’Neil-Smith III.", "Ada 2nd", "x" * 500),
    Field.CITY: ("1770", "Å"),
    Field.STREET: ("5", "Ø"),
    Field.PAYMENT: ("cash",),
}  # fmt: skip
CANNOT_BE: dict[Field, tuple[str, ...]] = {
    Field.PHONE: (
        "call me", "call me 12345678", "123", "+999 12345678", "+49 1", "+49", "as before", "ada@example.org",
        "3 Mill Lane 4000", "030 123456 / 0171 1234567 / 0160 1234567", "+123 \u202e7",
    ),
    Field.EMAIL: ("ada", "ada@", "a b@shop.example", "ada@example.org, ben@example.org"),
    Field.POSTAL_CODE: ("Manchester", "M1 2AB Manchester City", "unknown", "1"),
    Field.DATE_OF_BIRTH: ("yesterday", "1980-02-30", "31.02.1980", "1980-13-01"),
    Field.VAT_ID: ("none", "7"),
    Field.IP_ADDRESS: ("at home",),
    Field.NAME: (" ", "Ada\nQuint", "Ada \u202etniuQ", "\ud800", "x" * 501),
    Field.STREET: ("?",),
    Field.ADDRESS: ("-",),
}  # fmt: skip


def _each(table: dict[Field, tuple[str, ...]]) -> list[tuple[Field, str]]:
    return [(field, value) for field, values in table.items() for value in values]


@pytest.mark.parametrize(("field", "value"), _each(REAL), ids=ascii)
def test_what_is_odd_but_real_passes(field: Field, value: str) -> None:
    assert refusal(field, value) is None


@pytest.mark.parametrize(("field", "value"), _each(CANNOT_BE), ids=ascii)
def test_what_cannot_be_is_refused_and_not_quoted(field: Field, value: str) -> None:
    why = refusal(field, value)
    assert why is not None
    assert ":" in why, "it does not say what to do"
    assert len(value) < 3 or value not in why


@pytest.mark.parametrize("field", Field, ids=str)
def test_no_value_at_all_is_a_removal(field: Field) -> None:
    assert refusal(field, None) is None
