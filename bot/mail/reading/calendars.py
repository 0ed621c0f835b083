"""An invitation or the answer to one (RFC 5545) goes in; what its writer said in it comes out."""

import re
from collections.abc import Iterator

_FOLD = re.compile(r"\n[ \t]")
_PROPERTY = re.compile(r"([A-Z-]+)(?:;(?:[^\":\n]|\"[^\"\n]*\")*)?:(.*)", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([\\;,nN])")
_SAID = ("SUMMARY", "DESCRIPTION", "COMMENT")
# Of an alarm and a time zone the program says it.
_SPOKEN = frozenset(["VEVENT", "VTODO", "VJOURNAL"])


def said_in(calendar: str) -> str:
    """Summary, description and comment of its entries, each once, with an empty line between them."""
    return "\n\n".join(dict.fromkeys(_values(_FOLD.sub("", calendar))))


def _values(unfolded: str) -> Iterator[str]:
    inside: list[str] = []
    for line in unfolded.split("\n"):
        found = _PROPERTY.match(line)
        if found is None:
            continue
        name, value = found[1].upper(), found[2].strip()
        if name == "BEGIN":
            inside.append(value.upper())
        elif name == "END":
            inside = inside[:-1]
        elif name in _SAID and inside and inside[-1] in _SPOKEN and value:
            yield _ESCAPED.sub(lambda escape: "\n" if escape[1] in "nN" else escape[1], value)
