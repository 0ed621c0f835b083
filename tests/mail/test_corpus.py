"""Each mail of the corpus reads as the file beside it says."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.mail.mime import read
from models.rules.reading import Reading

CORPUS = Path(__file__).parent.parent / "corpus"
MAILS = sorted(CORPUS.rglob("*.eml"))


def test_the_corpus_is_large_enough() -> None:
    assert len(MAILS) >= 150


@pytest.mark.parametrize("path", MAILS, ids=lambda path: str(path.relative_to(CORPUS).with_suffix("")))
def test_a_mail_reads_as_it_should(path: Path) -> None:
    expected = tomllib.loads(path.with_suffix(".toml").read_text("utf-8"))
    reading = read(path.read_bytes())
    found = {name: _found(reading, name, value) for name, value in expected.items()}
    assert found == {name: _stripped(value) for name, value in expected.items()}


def _found(reading: Reading, name: str, expected: Any) -> Any:
    """What a reading has of an expectation: of passages those that it holds, or holds not."""
    value = _SPECIAL[name](reading, expected) if name in _SPECIAL else getattr(reading, name)
    return _stripped(list(value) if isinstance(value, tuple) else value)


def _stripped(value: Any) -> Any:
    """Blank lines around a text make no difference."""
    return value.strip() if isinstance(value, str) else value


_SPECIAL: dict[str, Callable[[Reading, Any], Any]] = {
    "text_has": lambda reading, passages: [one for one in passages if one in reading.text],
    "text_lacks": lambda reading, passages: [one for one in passages if one not in reading.text],
    "defects_have": lambda reading, names: [one for one in reading.defects if one in names],
    "no_date": lambda reading, _: reading.date is None,
    "has_html": lambda reading, _: reading.html is not None,
    "human": lambda reading, _: reading.auto is None,
    "attachments": lambda reading, files: [
        [file.name, file.type, file.size][: len(files[0]) if files else None] for file in reading.attachments
    ],
    "bounce": lambda reading, _: (
        reading.bounce
        and {
            "hard": reading.bounce.hard,
            "recipient": reading.bounce.recipient,
            "original": reading.bounce.original,
        }
    ),
    "bounce_hard": lambda reading, _: reading.bounce and reading.bounce.hard,
    "bounce_recipient": lambda reading, _: reading.bounce and reading.bounce.recipient,
    "bounce_original": lambda reading, _: reading.bounce and reading.bounce.original,
}
