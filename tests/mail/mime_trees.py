"""Trees of MIME parts as mail programs build them, and the ways in which others break them (RFC 2045, 2046, 2231)."""

import base64
import hashlib
import quopri
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from hypothesis import strategies as st

HEAD = b"From: ada@example.org\r\nMessage-ID: <tree@example.org>\r\nMIME-Version: 1.0\r\n"
DEEPEST = 6
"""Levels: what people's mail has, well below what the reader bounds."""


@dataclass(frozen=True)
class Part:
    """A part as it stands in a mail, and what must be found of it again."""

    raw: bytes
    texts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


_WORDS = {
    "us-ascii": "moved house",
    "utf-8": "déménagé 引越し přestěhovala",
    "iso-8859-1": "Straße gewechselt",
    "iso-8859-2": "przeprowadziłam się",
    "iso-8859-15": "12 € zuviel",
    "windows-1252": "“moved” – déjà",
    "windows-1250": "přestěhoval se",
    "koi8-r": "переехала",
    "iso-2022-jp": "引越しました",
    "utf-16": "déménagé",
}
_NAMES = ("contract.pdf", "my photo.jpg", "résumé.doc", "страница.png", "a;b=c.txt", "証明書.pdf")


@st.composite
def _written(draw: st.DrawFn) -> Part:
    charset = draw(st.sampled_from(sorted(_WORDS)))
    text = f"{draw(st.integers(10_000, 99_999))} {_WORDS[charset]} {draw(st.integers(10_000, 99_999))}"
    content = f"{text}\r\n".encode(charset)
    readable = charset in {"us-ascii", "iso-2022-jp"}
    encoding = draw(st.sampled_from(["base64", "quoted-printable"] if charset == "utf-16" else [*_ENCODERS]))
    named = draw(st.sampled_from([f"charset={charset}", f'charset="{charset.upper()}"', f"\r\n\tcharset = {charset}"]))
    if encoding == "7bit" and not readable:
        encoding = "8bit"
    head = f"Content-Type: text/plain; {named}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return Part(head.encode() + _ENCODERS[encoding](content), texts=(text,))


_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "7bit": bytes,
    "8bit": bytes,
    "base64": base64.encodebytes,
    "quoted-printable": quopri.encodestring,
}


@st.composite
def _file(draw: st.DrawFn) -> Part:
    name = draw(st.sampled_from(_NAMES))
    spelt = draw(st.sampled_from([_as_extended, _as_word, _in_pieces]))(name)
    head = f"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; {spelt}\r\n"
    body = base64.encodebytes(draw(st.binary(max_size=60)))
    return Part(head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + body, files=(name,))


def _as_extended(name: str) -> str:
    return f"filename*=UTF-8''{quote(name)}"


def _as_word(name: str) -> str:
    """Against RFC 2047, 5, as most programs write it."""
    return f'filename="=?utf-8?b?{base64.b64encode(name.encode()).decode()}?="'


def _in_pieces(name: str) -> str:
    spelt = quote(name)
    middle = len(spelt) // 2
    # A piece may end anywhere but within an escaped octet.
    while "%" in spelt[max(0, middle - 2) : middle]:
        middle -= 1
    return f"filename*0*=utf-8''{spelt[:middle]};\r\n filename*1*={spelt[middle:]}"


@st.composite
def _alternative(draw: st.DrawFn, plain: Part) -> Part:
    html = f"<html><body><p>{plain.texts[0]}</p></body></html>".encode("utf-16-be")
    head = b"Content-Type: text/html; charset=utf-16be\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    parts = [plain, Part(head + base64.encodebytes(html))]
    return Part(_together("alternative", parts, _boundary(draw, parts)), plain.texts)


@st.composite
def _mixed(draw: st.DrawFn, parts: list[Part]) -> Part:
    subtype = draw(st.sampled_from(["mixed", "MIXED", "x-unheard-of"]))
    return Part(
        _together(subtype, parts, _boundary(draw, parts)),
        tuple(text for part in parts for text in part.texts),
        tuple(name for part in parts for name in part.files),
    )


def _boundary(draw: st.DrawFn, parts: list[Part]) -> str:
    """Each of its own: of two alike the outer one would end the inner one."""
    letters = draw(st.text("abcXYZ019'()+_,-./:=?", min_size=1, max_size=20))
    return letters + hashlib.sha256(b"".join(part.raw for part in parts)).hexdigest()[:12]


def _together(subtype: str, parts: list[Part], boundary: str) -> bytes:
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    line = f"\r\n--{boundary}".encode()
    return head + b"".join(line + b"\r\n" + part.raw for part in parts) + line + b"--\r\n"


def _deeper(parts: st.SearchStrategy[Part]) -> st.SearchStrategy[Part]:
    return st.one_of(
        _written().flatmap(_alternative),
        st.lists(parts, min_size=1, max_size=3).flatmap(_mixed),
    )


trees: st.SearchStrategy[Part] = st.recursive(st.one_of(_written(), _file()), _deeper, max_leaves=DEEPEST)


# What gateways, mail programs and cut connections make of a mail. All that was in it can still be read.


def _with_line_feeds(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n")


def _without_last_boundary(raw: bytes) -> bytes:
    """A mail that was cut short behind its last part."""
    ends = list(re.finditer(rb"\r\n--[^\r\n]+--\r\n", raw))
    return raw[: ends[-1].start()] + b"\r\n" if ends else raw


def _with_preambles(raw: bytes) -> bytes:
    return re.sub(rb'(boundary="[^"]+"\r\n)\r\n', rb"\1\r\nThis is a multi-part message in MIME format.\r\n", raw)


def _with_blanks_behind_boundaries(raw: bytes) -> bytes:
    """RFC 2046, 5.1.1: transports pad lines."""
    return re.sub(rb"(\r\n--[^\r\n]+)\r\n", rb"\1  \t\r\n", raw)


def _in_capitals(raw: bytes) -> bytes:
    return re.sub(rb"content-(type|disposition|transfer-encoding):", lambda name: name[0].upper(), raw, flags=re.I)


def _without_version(raw: bytes) -> bytes:
    return raw.replace(b"MIME-Version: 1.0\r\n", b"")


def _folded(raw: bytes) -> bytes:
    return re.sub(rb"; (charset|filename)", rb";\r\n   \1", raw)


BREAKERS: tuple[Callable[[bytes], bytes], ...] = (
    _without_last_boundary,
    _with_preambles,
    _with_blanks_behind_boundaries,
    _in_capitals,
    _without_version,
    _folded,
    # Last: the others look for whole line ends.
    _with_line_feeds,
)


def mail_of(tree: Part, breakers: set[int]) -> bytes:
    """The tree as a mail, broken in these of the ways."""
    raw = HEAD + tree.raw
    for number, broken in enumerate(BREAKERS):
        raw = broken(raw) if number in breakers else raw
    return raw


@st.composite
def chopped(draw: st.DrawFn) -> bytes:
    """A mail of which pieces are gone or stand twice: nothing can be expected of it but an answer."""
    raw = mail_of(draw(trees), draw(st.sets(st.integers(0, len(BREAKERS) - 1))))
    for start, length in draw(st.lists(st.tuples(st.integers(0, len(raw)), st.integers(-40, 200)), max_size=5)):
        raw = raw[:start] + raw[max(0, start + length) :]
    return raw
