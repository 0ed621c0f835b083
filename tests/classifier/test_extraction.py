"""From half corrections to whole ones: pairs, the customer's record, its columns, and the forms that are stored.

The halves are given by hand, so that what is tested here does not hang on what was learned.
"""

from dataclasses import replace

import pytest

from bot.classifier.assembly import assemble
from bot.classifier.normal import normalise
from models.rules.kinds import Action, Field, Kind
from models.rules.reading import Found, Place, Record, Verdict, Writing

OLD, NEW, DROP = "old", "new", "drop"
Half = tuple[str, Field, str]
Whole = tuple[Field, str | None, str | None]


def half(text: str, given: Half) -> Found:
    role, field, words = given
    old, new = (None, words) if role == NEW else (words, None)
    start = text.index(words)
    action = Action.REMOVE if role == DROP else Action.SET
    return Found(action, field, old, new, None, Place.TEXT, start, start + len(words), 0.9)


def read(text: str, *halves: Half, record: Record | None = None, language: str = "en") -> list[Found]:
    scores = {kind: float(kind is Kind.RECTIFICATION) for kind in Kind}
    verdict = Verdict(language, scores, (Kind.RECTIFICATION,), tuple(half(text, one) for one in halves))
    return assemble(Writing("", text, ((0, len(text)),)), verdict, record)


def sides(corrections: list[Found]) -> list[Whole]:
    return [(one.field, one.old, one.new) for one in corrections]


@pytest.mark.parametrize(
    ("text", "halves", "record", "wanted"),
    [
        pytest.param(
            "Use ada@example.org, not old@example.com.",
            [(NEW, Field.EMAIL, "ada@example.org"), (OLD, Field.EMAIL, "old@example.com")],
            None,
            [(Field.EMAIL, "old@example.com", "ada@example.org")],
            id="two halves of an e-mail address",
        ),
        pytest.param(
            "You have 3 Mill Lane, it is 14 Quarry Hill.",
            [(NEW, Field.STREET, "3 Mill Lane"), (NEW, Field.STREET, "14 Quarry Hill")],
            {Field.STREET: "3 mill  lane"},
            [(Field.STREET, "3 Mill Lane", "14 Quarry Hill")],
            id="what stands on file is the old side",
        ),
        pytest.param(
            "0161 496 0182 is wrong, 0161 496 0999 is right.",
            [(NEW, Field.PHONE, "0161 496 0182"), (NEW, Field.PHONE, "0161 496 0999")],
            {Field.PHONE: "+441614960182"},
            [(Field.PHONE, "0161 496 0182", "0161 496 0999")],
            id="a phone on file in another spelling",
        ),
        pytest.param(
            "Since the wedding my name is Lindqvist and no longer Berg.",
            [(NEW, Field.FAMILY_NAME, "Lindqvist"), (OLD, Field.FAMILY_NAME, "Berg")],
            {Field.FAMILY_NAME: "Berg"},
            [(Field.FAMILY_NAME, "Berg", "Lindqvist")],
            id="a name after marriage",
        ),
        pytest.param(
            "My address is right but the postcode is not: it is LS6 2AB.",
            [(NEW, Field.POSTAL_CODE, "LS6 2AB")],
            {Field.STREET: "3 Mill Lane", Field.POSTAL_CODE: "LS6 2AC"},
            [(Field.POSTAL_CODE, None, "LS6 2AB")],
            id="the postcode alone",
        ),
        pytest.param(
            "Ada lives in Whitby now, her number is 0161 496 0999.",
            [(NEW, Field.CITY, "Whitby"), (NEW, Field.PHONE, "0161 496 0999")],
            None,
            [(Field.CITY, None, "Whitby"), (Field.PHONE, None, "0161 496 0999")],
            id="two fields in a sentence",
        ),
        pytest.param(
            "It is Gro\u00dfmann, you wrote Grossmann.",
            [(NEW, Field.FAMILY_NAME, "Gro\u00dfmann"), (NEW, Field.FAMILY_NAME, "Grossmann")],
            {Field.FAMILY_NAME: "Grossmann"},
            [(Field.FAMILY_NAME, "Grossmann", "Gro\u00dfmann")],
            id="a sharp s is a correction",
        ),
    ],
)
def test_halves_make_a_whole(text: str, halves: list[Half], record: Record | None, wanted: list[Whole]) -> None:
    assert sides(read(text, *halves, record=record)) == wanted


