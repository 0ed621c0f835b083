"""A text of a ticket goes in; out comes what may be shown of it: no link that is a right, no value unmasked."""

import re
from collections.abc import Iterable

from models.proof import Purpose

LINK = "[link]"
_KEPT = 4
_SHORTEST = 3
"""Shorter values are left alone: two letters say little of anybody, and stand everywhere."""

_STORED = re.compile(r"https?://\S*~[^~\s]*~\S*")
# A reply may quote our letter as it arrived, token and all.
_TOKEN = re.compile(rf"https?://[^\s/]+/(?:staff/link|{'|'.join(Purpose)})/[\w.~=-]{{16,}}")


def without_links(text: str) -> str:
    """The text with each link of ours as ``[link]``."""
    return _TOKEN.sub(LINK, _STORED.sub(LINK, text))


def masked(value: str) -> str:
    """Its last four characters, and of a short value none."""
    return f"•••• {value[-_KEPT:]}" if len(value) > 2 * _KEPT else "••••"


def masked_address(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••{at}{domain}" if at else masked(address)


def without_values(text: str, values: Iterable[str | None]) -> str:
    """The text with each of these values masked, the longest first, however it is cased."""
    known = sorted({value for value in values if value and len(value) >= _SHORTEST}, key=len, reverse=True)
    if not known:
        return text
    # Whole words only: a short name is found in the midst of others.
    any_of = rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)"
    return re.sub(any_of, lambda found: masked(found[0]), text, flags=re.IGNORECASE)
