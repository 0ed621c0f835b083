"""The files that came with a letter: every leaf that is not the letter itself, its name repaired."""

import re
from collections.abc import Iterator
from itertools import islice

from bot.mail.reading.bodies import content_of, is_letter, text_of
from bot.mail.reading.charsets import clean_line
from bot.mail.reading.parts import Part
from bot.mail.reading.uuencode import lifted
from models.rules.reading import Attachment

ATTACHMENTS_LIMIT = 200
DECODED_LIMIT = 100 * 1024 * 1024
NAME_LIMIT = 150

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
_BEGIN = re.compile(rb"(?:^|\n)begin [0-7]{3}")


def attachments_of(root: Part, defects: list[str]) -> tuple[Attachment, ...]:
    """Every leaf that is not the letter itself, its name repaired."""
    found: list[Attachment] = []
    left = DECODED_LIMIT - sum(len(part.body) for part in root.walk() if _is_text(part))
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
    in_the_text = list(islice(_in_the_text(root), ATTACHMENTS_LIMIT + 1 - len(found)))
    if len(found) + len(in_the_text) > ATTACHMENTS_LIMIT:
        defects.append("too-many-attachments")
    return (*found, *in_the_text)[:ATTACHMENTS_LIMIT]


def _is_text(part: Part) -> bool:
    return not part.children and is_letter(part, alone=False)


def _in_the_text(root: Part) -> Iterator[Attachment]:
    for part in root.walk():
        if part.type == "text/plain" and not part.children and _BEGIN.search(part.body):
            for number, (name, content) in enumerate(lifted(text_of(part, []))[1], 1):
                yield Attachment(_file_name(name, "", number), "application/octet-stream", content, "")


def _files(part: Part, *, alone: bool = True) -> Iterator[Part]:
    for child in part.children:
        yield from _files(child, alone=part.type == "multipart/alternative")
    if not part.children and part.type not in _NO_FILES and not is_letter(part, alone=alone):
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