def test_of_two_old_values_the_less_certain_is_the_new_one() -> None:
    text = "Not 3 Mill Lane: 14 Quarry Hill."
    sure, less = (half(text, (OLD, Field.STREET, words)) for words in ("3 Mill Lane", "14 Quarry Hill"))
    verdict = Verdict("en", {kind: 0.0 for kind in Kind}, (Kind.RECTIFICATION,), (sure, replace(less, score=0.6)))
    corrections = assemble(Writing("", text, ((0, len(text)),)), verdict, None)
    assert sides(corrections) == [(Field.STREET, "3 Mill Lane", "14 Quarry Hill")]


def test_a_removal_keeps_what_is_to_go() -> None:
    (one,) = read("Delete my phone 0161 496 0182.", (DROP, Field.PHONE, "0161 496 0182"))
    assert (one.action, one.old, one.new, one.normal) == (Action.REMOVE, "0161 496 0182", None, None)


def test_a_value_to_which_nothing_changes_is_no_correction() -> None:
    text = "Ada Brook is Ada Brook."
    assert read(text, (OLD, Field.NAME, "Ada Brook"), (NEW, Field.NAME, "Ada Brook")) == []


def test_a_value_said_twice_is_meant_once() -> None:
    text = "Whitby. I said Whitby."
    assert sides(read(text, *[(NEW, Field.CITY, "Whitby")] * 2)) == [(Field.CITY, None, "Whitby")]


def test_who_gives_no_value_is_asked_for_it() -> None:
    text = "We have moved, please change our address."
    (one,) = read(text)
    assert (one.field, one.old, one.new) == (Field.ADDRESS, None, None)
    assert text[one.start : one.end]


def test_a_field_that_only_the_quoted_letter_names_is_not_asked_for() -> None:
    new, quoted = "Thank you, all is well.\n", "> We hold your address.\n"
    verdict = Verdict("en", {kind: 0.0 for kind in Kind}, (Kind.RECTIFICATION,))
    assert assemble(Writing("", new + quoted, ((0, len(new)),)), verdict, None) == []


PARTED: Record = {Field.STREET: "3 Mill Lane", Field.POSTAL_CODE: None, Field.CITY: None}


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
            "via dei Tigli 8, 20121 Milano",
            [(Field.STREET, "via dei Tigli 8"), (Field.POSTAL_CODE, "20121"), (Field.CITY, "Milano")],
            id="Italian, one line",
        ),
    ],
)
def test_an_address_goes_into_the_columns_of_the_record(address: str, wanted: list[tuple[Field, str]]) -> None:
    text = f"Moved. New: {address}."
    corrections = read(text, (NEW, Field.ADDRESS, address), record=PARTED)
    assert [(one.field, one.new) for one in corrections] == wanted
    assert [text[one.start : one.end] for one in corrections] == [new for _, new in wanted]


def test_an_address_stays_whole_where_the_record_holds_it_whole() -> None:
    address = "Ulmenweg 7, 50667 Köln"
    record: Record = {Field.ADDRESS: "Seestrasse 12, 8002 Zürich"}
    assert sides(read(f"Neu: {address}", (NEW, Field.ADDRESS, address), record=record))[0][2] == address


def test_a_name_goes_into_the_two_columns_of_the_record() -> None:
    record: Record = {Field.GIVEN_NAME: "Maja", Field.FAMILY_NAME: "Berg"}
    corrections = read("I am Maja Lindqvist now.", (NEW, Field.NAME, "Maja Lindqvist"), record=record)
    assert [(one.field, one.new) for one in corrections] == [
        (Field.GIVEN_NAME, "Maja"),
        (Field.FAMILY_NAME, "Lindqvist"),
    ]


