"""Which values a field may hold at all, before any database is asked."""

import re
import unicodedata

from models.rules.kinds import Field

MAX = 500
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")
_ADDRESS = re.compile(r"[^\s@<>()\",;:\\]+@[^\s@<>()\",;:\\.]+(\.[^\s@<>()\",;:\\.]+)+")


def refusal(field: Field, value: str | None) -> str | None:
    """Why this value cannot be written, in plain words; None when it can."""
    if value is None:
        return None
    if len(value) > MAX:
        return f"The value is longer than {MAX} characters."
    if any((unicodedata.category(char) == "Cc" and char != "\n") or char in _BIDI for char in value):
        return "The value holds invisible control characters: type it anew."
    if field is Field.EMAIL and not _ADDRESS.fullmatch(value):
        return "This is no e-mail address."
    return None
