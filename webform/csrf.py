"""A post to a staff page passes where its token and its Origin are ours; customers have no session to ride on."""

from flask import Flask, abort, current_app, request
from flask_wtf.csrf import CSRFProtect

from models.desk import Desk
from webform.context import the_desk

_CHANGES_NOTHING = frozenset({"GET", "HEAD", "OPTIONS"})


def install(app: Flask, desk: Desk) -> None:
    app.secret_key = desk.keys.subkey("csrf")
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    # A token lives as long as its session: a form that stayed open over lunch is no attack.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    CSRFProtect(app)


def check() -> None:
    """Raises CSRFError (400), or 403 for another site's Origin; curl and old browsers send none."""
    if request.method in _CHANGES_NOTHING:
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin not in origins():
        abort(403)
    current_app.extensions["csrf"].protect()


def origins() -> set[str]:
    desk = the_desk()
    # The Host rule has passed, so in the demo this is one of our own names.
    served = {f"{request.scheme}://{request.host}"} if desk.demo else set()
    return {desk.config.desk.base_url, *served}