@pytest.mark.parametrize(
    ("field", "value", "language", "held", "normal"),
    [
        pytest.param(Field.DATE_OF_BIRTH, "03.05.1980", "de", None, "1980-05-03", id="German date"),
        pytest.param(Field.DATE_OF_BIRTH, "3. Mai 1980", "de", None, "1980-05-03", id="German date in words"),
        pytest.param(Field.DATE_OF_BIRTH, "3 mai 1980", "fr", None, "1980-05-03", id="French date in words"),
        pytest.param(Field.DATE_OF_BIRTH, "3 maggio 1980", "it", None, "1980-05-03", id="Italian date in words"),
        pytest.param(Field.DATE_OF_BIRTH, "May 3, 1980", "en", None, "1980-05-03", id="American date in words"),
        pytest.param(Field.DATE_OF_BIRTH, "1980-05-03", "en", None, "1980-05-03", id="ISO date"),
        pytest.param(Field.DATE_OF_BIRTH, "25/05/1980", "en", None, "1980-05-25", id="one way round only"),
        pytest.param(Field.DATE_OF_BIRTH, "03/05/1980", "en", None, None, id="either way round"),
        pytest.param(Field.DATE_OF_BIRTH, "31.02.1980", "de", None, None, id="no such day"),
        pytest.param(Field.PHONE, "030 / 901820", "de", None, "+4930901820", id="German phone"),
        pytest.param(Field.PHONE, "0161 496 0182", "en", None, "+441614960182", id="British phone"),
        pytest.param(Field.PHONE, "01 23 45 67 89", "de", "+33123456700", "+33123456789", id="country on file"),
        pytest.param(Field.EMAIL, "Ada.Brook@Example.ORG", "en", None, "Ada.Brook@example.org", id="domain only"),
        pytest.param(Field.CITY, "Köln", "de", None, None, id="the words are the form"),
        pytest.param(Field.PHONE, None, "en", None, None, id="nothing to store"),
    ],
)
def test_the_form_to_be_stored(
    field: Field, value: str | None, language: str, held: str | None, normal: str | None
) -> None:
    assert normalise(field, value, language=language, record={field: held}) == normal


@pytest.mark.parametrize(
    ("line", "sender", "record"),
    [
        ("Ada Quint\n", "Ada Quint", None),
        ("Frau Ada Quint,\n", "ada quint", None),
        ("Ada Quint, ", "", {Field.NAME: "Ada Quint", Field.ADDRESS: "3 Mill Lane"}),
        ("Ada Quint\n", "", {Field.GIVEN_NAME: "Ada", Field.FAMILY_NAME: "Quint"}),
    ],
)
def test_a_persons_own_name_is_no_line_of_their_address(line: str, sender: str, record: Record | None) -> None:
    text = f"My new address:\n{line}14 Quarry Hill\nM1 2AB Leeds"
    given = half(text, (NEW, Field.ADDRESS, f"{line}14 Quarry Hill\nM1 2AB Leeds"))
    verdict = Verdict("en", {Kind.RECTIFICATION: 1.0}, (Kind.RECTIFICATION,), (given,))
    (one,) = assemble(Writing("", text, ((0, len(text)),), sender), verdict, record)
    assert one.new == "14 Quarry Hill\nM1 2AB Leeds"
    assert text[one.start : one.end] == one.new


@pytest.mark.parametrize("line", ["Rose Cottage\n", "Grace Moor\n"])
def test_a_house_or_another_person_stays_in_the_address(line: str) -> None:
    text = f"My new address:\n{line}14 Quarry Hill\nM1 2AB Leeds"
    given = half(text, (NEW, Field.ADDRESS, f"{line}14 Quarry Hill\nM1 2AB Leeds"))
    verdict = Verdict("en", {Kind.RECTIFICATION: 1.0}, (Kind.RECTIFICATION,), (given,))
    (one,) = assemble(Writing("", text, ((0, len(text)),), "Ada Quint"), verdict, None)
    assert one.new == f"{line}14 Quarry Hill\nM1 2AB Leeds"
