"""Style sheets and scripts go in, ours and Bootstrap's own CSS; out they go under a name that changes with them."""

import functools
import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from flask import Blueprint, Response, abort, current_app, request, url_for

pages = Blueprint("assets", __name__)

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
BOOTSTRAP = "bootstrap.min.css"


@dataclass(frozen=True)
class Asset:
    type: str
    body: bytes
    packed: bytes
    version: str


@functools.cache
def load() -> dict[str, Asset]:
    """Read and packed once, at start."""
    return {file.name: _asset(file.name, file.read_bytes()) for file in _files()}


def asset_url(name: str) -> str:
    return url_for("assets.asset", version=_assets()[name].version, name=name)


@pages.get("/static/<version>/<name>")
def asset(version: str, name: str) -> Response:
    found = _assets().get(name)
    if found is None or found.version != version:
        abort(404)
    packs = request.accept_encodings["gzip"] > 0
    response = Response(found.packed if packs else found.body, content_type=f"{found.type}; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Vary"] = "Accept-Encoding"
    if packs:
        response.headers["Content-Encoding"] = "gzip"
    return response


def _files() -> Iterator[Traversable]:
    # The wheel of Bootstrap-Flask carries Bootstrap; of it all we link the one style sheet and no script.
    yield resources.files("flask_bootstrap").joinpath("static", "bootstrap5", "css", BOOTSTRAP)
    for file in resources.files("webform").joinpath("static").iterdir():
        if file.is_file():
            yield file


def _asset(name: str, body: bytes) -> Asset:
    version = hashlib.sha256(body).hexdigest()[:12]
    return Asset(TYPES[name[name.rindex(".") :]], body, gzip.compress(body, mtime=0), version)


def _assets() -> Mapping[str, Asset]:
    found: Mapping[str, Asset] = current_app.extensions["assets"]
    return found
