"""From candidates to corrections: pairs, the customer's record, its columns, and the forms that are stored.

The candidates are given by hand, so that what is tested here does not hang on what was learned.
"""

import math

import pytest

from bot.classifier.assembly import assemble
from bot.classifier.encoder.heads import DROP, FIELDS, NEW, OLD
from bot.classifier.normal import normalise
from models.rules.kinds import Action, Field, Kind
from models.rules.reading import Candidate, Found, Place, Record, Verdict, Writing

Given = tuple[int, Field, str]
Whole = tuple[Field, str | None, str | None]


def candidate(text: str, given: Given, sure: float = 0.9) -> Candidate:
    """A passage that is likely of this role and field; the others share what is left."""
    role, field, words = given
    start = text.index(words)
    roles = tuple(math.log(sure if number == role else (1 - sure) / 3) for number in range(4))
    fields = tuple(math.log(sure if one is field else (1 - sure) / len(FIELDS)) for one in FIELDS)
    return Candidate(Place.TEXT, start, start + len(words), words, roles, fields)


def verdict(*values: Candidate, language: str = "en", asked: Found | None = None) -> Verdict:
    scores = {kind: float(kind is Kind.RECTIFICATION) for kind in Kind}
    return Verdict(language, scores, (Kind.RECTIFICATION,), values, asked)


def read(text: str, *given: Given, record: Record | None = None, language: str = "en") -> list[Found]:
    values = [candidate(text, one) for one in given]
    return assemble(Writing("", text, ((0, len(text)),)), verdict(*values, language=language), record)


def sides(corrections: list[Found]) -> list[Whole]:
    return [(one.field, one.old, one.new) for one in corrections]


@pytest.mark.parametrize(
    ("text", "given", "record", "wanted"),
    [
        pytest.param(
            "Use ada@example.org, not old@example.com.",
            [(NEW, Field.EMAIL, "ada@example.org"), (OLD, Field.EMAIL, "old@example.com")],
            None,
            [(Field.EMAIL, "old@example.com", "ada@example.org")],
            id="an old and a new e-mail address",
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
def test_candidates_make_corrections(
    text: str, given: list[Given], record: Record | None, wanted: list[Whole]
) -> None:
    assert sides(read(text, *given, record=record)) == wanted


def test_of_two_old_values_the_less_certain_is_the_new_one() -> None:
    text = "Not 3 Mill Lane: 14 Quarry Hill."
    given = [
        candidate(text, (OLD, Field.STREET, words), sure)
        for words, sure in (("3 Mill Lane", 0.95), ("14 Quarry Hill", 0.6))
    ]
    corrections = assemble(Writing("", text, ((0, len(text)),)), verdict(*given), None)
    assert sides(corrections) == [(Field.STREET, "3 Mill Lane", "14 Quarry Hill")]


def test_a_removal_keeps_what_is_to_go() -> None:
    (one,) = read("Delete my phone 0161 496 0182.", (DROP, Field.PHONE, "0161 496 0182"))
    assert (one.action, one.old, one.new, one.normal) == (Action.REMOVE, "0161 496 0182", None, None)


def test_a_value_said_twice_is_meant_once() -> None:
    text = "Whitby. I said Whitby."
    assert sides(read(text, *[(NEW, Field.CITY, "Whitby")] * 2)) == [(Field.CITY, None, "Whitby")]


ASKED = Found(Action.SET, Field.ADDRESS, None, None, None, Place.TEXT, 29, 36, 0.8)


def test_who_gives_no_value_is_asked_for_it() -> None:
    text = "We have moved, please change our address."
    assert assemble(Writing("", text, ((0, len(text)),)), verdict(asked=ASKED), None) == [ASKED]


def test_who_gives_a_value_is_asked_for_nothing() -> None:
    text = "We live in Whitby now, that is our address."
    given = candidate(text, (NEW, Field.CITY, "Whitby"))
    corrections = assemble(Writing("", text, ((0, len(text)),)), verdict(given, asked=ASKED), None)
    assert sides(corrections) == [(Field.CITY, None, "Whitby")]


@pytest.mark.parametrize(
    ("field", "value", "language", "held", "normal"),
    [
        pytest.param(Field.DATE_OF_BIRTH, "03.05.1980", "de", None, "1980-05-03", id="German date"),
        pytest.param(Field.DATE_OF_BIRTH, "3. Mai 1980", "de", None, "1980-05-03", id="German date in words"),
        pytest.param(Field.DATE_OF_BIRTH, "3 mai 1980", "fr", None, "1980-05-03", id="French date in words"),
        pytest.param(Field.DATE_OF_BIRTH, "3 maggio 1980", "it", None, "1980-05-03", id="Italian date in words"),
        pytest.param(Field.DATE_OF_BIRTH, "3 de mayo 1980", "es", None, "1980-05-03", id="Spanish date in words"),
        pytest.param(Field.DATE_OF_BIRTH, "3 maja 1980", "pl", None, "1980-05-03", id="Polish date in words"),
        pytest.param(Field.DATE_OF_BIRTH, "3. \u010dervna 1980", "cs", None, "1980-06-03", id="Czech June"),
        pytest.param(Field.DATE_OF_BIRTH, "3. \u010dervence 1980", "cs", None, "1980-07-03", id="Czech July"),
        pytest.param(Field.DATE_OF_BIRTH, "May 3, 1980", "en", None, "1980-05-03", id="American date in words"),
        pytest.param(Field.DATE_OF_BIRTH, "1980-05-03", "en", None, "1980-05-03", id="ISO date"),
        pytest.param(Field.DATE_OF_BIRTH, "25/05/1980", "en", None, "1980-05-25", id="one way round only"),
        pytest.param(Field.DATE_OF_BIRTH, "03/05/1980", "en", None, None, id="either way round"),
        pytest.param(Field.DATE_OF_BIRTH, "31.02.1980", "de", None, None, id="no such day"),
        pytest.param(Field.PHONE, "030 / 901820", "de", None, "+4930901820", id="German phone"),
        pytest.param(Field.PHONE, "601 123 456", "pl", None, "+48601123456", id="Polish phone"),
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
    given = candidate(text, (NEW, Field.ADDRESS, f"{line}14 Quarry Hill\nM1 2AB Leeds"))
    (one,) = assemble(Writing("", text, ((0, len(text)),), sender), verdict(given), record)
    assert one.new == "14 Quarry Hill\nM1 2AB Leeds"
    assert text[one.start : one.end] == one.new


@pytest.mark.parametrize("line", ["Rose Cottage\n", "Grace Moor\n"])
def test_a_house_or_another_person_stays_in_the_address(line: str) -> None:
    text = f"My new address:\n{line}14 Quarry Hill\nM1 2AB Leeds"
    given = candidate(text, (NEW, Field.ADDRESS, f"{line}14 Quarry Hill\nM1 2AB Leeds"))
    (one,) = assemble(Writing("", text, ((0, len(text)),), "Ada Quint"), verdict(given), None)
    assert one.new == f"{line}14 Quarry Hill\nM1 2AB Leeds"
