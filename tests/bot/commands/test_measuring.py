"""Figures from labelled messages: the JSON of the contract, predictions beside it, and what is wrong with a file."""

import json
from pathlib import Path

import pytest

from tests.bot.commands.conftest import refusal, rightsdesk

ROWS = [
    {
        "id": "1", "lang": "en", "subject": "my number", "labels": ["rectification"],
        "text": "Please correct my phone number, it is +44 20 7946 0012 now.",
        "fields": [{"field": "phone", "old": None, "new": "+44 20 7946 0012"}],
    },
    {"id": "2", "lang": "de", "subject": "Newsletter", "text": "Bitte keine Werbung mehr.", "labels": ["opt_out"]},
]  # fmt: skip


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in ROWS), "utf-8")
    return path


def test_figures_and_predictions(labelled, tmp_path):
    result = rightsdesk("evaluate", labelled, "--json", "--predictions", tmp_path / "out.jsonl")

    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["n"] == 2
    assert {
        "kinds", "macro_f1", "exact", "auto", "missed_rights", "language_accuracy", "corrections", "with_record",
        "messages_per_second",
    } <= set(report)  # fmt: skip
    predicted = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [one["id"] for one in predicted] == ["1", "2"]
    assert predicted[0]["corrections"][0]["new"] == "+44 20 7946 0012"


def test_a_person_reads_a_table(labelled):
    shown = rightsdesk("evaluate", labelled).stdout

    assert "rectification" in shown
    assert "rights missed" in shown


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "holds no labelled message", id="empty"),
        pytest.param(b"{}\n", "line 1", id="no message"),
        pytest.param(b"not json\n", "line 1", id="no JSON"),
        pytest.param(b"\xff\xfe\n", "UTF-8", id="no text"),
    ],
)
def test_a_file_that_cannot_be_measured(tmp_path, content, said):
    (tmp_path / "odd.jsonl").write_bytes(content)

    assert said in refusal(rightsdesk("evaluate", tmp_path / "odd.jsonl"))


def test_a_corpus_that_is_not_there(tmp_path):
    assert "there is no folder" in refusal(rightsdesk("train", "--out", tmp_path / "out", "--corpus", tmp_path / "no"))
    assert not (tmp_path / "out").exists()
