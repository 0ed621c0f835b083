"""From corrections as they were said to the columns that a shop keeps."""

import pytest

from models.rules.columns import fitted
from models.rules.kinds import Action, Field
from models.rules.reading import Found, Place, Record

Whole = tuple[Field, str | None, str | None]
PARTED = frozenset({Field.STREET, Field.POSTAL_CODE, Field.CITY, Field.COUNTRY})
TWO_NAMES = frozenset({Field.GIVEN_NAME, Field.FAMILY_NAME})
TEXT = "Old: {old}. New: {new}."


def said(field: Field, old: str | None, new: str | None, *, action: Action = Action.SET) -> tuple[str, Found]:
    """A letter, and what it says."""
    text = TEXT.format(old=old, new=new)
    start = text.index(new or old or "")
    return text, Found(action, field, old, new, None, Place.TEXT, start, start + len(new or old or ""))


def sides(found: Found, kept: frozenset[Field], record: Record) -> list[Whole]:
    return [(one.field, one.old, one.new) for one in fitted(found, kept, record)]


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        pytest.param(
            "Ulmenweg 7, 50667 Köln",
            [(Field.STREET, "Ulmenweg 7"), (Field.POSTAL_CODE, "50667"), (Field.CITY, "Köln")],
            id="German, one line",
        ),
        pytest.param(
            "3 Harbour Court\nWhitby YO21 3PR\nUnited Kingdom",
            [
                (Field.STREET, "3 Harbour Court"),
                (Field.CITY, "Whitby"),
                (Field.POSTAL_CODE, "YO21 3PR"),
                (Field.COUNTRY, "United Kingdom"),
            ],
            id="British, three lines",
        ),
        pytest.param(
            "12 rue des Lilas\n69003 Lyon",
            [(Field.STREET, "12 rue des Lilas"), (Field.POSTAL_CODE, "69003"), (Field.CITY, "Lyon")],
            id="French, two lines",
        ),
        pytest.param(
            "ul. Lipowa 12/4, 31-104 Krak\u00f3w, Polska",
            [
                (Field.STREET, "ul. Lipowa 12/4"),
                (Field.POSTAL_CODE, "31-104"),
                (Field.CITY, "Krak\u00f3w"),
                (Field.COUNTRY, "Polska"),
            ],
            id="Polish, with the country",
        ),
        pytest.param(
            "27 Orchard Drive, Unit 2\nRockford, IL 61114\nUSA",
            [
                (Field.STREET, "27 Orchard Drive, Unit 2"),
                (Field.CITY, "Rockford, IL"),
                (Field.POSTAL_CODE, "61114"),
                (Field.COUNTRY, "USA"),
            ],
            id="American, town and state",
        ),
        pytest.param(
            "Kyrkogatan 5 lgh 1102\n871 31 H\u00e4rn\u00f6sand",
            [
                (Field.STREET, "Kyrkogatan 5 lgh 1102"),
                (Field.POSTAL_CODE, "871 31"),
                (Field.CITY, "H\u00e4rn\u00f6sand"),
            ],
            id="Swedish, two lines",
        ),
        pytest.param(
            "14 Quarry Hill, Leeds, LS6 2AB",
            [(Field.STREET, "14 Quarry Hill"), (Field.CITY, "Leeds"), (Field.POSTAL_CODE, "LS6 2AB")],
            id="the code in a part of its own",
        ),
        pytest.param(
            "Ulmenweg 7 50667 K\u00f6ln",
            [(Field.STREET, "Ulmenweg 7"), (Field.POSTAL_CODE, "50667"), (Field.CITY, "K\u00f6ln")],
            id="without a comma",
        ),
        pytest.param(
            "via dei Tigli 8, 20121 Milano",
            [(Field.STREET, "via dei Tigli 8"), (Field.POSTAL_CODE, "20121"), (Field.CITY, "Milano")],
            id="Italian, one line",
        ),
    ],
)
def test_an_address_goes_into_the_columns_of_the_shop(address: str, wanted: list[tuple[Field, str]]) -> None:
    text, found = said(Field.ADDRESS, None, address)
    parts = list(fitted(found, PARTED, {}))
    assert [(one.field, one.new) for one in parts] == wanted
    assert [text[one.start : one.end] for one in parts] == [new for _, new in wanted]


