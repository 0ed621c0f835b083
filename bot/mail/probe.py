"""The letter that a desk writes to itself: a mark that only it can make, by which it knows the letter again."""

import re
from datetime import UTC, datetime, timedelta

from models.keys import Keyring

HEADER = "X-Rightsdesk-Verify"
GOOD_FOR = timedelta(minutes=30)
"""Who kept one of these mails can have another passed over for so long, and only their own."""
EARLY = timedelta(minutes=5)
"""Clocks of two machines differ."""
HEADER_BLOCK = 256 * 1024

_MARK = re.compile(rb"^X-Rightsdesk-Verify:[ \t]*([0-9a-f]{24})\.(\d{10})\.([0-9a-f]{20})[ \t]*\r?$", re.I | re.M)
_END = re.compile(rb"\r?\n\r?\n")


def mark(keys: Keyring, token: str, *, now: datetime) -> str:
    """Of chance and the time, signed: the database need not know of it, and nobody else can make one."""
    chance, at = token[:12].encode().hex(), f"{int(now.timestamp()):010}"
    return f"{chance}.{at}.{keys.tag('verify mail', chance, at)}"


def mark_in(keys: Keyring, raw: bytes, *, now: datetime) -> str | None:
    """The mark of a letter to ourselves of the last half hour, which no import is to take for a customer's."""
    if HEADER.encode().lower() not in raw[:HEADER_BLOCK].lower():
        return None
    head = _END.split(raw[:HEADER_BLOCK], maxsplit=1)[0]
    found = _MARK.findall(head)
    if len(found) != 1:
        return None
    chance, at, signed = (part.decode().lower() for part in found[0])
    age = now - datetime.fromtimestamp(int(at), UTC)
    good = -EARLY <= age <= GOOD_FOR and keys.signs_tag(signed, "verify mail", chance, at)
    return f"{chance}.{at}.{signed}" if good else None
