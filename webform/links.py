"""A link of a letter comes in; GET shows what it is about and changes nothing, POST does it."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Response, g, make_response, render_template, request
from sqlalchemy.orm import Session

from models.desk import Desk
from models.proof import Purpose
from models.services import suppressions
from models.services.corrections import opting_out, undoing
from models.services.requester import packages, proofs, statuses
from webform import errors, limits
from webform.context import the_desk

pages = Blueprint("links", __name__)

Found = TypeVar("Found")
ONE_CLICK = "One-Click"
"""RFC 8058, section 3.1: the whole of what a mail program posts is List-Unsubscribe=One-Click."""
WRONG_CODE = ("", b"")


@pages.get("/proof/<token>")
def proof(token: str) -> Response:
    desk = the_desk()
    page = _look(lambda session: proofs.open_proof(session, token, keys=desk.keys, now=desk.clock()))
    return _proof_page(page) if page else _refuse()


@pages.post("/proof/<token>")
def prove(token: str) -> Response:
    desk = the_desk()
    if request.form.get("action") == "deny":
        language = _act(lambda session: proofs.deny(desk, session, token, now=desk.clock()))
        return _show("denied.html", language) if language else _refuse()
    seen = request.form.get("seen")
    try:
        page = _act(lambda session: proofs.prove(desk, session, token, now=desk.clock(), seen=seen))
    except proofs.ListChangedError:
        page = _look(lambda session: proofs.open_proof(session, token, keys=desk.keys, now=desk.clock()))
        return _proof_page(page, changed=True) if page else _refuse()
    return _proof_page(page) if page else _refuse()


@pages.get("/download/<token>")
def download(token: str) -> Response:
    return _download_or_refusal(token)


@pages.post("/download/<token>")
def fetch(token: str) -> Response:
    desk, code = the_desk(), "".join(request.form.get("code", "").split())
    try:
        found = _act(lambda session: _fetch(desk, session, token, code))
    except packages.GoneError:
        return _download_or_refusal(token)
    if found is WRONG_CODE:
        return _download_or_refusal(token, wrong=True)
    return _file(*found) if found else _refuse()


@pages.get("/status/<token>")
def status(token: str) -> Response:
    desk = the_desk()
    page = _look(lambda session: statuses.open_status(session, token, keys=desk.keys, now=desk.clock()))
    return _show("status.html", page.language, page=page, done=False) if page else _refuse()


@pages.post("/status/<token>")
def withdraw(token: str) -> Response:
    if request.form.get("action") != "withdraw":
        return errors.page(422)
    desk = the_desk()
    page = _act(lambda session: statuses.withdraw(desk, session, token, now=desk.clock()))
    return _show("status.html", page.language, page=page, done=True) if page else _refuse()


@pages.get("/unsubscribe/<token>", endpoint="unsubscribe", defaults={"purpose": Purpose.UNSUBSCRIBE})
@pages.get("/resubscribe/<token>", endpoint="resubscribe", defaults={"purpose": Purpose.RESUBSCRIBE})
def marketing(token: str, purpose: Purpose) -> Response:
    desk = the_desk()
    language = _look(
        lambda session: suppressions.open_unsubscribe(
            session, token, purpose=purpose, keys=desk.keys, now=desk.clock()
        )
    )
    return _show("button.html", language, purpose=purpose, done=False) if language else _refuse()


@pages.post("/unsubscribe/<token>")
def opt_out(token: str) -> Response:
    """Answered with 200 and no cookie, to a person's button and to a mail program's one click alike."""
    if request.form.get("List-Unsubscribe", ONE_CLICK) != ONE_CLICK:
        return errors.page(422)
    desk = the_desk()
    language = _act(lambda session: opting_out.unsubscribe(desk, session, token, now=desk.clock()))
    return _show("button.html", language, purpose=Purpose.UNSUBSCRIBE, done=True) if language else _refuse()


@pages.post("/resubscribe/<token>")
def opt_in(token: str) -> Response:
    desk = the_desk()
    language = _act(lambda session: opting_out.resubscribe(desk, session, token, now=desk.clock()))
    return _show("button.html", language, purpose=Purpose.RESUBSCRIBE, done=True) if language else _refuse()


@pages.get("/undo/<token>")
def undo(token: str) -> Response:
    desk = the_desk()
    language = _look(lambda session: undoing.open_link(session, token, keys=desk.keys, now=desk.clock()))
    return _show("button.html", language, purpose=Purpose.UNDO, done=False) if language else _refuse()


@pages.post("/undo/<token>")
def take_back(token: str) -> Response:
    desk = the_desk()
    language = _act(lambda session: undoing.by_link(desk, session, token, now=desk.clock()))
    return _show("button.html", language, purpose=Purpose.UNDO, done=True) if language else _refuse()


@pages.before_request
def slow_down_guessers() -> Response | None:
    desk = the_desk()
    with desk.readers() as session:
        may = limits.may_try_tokens(session, now=desk.clock())
    return None if may else errors.page(429)


def _look(read: Callable[[Session], Found]) -> Found:
    with the_desk().readers() as session:
        return read(session)


def _act(act: Callable[[Session], Found]) -> Found:
    with the_desk().sessions.begin() as session:
        return act(session)


def _refuse() -> Response:
    """One same page for tokens that are wrong, used or expired."""
    desk = the_desk()
    with desk.sessions.begin() as session:
        limits.count_wrong_token(session, now=desk.clock())
    return make_response(render_template("lost.html"), 404)


def _show(template: str, language: str, *, code: int = 200, **facts: object) -> Response:
    g.language = language
    return make_response(render_template(template, **facts), code)


def _proof_page(page: proofs.ProofPage, *, changed: bool = False) -> Response:
    return _show("proof.html", page.language, code=409 if changed else 200, page=page, changed=changed)


def _download_or_refusal(token: str, *, wrong: bool = False) -> Response:
    desk = the_desk()
    page = _look(lambda session: packages.open_download(session, token, keys=desk.keys, now=desk.clock()))
    if page is None:
        # The fifth wrong code has just voided the package: that answer is still about the code.
        return errors.page(422) if wrong else _refuse()
    if page.gone:
        return _show("gone.html", page.language, code=410)
    return _show("download.html", page.language, code=422 if wrong else 200, page=page, wrong=wrong)


def _fetch(desk: Desk, session: Session, token: str, code: str) -> tuple[str, bytes] | None:
    try:
        return packages.fetch(session, token, code, keys=desk.keys, now=desk.clock())
    except packages.WrongCodeError:
        # Caught before the transaction ends, so that the wrong try is counted.
        return WRONG_CODE


def _file(name: str, content: bytes) -> Response:
    response = Response(content, content_type="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
