"""First and last name the wrong way round: one side that was found tells the other."""

from dataclasses import replace

import pytest

from bot.classifier.swaps import swapped
from models.rules.kinds import Action, Field
from models.rules.reading import Found, Place, Writing

GIVEN, FAMILY = Field.GIVEN_NAME, Field.FAMILY_NAME
TEXT = "I am Robson Lima, you have Lima Robson."


def found(field: Field, old: str | None, new: str | None) -> Found:
    return Found(Action.SET, field, old, new, None, Place.TEXT, 0, 1, 0.9)


def told(
    text: str, *given: Found, record: dict[Field, str] | None = None
) -> list[tuple[Field, str | None, str | None]]:
    writing = Writing("", text, ((0, len(text)),))
    made = swapped(given, writing, record or {})
    for one in made:
        if one.new and one.where is Place.TEXT and one.end > 1:
            assert text[one.start : one.end] == one.new
    return sorted((one.field, one.old, one.new) for one in made)


BOTH = [(FAMILY, "Robson", "Lima"), (GIVEN, "Lima", "Robson")]


def test_what_stands_on_file_as_the_other_name_says_so_of_both() -> None:
    record = {GIVEN: "Lima", FAMILY: "Robson"}
    assert told(TEXT, found(GIVEN, None, "robson"), record=record) == BOTH
    assert told(TEXT, found(FAMILY, "Robson", "Lima"), record=record) == BOTH


def test_a_name_whose_marks_are_missing_on_file_is_the_same_name() -> None:
    said = "Minh is my given name and Trần my family's."
    record = {GIVEN: "Tran", FAMILY: "Minh"}
    right = [(FAMILY, "Minh", "Trần"), (GIVEN, "Trần", "Minh")]
    assert told(said, found(GIVEN, None, "Minh"), found(FAMILY, None, "Trần"), record=record) == right
    assert told(said, found(FAMILY, "Tran", "Trần"), record={GIVEN: "Minh", FAMILY: "Tran"}) == [
        (FAMILY, "Tran", "Trần")
    ]


def test_both_as_on_file_and_a_word_that_says_so_outweigh_what_was_found() -> None:
    record = {GIVEN: "Lima", FAMILY: "Robson"}
    wrong = [found(GIVEN, "Robson", "Lima"), replace(found(FAMILY, "Robson", None), action=Action.REMOVE)]
    for one in wrong:
        assert told(f"{TEXT} Swapped!", one, record=record) == BOTH
        assert told(TEXT, one, record=record) == [(one.field, one.old, one.new)]
    assert {one.action for one in swapped([wrong[1]], Writing("", f"{TEXT} Swapped!", ((0, 60),)), record)} == {
        Action.SET
    }


CUES = [
    "Swapped!", "Das ist vertauscht.", "C'est l'inverse.", "Está al revés.", "Sono invertiti.", "Net andersom.",
    "Está trocado.", "Jest odwrotnie.", "Je to prohozené.", "Det är tvärtom.",
]  # fmt: skip


@pytest.mark.parametrize("cue", CUES)
def test_a_word_says_so_in_each_language(cue: str) -> None:
    assert told(f"{TEXT} {cue}", found(GIVEN, "Lima", "Robson")) == BOTH
    assert told(f"{TEXT} {cue}", found(GIVEN, None, "Robson"), found(FAMILY, None, "Lima")) == BOTH


def test_without_such_a_word_or_record_all_stays() -> None:
    one = found(GIVEN, "Lima", "Robson")
    assert told(TEXT, one) == [(GIVEN, "Lima", "Robson")]
    assert told(TEXT, one, record={GIVEN: "Ada", FAMILY: "Quint"}) == [(GIVEN, "Lima", "Robson")]
    street = found(Field.STREET, "1 A Rd", "2 B Rd")
    assert told(f"{TEXT} Swapped!", street) == [(Field.STREET, "1 A Rd", "2 B Rd")]


def test_what_the_message_does_not_hold_is_not_made_up() -> None:
    record = {GIVEN: "Lima", FAMILY: "Robson"}
    assert told("Robson is my first name.", found(GIVEN, None, "Robson"), record=record) == [(GIVEN, None, "Robson")]


def test_a_third_name_is_no_exchange() -> None:
    given = [found(GIVEN, "Ada", "Robson"), found(FAMILY, None, "Lima")]
    assert told(f"{TEXT} Ada? Swapped!", *given) == [(FAMILY, None, "Lima"), (GIVEN, "Ada", "Robson")]


def test_other_corrections_stay_beside() -> None:
    street = found(Field.STREET, None, "2 B Rd")
    record = {GIVEN: "Lima", FAMILY: "Robson"}
    made = told(TEXT, street, found(GIVEN, None, "Robson"), record=record)
    assert (Field.STREET, None, "2 B Rd") in made
    assert len(made) == 3
