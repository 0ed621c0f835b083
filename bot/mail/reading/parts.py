"""The bytes of a message become a tree of parts, bounded in depth and number whatever the message claims.

The standard parser walks every line once for each level and recurses without a limit, so a few kilobytes can stop it
and a lawful 24 MB cost 250 MB; cutting at the delimiters costs one slice a part.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.mail.reading.headers import Headers, Parameters, lenient_base64, parameters, split_head

DEPTH_LIMIT = 50
PARTS_LIMIT = 500

_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+")
_LINE_END = re.compile(rb"(--)?[ \t]*(?:\r?\n|\r|\Z)")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]+")
_ENCODED_HEAD = re.compile(rb"^Content-Type:[^\n]*=3D", re.IGNORECASE | re.MULTILINE)
_FIRST_DELIMITER = re.compile(rb"(?:\A|\n)--([^\s-][^\r\n]{0,69}?)[ \t]*\r?\n")


@dataclass(frozen=True)
class Part:
    """``body`` is as transferred; ``children`` are the parts of a multipart."""

    headers: Headers
    type: str
    parameters: Parameters
    disposition: Parameters
    body: bytes
    children: tuple["Part", ...] = ()

    @property
    def filename(self) -> str:
        return self.disposition.given.get("filename") or self.parameters.given.get("name", "")

    def walk(self) -> Iterator["Part"]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass
class _Budget:
    """How many parts may still be cut out of this message."""

    left: int = PARTS_LIMIT
    defects: list[str] = field(default_factory=list)


def parse(raw: bytes, defects: list[str]) -> Part:
    """The message as its root part."""
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    # A blank line or a byte order mark before the first header would else hide them all.
    stripped = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if stripped[:1] != raw[:1]:
        defects.append("leading-rubbish")
    return _part(stripped, 0, _Budget(defects=defects), default="text/plain")


def _part(raw: bytes, depth: int, budget: _Budget, *, default: str) -> Part:
    defects = budget.defects
    headers, body = split_head(raw, defects)
    given = parameters(headers.first("content-type", defects), defects)
    disposition = parameters(headers.first("content-disposition", defects), defects)
    kind = given.value or default
    if not _TYPE.fullmatch(kind):
        defects.append("type-malformed")
        kind = "text/plain"
    if not kind.startswith("multipart/"):
        return Part(headers, kind, given, disposition, body)
    children = _children(_transferred(headers, body, given), kind, given, depth, budget)
    return Part(headers, kind if children else "text/plain", given, disposition, body, children)


def _transferred(headers: Headers, body: bytes, given: Parameters) -> bytes:
    """No multipart may be encoded as a whole (RFC 2045, 6.4). Some are: no delimiter, or no head, can be read then."""
    encoding = headers.first("content-transfer-encoding", []).lower().strip("\"' ;")
    delimiter = b"--" + given.given.get("boundary", "").strip().encode("utf-8", "replace")
    if encoding == "base64" and delimiter not in body and _BASE64.fullmatch(body):
        return lenient_base64(body, [])
    if encoding == "quoted-printable" and (delimiter not in body or _ENCODED_HEAD.search(body, 0, 2000)):
        return binascii.a2b_qp(body)
    return body


def _children(body: bytes, kind: str, given: Parameters, depth: int, budget: _Budget) -> tuple[Part, ...]:
    if depth >= DEPTH_LIMIT:
        budget.defects.append("too-deep")
        return ()
    default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
    children = []
    for piece in _cut(body, given.given.get("boundary", ""), budget.defects):
        if budget.left <= 0:
            budget.defects.append("too-many-parts")
            break
        budget.left -= 1
        children.append(_part(piece, depth + 1, budget, default=default))
    return tuple(children)


def _cut(body: bytes, boundary: str, defects: list[str]) -> list[bytes]:
    pieces = _between(body, boundary.rstrip().encode("utf-8", "replace"), defects) if boundary.strip() else []
    if pieces:
        return pieces
    defects.append("boundary-not-found" if boundary else "boundary-missing")
    guessed = _FIRST_DELIMITER.search(body)
    return _between(body, guessed[1], defects) if guessed else []


def _between(body: bytes, boundary: bytes, defects: list[str]) -> list[bytes]:
    """What stands between delimiter lines (RFC 2046, 5.1.1); a missing last one closes at the end."""
    pieces: list[bytes] = []
    start: int | None = None
    for begin, end, last in _delimiters(body, b"--" + boundary):
        if start is not None:
            pieces.append(_trimmed(body[start:begin]))
        start = None if last else end
        if last or len(pieces) > PARTS_LIMIT:
            break
    if start is not None:
        defects.append("not-closed")
        pieces.append(_trimmed(body[start:]))
    return pieces


def _delimiters(body: bytes, marker: bytes) -> Iterator[tuple[int, int, bool]]:
    found = body.find(marker)
    while found >= 0:
        after = found + len(marker)
        line_end = _LINE_END.match(body, after)
        if line_end is not None and (not found or body[found - 1] in b"\r\n"):
            yield found, line_end.end(), bool(line_end[1])
        found = body.find(marker, after)


def _trimmed(piece: bytes) -> bytes:
    """The line end before a delimiter belongs to the delimiter."""
    piece = piece.removesuffix(b"\n")
    return piece.removesuffix(b"\r")
