"""The customer's record has the casting vote: of which field a value is, which side it is, what the old one was."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.classifier.assignment import paired
from bot.classifier.encoder.heads import NEW, OLD
from bot.classifier.shapes import trimmed
from models.rules.kinds import Action, Field
from tests.classifier.test_extraction import Whole, candidate, read, sides

MADDOCK = {Field.GIVEN_NAME: "Ines", Field.FAMILY_NAME: "Maddock", Field.CITY: "Hull", Field.POSTAL_CODE: "HU5 1AA"}


@pytest.mark.parametrize(
    ("text", "given", "record", "wanted"),
    [
        pytest.param(
            "It ends in 69145.",
            [(NEW, Field.PHONE, "69145")],
            {Field.POSTAL_CODE: "69154", Field.CITY: "Wells"},
            [(Field.POSTAL_CODE, None, "69145")],
            id="what resembles a value on file is of its field",
        ),
        pytest.param(
            "It ends in 69145.",
            [(NEW, Field.PHONE, "69145")],
            {Field.POSTAL_CODE: "20017", Field.CITY: "Wells"},
            [(Field.PHONE, None, "69145")],
            id="what resembles nothing stays what it seemed",
        ),
        pytest.param(
            "Ines Madock, I mean Ines Maddoc.",
            [(NEW, Field.NAME, "Ines Madock"), (OLD, Field.NAME, "Ines Maddoc")],
            {Field.NAME: "Ines Maddocc"},
            [(Field.NAME, "Ines Maddoc", "Ines Madock")],
            id="of two that resemble it the nearer one is the old one",
        ),
        pytest.param(
            "Mill Lane 2, Hull.",
            [(NEW, Field.ADDRESS, "Mill Lane 2, Hull")],
            {Field.STREET: "Mill Lane 2", Field.CITY: "Hull"},
            [(Field.ADDRESS, "Mill Lane 2, Hull", None)],
            id="a whole address is held against its parts on file together",
        ),
        pytest.param(
            "You write Ines Maddock, but Maddox is right.",
            [(OLD, Field.FAMILY_NAME, "Ines Maddock"), (NEW, Field.FAMILY_NAME, "Maddox")],
            MADDOCK,
            [(Field.FAMILY_NAME, "Maddock", "Maddox")],
            id="the old value is what stands on file, where it is cited",
        ),
        pytest.param(
            "I live in York, not hull.",
            [(NEW, Field.CITY, "York")],
            MADDOCK,
            [(Field.CITY, "hull", "York")],
            id="as it is cited",
        ),
        pytest.param(
            "I live in Hull Bridge now.",
            [(NEW, Field.CITY, "Hull Bridge")],
            MADDOCK,
            [(Field.CITY, None, "Hull Bridge")],
            id="but not from within the new one",
        ),
        pytest.param(
            "Hullbridge it is: York.",
            [(NEW, Field.CITY, "York")],
            MADDOCK,
            [(Field.CITY, None, "York")],
            id="nor from within a word",
        ),
    ],
)
def test_the_record_decides(
    text: str, given: list[tuple[int, Field, str]], record: Mapping[Field, str], wanted: list[Whole]
) -> None:
    assert sides(read(text, *given, record=dict(record))) == wanted


def test_a_value_that_is_only_to_go_is_shown_where_it_is_cited() -> None:
    text = "Mr Quint, please, no: quint is not my name."
    (found,) = read(text, (OLD, Field.FAMILY_NAME, "Mr Quint"), record={Field.FAMILY_NAME: "QUINT"})
    assert (found.action, found.old, found.new) == (Action.SET, "Quint", None)
    assert text[found.start : found.end] == "Quint"


@pytest.mark.parametrize(("sure_of_fields", "pairs"), [(0.5, 1), (0.97, 2)])
def test_halves_belong_together_where_one_field_could_hold_both(sure_of_fields: float, pairs: int) -> None:
    """A wrong value alone and a right value alone: 48 is no correction without its 84."""
    text = "Not Zaragoza but Cuarte."
    halves = [(OLD, Field.CITY, "Zaragoza"), (NEW, Field.COMPANY, "Cuarte")]
    given = [
        replace(candidate(text, half, 0.99), fields=candidate(text, half, sure_of_fields).fields) for half in halves
    ]  # fmt: skip
    made = paired(given)
    assert len(made) == pairs
    assert {one.words for pair in made for one in (pair.old, pair.new) if one} == {"Zaragoza", "Cuarte"}


def test_a_closing_bracket_goes_with_its_opening_one() -> None:
    text = "Rua A 1, Porto (Portugal). (See Rua B)"
    assert trimmed(text, 0, text.index(")")) == (0, text.index(")") + 1)
    start = text.index("See")
    assert trimmed(text, start, len(text)) == (start, len(text) - 1)
