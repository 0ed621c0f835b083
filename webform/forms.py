"""Posted fields and files become a submission, or the places where something is wrong with them."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from email_validator import EmailNotValidError, validate_email
from werkzeug.datastructures import FileStorage, MultiDict

from models.rules.kinds import Field, Kind
from models.rules.reading import Attachment
from models.rules.submission import MAX_LINES, MAX_MESSAGE, MAX_VALUE, Line, Submission

MAX_NAME = 200
MAX_FILE = 5 * 1024 * 1024
HONEYPOT = "website"
# What a customer may choose from; the server knows its own addresses better than anybody can tell it.
OFFERED = tuple(field for field in Field if field is not Field.IP_ADDRESS)
# What a browser may be told about a file; all else is a stream of bytes.
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "txt": "text/plain",
}
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class TypedLine:
    """A correction as typed."""

    field: str = ""
    old: str = ""
    new: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.old and not self.new


@dataclass(frozen=True)
class Typed:
    """The form as typed, so that it can be shown again; ``even`` when its lists of lines are of one length."""

    kind: str = ""
    email: str = ""
    name: str = ""
    message: str = ""
    lines: tuple[TypedLine, ...] = ()
    once: str = ""
    even: bool = True
    trapped: bool = False

    def with_another_line(self) -> "Typed":
        return replace(self, lines=(*self.lines, TypedLine())[:MAX_LINES])


@dataclass(frozen=True)
class Refused:
    """What is wrong: by place (``email``, ``line-2``, …) the key of the text that says so."""

    errors: dict[str, str]


def read(form: MultiDict[str, str]) -> Typed:
    columns = [form.getlist(name) for name in ("field", "old", "new")]
    lines = tuple(TypedLine(*map(_trimmed, cells)) for cells in zip_longest(*columns, fillvalue=""))
    return Typed(
        kind=form.get("kind", ""),
        email=_trimmed(form.get("email", "")),
        name=_trimmed(form.get("name", "")),
        message=form.get("message", "").replace("\r\n", "\n").strip(),
        lines=lines,
        once=form.get("once", ""),
        even=len({len(column) for column in columns}) == 1,
        trapped=bool(form.get(HONEYPOT)),
    )


def check(typed: Typed, files: Sequence[FileStorage], *, language: str) -> Submission | Refused:
    attachments = tuple(_attachment(file) for file in files if file.filename)
    lines = [line for line in typed.lines if not line.is_blank] if typed.kind == Kind.RECTIFICATION else []
    errors = dict(_wrong(typed, lines, attachments))
    if errors:
        return Refused(errors)
    return Submission(
        kind=Kind(typed.kind),
        email=_address(typed.email) or "",
        name=typed.name,
        message=typed.message,
        lines=tuple(Line(Field(line.field), line.old, line.new) for line in lines),
        attachments=attachments,
        language=language,
        once=typed.once,
    )


def _wrong(typed: Typed, lines: list[TypedLine], files: Sequence[Attachment]) -> Iterator[tuple[str, str]]:
    """In the order of the page."""
    if typed.kind not in set(Kind):
        yield "kind", "wrong.kind"
    yield from _wrong_lines(typed, lines)
    if not typed.email:
        yield "email", "wrong.email_missing"
    elif _address(typed.email) is None:
        yield "email", "wrong.email"
    yield from _wrong_name(typed.name)
    yield from _wrong_message(typed)
    if any(file.size > MAX_FILE for file in files):
        yield "attachment", "wrong.file_size"


def _wrong_lines(typed: Typed, lines: list[TypedLine]) -> Iterator[tuple[str, str]]:
    counts = typed.kind == Kind.RECTIFICATION
    if counts and not typed.even:
        yield "lines", "wrong.lines_uneven"
    elif len(lines) > MAX_LINES:
        yield "lines", "wrong.lines_many"
    elif counts and not lines and not typed.message:
        yield "lines", "wrong.lines_missing"
    for number, line in enumerate(typed.lines):
        problem = _wrong_line(line, counts=counts)
        if problem:
            yield f"line-{number}", problem


def _wrong_line(line: TypedLine, *, counts: bool) -> str | None:
    if any(_unreadable(value) for value in (line.field, line.old, line.new)):
        return "wrong.characters"
    if not counts:
        return None
    if max(len(line.old), len(line.new)) > MAX_VALUE:
        return "wrong.value_long"
    if not line.is_blank and line.field not in set(Field):
        return "wrong.field"
    return None


def _wrong_name(name: str) -> Iterator[tuple[str, str]]:
    if len(name) > MAX_NAME:
        yield "name", "wrong.name_long"
    elif _unreadable(name):
        yield "name", "wrong.characters"


def _wrong_message(typed: Typed) -> Iterator[tuple[str, str]]:
    if len(typed.message) > MAX_MESSAGE:
        yield "message", "wrong.message_long"
    elif any(_is_control(letter) for letter in typed.message if letter not in "\n\t"):
        yield "message", "wrong.characters"
    elif typed.kind == Kind.OTHER and not typed.message:
        yield "message", "wrong.message_missing"


def _trimmed(value: str) -> str:
    # Not every white space: a line break in a value is refused, not mended.
    return value.strip(" \t\u00a0")


def _address(text: str) -> str | None:
    """As it is written to: a domain in other letters in its ASCII form."""
    try:
        valid = validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return None
    return f"{valid.local_part}@{valid.ascii_domain}"


def _unreadable(value: str) -> bool:
    return any(_is_control(letter) or letter in _BIDI for letter in value)


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) in {"Cc", "Cs"}


def _attachment(file: FileStorage) -> Attachment:
    name = _file_name(file.filename or "")
    kind = TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    return Attachment(name, kind, file.stream.read(MAX_FILE + 1))


def _file_name(sent: str) -> str:
    """Without paths, controls and marks that turn the reading direction."""
    bare = sent.replace("\\", "/").rpartition("/")[2]
    clean = "".join(letter for letter in bare if not _is_control(letter) and letter not in _BIDI)
    return clean.strip(" .")[-150:] or "file"
