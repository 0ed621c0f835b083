"""Raw bytes of a message that nothing could read go in; out comes what of them a page may show, as plain text."""

import re
import unicodedata
from dataclasses import dataclass

from models.services.pages.shown import without_links

HEAD_SHOWN = 16_000
BODY_SHOWN = 64_000
"""Octets. What is longer is cut: the whole is in the file."""

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_UNDECODED = re.compile("[\udc80-\udcff]")
_KEPT = frozenset("\n\t")
_TOLD_BY_NUMBER = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True)
class RawText:
    """``cut`` where not all of it is shown."""

    head: str
    body: str
    cut: bool


def of_mail(raw: bytes) -> RawText:
    """Header block and body of a mail, whatever it is; with no blank line it is all header."""
    blank = _BLANK_LINE.search(raw)
    head, body = (raw[: blank.start()], raw[blank.end() :]) if blank else (raw, b"")
    cut = len(head) > HEAD_SHOWN or len(body) > BODY_SHOWN
    return RawText(_shown(head[:HEAD_SHOWN]), _shown(body[:BODY_SHOWN]), cut)


def of_bytes(raw: bytes) -> RawText:
    """What came by another door than mail has no header."""
    return RawText("", _shown(raw[:BODY_SHOWN]), len(raw) > BODY_SHOWN)


def _shown(octets: bytes) -> str:
    """UTF-8, else Latin-1, which every octet is a letter of; each control and each mark that turns the reading
    direction in sight; no link of ours."""
    text = octets.decode("utf-8", "surrogateescape")
    # A cut may go through the midst of the last letter.
    if _UNDECODED.search(text[:-3]):
        text = octets.decode("latin-1")
    clean = without_links(text.replace("\r\n", "\n"))
    return "".join(letter if letter in _KEPT else _in_sight(letter) for letter in clean)


def _in_sight(letter: str) -> str:
    return f"⟨U+{ord(letter):04X}⟩" if unicodedata.category(letter) in _TOLD_BY_NUMBER else letter
