"""The words of a package: the same ones in each language, and those of the letters."""

import re
import tomllib

import pytest

from models import letters
from models.customers import Column
from models.customers.words import FALLBACK, FOLDER, languages, words_for
from models.rules.kinds import Field
from tests.customers.packages import PERSON, package

LANGUAGES = sorted(languages())


@pytest.mark.parametrize(
    ("column", "label"),
    [
        (Column("c", field=Field.PHONE), "Phone number"),
        (Column("c", field=Field.PHONE, label="Line"), "Line"),
        (Column("total", field=Field.OTHER), "total"),
        (Column("c", consent="marketing", off="0"), "Consent: marketing"),
        (Column("plain"), "plain"),
    ],
    ids=["field", "own label", "field other", "consent", "neither"],
)
def test_a_column_is_called_what_its_reader_would_call_it(column, label):
    assert words_for("en").label(column) == label


def test_a_language_without_words_reads_english():
    assert package(PERSON, language="xx").content == package(PERSON, language="en").content
    assert FALLBACK in languages()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_complete(language):
    own, english = words_for(language), words_for("en")
    assert own.language == language
    assert own.page.keys() == english.page.keys()
    assert len(own.rights) == len(english.rights)
    assert all(word.strip() for word in (*own.page.values(), *own.rights, *own.fields.values()))
    assert [re.findall(r"{\w+}", own.page[word]) for word in own.page] == [
        re.findall(r"{\w+}", english.page[word]) for word in own.page
    ]
    assert set(tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))) == {"page", "rights", "fields"}


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_each_language_is_a_translation(language):
    same = {word for word, said in words_for(language).page.items() if said == words_for("en").page[word]}
    assert same <= {"no"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_and_packages_call_a_field_alike(language):
    assert words_for(language).fields == {field: letters.field_label(field, language) for field in Field}
