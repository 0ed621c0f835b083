"""The tree of parts becomes the letter as plain text, its HTML, and the files that came with it."""

import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.mail.charsets import clean, clean_line, decode
from bot.mail.containers import Mark
from bot.mail.enriched import plain_of
from bot.mail.headers import lenient_base64
from bot.mail.markup import HTML_LIMIT, to_text
from bot.mail.parts import Part
from bot.mail.uuencode import lifted
from models.rules.reading import Attachment

TEXT_LIMIT = 1_000_000
ATTACHMENTS_LIMIT = 200
DECODED_LIMIT = 100 * 1024 * 1024
NAME_LIMIT = 150

_TEXTS = frozenset(["text/plain", "text/html", "text/markdown", "text/x-markdown", "text/enriched"])
# What mail programs say to each other beside a file or a letter.
_NO_FILES = frozenset(
    [
        "application/applefile",
        "application/pgp-encrypted",
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    ]
)
_ENDINGS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "text/rfc822-headers": ".txt",
}
# Controls of the reading direction can make a program look like a document.
_NOT_IN_NAMES = re.compile('[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff<>:"|?*]')
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{1,40})", re.IGNORECASE)
# Blanks at the end of a line were added on the way, behind a soft break too (RFC 2045, 6.7).
_TRAILING = re.compile(rb"[ \t]+(?=\r?\n|\Z)")
# Base64 that nobody said: two full lines of it at least, and nothing else.
_BASE64_LINES = re.compile(rb"\s*(?:[A-Za-z0-9+/]{60,76}\r?\n){2,}[A-Za-z0-9+/]{0,76}={0,2}\s*")
_BEGIN = re.compile(rb"(?:^|\n)begin [0-7]{3}")
_HTML_BEGINS = re.compile(r"\s*<(?:!doctype html|html)[\s>]", re.IGNORECASE)
_EXCUSE, _FAR_LONGER = 400, 1.5
_QUOTE_MARKS = re.compile(r">+")


@dataclass(frozen=True)
class Body:
    """``plain`` says whether ``text`` was written as such and not made from HTML; ``marks`` are what of it the HTML
    sets apart."""

    text: str = ""
    html: str | None = None
    plain: bool = False
    marks: tuple[Mark, ...] = ()


def body_of(root: Part, defects: list[str]) -> Body:
    """The letter: text/plain where it says anything, else the text of the HTML."""
    body = _body(root, defects, alone=True)
    if len(body.text) > TEXT_LIMIT:
        defects.append("text-too-long")
    text = body.text[:TEXT_LIMIT].strip("\n")
    return replace(body, text=text, marks=_moved(body.marks, -body.text.find(text)))


def attachments_of(root: Part, defects: list[str]) -> tuple[Attachment, ...]:
    """Every leaf that is not the letter itself, its name repaired."""
    found: list[Attachment] = []
    left = DECODED_LIMIT
    for number, part in enumerate(_files(root), 1):
        if number > ATTACHMENTS_LIMIT:
            defects.append("too-many-attachments")
            break
        content = content_of(part, defects)
        left -= len(content)
        if left < 0:
            defects.append("too-much-content")
            break
        cid = part.headers.first("content-id", []).strip("<> \t")[:200]
        found.append(Attachment(_file_name(part.filename, part.type, number), part.type[:200], content, cid))
    return (*found, *_in_the_text(root))


def _in_the_text(root: Part) -> Iterator[Attachment]:
    for part in root.walk():
        if part.type == "text/plain" and not part.children and _BEGIN.search(part.body):
            for number, (name, content) in enumerate(lifted(text_of(part, []))[1], 1):
                yield Attachment(_file_name(name, "", number), "application/octet-stream", content, "")


def content_of(part: Part, defects: list[str]) -> bytes:
    """The octets of a part as they were before their transfer encoding."""
    encoding = part.headers.first("content-transfer-encoding", defects).lower().strip("\"' ;")
    if encoding == "base64":
        return lenient_base64(part.body, defects)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(_TRAILING.sub(b"", part.body))
    if encoding not in ("", "7bit", "8bit", "binary", "7-bit", "8-bit"):
        defects.append("encoding-unknown")
    if part.type.startswith("text/") and _BASE64_LINES.fullmatch(part.body):
        defects.append("encoding-wrong")
        return lenient_base64(part.body, [])
    return part.body


