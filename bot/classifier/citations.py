"""Finds where a message cites a value: a value and a writing flow in, passages of what is new in it flow out."""

import re
from collections.abc import Iterator

from models.rules.reading import Place, Writing

Citation = tuple[Place, int, int, str]
"""Where it stands, and the words as they stand there."""


def citations(value: str, writing: Writing) -> Iterator[Citation]:
    """Where a value stands by itself in what the person newly wrote, the subject first; case makes no difference."""
    alone = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
    parts = [(Place.SUBJECT, writing.subject, 0, len(writing.subject))]
    parts += [(Place.TEXT, writing.text, start, end) for start, end in writing.new]
    for where, text, start, end in parts:
        yield from ((where, *match.span(), match[0]) for match in alone.finditer(text, start, end))
