"""The tree of parts becomes the letter as plain text and its HTML."""

import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.mail.markup.containers import Mark
from bot.mail.markup.page import HTML_LIMIT, Page, to_text
from bot.mail.reading.alternatives import marks_by
from bot.mail.reading.calendars import said_in
from bot.mail.reading.charsets import clean, decode
from bot.mail.reading.enriched import plain_of
from bot.mail.reading.flowed import unflowed
from bot.mail.reading.headers import lenient_base64
from bot.mail.reading.parts import Part, parse
from bot.mail.reading.uuencode import lifted

TEXT_LIMIT = 1_000_000
ENCLOSED_LIMIT = 5

_TEXTS = frozenset(["text/plain", "text/html", "text/markdown", "text/x-markdown", "text/enriched"])
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{1,40})", re.IGNORECASE)
# Blanks at the end of a line were added on the way, behind a soft break too (RFC 2045, 6.7).
_TRAILING = re.compile(rb"(?<![ \t])[ \t]+(?=\r?\n|\Z)")
# Base64 that nobody said: two full lines of it at least, and nothing else.
_BASE64_LINES = re.compile(rb"\s*(?:[A-Za-z0-9+/]{60,76}\r?\n){2,}[A-Za-z0-9+/]{0,76}={0,2}\s*")
_HTML_BEGINS = re.compile(r"\s*<(?:!doctype html|html)[\s>]", re.IGNORECASE)
_EXCUSE, _SHARED = 400, 0.5
_SPEAKS_OF_FORM = re.compile(r"HTML|\bMIME\b")
_WORD = re.compile(r"\w+")
_UUENCODED = ("x-uuencode", "uuencode", "x-uue", "uue")
_OPENING, _WORDS_A_LINE = 2000, 3
# What is written where nothing is, beside the blanks.
_INVISIBLE = "\u200b\u200c\u200d\u2060\u034f\ufeff\u00ad \t\n"


@dataclass(frozen=True)
class Body:
    """``plain`` says whether ``text`` was written as such and not made from HTML; ``marks`` are what of it the HTML
    sets apart."""

    text: str = ""
    html: str | None = None
    plain: bool = False
    marks: tuple[Mark, ...] = ()


def body_of(root: Part, defects: list[str], *, depth: int = 0) -> Body:
    """The letter: text/plain where it says anything, else the text of the HTML, else what is enclosed."""
    body = _body(root, defects, alone=True)
    if not body.text.strip():
        body = _inline_file(root) or _enclosed(root, depth) or body
    if len(body.text) > TEXT_LIMIT:
        defects.append("text-too-long")
    text = body.text[:TEXT_LIMIT].strip("\n")
    return replace(body, text=text, marks=_moved(body.marks, -body.text.find(text)))


def _inline_file(root: Part) -> Body | None:
    """Who sends no text but one with a name to be shown in its place, or one to be kept that has none, wrote in it."""
    for part in root.walk() if root.type != "multipart/report" else ():
        inline = part.disposition.value != "attachment" and part.filename
        if part.type in _TEXTS and not part.children and (inline or (part is root and not part.filename)):
            body = _leaf(part, [])
            return body if body.text.strip() else None
    return None


def _enclosed(root: Part, depth: int) -> Body | None:
    """Who sends nothing but an invitation, or another mail, says what stands in it; a report does not."""
    if root.type == "multipart/report" or depth >= ENCLOSED_LIMIT:
        return None
    for part in root.walk():
        if part.type == "text/calendar" and (said := said_in(text_of(part, []))):
            return Body(said, plain=True)
        if part.type in ("message/rfc822", "message/global"):
            body = body_of(parse(content_of(part, []), []), [], depth=depth + 1)
            if body.text:
                return body
    return None


def content_of(part: Part, defects: list[str]) -> bytes:
    """The octets of a part as they were before their transfer encoding."""
    encoding = _first_word(part.headers.first("content-transfer-encoding", defects))
    if encoding == "base64" and not (part.type.startswith("text/") and _reads_as_words(part.body)):
        return lenient_base64(part.body, defects)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(_TRAILING.sub(b"", part.body))
    if encoding in _UUENCODED and (files := lifted(part.body.decode("latin-1").replace("\r\n", "\n"))[1]):
        return files[0][1]
    if encoding not in ("", "7bit", "8bit", "binary", "7-bit", "8-bit"):
        defects.append("encoding-unknown")
    if part.type.startswith("text/") and _BASE64_LINES.fullmatch(part.body):
        defects.append("encoding-wrong")
        return lenient_base64(part.body, [])
    return part.body


def _first_word(value: str) -> str:
    """A mechanism of RFC 2045, without the comments and signs that some put beside it."""
    return next(iter(re.findall(r"[\w-]+", value.lower())), "")


def _reads_as_words(octets: bytes) -> bool:
    """Base64 that was only said: no line of it has so many blanks."""
    opening = octets[:_OPENING]
    return len(opening.split()) > _WORDS_A_LINE * (opening.strip().count(b"\n") + 1)


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
    if not is_letter(part, alone=alone):
        if part.type in ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"):
            defects.append("encrypted")
        return Body()
    return _leaf(part, defects)


def _leaf(part: Part, defects: list[str]) -> Body:
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
        text = unflowed(text, delete_space=part.parameters.given.get("delsp", "").lower() == "yes")
    return Body(lifted(text)[0], None, plain=True)


def _best(choices: list[Body]) -> Body:
    spoken = [body for body in choices if body.text.strip().strip(_INVISIBLE)]
    text = next((body for body in spoken if body.plain), spoken[-1] if spoken else Body())
    if _says_it_is_html(text.text, spoken):
        text = spoken[-1]
    shown = next((body for body in reversed(choices) if body.html is not None), Body())
    if text.plain:
        text = replace(text, marks=marks_by(Page(shown.text, shown.marks), text.text))
    return replace(text, html=shown.html)


def _says_it_is_html(text: str, spoken: list[Body]) -> bool:
    """A program's word that HTML follows is no letter, in whatever language: what it stands for says other words."""
    if len(text) >= _EXCUSE or not _SPEAKS_OF_FORM.search(text):
        return False
    words, others = set(_WORD.findall(text.lower())), set(_WORD.findall(spoken[-1].text.lower()))
    return bool(others) and len(words & others) < len(words) * _SHARED


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


def is_letter(part: Part, *, alone: bool) -> bool:
    """``alone``: the whole message or one form of it, which some mailers give a name all the same."""
    if part.type not in _TEXTS or part.disposition.value == "attachment":
        return False
    return alone or not part.filename
