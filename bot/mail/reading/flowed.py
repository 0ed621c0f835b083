"""Text of format=flowed (RFC 3676) goes in, its paragraphs as single lines come out."""

import re

_QUOTE_MARKS = re.compile(r">+")


def unflowed(text: str, *, delete_space: bool) -> str:
    """A line that ends in a blank goes on in the next one of the same depth of quoting."""
    lines: list[str] = []
    flowing, last_depth = False, 0
    for line in text.split("\n"):
        marks = _QUOTE_MARKS.match(line)
        depth = marks.end() if marks else 0
        content = line[depth:].removeprefix(" ")
        if flowing and depth == last_depth and content != "-- ":
            lines[-1] += content
        else:
            lines.append(f"{'>' * depth} {content}" if depth else content)
        flowing, last_depth = content.endswith(" ") and content != "-- ", depth
        if flowing and delete_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)
