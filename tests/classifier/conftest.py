"""Small corpora of one language to train on."""

import json
from pathlib import Path

import pytest

from bot.classifier.corpus_rows import CORPUS


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five messages of each writer."""
    return of_each(5, tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def middling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty messages of each writer: enough to be remembered, and to notice that something is forgotten."""
    return of_each(20, tmp_path_factory.mktemp("middling"))


def of_each(messages: int, folder: Path) -> Path:
    lines = (CORPUS / "en.jsonl").read_text("utf-8").splitlines()
    kept = [line for line in lines if int(json.loads(line)["id"].rpartition("-")[2]) <= messages]
    (folder / "en.jsonl").write_text("\n".join(kept) + "\n", "utf-8")
    return folder
