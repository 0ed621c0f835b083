"""The web application for tests: each has one of its own, and all share the templates that were compiled once."""

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from models.desk import Desk
from webform.wsgi import create_app


class _Kept(BytecodeCache):
    """In memory, by the digest of a template's name and text: a changed text is compiled anew."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._codes.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_KEPT = _Kept()


def app_of(desk: Desk) -> Flask:
    app = create_app(desk)
    app.jinja_env.bytecode_cache = _KEPT
    return app
