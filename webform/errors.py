"""A problem goes in; out comes a page with a number by which staff find it in the log, and nothing of the input."""

import hashlib
import logging
import traceback
from http import HTTPStatus
from types import TracebackType

from flask import Flask, Response, g, make_response, render_template
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError

from webform.context import the_desk

log = logging.getLogger(__name__)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
SPOKEN = frozenset({400, 403, 404, 405, 413, 422, 429, 500, 503})
RETRY_AFTER = {429: "60", 503: "30"}
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeoutError)


def install(app: Flask) -> None:
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(Exception, _failed)


def page(code: int) -> Response:
    """The page for a status; its texts are the same whatever was asked. Staff who are logged in have their own."""
    number = hashlib.sha256(the_desk().new_token().encode()).hexdigest()[:10].upper()
    spoken = code if code in SPOKEN else 500 if code >= HTTPStatus.INTERNAL_SERVER_ERROR else 400
    drawn = g.get("staff_error")
    html = drawn(spoken, number) if drawn else render_template("error.html", code=spoken, number=number)
    response = make_response(html, code)
    if code in RETRY_AFTER:
        response.headers["Retry-After"] = RETRY_AFTER[code]
    log.info("page %s answered with %d", number, code)
    return response


def report(error: BaseException | None) -> None:
    """What failed, and where; not the exception's own text, which may hold what somebody typed."""
    frames = traceback.extract_tb(error.__traceback__ if error else None)[-4:]
    log.error("a page failed: %s at %s", type(error).__name__, [f"{f.filename}:{f.lineno}" for f in frames])


def _answer(error: HTTPException) -> Response:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return make_response(error.get_response())
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        return _page_for(error.original_exception)
    response = page(error.code)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _failed(error: Exception) -> Response:
    report(error)
    return _page_for(error)


def _page_for(error: BaseException) -> Response:
    return page(503 if isinstance(error, DATABASE_AWAY) else 500)
