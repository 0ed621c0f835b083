"""How addresses and names come apart, wherever the desk does it."""

import pytest

from models.rules.kinds import Field
from models.rules.parts import spots_of, words_of

ADDRESSES = [
    ("Lindenweg 4, 10115 Berlin", ("Lindenweg 4", "Berlin", "10115", None)),
    ("Lindenweg 4\n10115 Berlin\nDeutschland", ("Lindenweg 4", "Berlin", "10115", "Deutschland")),
    ("c/o Quint\nMill Lane 3\nLeeds LS1 4AP", ("c/o Quint, Mill Lane 3", "Leeds", "LS1 4AP", None)),
    ("14 Quarry Hill, Leeds, LS1 4AP", ("14 Quarry Hill", "Leeds", "LS1 4AP", None)),
    ("Keizersgracht 12, 1015 CR Amsterdam", ("Keizersgracht 12", "Amsterdam", "1015 CR", None)),
    ("ul. Lipowa 4/2, 31-104 Kraków", ("ul. Lipowa 4/2", "Kraków", "31-104", None)),
    ("Rua das Flores 9, 4050-265 Porto, Portugal", ("Rua das Flores 9", "Porto", "4050-265", "Portugal")),
    ("Torggatan 2, 872 30 Kramfors", ("Torggatan 2", "Kramfors", "872 30", None)),
    ("the yellow house behind the mill", ("the yellow house behind the mill", None, None, None)),
]


def parts_of(whole: Field, text: str) -> dict[Field, str]:
    return words_of(text, spots_of(whole, text))


@pytest.mark.parametrize(("address", "parts"), ADDRESSES, ids=[address for address, _ in ADDRESSES])
def test_an_address_comes_apart_and_nothing_of_it_is_dropped(address: str, parts: tuple[str | None, ...]) -> None:
    found = parts_of(Field.ADDRESS, address)
    columns = (Field.STREET, Field.CITY, Field.POSTAL_CODE, Field.COUNTRY)
    assert tuple(found.get(column) for column in columns) == parts


def test_the_last_word_of_a_name_is_the_family_s() -> None:
    assert parts_of(Field.NAME, "Ada Maria Quint") == {Field.GIVEN_NAME: "Ada Maria", Field.FAMILY_NAME: "Quint"}
    assert parts_of(Field.NAME, "Quint") == {Field.FAMILY_NAME: "Quint"}
    assert parts_of(Field.NAME, "") == {}