def test_an_address_stays_whole_where_the_shop_keeps_it_whole() -> None:
    _, found = said(Field.ADDRESS, None, "Ulmenweg 7, 50667 Köln")
    assert list(fitted(found, PARTED | {Field.ADDRESS}, {})) == [found]


def test_of_an_address_only_what_changes_goes_into_the_columns() -> None:
    _, found = said(Field.ADDRESS, "Gartenstr. 11, 76133 Karlsruhe", "Waldweg 58 a, 76131 Karlsruhe")
    assert sides(found, PARTED, {}) == [
        (Field.STREET, "Gartenstr. 11", "Waldweg 58 a"),
        (Field.POSTAL_CODE, "76133", "76131"),
    ]


def test_an_address_that_is_to_go_goes_from_each_of_its_columns() -> None:
    text, found = said(Field.ADDRESS, "Mill Lane 3\n10115 Berlin", None, action=Action.REMOVE)
    parts = list(fitted(found, PARTED, {}))
    assert [(one.action, one.field, one.old, one.new) for one in parts] == [
        (Action.REMOVE, Field.STREET, "Mill Lane 3", None),
        (Action.REMOVE, Field.POSTAL_CODE, "10115", None),
        (Action.REMOVE, Field.CITY, "Berlin", None),
    ]
    assert [text[one.start : one.end] for one in parts] == ["Mill Lane 3", "10115", "Berlin"]


def test_what_has_no_new_value_stays_as_it_was_said() -> None:
    _, found = said(Field.ADDRESS, "Mill Lane 3, 10115 Berlin", None)
    assert list(fitted(found, PARTED, {})) == [found]


def test_a_name_goes_into_the_two_columns_of_the_shop() -> None:
    _, found = said(Field.NAME, None, "Maja Lindqvist")
    wanted = [(Field.GIVEN_NAME, None, "Maja"), (Field.FAMILY_NAME, None, "Lindqvist")]
    assert sides(found, TWO_NAMES, {Field.GIVEN_NAME: "Maja", Field.FAMILY_NAME: "Berg"}) == wanted


ILYAS = {Field.GIVEN_NAME: "Bilal", Field.FAMILY_NAME: "El Ouardi"}


@pytest.mark.parametrize(
    ("new", "record", "wanted"),
    [
        pytest.param("Ilyas El Ouardi", ILYAS, [(Field.GIVEN_NAME, "Bilal", "Ilyas")], id="the family's stays"),
        pytest.param("Bilal van Dam", ILYAS, [(Field.FAMILY_NAME, "El Ouardi", "van Dam")], id="the given one stays"),
        pytest.param(
            "Ilyas Dam",
            ILYAS,
            [(Field.GIVEN_NAME, "Bilal", "Ilyas"), (Field.FAMILY_NAME, "El Ouardi", "Dam")],
            id="both change",
        ),
    ],
)
def test_a_name_comes_apart_where_the_record_does_and_only_what_changes_is_said(
    new: str, record: Record, wanted: list[Whole]
) -> None:
    _, found = said(Field.NAME, "Bilal El Ouardi", new)
    assert sides(found, TWO_NAMES, record) == wanted


def test_the_lines_of_a_column_come_joined() -> None:
    _, found = said(Field.ADDRESS, "c/o Quint\nMill Lane 3\n10115 Berlin", "Quarry Hill 14\n50667 Köln")
    assert sides(found, PARTED, {})[0] == (Field.STREET, "c/o Quint, Mill Lane 3", "Quarry Hill 14")
