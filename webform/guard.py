"""Each request passes here first, each answer last: Host rule, size of the body, and the headers of its class."""

from http import HTTPStatus

from flask import Flask, Response, abort, request
from werkzeug.middleware.proxy_fix import ProxyFix

from models.desk import Desk
from webform.context import the_desk

BODY_LIMIT = 6 * 1024 * 1024
FIELD_LIMIT = 200
OUTSIDE_HOST_RULE = frozenset({"/healthz", "/metrics"})
LINKS = frozenset({"proof", "download", "status", "unsubscribe", "resubscribe", "undo"})
PERMISSIONS = "camera=(), microphone=(), geolocation=()"
ONE_YEAR = "max-age=31536000"


def install(app: Flask, desk: Desk) -> None:
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = BODY_LIMIT
    app.config["MAX_FORM_PARTS"] = FIELD_LIMIT
    app.before_request(_check_host)
    app.before_request(_check_fields)
    app.after_request(_head)
    proxies = desk.config.web.trusted_proxies
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies, x_port=0, x_prefix=0
        )


def policy(*, frame_ancestors: str = "'none'", frame_src: str = "") -> str:
    """The Content-Security-Policy; a view may set its own header, and is left alone."""
    frames = f"frame-src {frame_src}; " if frame_src else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self'; form-action 'self'; base-uri 'none'; {frames}frame-ancestors {frame_ancestors}"
    )


def is_link_page() -> bool:
    """Whether the path of this request holds a token."""
    first = request.path.split("/", 2)[1]
    return first in LINKS or request.path.startswith("/staff/link/")


def _check_host() -> None:
    if request.path not in OUTSIDE_HOST_RULE and request.host not in _hosts():
        abort(400)


def _hosts() -> set[str]:
    desk = the_desk()
    names = {desk.config.desk.host}
    if desk.demo:
        port = request.environ["SERVER_PORT"]
        names |= {f"127.0.0.1:{port}", f"localhost:{port}"}
    # A client may leave out the port that its scheme stands for, or say it.
    usual = ":443" if desk.config.desk.secure else ":80"
    return names | {name.removesuffix(usual) for name in names} | {desk.config.desk.host + usual}


def _check_fields() -> None:
    if request.method == "POST" and sum(len(values) for _, values in request.form.lists()) > FIELD_LIMIT:
        abort(413)


def _head(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", policy(frame_ancestors=_ancestors()))
    headers.setdefault("Referrer-Policy", "no-referrer" if is_link_page() else "same-origin")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = PERMISSIONS
    if the_desk().config.desk.secure:
        headers["Strict-Transport-Security"] = ONE_YEAR
    if is_link_page():
        headers["X-Robots-Tag"] = "noindex"
    # What somebody typed and is shown again is theirs alone.
    blank = _is_form() and request.method != "POST" and response.status_code < HTTPStatus.BAD_REQUEST
    headers.setdefault("Cache-Control", "no-cache" if blank else "no-store")
    return response


def _is_form() -> bool:
    return request.path == "/" or request.path.startswith("/support")


def _ancestors() -> str:
    """The form may be embedded, with its thanks and its errors; nothing else may."""
    named = the_desk().config.web.frame_ancestors
    return " ".join(named) if named and _is_form() else "'none'"
