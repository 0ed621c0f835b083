"""Each answer becomes one line of the log: method, rule and status; no token, no address, nothing typed."""

import logging

from flask import Flask, Response, request

log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    app.after_request(_note)


def shown_path() -> str:
    """The rule of the path, with numbers only in the places of its values; an unknown path is not repeated."""
    if request.url_rule is None:
        return "…"
    parts = request.url_rule.rule.split("/")
    numbers = iter((request.view_args or {}).values())
    return "/".join(_shown(next(numbers, None)) if part.startswith("<") else part for part in parts)


def _shown(value: object) -> str:
    return str(value) if isinstance(value, int) else "…"


def _note(response: Response) -> Response:
    log.info("%s %s %d", request.method, shown_path(), response.status_code)
    return response
