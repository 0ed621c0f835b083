"""Files that stand in the text itself, as uuencode writes them: text goes in, the text without them and they come out.

``begin``, the mode, the name; lines whose first character says how many octets they hold; ``end`` (POSIX, uuencode).
"""

import binascii
import re

_FILE = re.compile(r"(?m)^begin [0-7]{3,4} (\S[^\n]{0,254})\n((?:[!-`][ -`]{0,83}\n)*?)(?:[ `]\n)?end[ \t]*(?:\n|\Z)")


def lifted(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """What is not of the right length stays where it stands."""
    if "begin " not in text:
        return text, []
    files: list[tuple[str, bytes]] = []

    def lift(found: re.Match[str]) -> str:
        try:
            files.append((found[1], b"".join(binascii.a2b_uu(line) for line in found[2].splitlines())))
        except (binascii.Error, ValueError):
            return found[0]
        return ""

    return _FILE.sub(lift, text), files
