"""A small corpus to train on."""

import json
from pathlib import Path

import pytest

from bot.classifier.corpus_rows import CORPUS


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten messages of each writer, of one language."""
    folder = tmp_path_factory.mktemp("corpus")
    lines = (CORPUS / "en.jsonl").read_text("utf-8").splitlines()
    kept = [line for line in lines if int(json.loads(line)["id"].rpartition("-")[2]) <= 10]
    (folder / "en.jsonl").write_text("\n".join(kept) + "\n", "utf-8")
    return folder
