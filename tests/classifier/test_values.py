"""From words to passages: shapes, where values begin and end, and what speaks against a field."""

import time
from collections.abc import Sequence

import numpy as np
import pytest

from bot.classifier.candidates import passages
from bot.classifier.encoder.heads import FIELDS, NEITHER, NEW, OLD, Judgement
from bot.classifier.segments import stretches
from bot.classifier.sentences import sentences
from bot.classifier.shapes import Shape, shapes, trimmed
from bot.classifier.sheet import Sheet
from models.rules.kinds import Field
from models.rules.reading import JUDGED, Place, Writing

SHAPES = [
    ("P. IVA IT 12345678901, grazie", Shape.VAT, "IT 12345678901"),
    ("Geboren am 9. Oktober 1944.", Shape.DATE, "9. Oktober 1944"),
    ("nací el 9 de octubre de 1944", Shape.DATE, "9 de octubre de 1944"),
    ("urodziłam się 9 października 1944 r.", Shape.DATE, "9 października 1944"),
    ("l'ancien (04 99 55 01 22)", Shape.DIGITS, "04 99 55 01 22"),
    ("Call (208) 555-0147.", Shape.DIGITS, "(208) 555-0147"),
    ("the postcode is M14 5TT", Shape.POSTAL, "M14 5TT"),
    ("kod 31-104, nie 31-401", Shape.POSTAL, "31-104"),
    ("write to gwen@harbour.example.", Shape.EMAIL, "gwen@harbour.example"),
]


@pytest.mark.parametrize(("text", "shape", "words"), SHAPES, ids=[words for _, _, words in SHAPES])
def test_a_value_is_found_whole_by_its_shape(text: str, shape: Shape, words: str) -> None:
    assert (shape, words) in [(kind, text[start:end]) for start, end, kind in shapes(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(Mill Lane 3)", "Mill Lane 3"),
        ("„Grossmann“,", "Grossmann"),
        ("Bar U Dvou s.r.o.", "Bar U Dvou s.r.o."),
        ("Torino (TO)", "Torino (TO)"),
        ("3.º Esq.", "3.º Esq."),
        ("Whitby.", "Whitby"),
        ("Mlsná huba s. r. o.", "Mlsná huba s. r. o."),
        ("Hobbs & Pemberton Ltd.", "Hobbs & Pemberton Ltd"),
        ("Straits Lines Pte. Ltd.", "Straits Lines Pte. Ltd."),
        ("Dr. rer. nat.", "Dr. rer. nat."),
        (" -17,", "-17"),
        ("- Ada Quint", "Ada Quint"),
        (".org ", ".org"),
        ("l'avenue de la Gare 16", "avenue de la Gare 16"),
        ("d'Artagnan", "d'Artagnan"),
    ],
)
def test_a_passage_ends_where_its_value_ends(text: str, words: str) -> None:
    start, end = trimmed(text, 0, len(text))
    assert text[start:end] == words


def judged(words: Sequence[tuple[str, int, Field, bool]]) -> tuple[str, Judgement]:
    """Words as somebody quite sure judges them: what each is, of which field, and whether it begins a value."""
    text = " ".join(word for word, *_ in words)
    ends = np.cumsum([len(word) + 1 for word, *_ in words]) - 1
    spans = np.stack([ends - [len(word) for word, *_ in words], ends], axis=1)
    none = np.zeros(1, np.float32)
    return (
        text,
        Judgement(
            words=spans,
            kinds=none,
            asked=np.zeros(len(FIELDS), np.float32),
            said=none,
            roles=np.array([[2.0 * (role == own) for role in range(4)] for _, own, _, _ in words], np.float32),
            fields=np.array([[2.0 * (field is own) for field in FIELDS] for _, _, own, _ in words], np.float32),
            begins=np.array([2.0 if begins else -2.0 for *_, begins in words], np.float32),
        ),
    )


def told(text: str, judgement: Judgement) -> list[tuple[str, int, Field]]:
    return [
        (text[one.start : one.end], int(one.roles.argmax()), FIELDS[int(one.fields.argmax())])
        for one in passages(text, judgement)
    ]


