"""text/enriched (RFC 1896) goes in, plain text comes out."""

import re

_TOKEN = re.compile(r"<param>.*?(?:</param>|\Z)|</?[A-Za-z][A-Za-z0-9-]{0,59}>", re.IGNORECASE | re.DOTALL)
_LINE_ENDS = re.compile(r"\n+")


def plain_of(text: str) -> str:
    """A line end alone is a blank, of several one is left away; ``<<`` is a bracket that was written."""
    shown = "<".join(_TOKEN.sub("", piece) for piece in text.split("<<"))
    return _LINE_ENDS.sub(lambda found: found[0][1:] or " ", shown)
