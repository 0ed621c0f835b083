"""How a letter of ours is marked, so that no machine answers it."""

import pytest

from models import letters
from models.letters import LetterError

MACHINE = {"X-Auto-Response-Suppress": "All"}
REPLIED = MACHINE | {"Auto-Submitted": "auto-replied"}
GENERATED = MACHINE | {"Auto-Submitted": "auto-generated"}


@pytest.mark.parametrize(
    ("name", "answers", "marks"),
    [
        ("proof", True, REPLIED | {"Precedence": "auto_reply"}),
        ("proof", False, GENERATED | {"Precedence": "auto_reply"}),
        ("oversize", True, REPLIED | {"Precedence": "auto_reply"}),
        ("opted_out", True, REPLIED),
        ("opted_out", False, GENERATED),
        ("no_data", True, REPLIED),
        ("address_changed", False, GENERATED),
        ("address_left", False, GENERATED),
        ("proof_reminder", True, GENERATED),
        ("proof_reminder", False, GENERATED),
        ("expired", False, GENERATED),
        ("corrected", True, REPLIED),
        *((name, False, MACHINE) for name in ("answer", "ask", "corrected", "declined", "package", "undone")),
    ],
)
def test_the_headers_say_who_wrote(name: str, answers: bool, marks: dict[str, str]) -> None:
    assert letters.headers(name, answers=answers) == marks


def test_an_unknown_letter_has_no_headers() -> None:
    with pytest.raises(LetterError):
        letters.headers("prof", answers=True)