def test_words_that_stand_together_are_a_value_and_two_values_are_two() -> None:
    old = [("Mill", OLD, Field.STREET, True), ("Lane", OLD, Field.STREET, False), ("3", OLD, Field.STREET, False)]
    new = [("Quarry", NEW, Field.STREET, True), ("Hill", NEW, Field.STREET, False)]
    said = [("not", NEITHER, Field.NAME, False), *old, *new]
    assert told(*judged(said)) == [("Mill Lane 3", OLD, Field.STREET), ("Quarry Hill", NEW, Field.STREET)]


def test_a_number_that_the_words_cut_in_two_is_whole() -> None:
    said = [("0161", NEW, Field.PHONE, True), ("496", NEITHER, Field.PHONE, False), ("0999", NEW, Field.PHONE, True)]
    assert told(*judged(said)) == [("0161 496 0999", NEW, Field.PHONE)]


def test_a_number_that_is_part_of_an_address_belongs_to_it() -> None:
    said = [(word, NEW, Field.ADDRESS, word == "Ulmenweg") for word in ("Ulmenweg", "7", "871", "31", "Kolvik")]
    assert told(*judged(said)) == [("Ulmenweg 7 871 31 Kolvik", NEW, Field.ADDRESS)]


def test_a_value_does_not_go_on_over_the_end_of_a_sentence() -> None:
    said = [("Whitby.", NEW, Field.CITY, True), ("Regards", NEW, Field.CITY, False)]
    assert told(*judged(said))[0][0] == "Whitby"


def test_what_has_no_digit_is_no_telephone() -> None:
    assert told(*judged([("mine", NEW, Field.PHONE, True)]))[0][2] is not Field.PHONE


def test_an_address_of_mail_is_nothing_else() -> None:
    assert told(*judged([("ada@example.org", NEW, Field.NAME, True)]))[0][2] is Field.EMAIL


def test_the_word_that_names_a_number_is_no_part_of_it() -> None:
    said = [(word, NEW, Field.VAT_ID, word == "VAT") for word in ("VAT", "FR47901238564")]
    assert told(*judged(said)) == [("FR47901238564", NEW, Field.VAT_ID)]


def test_capitals_without_digits_are_no_number() -> None:
    assert shapes("MARIA DEL CARMEN") == []


def test_nothing_judged_holds_nothing() -> None:
    assert stretches(np.zeros((0, 2)), np.zeros(0), []) == []


def test_a_text_is_cut_into_sentences_but_not_at_a_shortened_word() -> None:
    text = "We moved to ul. Lipowa 4. Please correct that!\nThank you"
    assert [text[start:end] for start, end in sentences(text)] == [
        "We moved to ul. Lipowa 4.",
        "Please correct that!",
        "Thank you",
    ]


def test_a_passage_is_located_in_the_letter_that_it_came_from() -> None:
    writing = Writing("Re: phone", "> quoted\nmy answer\n> more\nbye", ((9, 18), (26, 29)))
    sheet = Sheet(writing)
    at = sheet.text.index("answer")
    place, start, end = sheet.locate(at, at + 6) or (Place.SUBJECT, 0, 0)
    assert (place, writing.text[start:end]) == (Place.TEXT, "answer")
    assert sheet.locate(4, 9) == (Place.SUBJECT, 4, 9)
    assert "quoted" not in sheet.text


@pytest.mark.parametrize("letter", ["(", '"', "a", "1 ", "Aa-", "my new phone is 0170 5550000 "])
def test_a_letter_without_end_is_cut(letter: str) -> None:
    text = letter * (1_000_000 // len(letter))
    assert len(Sheet(Writing("", text, ((0, len(text)),))).text) <= JUDGED


@pytest.mark.parametrize("letters", ["Aa 1 ", "Aa-", "1 ", "(", "1.", "a@", "DE1", "1 jan "])
def test_no_text_makes_the_search_run_away(letters: str) -> None:
    text = (letters * JUDGED)[:JUDGED]
    begun = time.process_time()
    shapes(text)
    list(sentences(text))
    assert time.process_time() - begun < 5
