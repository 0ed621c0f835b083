"""A message's number goes in; out comes it as it came, as a page for a frame of its own, or its bytes and files."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from flask import Blueprint, Response, abort, make_response, render_template
from markupsafe import Markup

from models.rules.permissions import Right, require
from models.rules.reading import Attachment, NotReadError, Reading
from models.rules.submission import Submission
from models.services import audit
from models.services.pages import opened, originals
from models.services.pages.originals import Original
from models.services.pages.shown import without_links, without_values
from webform.context import the_desk
from webform.forms import TYPES
from webform.staff.harmless import harmless
from webform.staff.members import current_actor

pages = Blueprint("originals", __name__)

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'"
FRAME = f"{NOTHING}; style-src 'self'; img-src data:; frame-ancestors 'self'; sandbox"
CLOSED = f"{NOTHING}; frame-ancestors 'none'; sandbox"
LARGEST = 26 * 1024 * 1024
"""Of a raw message that is taken apart here; the doors take no larger one."""
NAME_LIMIT = 150
_NOT_IN_NAMES = frozenset('<>:"|?*')
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})

# A large mail takes several times its size to read: many at once shall not take the machine's memory.
_ONE_AT_A_TIME = threading.Lock()
TURN_WITHIN = 10.0
"""Seconds that a page waits while another mail is read, which may take half a minute."""


@pages.get("/messages/<int:message_id>/body")
def body(message_id: int) -> Response:
    """Shown in a sandboxed frame; a program that a sender wrote has nothing to run there."""
    desk, actor = the_desk(), current_actor()
    with desk.readers() as session:
        original = originals.find(session, message_id) or abort(404)
        opening = opened.of(original.reference, actor, message_id=message_id)
        told = opened.is_told(desk, session, opening, by=actor.by, now=desk.clock())
    html, text, problem = None, without_links(original.text), ""
    if actor.may(Right.REVEAL):
        html, problem = _html(original)
    else:
        text = without_values(text, original.values)
    if not told:
        with desk.sessions.begin() as session:
            opened.tell(session, opening, by=actor.by, now=desk.clock())
    page = render_template("staff/body.html", html=html, text=text, problem=problem)
    return _closed(page, FRAME)


@pages.get("/messages/<int:message_id>/raw")
def raw(message_id: int) -> Response:
    """As received, always as a file: no browser is to read it."""
    original = _kept(message_id)
    ending = "eml" if original.is_mail else "json"
    _tell(original, "opened original", {"message": message_id})
    file = Attachment(
        f"{original.reference}-{message_id}.{ending}", "", the_desk().keys.unseal(original.sealed or b"")
    )
    return as_file(file)


@pages.get("/messages/<int:message_id>/attachments/<int:number>")
def attachment(message_id: int, number: int) -> Response:
    """A file that came with the message, taken out of what is kept sealed; never shown, always saved."""
    original = _kept(message_id)
    if number >= len(original.files):
        abort(404)
    if original.size > LARGEST:
        abort(413)
    try:
        files = _files(original)
    except NotReadError as error:
        page = render_template("staff/body.html", html=None, text="", problem=str(error))
        return _closed((page, 503), CLOSED)
    # What is taken out must be what staff were told of.
    if number >= len(files) or files[number].size != original.files[number]["size"]:
        abort(404)
    _tell(original, "opened attachment", {"message": message_id, "attachment": number})
    return as_file(files[number])


def safe_name(name: str) -> str:
    """Without paths, controls and marks that make a program look like a document."""
    bare = name.replace("\\", "/").rpartition("/")[2]
    clean = "".join(
        letter for letter in bare if letter not in _NOT_IN_NAMES and unicodedata.category(letter) not in _HIDDEN
    )
    return clean.strip(" .")[-NAME_LIMIT:].strip(" .") or "file"


def _kept(message_id: int) -> Original:
    """404 too where the raw mail was forgotten since."""
    require(current_actor(), Right.REVEAL)
    with the_desk().readers() as session:
        original = originals.find(session, message_id)
    if original is None or original.sealed is None:
        abort(404)
    return original


def _tell(original: Original, what: str, detail: dict[str, int]) -> None:
    desk = the_desk()
    with desk.sessions.begin() as session:
        audit.record(session, original.reference, what, by=current_actor().by, now=desk.clock(), detail=detail)


def _html(original: Original) -> tuple[Markup | None, str]:
    """None where the mail has none, or is kept no longer, or cannot be read, and why: its text is shown then."""
    if original.sealed is None or not original.is_mail or original.size > LARGEST:
        return None, ""
    try:
        with _turn():
            reading = _read(original)
            return harmless(reading.html, reading.attachments) if reading.html else None, ""
    except NotReadError as error:
        return None, str(error)


def _files(original: Original) -> tuple[Attachment, ...]:
    """Raises NotReadError."""
    with _turn():
        return _read(original).attachments


@contextmanager
def _turn() -> Iterator[None]:
    """Whoever has it is ended after their time, so that it goes on. Raises NotReadError where that takes long."""
    if not _ONE_AT_A_TIME.acquire(timeout=TURN_WITHIN):
        raise NotReadError("cannot be read now, for another one is being read: try again in a minute")
    try:
        yield
    finally:
        _ONE_AT_A_TIME.release()


def _read(original: Original) -> Reading:
    desk = the_desk()
    content = desk.keys.unseal(original.sealed or b"")
    if original.is_mail:
        return desk.read_mail(content)
    return Reading(attachments=Submission.from_bytes(content).attachments)


def as_file(file: Attachment) -> Response:
    response = _closed(file.content, CLOSED)
    known = file.type if file.type in set(TYPES.values()) else "application/octet-stream"
    response.headers["Content-Type"] = known
    response.headers["Content-Disposition"] = _saved_as(safe_name(file.name))
    return response


def _saved_as(name: str) -> str:
    """RFC 6266: the name in UTF-8, and one in ASCII for who does not read that; a header holds no other letters."""
    plain = "".join(letter if letter.isascii() else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _closed(content: str | bytes | tuple[str, int], policy: str) -> Response:
    response = make_response(content)
    response.headers["Content-Security-Policy"] = policy
    return response
