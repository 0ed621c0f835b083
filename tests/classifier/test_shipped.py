"""The pipeline as it is shipped: made of this corpus, and sure of what is plain."""

import pytest
import spacy.util

import bot.classifier
from bot.classifier import Classifier
from bot.classifier.corpus_rows import CORPUS, digest, read_rows
from bot.classifier.evaluation import evaluate
from bot.classifier.training import split
from models.rules.kinds import Field, Kind
from models.rules.reading import Writing


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return bot.classifier.load()


def writing(text: str, subject: str = "") -> Writing:
    return Writing(subject, text, ((0, len(text)),))


PLAIN = {
    "Please take me off your mailing list, I want no more newsletters.": ("en", Kind.OPT_OUT),
    "Bitte schicken Sie mir keine Werbung und keinen Newsletter mehr.": ("de", Kind.OPT_OUT),
    "Veuillez me désinscrire de votre newsletter, je ne veux plus de publicité.": ("fr", Kind.OPT_OUT),
    "Vorrei disiscrivermi dalla newsletter, grazie.": ("it", Kind.OPT_OUT),
    "Please delete my account and all the personal data you hold about me.": ("en", Kind.ERASURE),
    "Bitte löschen Sie mein Konto samt allen Daten.": ("de", Kind.ERASURE),
    "Please send me a copy of all the personal data that you hold about me.": ("en", Kind.ACCESS),
    "Welche Daten haben Sie über mich gespeichert? Ich bitte um eine Kopie.": ("de", Kind.ACCESS),
    "We have moved, my new address is 14 Quarry Hill, please correct my record.": ("en", Kind.RECTIFICATION),
    "Meine Telefonnummer ist falsch, richtig ist 030 5550199.": ("de", Kind.RECTIFICATION),
    "What are your opening hours on Saturday?": ("en", Kind.OTHER),
    "Wann kommt meine Bestellung an?": ("de", Kind.OTHER),
}


@pytest.mark.parametrize(("text", "read"), PLAIN.items(), ids=PLAIN)
def test_what_is_plain_is_read_right(classifier: Classifier, text: str, read: tuple[str, Kind]) -> None:
    (verdict,) = classifier.read([writing(text)])
    assert (verdict.language, verdict.decided) == (read[0], (read[1],))


def test_a_correction_points_at_its_words(classifier: Classifier) -> None:
    text = "I left 3 Mill Lane in spring, please put 14 Quarry Hill in your files instead."
    (verdict,) = classifier.read([writing(text)])
    (found,) = classifier.corrections(writing(text), verdict, {Field.STREET: "3 Mill Lane"})
    assert (found.field, found.old, found.new) == (Field.STREET, "3 Mill Lane", "14 Quarry Hill")
    assert text[found.start : found.end] == "14 Quarry Hill"


def test_the_sentence_that_asks_is_the_reason() -> None:
    text = (
        "I was in your shop on Tuesday and the young man at the till was very kind to my mother. "
        "Please delete my account and all the personal data you hold about me. "
        "The weather has been lovely here, and the roses are out."
    )
    (verdict,) = bot.classifier.load().read([writing(text)])
    assert verdict.decided == (Kind.ERASURE,)
    assert "delete my account" in text[slice(*verdict.passages[0])]
    assert "roses" not in text[slice(*verdict.passages[0])]


def test_only_what_is_new_counts(classifier: Classifier) -> None:
    new, quoted = "When do you open?\n", "> Please delete my account and all my personal data.\n"
    (verdict,) = classifier.read([Writing("", new + quoted, ((0, len(new)),))])
    assert verdict.decided == (Kind.OTHER,)


def test_the_pipeline_was_made_of_this_corpus() -> None:
    assert spacy.util.load_meta(bot.classifier.SHIPPED / "meta.json")["corpus"] == digest([CORPUS])


def test_it_reaches_its_published_figures() -> None:
    published = spacy.util.load_meta(bot.classifier.SHIPPED / "meta.json")["figures"]
    _, held_back = split(read_rows(CORPUS))
    reached, _ = evaluate(held_back, bot.classifier.load())
    for name in ("exact", "macro_f1", "missed_rights", "language_accuracy"):
        assert reached[name] == pytest.approx(published[name], abs=0.01)
    for part in ("corrections", "with_record"):
        for side in ("field_new", "field_old_new"):
            assert reached[part][side]["f1"] == pytest.approx(published[part][side]["f1"], abs=0.01)


def test_it_is_small_enough_to_ship() -> None:
    size = sum(path.stat().st_size for path in bot.classifier.SHIPPED.rglob("*") if path.is_file())
    assert size <= 40_000_000