def text_of(part: Part, defects: list[str]) -> str:
    """The decoded text of one text part, HTML as it is."""
    octets = content_of(part, defects)
    declared = part.parameters.given.get("charset")
    if declared is None and part.type == "text/html" and (meta := _META_CHARSET.search(octets[:4096])):
        declared = meta[1].decode("ascii", "replace")
    text, defect = decode(octets, declared)
    if defect is not None:
        defects.append(defect)
    return clean(text)


def _body(part: Part, defects: list[str], *, alone: bool) -> Body:
    if part.type == "multipart/alternative":
        return _best([_body(child, defects, alone=True) for child in part.children])
    if part.children:
        return _together([_body(child, defects, alone=False) for child in part.children])
    if not _is_letter(part, alone=alone):
        if part.type in ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"):
            defects.append("encrypted")
        return Body()
    text = text_of(part, defects)
    if part.type == "text/html" or _HTML_BEGINS.match(text):
        if len(text) > HTML_LIMIT:
            defects.append("html-too-long")
        page = to_text(text)
        return Body(page.text, text[:HTML_LIMIT], marks=page.marks)
    return _plain(text, part)


def _plain(text: str, part: Part) -> Body:
    if part.type == "text/enriched":
        text = plain_of(text)
    elif part.parameters.given.get("format", "").lower() == "flowed":
        text = _unflowed(text, delete_space=part.parameters.given.get("delsp", "").lower() == "yes")
    return Body(lifted(text)[0], None, plain=True)


def _best(choices: list[Body]) -> Body:
    spoken = [body for body in choices if body.text.strip()]
    text = next((body for body in spoken if body.plain), spoken[-1] if spoken else Body())
    if _says_it_is_html(text.text, spoken):
        text = spoken[-1]
    html = next((body.html for body in reversed(choices) if body.html is not None), None)
    return replace(text, html=html)


def _says_it_is_html(text: str, spoken: list[Body]) -> bool:
    """A program's word that HTML follows is no letter, in whatever language: the one it stands for is far longer."""
    return len(text) < _EXCUSE and "HTML" in text and len(spoken[-1].text) > len(text) * _FAR_LONGER


def _together(pieces: list[Body]) -> Body:
    spoken = [body for body in pieces if body.text.strip()]
    html = [body.html for body in pieces if body.html is not None]
    text = ""
    marks: list[Mark] = []
    for body in spoken:
        own = body.text.strip("\n")
        text += "\n\n" * bool(text)
        marks += _moved(body.marks, len(text) - body.text.find(own))
        text += own
    return Body(text, "\n".join(html) or None, all(body.plain for body in spoken), tuple(marks))


def _moved(marks: Iterable[Mark], by: int) -> tuple[Mark, ...]:
    return tuple(Mark(start + by, end + by, kind) for start, end, kind in marks)


def _is_letter(part: Part, *, alone: bool) -> bool:
    """``alone``: the whole message or one form of it, which some mailers give a name all the same."""
    if part.type not in _TEXTS or part.disposition.value == "attachment":
        return False
    return alone or not part.filename


def _files(part: Part, *, alone: bool = True) -> Iterator[Part]:
    for child in part.children:
        yield from _files(child, alone=part.type == "multipart/alternative")
    if not part.children and part.type not in _NO_FILES and not _is_letter(part, alone=alone):
        yield part


def _file_name(name: str, kind: str, number: int) -> str:
    """A name without path, controls and disguise; what has none gets a number and an ending."""
    name = _NOT_IN_NAMES.sub("", clean_line(name)).replace("\\", "/").rpartition("/")[2]
    name = name.strip(" .")
    if not name:
        return f"attachment-{number}{_ENDINGS.get(kind, '.bin')}"
    stem, dot, ending = name.rpartition(".")
    if len(name) > NAME_LIMIT and dot and len(ending) <= 10:
        return f"{stem[: NAME_LIMIT - len(ending) - 1]}.{ending}"
    return name[:NAME_LIMIT]


def _unflowed(text: str, *, delete_space: bool) -> str:
    """RFC 3676: a line that ends in a blank goes on in the next one of the same depth of quoting."""
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
