"""The demo's outgoing mail, as its readers would see it: caught letters go in, pages and raw mails come out."""

import email
import re
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request

from webform.context import the_desk

pages = Blueprint("demo", __name__, url_prefix="/demo")

_LINK = re.compile(r"^https?://\S+$", re.MULTILINE)


@pages.get("/mail")
def mail() -> Response | str:
    """All letters, the newest first; ``?format=json`` for a script."""
    letters = [_letter(file) for file in _files()]
    if request.args.get("format") == "json":
        return jsonify(letters)
    return render_template("demo_mail.html", letters=letters)


@pages.get("/mail/<int:number>")
def letter(number: int) -> str:
    return render_template("demo_letter.html", letter=_letter(_file(number)))


@pages.get("/mail/<int:number>.eml")
def raw(number: int) -> Response:
    return Response(_file(number).read_bytes(), mimetype="message/rfc822")


def _files() -> list[Path]:
    folder = the_desk().caught
    if folder is None:
        abort(404)
    return sorted(folder.glob("*.eml"), key=lambda file: -int(file.stem))


def _file(number: int) -> Path:
    return next((file for file in _files() if file.stem == str(number)), None) or abort(404)


def _letter(file: Path) -> dict[str, Any]:
    message = email.message_from_bytes(file.read_bytes(), policy=default)
    text = _text(message)
    return {
        "n": int(file.stem),
        "to": str(message["To"]),
        "from": str(message["From"]),
        "reply_to": message["Reply-To"] and str(message["Reply-To"]),
        "subject": str(message["Subject"]),
        "date": str(message["Date"]),
        "message_id": str(message["Message-ID"]),
        "text": text,
        "links": _LINK.findall(text),
    }


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return str(body.get_content()).replace("\r\n", "\n") if body is not None else ""
