"""Learning from staff at the terminal: only where it is allowed, only where there is something, and back again."""

from pathlib import Path

import pytest

from bot.classifier import relearning
from models.services.deciding import review
from tests.bot.commands.conftest import refusal, rightsdesk
from tests.firm import Firm
from tests.services import rows


def allow(firm: Firm) -> None:
    text = firm.path.read_text("utf-8")
    firm.path.write_text(text.replace("[desk]\n", "[desk]\nlearn_from_desk = true\n", 1), "utf-8")


def test_nothing_is_learned_where_the_configuration_does_not_allow_it(firm: Firm) -> None:
    assert "learn_from_desk" in refusal(rightsdesk("train", "--from-desk", "--config", firm.path))


def test_where_staff_settled_nothing_there_is_nothing_to_learn(firm: Firm) -> None:
    allow(firm)
    assert "nothing to learn" in refusal(rightsdesk("train", "--from-desk", "--config", firm.path))


def test_the_mails_that_staff_settled_are_learned(firm: Firm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    allow(firm)
    with firm.desk.sessions.begin() as session:
        made = rows.request(session)
        rows.correction(session, made)
    firm.does(review.approve, made.id)
    given = []

    def worse(base: Path, out: Path, learned: list[object], **_: object) -> None:
        given.extend([out, *learned])
        raise relearning.WorseError("exact 91.0% before, 80.0% after")

    monkeypatch.setattr(relearning, "relearn", worse)
    said = refusal(rightsdesk("train", "--from-desk", "--out", tmp_path / "own", "--config", firm.path))
    assert "91.0% before" in said
    out, row = given
    assert out == tmp_path / "own"
    assert row.id == made.ticket.reference
    assert [label.new for label in row.labels] == ["14 Quarry Hill"]


def test_one_goes_back_to_the_pipeline_before_and_forth_again(tmp_path: Path) -> None:
    for name in ("own", f"own{relearning.FORMER}"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text("", "utf-8")
    assert rightsdesk("train", "--undo", "--out", tmp_path / "own").exit_code == 0
    assert (tmp_path / "own" / f"own{relearning.FORMER}").exists()
    assert rightsdesk("train", "--undo", "--out", tmp_path / "own").exit_code == 0
    assert (tmp_path / "own" / "own").exists()


def test_where_there_is_none_before_one_is_told(tmp_path: Path) -> None:
    assert "none to go back to" in refusal(rightsdesk("train", "--undo", "--out", tmp_path / "own"))
