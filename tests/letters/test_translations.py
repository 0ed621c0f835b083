"""Every language says the same letters with the same facts, and counts only once it is whole."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from models import letters
from models.letters.forms import LetterError
from models.letters.shelf import FUNCTIONS, Shelf
from models.rules.kinds import Field, Kind

ROOT = Path(letters.__file__).parent
FOLDERS = sorted(file.parent.name for file in ROOT.glob("*/words.toml"))
Facts = dict[str, object]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A shelf of one's own, with English only."""
    shutil.copytree(ROOT / "en", tmp_path / "en")
    shutil.copy(ROOT / "layout.html", tmp_path)
    return tmp_path


def test_every_folder_is_a_complete_language() -> None:
    assert set(FOLDERS) == letters.languages()


@pytest.mark.parametrize("language", FOLDERS)
def test_a_folder_holds_every_letter_and_no_other(language: str) -> None:
    assert {file.stem for file in (ROOT / language).glob("*.txt")} == set(letters.names())


@pytest.mark.parametrize("language", FOLDERS)
@pytest.mark.parametrize("name", letters.names())
def test_every_language_uses_the_same_facts(name: str, language: str) -> None:
    shelf = Shelf(ROOT)
    assert shelf.needs(name, language) == shelf.needs(name, "en")


@pytest.mark.parametrize("language", FOLDERS)
@pytest.mark.parametrize("name", letters.names())
def test_every_language_calls_the_same_functions_as_often(name: str, language: str) -> None:
    def calls(of: str) -> list[str]:
        source = (ROOT / of / f"{name}.txt").read_text("utf-8")
        return sorted(re.findall(rf"(?:{'|'.join(FUNCTIONS)})\((?:\"\w+\"|[\w.]+)?|{{% if [^%]+%}}", source))

    assert calls(language) == calls("en")


@pytest.mark.parametrize("language", FOLDERS)
@pytest.mark.parametrize("name", letters.names())
def test_no_letter_was_left_in_english(name: str, language: str) -> None:
    ours = (ROOT / language / f"{name}.txt").read_text("utf-8").splitlines()
    english = set((ROOT / "en" / f"{name}.txt").read_text("utf-8").splitlines())
    said = [line for line in ours if line.strip() and not re.fullmatch(r"\s*\{[{%].*[}%]\}\s*", line)]
    assert said
    assert language == "en" or not english & set(said)


@pytest.mark.parametrize("language", FOLDERS)
def test_every_kind_and_field_has_a_label_of_its_own(language: str) -> None:
    assert len({letters.kind_label(kind, language) for kind in Kind}) == len(Kind)
    assert len({letters.field_label(field, language) for field in Field}) == len(Field)


def test_a_label_in_an_unknown_language_is_refused() -> None:
    with pytest.raises(LetterError):
        letters.field_label("city", "xx")


@pytest.mark.parametrize("name", [*letters.names(), "words"])
def test_french_has_no_break_before_high_punctuation(name: str) -> None:
    source = (ROOT / "fr" / ("words.toml" if name == "words" else f"{name}.txt")).read_text("utf-8")
    assert not re.search(r"[ \n][:;?!»]", source)


def test_a_new_folder_is_a_new_language(root: Path, facts: Facts) -> None:
    shutil.copytree(root / "en", root / "nl")
    shelf = Shelf(root)
    assert set(shelf.words) == {"en", "nl"}
    assert shelf.write("proof", "nl", facts).text == shelf.write("proof", "en", facts).text


@pytest.mark.parametrize("missing", [*(f"{name}.txt" for name in letters.names()), "words.toml"])
def test_a_language_that_lacks_a_file_does_not_count(missing: str, root: Path, facts: Facts) -> None:
    (root / "en" / missing).unlink()
    shelf = Shelf(root)
    assert set(shelf.words) == set()
    with pytest.raises(LetterError):
        shelf.write("answer", "en", facts)


@pytest.mark.parametrize(
    ("line", "instead"),
    [('city = "Town or city"', ""), ('access = "A copy of the data"', ""), ('dear = "Dear {name},"', 'dear = " "'),
     ('city = "Town or city"', 'city = "Town"\nmoon = "Moon"')],
    ids=["field missing", "kind missing", "blank", "unknown word"],
)  # fmt: skip
def test_a_language_that_lacks_a_word_does_not_count(line: str, instead: str, root: Path) -> None:
    words = root / "en" / "words.toml"
    source = words.read_text("utf-8")
    assert line in source
    words.write_text(source.replace(line, instead), "utf-8")
    assert set(Shelf(root).words) == set()


@pytest.mark.parametrize(
    ("body", "fact"),
    [
        ("{{ shoe_size }}", "“shoe_size”"),
        ("{{ notice.shoe_size }}", "shoe_size"),
        ("{% if not name %}{{ shoe_size }}{% endif %}", "“shoe_size”"),
    ],
    ids=["fact", "part of a fact", "not said this time"],
)
def test_a_template_cannot_use_a_fact_that_is_not_there(body: str, fact: str, root: Path, facts: Facts) -> None:
    (root / "en" / "answer.txt").write_text(f"Subject\n{body}\n", "utf-8")
    with pytest.raises(LetterError, match=fact):
        Shelf(root).write("answer", "en", facts)


def test_a_template_cannot_leave_the_sandbox(root: Path, facts: Facts) -> None:
    (root / "en" / "answer.txt").write_text("Subject\n{{ free.__self__.words }}\n", "utf-8")
    with pytest.raises(LetterError, match="unsafe"):
        Shelf(root).write("answer", "en", facts)


def test_nothing_is_loaded_before_the_first_letter() -> None:
    script = "import sys, models.letters as l; l.names(); print(sorted({'jinja2', 'babel'} & set(sys.modules)))"
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT.parents[1]
    )
    assert told.stdout.strip() == "[]"
