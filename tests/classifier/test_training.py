"""Training: repeatable, measured on writers that it did not learn from, and never half a pipeline on disk."""

from pathlib import Path

import pytest

import bot.classifier
from bot.classifier import training
from bot.classifier.corpus_rows import CORPUS, HELD_BACK, CorpusError, Row, read_rows
from models.rules.reading import LANGUAGES, Writing


@pytest.fixture(scope="module")
def corpus() -> list[Row]:
    return read_rows(CORPUS)


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few times through the lessons make a pipeline; how well one reads is shown by the one that is shipped."""
    monkeypatch.setattr(training, "EPOCHS", {"kinds": 2, "language": 1})


def test_whole_writers_are_held_back_in_every_language(corpus: list[Row]) -> None:
    learning, held = training.split(corpus)
    assert not {row.writer for row in learning} & {row.writer for row in held}
    assert {row.writer for row in held} == set(HELD_BACK.read_text("utf-8").split())
    assert all(sum(row.language == language for row in held) > 200 for language in LANGUAGES)
    assert len(learning) > 4 * len(held) * 0.9


def test_without_a_writer_held_back_there_is_nothing_to_measure_on(corpus: list[Row]) -> None:
    learning, _ = training.split(corpus)
    with pytest.raises(CorpusError, match=HELD_BACK.name):
        training.split(learning)


@pytest.mark.usefixtures("briefly")
def test_the_same_seed_makes_the_same_pipeline(small: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    one = training.train(tmp_path / "one", [small], seed=3, progress=lambda *step: told.append(step))
    other = training.train(tmp_path / "other", [small], seed=3)
    text = "Please take me off the newsletter and delete my data."
    verdicts = [
        bot.classifier.load(tmp_path / name).read([Writing("", text, ((0, len(text)),))])[0]
        for name in ("one", "other")
    ]
    assert verdicts[0] == verdicts[1]
    assert one.report["exact"] == other.report["exact"]
    assert one.learned_from + one.held_back == len(read_rows(small))
    assert told[-1][1] == told[-1][2]


@pytest.mark.usefixtures("briefly")
def test_a_pipeline_is_replaced_whole(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "trained"
    out.mkdir()
    (out / "left over").write_text("", "utf-8")
    training.train(out, [small])
    assert not (out / "left over").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["trained"]
