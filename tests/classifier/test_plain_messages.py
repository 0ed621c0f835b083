"""Forty plain messages in four languages: kinds, language and corrections, with the record and without."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

import bot.classifier
from bot.classifier import Classifier
from models.rules.kinds import Action, Field, Kind
from models.rules.reading import Record, Writing

KINDS = {
    "en": {
        "I never want to get another catalogue or advert from your shop.": Kind.OPT_OUT,
        "Which details about me are in your files, and who received them?": Kind.ACCESS,
        "Erase all my personal data from your records, please.": Kind.ERASURE,
        "I want my data in a machine-readable format so that another provider can import it.": Kind.PORTABILITY,
        "Please restrict the processing of my data until its accuracy has been checked, and don't delete it.": (
            Kind.RESTRICTION
        ),
        "On grounds of my particular situation I object to your analysing my purchases.": Kind.OBJECTION,
        "The jacket arrived with a hole in the sleeve. Can I swap it?": Kind.OTHER,
    },
    "de": {
        "Bitte keine Werbung und keine Prospekte mehr an mich.": Kind.OPT_OUT,
        "Ich bitte um Auskunft über die zu meiner Person gespeicherten Daten.": Kind.ACCESS,
        "Bitte löschen Sie sämtliche personenbezogenen Daten von mir.": Kind.ERASURE,
        "Ich hätte meine Daten gern maschinenlesbar, um sie zu einem anderen Anbieter mitzunehmen.": Kind.PORTABILITY,
        "Schränken Sie die Verarbeitung meiner Daten ein, bis ihre Richtigkeit geprüft ist; löschen Sie nichts.": (
            Kind.RESTRICTION
        ),
        "Aus Gründen meiner besonderen Situation widerspreche ich der Auswertung meiner Einkäufe.": Kind.OBJECTION,
        "Die Jacke kam mit einem Loch im Ärmel an. Kann ich sie umtauschen?": Kind.OTHER,
    },
    "fr": {
        "Je ne veux plus recevoir ni publicité ni catalogue de votre part.": Kind.OPT_OUT,
        "Quelles données avez-vous sur moi, et qui les a reçues ?": Kind.ACCESS,
        "Merci d'effacer toutes mes données personnelles de vos fichiers.": Kind.ERASURE,
        "Je voudrais mes données dans un format lisible par machine pour les importer chez un autre prestataire.": (
            Kind.PORTABILITY
        ),
        "Limitez le traitement de mes données jusqu'à vérification de leur exactitude, sans les effacer.": (
            Kind.RESTRICTION
        ),
        "Pour des raisons tenant à ma situation particulière, je m'oppose à l'analyse de mes achats.": Kind.OBJECTION,
        "La veste est arrivée avec un trou à la manche. Puis-je l'échanger ?": Kind.OTHER,
    },
    "it": {
        "Non voglio più ricevere pubblicità né cataloghi da voi.": Kind.OPT_OUT,
        "Quali dati avete su di me, e chi li ha ricevuti?": Kind.ACCESS,
        "Vi prego di cancellare tutti i miei dati personali dai vostri archivi.": Kind.ERASURE,
        "Vorrei i miei dati in un formato leggibile da una macchina per importarli presso un altro fornitore.": (
            Kind.PORTABILITY
        ),
        "Limitate il trattamento dei miei dati finché non ne avrete verificato l'esattezza, senza cancellarli.": (
            Kind.RESTRICTION
        ),
        "Per motivi legati alla mia situazione particolare mi oppongo all'analisi dei miei acquisti.": Kind.OBJECTION,
        "La giacca è arrivata con un buco nella manica. Posso cambiarla?": Kind.OTHER,
    },
}
SET, REMOVE = Action.SET, Action.REMOVE
Wanted = tuple[Action, Field, str | None, str | None, str | None]

STATED: list[tuple[str, Record | None, Wanted]] = [
    (
        "My phone number changed from 020 7946 0018 to 020 7946 0019.",
        None,
        (SET, Field.PHONE, "020 7946 0018", "020 7946 0019", "+442079460019"),
    ),
    (
        "Please change my e-mail to maud@Tern.example, thank you.",
        {Field.EMAIL: "maud@example.org"},
        (SET, Field.EMAIL, None, "maud@Tern.example", "maud@tern.example"),
    ),
    (
        "We moved. Please replace 4 Elm Road, York YO1 7HH with 12 Station Road, Leeds LS1 4DY in your records.",
        None,
        (SET, Field.ADDRESS, "4 Elm Road, York YO1 7HH", "12 Station Road, Leeds LS1 4DY", None),
    ),
    (
        "Please remove the number 020 7946 0018 from my account.",
        {Field.PHONE: "+44 20 7946 0018"},
        (REMOVE, Field.PHONE, "020 7946 0018", None, None),
    ),
    (
        "Mein Geburtsdatum ist falsch gespeichert: statt 03.04.1971 bitte 04.03.1971.",
        {Field.DATE_OF_BIRTH: "1971-04-03"},
        (SET, Field.DATE_OF_BIRTH, "03.04.1971", "04.03.1971", "1971-03-04"),
    ),
    (
        "Mein Nachname schreibt sich Krüger, nicht Krueger. Bitte berichtigen Sie das.",
        {Field.FAMILY_NAME: "Krueger", Field.GIVEN_NAME: "Uwe"},
        (SET, Field.FAMILY_NAME, "Krueger", "Krüger", None),
    ),
    (
        "Bitte ändern Sie meine Telefonnummer, die neue lautet 030 23125 012.",
        None,
        (SET, Field.PHONE, None, "030 23125 012", "+493023125012"),
    ),
    (
        "Nous avons déménagé, notre nouvelle adresse est 9 rue des Lilas, 44000 Nantes.",
        None,
        (SET, Field.ADDRESS, None, "9 rue des Lilas, 44000 Nantes", None),
    ),
    (
        "Mon adresse e-mail n'est plus luc@example.com mais luc@example.net, merci de corriger.",
        {Field.EMAIL: "luc@example.com"},
        (SET, Field.EMAIL, "luc@example.com", "luc@example.net", "luc@example.net"),
    ),
    (
        "Il mio codice postale è 00184 e non 00148, correggetelo per favore.",
        {Field.POSTAL_CODE: "00148"},
        (SET, Field.POSTAL_CODE, "00148", "00184", None),
    ),
    (
        "La nostra ragione sociale è cambiata da Rondine S.r.l. a Rondine Viaggi S.r.l., aggiornate i dati.",
        None,
        (SET, Field.COMPANY, "Rondine S.r.l.", "Rondine Viaggi S.r.l.", None),
    ),
    (
        "Il mio nuovo numero di cellulare è 347 555 0199, il vecchio 347 555 0100 non vale più.",
        None,
        (SET, Field.PHONE, "347 555 0100", "347 555 0199", "+393475550199"),
    ),
]


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return bot.classifier.load()


def writing(text: str) -> Writing:
    return Writing("", text, ((0, len(text)),))


def _each() -> Iterator[Any]:
    for language, rows in KINDS.items():
        yield from (pytest.param(language, text, kind, id=f"{language}-{kind}") for text, kind in rows.items())


@pytest.mark.parametrize(("language", "text", "kind"), [*_each()])
def test_each_kind_is_read_in_each_language(classifier: Classifier, language: str, text: str, kind: Kind) -> None:
    (verdict,) = classifier.read([writing(text)])
    assert (verdict.language, verdict.decided) == (language, (kind,))


@pytest.mark.parametrize(("text", "record", "wanted"), STATED, ids=[text[:40] for text, _, _ in STATED])
def test_a_correction_is_read_whole(classifier: Classifier, text: str, record: Record | None, wanted: Wanted) -> None:
    (verdict,) = classifier.read([writing(text)])
    assert verdict.decided == (Kind.RECTIFICATION,)
    (found,) = classifier.corrections(writing(text), verdict, record)
    assert (found.action, found.field, found.old, found.new, found.normal) == wanted
    assert text[found.start : found.end] == (found.new or found.old)


@pytest.mark.parametrize("text", ["Hello", "Guten Tag,", "Bonjour Madame", "Ciao!", "", "  \n "])
def test_a_greeting_says_nothing_for_certain(classifier: Classifier, text: str) -> None:
    (verdict,) = classifier.read([writing(text)])
    assert verdict.decided == (Kind.OTHER,)
    assert verdict.confidence < 0.5


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Por favor, necesito que cambien mi correo electrónico porque el que tienen ya no existe.", "es"),
        ("Ik heb vorige week een jas gekocht en die is nog steeds niet bezorgd.", "nl"),
        ("Comprei um casaco na semana passada e ainda não chegou.", "pt"),
        ("Proszę o informację, kiedy dotrze moja przesyłka.", "pl"),
        ("Minulý týden jsem si koupila kabát a pořád nepřišel.", "cs"),
        ("Jag köpte en jacka förra veckan och den har fortfarande inte kommit.", "sv"),
    ],
)
def test_ten_languages_are_told_apart(classifier: Classifier, text: str, language: str) -> None:
    assert classifier.read([writing(text)])[0].language == language


@pytest.mark.parametrize(
    "text",
    [
        "Jeg har købt en jakke i sidste uge, og den er stadig ikke kommet frem til mig.",
        "Szeretném tudni, mikor érkezik meg a csomagom, amelyet múlt héten rendeltem.",
        "Θα ήθελα να μάθω πότε θα έρθει η παραγγελία μου.",
        "ご担当者様、注文した商品がまだ届いていません。",
    ],
    ids=["da", "hu", "el", "ja"],
)
def test_a_language_that_is_not_read_is_unknown(classifier: Classifier, text: str) -> None:
    assert classifier.read([writing(text)])[0].language == "unknown"


@pytest.mark.parametrize("letter", ["(", '"', "a", "-"])
def test_a_word_without_end_is_read_in_time(classifier: Classifier, letter: str) -> None:
    begun = time.process_time()
    classifier.read([writing(letter * 64_000)])
    assert time.process_time() - begun < 5


def test_order_and_company_make_no_difference(classifier: Classifier) -> None:
    texts = [text for rows in KINDS.values() for text in rows]
    alone = [classifier.read([writing(text)])[0] for text in texts]
    assert classifier.read([writing(text) for text in texts]) == alone
