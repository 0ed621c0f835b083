"""Learning on: heads that are taught more, a pipeline that is replaced by no worse one, and kept to go back to."""

from pathlib import Path

import numpy as np
import pytest

import bot.classifier
from bot.classifier import SHIPPED, relearning
from bot.classifier.corpus_rows import CORPUS, Label, Row, read_rows
from bot.classifier.encoder.encoder import WIDTH
from bot.classifier.encoder.heads import FIELDS, KINDS, NEW, Heads
from bot.classifier.encoder.network import first_heads
from bot.classifier.encoder.relearning import Example, relearned
from bot.classifier.relearning import FORMER, WorseError, relearn
from bot.mail.replies import new_spans
from models.rules.kinds import Action, Field, Kind
from models.rules.reading import Writing

SAID = ["Zap the gizmo of number {}.", "Gizmo {}, zap it.", "Could you zap my gizmo, it is {}?", "Zap gizmo {} now!"]


def settled(number: int, kind: Kind = Kind.RESTRICTION) -> Row:
    text = SAID[number % len(SAID)].format(number)
    return Row(f"RD-{number}", "en", "desk", Writing("", text, ((0, len(text)),)), frozenset({kind}), (), None)


def taught(direction: int, kind: Kind, role: int | None) -> Example:
    """Four words that all point one way."""
    vectors = np.zeros((4, WIDTH), np.float32)
    vectors[:, direction] = 3.0
    told = np.full(4, role or 0, np.int32)
    return Example(
        vectors=vectors,
        kinds=np.array([one is kind for one in KINDS], np.float32),
        asked=np.zeros(len(FIELDS), np.float32),
        words=(told, np.where(told > 0, 1, -1).astype(np.int32), np.ones(4, np.int32)) if role is not None else None,
        weight=1.0,
    )


def test_heads_learn_what_they_are_told_and_keep_what_they_knew() -> None:
    before = Heads(first_heads(WIDTH, np.random.default_rng(1)))
    examples = [taught(3, Kind.ERASURE, None), taught(5, Kind.RECTIFICATION, NEW), taught(7, Kind.OTHER, 0)] * 20
    after = relearned(before, examples)
    words = np.zeros((4, 2), np.int64)
    for one in examples[:3]:
        assert KINDS[int(after.judge(words, one.vectors).kinds.argmax())] is KINDS[int(one.kinds.argmax())]
    assert after.judge(words, examples[1].vectors).roles.argmax(axis=1).tolist() == [NEW] * 4
    assert after.judge(words, examples[2].vectors).roles.argmax(axis=1).tolist() == [0] * 4
    elsewhere = np.zeros((4, WIDTH), np.float32)
    elsewhere[:, 100] = 3.0
    assert np.abs(after.judge(words, elsewhere).kinds - before.judge(words, elsewhere).kinds).max() < 1.5


def test_what_staff_decided_is_read_so_the_next_time(middling: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    out = tmp_path / "trained"
    learned = relearn(
        SHIPPED, out, [settled(number) for number in range(40)], new_spans=new_spans, corpora=[middling],
        tell=lambda _stage, number, of: told.append((number, of)),
    )  # fmt: skip
    assert learned.mails == 40
    assert learned.after["exact"] >= learned.before["exact"] - 0.001
    assert told[-1][0] == told[-1][1]
    text = "Please zap gizmo 77."
    writing = Writing("", text, ((0, len(text)),))
    now, then = bot.classifier.load(out), bot.classifier.load()
    assert now.read([writing])[0].scores[Kind.RESTRICTION] > then.read([writing])[0].scores[Kind.RESTRICTION] + 0.2
    assert now.version.startswith(then.version + "-")


def test_what_stood_there_is_kept(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "trained"
    out.mkdir()
    (out / "mark").write_text("", "utf-8")
    relearn(SHIPPED, out, [settled(1)], new_spans=new_spans, corpora=[small], tell=lambda *_: None)
    assert (tmp_path / f"trained{FORMER}" / "mark").exists()
    assert not (out / "mark").exists()


def test_a_pipeline_that_reads_worse_replaces_none(middling: Path, tmp_path: Path) -> None:
    wrong = [
        Row(row.id, "en", "desk", row.writing, frozenset({Kind.OBJECTION}), (), None)
        for row in read_rows(middling)
        if Kind.OBJECTION not in row.kinds
    ]
    with pytest.raises(WorseError, match="exact"):
        relearn(SHIPPED, tmp_path / "trained", wrong, new_spans=new_spans, corpora=[middling], tell=lambda *_: None)
    assert list(tmp_path.iterdir()) == []


def test_values_of_people_are_replaced_before_anything_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "My surname is Quint, not Quant."
    own = Row(
        "RD-1", "en", "desk", Writing("", text, ((0, len(text)),)), frozenset({Kind.RECTIFICATION}),
        (Label(Action.SET, Field.FAMILY_NAME, "Quant", "Quint"),), None,
    )  # fmt: skip
    learning = [row for row in read_rows(CORPUS / "en.jsonl") if row.labels]
    given = relearning._weighed([own], learning, new_spans, relearning.random.Random(1))
    row, weight = given[-1]
    assert "Quint" not in row.writing.text
    assert row.labels[0].new is not None
    assert row.labels[0].new in row.writing.text
    assert weight == 4.0
