"""Values as they are found by shape and told apart by wording, without the trained pipeline."""

import time

import pytest

from bot.classifier.cues import spot
from bot.classifier.judging import judge
from bot.classifier.shapes import passages
from bot.classifier.sheet import LONGEST, Sheet
from models.rules.kinds import Field
from models.rules.reading import Place, Writing

SHAPES = [
    ("Now at 3 Harbour Court, Whitby YO21 3PR.", Field.ADDRESS, "3 Harbour Court, Whitby YO21 3PR"),
    ("Flat 2, 81 Marlowe Road, Bristol BS5 9QT thx", Field.ADDRESS, "Flat 2, 81 Marlowe Road, Bristol BS5 9QT"),
    ("New:\n418 Juniper Drive\nBoise, ID 83702\nWalt", Field.ADDRESS, "418 Juniper Drive\nBoise, ID 83702"),
    ("Jetzt Am Mühlbach 17, 79117 Freiburg.", Field.ADDRESS, "Am Mühlbach 17, 79117 Freiburg"),
    ("neu: Seestrasse 12, 8002 Zürich", Field.ADDRESS, "Seestrasse 12, 8002 Zürich"),
    ("C'est 27 bis rue des Bouleaux.", Field.STREET, "27 bis rue des Bouleaux"),
    ("au 12 rue de l'Abbaye, 1050 Bruxelles, merci", Field.ADDRESS, "12 rue de l'Abbaye, 1050 Bruxelles"),
    ("in via dell'Abbazia 12, 6900 Lugano.", Field.ADDRESS, "via dell'Abbazia 12, 6900 Lugano"),
    ("la via in via del Frutteto 5 e poi", Field.STREET, "via del Frutteto 5"),
    ("P. IVA IT 12345678901, grazie", Field.VAT_ID, "IT 12345678901"),
    ("Geboren am 9. Oktober 1944.", Field.DATE_OF_BIRTH, "9. Oktober 1944"),
    ("l'ancien (04 99 55 01 22)", Field.PHONE, "04 99 55 01 22"),
    ("Call (208) 555-0147.", Field.PHONE, "(208) 555-0147"),
    ("the postcode is M14 5TT", Field.POSTAL_CODE, "M14 5TT"),
    ("write to gwen@harbour.example.", Field.EMAIL, "gwen@harbour.example"),
]


@pytest.mark.parametrize(("text", "field", "words"), SHAPES, ids=[words for _, _, words in SHAPES])
def test_a_value_is_found_whole_by_its_shape(text: str, field: Field, words: str) -> None:
    assert (field, words) in [(p.shape, text[p.start : p.end]) for p in passages(text, spot(text))]


@pytest.mark.parametrize(
    "text",
    ["Konto DE00 1234 0000 5678 0000 00", "invoice 2026-118", "order 88213", "delivered on 03/04/2026"],
)
def test_bank_accounts_and_numbers_of_orders_are_no_values(text: str) -> None:
    assert [p for p in passages(text, spot(text)) if p.shape is not None] == []


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("My phone: 0761 5550122 -> 0761 5550143", "0761 5550122", "0761 5550143"),
        ("change my phone from 0761 5550122 to 0761 5550143", "0761 5550122", "0761 5550143"),
        ("Meine Nummer ist 0761 5550143, nicht 0761 5550122", "0761 5550122", "0761 5550143"),
        ("Mon numéro est le 04 99 55 01 43 au lieu du 04 99 55 01 22", "04 99 55 01 22", "04 99 55 01 43"),
        ("Il mio cognome è Zanèr invece di Zaner", "Zaner", "Zanèr"),
    ],
)
def test_a_firm_frame_needs_no_learning(text: str, old: str, new: str) -> None:
    spotted = spot(text)
    judged = judge(text, passages(text, spotted), {}, spotted)
    assert {one.role: text[one.passage.start : one.passage.end] for one in judged} == {"OLD": old, "NEW": new}


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
    assert len(Sheet(Writing("", text, ((0, len(text)),))).text) <= LONGEST


@pytest.mark.parametrize("letters", ["Aa 1 ", "Aa-", "via a ", "(", "my name is ", "a@", "1 rue de la "])
def test_no_text_makes_the_search_run_away(letters: str) -> None:
    text = (letters * 6_000)[:6_000]
    begun = time.process_time()
    passages(text, spot(text))
    assert time.process_time() - begun < 5
