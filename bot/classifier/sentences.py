"""Cuts a text into sentences, as far as that needs no knowledge of its language."""

import re
from collections.abc import Iterator

_END = re.compile(r"[.…]+(?=\s)|[!?]+(?=\s)|\n\s*")
_WORD = re.compile(r"(?<!\w)\w{1,4}$")
_LONGEST = 5
# Behind these and behind single letters a stop ends no sentence.
_SHORTENED = re.compile(
    r"al|art|av|avv|bd|bzw|ca|cp|dott|dr|dra|esq|etc|fr|gen|hr|ing|izq|lic|ltd|mgr|mr|mrs|ms|nr|os|pl|prof|sig|sr|sra|"
    r"st|str|tel|ul|vgl|www|[^\W\d]",
    re.IGNORECASE,
)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where each begins and ends, blanks around it left out."""
    start = 0
    for end in (*(match.end() for match in _END.finditer(text) if not _is_shortened(text, match)), len(text)):
        words = text[start:end]
        if words.strip():
            yield start + len(words) - len(words.lstrip()), start + len(words.rstrip())
        start = end


def _is_shortened(text: str, end: re.Match[str]) -> bool:
    word = _WORD.search(text, max(0, end.start() - _LONGEST), end.start()) if end[0] == "." else None
    return word is not None and _SHORTENED.fullmatch(word[0]) is not None
