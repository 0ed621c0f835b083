"""The public reference of a ticket, and where one is named in a text."""

import re

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 letters that nobody confuses; eight of them are 40 bits."""

_REPLY = re.compile(r"\s*(?:(?:re|aw|antw|sv|vs|rif|r|réf?|odp)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_REFERENCE = re.compile(rf"\bRD-([{ALPHABET}]{{8}})\b")


def reference_from(number: int) -> str:
    """The reference that 40 random bits make."""
    letters = [ALPHABET[(number >> shift) & 31] for shift in range(0, 40, 5)]
    return "RD-" + "".join(letters)


def named_in(text: str) -> str | None:
    """The last reference that a text names."""
    found = _REFERENCE.findall(text.upper())
    return f"RD-{found[-1]}" if found else None


def without_reply_mark(subject: str) -> str:
    """A subject without the "Re:" that a mail program put before it, in whatever language."""
    return _REPLY.sub("", subject, count=1) if _REPLY.match(subject) else subject
