"""Each mail of the corpus reads as the file beside it says."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.mail.mime import read
from models.rules.reading import Reading

CORPUS = Path(__file__).parent.parent / "corpus"
MAILS = sorted(CORPUS.glob("*.eml"))


def test_the_corpus_is_not_empty() -> None:
    assert len(MAILS) >= 20


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_reads_as_it_should(path: Path) -> None:
    expected = tomllib.loads(path.with_suffix(".toml").read_text("utf-8"))
    reading = read(path.read_bytes())
    assert {name: _found(reading, name, value) for name, value in expected.items()} == expected


def _found(reading: Reading, name: str, expected: Any) -> Any:
    bounce = reading.bounce
    found: dict[str, Any] = {
        "text_has": expected if str(expected) in reading.text else reading.text,
        "defects_have": [defect for defect in reading.defects if defect in expected]
        if name == "defects_have"
        else None,
        "no_date": reading.date is None,
        "has_html": reading.html is not None,
        "attachments": [[file.name, file.type, file.size] for file in reading.attachments],
        "bounce": bounce and {"hard": bounce.hard, "recipient": bounce.recipient, "original": bounce.original},
    }
    value = found[name] if name in found else getattr(reading, name)
    return list(value) if isinstance(value, tuple) else value
