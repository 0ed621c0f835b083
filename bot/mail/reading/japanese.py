"""ISO-2022-JP as Japanese mail programs write it goes in; text comes out: circled numbers and company marks with it.

The standard has none of those, and neither have Python's codecs of that name; Shift JIS of Windows has them in the
table that it shares (JIS X 0208, row 13), so what stands between the escapes is read as that.
"""

import re

_ESCAPE = re.compile(rb"\x1b(\$[@B]|\([BJI])")
_TWO_OCTETS, _KATAKANA = (b"$@", b"$B"), b"(I"
_TURN = 0x5F


def japanese(octets: bytes) -> str | None:
    """None where it is none."""
    try:
        return _octets_of(octets).decode("cp932")
    except ValueError:  # no character stands there, or no octet can
        return None


def _octets_of(octets: bytes) -> bytes:
    first, *pieces = _ESCAPE.split(octets)
    found = first
    for escape, piece in zip(pieces[::2], pieces[1::2], strict=True):
        if escape in _TWO_OCTETS:
            found += _shifted(piece)
        else:
            found += bytes(code | 0x80 for code in piece) if escape == _KATAKANA else piece
    return found


def _shifted(pairs: bytes) -> bytes:
    """JIS X 0208 as Shift JIS; line ends, which belong to neither, stay."""
    shifted, at = bytearray(), 0
    while at < len(pairs):
        if pairs[at] < 0x21 or at + 1 == len(pairs):
            shifted.append(pairs[at])
            at += 1
            continue
        row, cell = pairs[at], pairs[at + 1]
        odd = row % 2
        shifted.append((row + 1) // 2 + (0x70 if row < _TURN else 0xB0))
        shifted.append(cell + ((0x1F if cell < 0x60 else 0x20) if odd else 0x7E))
        at += 2
    return bytes(shifted)
