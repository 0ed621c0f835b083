"""The word lists in ``words/``: what words mean, and what a message that says nothing consists of."""

import re
from functools import cache
from pathlib import Path

WORDS = Path(__file__).parent / "words"


def lines(name: str) -> list[str]:
    """The lines of a list, without its comments."""
    text = (WORDS / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def greeting() -> re.Pattern[str]:
    """What a message that says nothing consists of."""
    words = [word for line in lines("greetings.txt") for word in line.split(" | ")]
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)
