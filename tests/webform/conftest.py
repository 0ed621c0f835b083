"""A desk on its own database, its web application, and browsers of those who come to it."""

import base64
import functools
import hashlib
import itertools
import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Response
from flask.testing import FlaskClient

from models.config import Config, Limits, Web, fresh_config_text, load
from models.desk import Desk
from models.keys import Keyring
from models.rules.kinds import Role
from models.services import passwords
from models.staff import Staff
from tests.apps import app_of

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

PASSWORD = "correct horse battery"
MakeDesk = Callable[..., Desk]


@pytest.fixture(scope="session")
def shop_config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "var").mkdir()
    (folder / "var" / "secret").touch(0o600)
    (folder / "config.toml").write_text(fresh_config_text(base_url="https://desk.shop.example"), "utf-8")
    return load(folder / "config.toml", env=dict(os.environ))


@pytest.fixture
def make_desk(
    shop_config: Config,
    sessions: Any,
    readers: Any,
    clock: Callable[[], datetime],
    new_reference: Callable[[], str],
    tmp_path: Path,
) -> MakeDesk:
    """A desk with some of its settings changed: ``base_url=…``, ``limits={…}``, ``web={…}``, ``demo=True``."""
    numbers = itertools.count(1)

    def token() -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(b"%d" % next(numbers)).digest()).decode().rstrip("=")

    def make(
        *, demo: bool = False, limits: dict[str, int] | None = None, web: dict[str, Any] | None = None, **desk: Any
    ) -> Desk:
        changed = shop_config.desk.model_copy(update={"limits": Limits(**limits or {}), **desk})
        config = shop_config.model_copy(update={"desk": changed, "web": Web(**web or {})})
        keys = Keyring((("a", hashlib.sha256(b"secret").digest()),))
        caught = tmp_path / "caught" if demo else None
        return Desk(config, sessions, readers, keys, {}, clock, new_reference, token, caught)

    return make


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk()


class Browser(FlaskClient):
    """Talks to the desk under the desk's own name."""

    origin = "http://localhost"

    def open(self, *args: Any, **kwargs: Any) -> "TestResponse":
        return super().open(*args, **{"base_url": self.origin, **kwargs})


def browser_of(desk: Desk, *, language: str = "en", peer: str = "203.0.113.7") -> Browser:
    client = Browser(app_of(desk), Response)
    client.origin = desk.config.desk.base_url
    client.environ_base |= {"HTTP_ACCEPT_LANGUAGE": language, "REMOTE_ADDR": peer}
    return client


@pytest.fixture
def app(desk: Desk) -> "Flask":
    return app_of(desk)


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return browser_of(desk)


@pytest.fixture
def grace(desk: Desk) -> Staff:
    """An approver."""
    return new_staff(desk, "grace@shop.example", Role.APPROVER)


def new_staff(desk: Desk, email: str, role: Role, *, name: str = "Grace Moor") -> Staff:
    with desk.sessions.begin() as session:
        staff = Staff(
            email=email, name=name, role=role, password_hash=_hash(), created_at=desk.clock(), created_by="cli:root"
        )
        session.add(staff)
    return staff


@functools.cache
def _hash() -> str:
    """Made once: argon2 takes its time."""
    return passwords.hashed(PASSWORD)


def csrf_of(page: "TestResponse") -> str:
    """The token of the first form of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, "the page has no form with a CSRF token"
    return found[1]


def log_in(
    client: FlaskClient, email: str = "grace@shop.example", password: str = PASSWORD, **more: Any
) -> "TestResponse":
    token = csrf_of(client.get("/staff/login"))
    typed = {"email": email, "password": password, "csrf_token": token}
    return client.post(
        "/staff/login", data=typed, headers={"Referer": "https://desk.shop.example/staff/login"}, **more
    )


@pytest.fixture
def repo() -> Path:
    return Path(__file__).parents[2]
