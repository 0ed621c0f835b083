"""The corpus that the pipeline learns from: the linter passes what is shipped and finds what is planted."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.classifier.corpus_check import faults, imbalances
from bot.classifier.corpus_rows import CORPUS, FOREIGN, CorpusError, digest, read_rows
from models.rules.kinds import Action, Field, Kind
from models.rules.reading import LANGUAGES, UNKNOWN_LANGUAGE

SOUND: dict[str, Any] = {
    "id": "en-ada-01",
    "lang": "en",
    "writer": "ada",
    "subject": "Change of address",
    "text": "Please put 14 Quarry Hill where you have 3 Mill Lane.",
    "labels": ["rectification"],
    "fields": [{"action": "set", "field": "street", "old": "3 Mill Lane", "new": "14 Quarry Hill"}],
    "record": {"street": "3 Mill Lane"},
}
REMOVAL = {"action": "remove", "field": "phone", "old": "3 Mill Lane", "new": "14 Quarry Hill"}


def shipped() -> list[Path]:
    return sorted(CORPUS.glob("*.jsonl"))


def shipped_rows() -> list[dict[str, Any]]:
    return [json.loads(line) for file in shipped() for line in file.read_text(encoding="utf-8").splitlines()]


def planted(folder: Path, *rows: dict[str, Any]) -> list[str]:
    file = folder / "en.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return faults([file])


def test_the_shipped_corpus_has_a_file_a_language_and_no_fault() -> None:
    assert [file.stem for file in shipped()] == sorted(LANGUAGES)
    assert faults(shipped()) == []


def test_the_shipped_corpus_has_enough_of_everything() -> None:
    assert imbalances(shipped_rows()) == []


def test_a_writer_keeps_to_one_language_but_for_a_message_now_and_then() -> None:
    counted = Counter((row["writer"], row["lang"]) for row in shipped_rows())
    for writer in {writer for writer, _ in counted}:
        *seldom, _ = sorted(count for (one, _), count in counted.items() if one == writer)
        assert sum(seldom) <= 3, writer


def test_foreign_lines_are_in_none_of_the_languages_that_are_read() -> None:
    languages = {line.partition("\t")[0] for line in FOREIGN.read_text(encoding="utf-8").splitlines()}
    assert not languages & {*LANGUAGES, UNKNOWN_LANGUAGE, ""}
    assert {"da", "sk"} <= languages


def test_a_sound_message_has_no_fault(tmp_path: Path) -> None:
    assert planted(tmp_path, SOUND) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param({"text": None}, "text is missing", id="no text"),
        pytest.param({"writer": 7}, "writer is missing or no str", id="a number for a writer"),
        pytest.param({"lang": "de"}, "its language is not the file's", id="German in the English file"),
        pytest.param({"labels": [], "fields": []}, "no label, or an unknown one", id="no label"),
        pytest.param({"labels": ["rectification", "complaint"]}, "no label, or an unknown one", id="unknown label"),
        pytest.param({"labels": ["other", "access"], "fields": []}, "other does not stand alone", id="other and more"),
        pytest.param({"labels": ["access"]}, "without being a rectification", id="corrections of an access"),
        pytest.param({"fields": [{"action": "set", "field": "shoe size"}]}, "unknown action or field", id="field"),
        pytest.param({"fields": [{"action": "swap", "field": "city"}]}, "unknown action or field", id="action"),
        pytest.param({"fields": [REMOVAL]}, "a removal with a new value", id="removal to a value"),
        pytest.param({"text": "Please put it right."}, "old value of street does not stand", id="old not said"),
        pytest.param({"text": "It is not 3 Mill Lane."}, "new value of street does not stand", id="new not said"),
        pytest.param({"record": {"shoe size": "43"}}, "its record has an unknown field", id="record"),
    ],
)
def test_a_planted_fault_is_found_with_its_line(tmp_path: Path, wrong: dict[str, Any], said: str) -> None:
    found = planted(tmp_path, SOUND, {**SOUND, "id": "en-ada-02", "subject": "Another", **wrong})
    assert any(fault.startswith("en.jsonl, line 2: ") and said in fault for fault in found), found


def test_an_id_that_stands_twice_is_found(tmp_path: Path) -> None:
    assert planted(tmp_path, SOUND, {**SOUND, "subject": "Another"}) == ["en-ada-01: this id stands 2 times"]


def test_a_message_that_stands_twice_is_found_whatever_its_case(tmp_path: Path) -> None:
    twice = {**SOUND, "id": "en-ada-02", "subject": "CHANGE of  address"}
    assert planted(tmp_path, SOUND, twice) == ["en-ada-02: the same message as en-ada-01"]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        pytest.param(lambda row: row["id"][-2:] == "01", "fewer than 350", id="few messages"),
        pytest.param(lambda row: row["writer"] in {"hattie", "gus"}, "fewer than 3 writers", id="few writers"),
        pytest.param(lambda row: "portability" not in row["labels"], "0 messages of portability", id="a kind is out"),
    ],
)
def test_what_a_language_has_too_little_of_is_told(left: Any, said: str) -> None:
    english = [row for row in shipped_rows() if row["lang"] == "en" and left(row)]
    assert any(fault.startswith("en: ") and said in fault for fault in imbalances(english))


def test_too_few_records_are_told() -> None:
    bare = [row for row in shipped_rows() if "record" not in row]
    assert any("rectifications with a record, fewer than 1000" in fault for fault in imbalances(bare))


def test_a_row_is_read_with_its_labels_and_record(tmp_path: Path) -> None:
    planted(tmp_path, SOUND)
    (row,) = read_rows(tmp_path)
    (label,) = row.labels
    assert (row.language, row.kinds) == ("en", frozenset({Kind.RECTIFICATION}))
    assert row.record == {Field.STREET: "3 Mill Lane"}
    assert (label.action, label.old, label.new) == (Action.SET, "3 Mill Lane", "14 Quarry Hill")


def test_a_quoted_letter_in_a_labelled_message_is_not_new(tmp_path: Path) -> None:
    planted(tmp_path, {**SOUND, "text": SOUND["text"] + "\n\n> Dear Ada, your street is 3 Mill Lane.\n"})
    (row,) = read_rows(tmp_path)
    assert not any("Dear Ada" in row.writing.text[start:end] for start, end in row.writing.new)


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"id": 1, "lang": "en", "text": "a", "labels": ["x"]}'])
def test_a_line_that_is_no_labelled_message_is_named_without_its_text(tmp_path: Path, line: str) -> None:
    (tmp_path / "en.jsonl").write_text(f"{json.dumps(SOUND)}\n{line}\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"en\.jsonl, line 2: \w+, not a labelled message$"):
        read_rows(tmp_path)


def test_a_message_more_makes_another_digest(tmp_path: Path) -> None:
    planted(tmp_path, SOUND)
    before = digest([tmp_path])
    assert digest([tmp_path]) == before
    planted(tmp_path, SOUND, {**SOUND, "id": "en-ada-02"})
    assert digest([tmp_path]) != before
