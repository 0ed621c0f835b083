"""The header block of a message or a part goes in; its fields, decoded words and parameters come out."""

import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from urllib.parse import unquote_to_bytes

from bot.mail.reading.charsets import clean_line, decode

BLOCK_LIMIT = 256 * 1024
FIELDS_READ = 20
VALUE_READ = 32 * 1024

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[ \t]*(.*)", re.DOTALL)
_KNOWN = re.compile(
    rb"(?:from|to|subject|date|message-id|mime-version|content-type|received|return-path)[ \t]*:", re.IGNORECASE
)
# A line of blanks ends the headers too, unless it is folded into them: more of what only headers say follows.
_END = re.compile(rb"\r?\n(?:\r?\n|[ \t]+\r?\n(?!" + _KNOWN.pattern + rb"))", re.IGNORECASE)
_LOST_FOLD = re.compile(rb"(?:charset|boundary|name|filename|format|type|delsp)[*\d]{0,5}=", re.IGNORECASE)
# Signs and comments that some put around a type.
_BESIDE = re.compile(r"[\"']|\([^()]{0,200}\)")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w:.+-]{1,40})", re.IGNORECASE)
# RFC 2047, and its usual breakages: blanks in the text, no end, a language (RFC 2231).
_WORD = re.compile(r"=\?([A-Za-z0-9_.:+-]{0,40})(?:\*[^?*]{0,40})?\?([bBqQ])\?(.*?)(?:\?=|\Z)", re.DOTALL)
_PADDING = re.compile(rb"=+[ \t\r\n]*")
# What follows a padding is more of it only where nothing but letters stands there: a list's footer is text.
_BASE64 = re.compile(rb"[A-Za-z0-9+/\r\n]*")
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)


@dataclass(frozen=True)
class Headers:
    """Fields by lower-cased name, as they were written: nothing is decoded before somebody asks for it.

    ``listed`` are the same fields in their order.
    """

    fields: Mapping[str, list[bytes]]
    listed: Sequence[tuple[str, bytes]] = ()

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def all(self, name: str, defects: list[str]) -> list[str]:
        """The values of the first fields of that name, unfolded, 8-bit text decoded."""
        return [self._unfolded(value, defects) for value in self.fields.get(name, [])[:FIELDS_READ]]

    def first(self, name: str, defects: list[str]) -> str:
        values = self.fields.get(name)
        return self._unfolded(values[0], defects) if values else ""

    def text(self, name: str, defects: list[str]) -> str:
        """The first value as one line for people: encoded words read, controls gone."""
        return clean_line(decode_words(self.first(name, defects), defects))

    def _unfolded(self, value: bytes, defects: list[str]) -> str:
        if len(value) > VALUE_READ:
            defects.append("header-too-long")
            value = value[:VALUE_READ]
        if value.isascii() and b"\x1b" not in value:
            return value.decode("ascii").strip()
        text, defect = decode(value, "utf-8")
        if defect is not None:
            defects.append("header-charset")
            text = self._as_the_body(value) or text
        return text.strip()

    def _as_the_body(self, value: bytes) -> str | None:
        """Who writes headers in raw octets writes them in the charset of the letter."""
        said = _CHARSET.search(b"".join(self.fields.get("content-type", [])[:1]))
        text, defect = decode(value, said[1].decode("ascii")) if said else ("", "charset-unknown")
        return text if defect is None else None


@dataclass(frozen=True)
class Parameters:
    """``text/plain; charset=x`` as its value in lower case and its parameters."""

    value: str
    given: Mapping[str, str]


def split_head(raw: bytes, defects: list[str]) -> tuple[Headers, bytes]:
    """The header block and what follows it. A line that is no field is stepped over, or begins the body."""
    if raw[:1] in (b"\r", b"\n"):
        return Headers({}), raw.split(b"\n", 1)[1] if b"\n" in raw[:2] else raw[1:]
    end = _END.search(raw, 0, BLOCK_LIMIT)
    if end is None and len(raw) > BLOCK_LIMIT:
        defects.append("headers-too-long")
        end = _END.search(raw, BLOCK_LIMIT - 1)
    block, body = (raw, b"") if end is None else (raw[: end.start()], raw[end.end() :])
    lines = block[:BLOCK_LIMIT].split(b"\n")
    headers, taken = _fields(lines, defects)
    if taken < len(lines):
        defects.append("separator-missing")
        body = b"\n".join(lines[taken:]) + (b"" if end is None else end.group() + body)
    return headers, body


def decode_words(value: str, defects: list[str]) -> str:
    """RFC 2047 as it is met: neighbours with one charset are joined as bytes before they are decoded."""
    if "=?" not in value:
        return value
    text: list[str] = []
    pending, charset, end = b"", "", 0
    for word in _WORD.finditer(value):
        between = value[end : word.start()]
        if between.strip() or word[1].lower() != charset:
            text.append(_decoded(pending, charset, defects))
            pending = b""
            text.append(between if between.strip() or not end else "")
        charset, end = word[1].lower(), word.end()
        pending += _word_bytes(word[2], word[3], defects)
        if not word[0].endswith("?="):
            defects.append("encoded-word-broken")
    text += [_decoded(pending, charset, defects), value[end:]]
    return "".join(text)


def parameters(value: str, defects: list[str]) -> Parameters:
    """Parameters with RFC 2231's pieces put together and, against RFC 2047 but often met, encoded words read."""
    if not value:
        return Parameters("", {})
    head, semicolon, rest = value.partition(";")
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAMETER.finditer(semicolon + rest):
        name, _, piece = match[1].lower().partition("*")
        number = piece.rstrip("*")
        index = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
        encoded = match[1].endswith("*")
        told = pieces.setdefault(name, {})
        # Who says a name both ways says it rightly in the encoded one (RFC 6266, 4.3).
        if index not in told or (encoded and not told[index][1]):
            told[index] = _unquoted(match[2].strip()), encoded
    given = {name: clean_line(_joined(parts, defects)) for name, parts in pieces.items()}
    return Parameters(_BESIDE.sub("", head).strip().lower(), given)


def _fields(lines: list[bytes], defects: list[str]) -> tuple[Headers, int]:
    found: list[tuple[str, list[bytes]]] = []
    last_known: int | None = None
    for number, line in enumerate(lines):
        line = line.rstrip(b"\r")
        if found and _goes_on(found[-1], line):
            found[-1][1].append(b" " + line)
        elif match := _FIELD.match(line):
            found.append((match[1].decode("ascii").lower(), [match[2]]))
        elif line[:1] in (b" ", b"\t"):
            if found:
                found[-1][1].append(line)
        elif line and not (number == 0 and line.startswith((b"From ", b">From "))):
            last_known = _last_known(lines) if last_known is None else last_known
            if number > last_known:
                return _by_name(found), number
            defects.append("header-malformed")
    return _by_name(found), len(lines)


def _goes_on(field: tuple[str, list[bytes]], line: bytes) -> bool:
    """A parameter whose fold lost its blank."""
    name, pieces = field
    return name.startswith("content-") and pieces[-1].rstrip().endswith(b";") and _LOST_FOLD.match(line) is not None


def _last_known(lines: list[bytes]) -> int:
    return max((number for number, line in enumerate(lines) if _KNOWN.match(line)), default=-1)


def _by_name(found: list[tuple[str, list[bytes]]]) -> Headers:
    listed = [(name, pieces[0] if len(pieces) == 1 else b"".join(pieces)) for name, pieces in found]
    fields: dict[str, list[bytes]] = {}
    for name, value in listed:
        fields.setdefault(name, []).append(value)
    return Headers(fields, listed)


def _word_bytes(encoding: str, text: str, defects: list[str]) -> bytes:
    octets = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(octets.replace(b" ", b"_"), header=True)
    return lenient_base64(octets, defects)


def lenient_base64(octets: bytes, defects: list[str]) -> bytes:
    """What can be had of base64 that lost its padding, gained foreign characters, or was put together of several."""
    pieces = _PADDING.split(octets.strip(b"= \t\r\n"))
    if len(pieces) == 1:
        try:
            return binascii.a2b_base64(octets)
        except binascii.Error:
            pass
    defects.append("base64-broken")
    first, *rest = pieces
    return b"".join(map(_unpadded, [first, *takewhile(_BASE64.fullmatch, rest)]))


def _unpadded(octets: bytes) -> bytes:
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", octets)
    letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _decoded(octets: bytes, charset: str, defects: list[str]) -> str:
    if not octets:
        return ""
    text, defect = decode(octets, charset)
    if defect is not None:
        defects.append("encoded-word-charset")
    return text


def _unquoted(value: str) -> str:
    if value[:1] != '"':
        return value
    inner = value[1:-1] if len(value) > 1 and value.endswith('"') else value[1:]
    # Only a quote and a backslash are ever escaped in earnest: a path keeps its backslashes (and loses them later).
    return re.sub(r'\\(["\\])', r"\1", inner)


def _joined(parts: Mapping[int, tuple[str, bool]], defects: list[str]) -> str:
    if not any(encoded for _text, encoded in parts.values()):
        return decode_words("".join(parts[index][0] for index in sorted(parts)), defects)
    charset, octets = "", b""
    for position, index in enumerate(sorted(parts)):
        text, encoded = parts[index]
        if encoded and not position and text.count("'") >= 2:
            charset, _language, text = text.split("'", 2)
        octets += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    return _decoded(octets, _charset_of(octets, charset), defects)


def _charset_of(octets: bytes, said: str) -> str:
    """UTF-8 by chance in octets of an alphabet of one octet a letter is "Ã©": nobody names a file so."""
    if not said or said.lower().startswith(("iso-8859-", "windows-125", "us-ascii")):
        try:
            octets.decode("utf-8")
        except UnicodeDecodeError:
            return said or "utf-8"
        return "utf-8"
    return said
