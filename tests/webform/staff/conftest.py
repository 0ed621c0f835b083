"""A desk with a shop's database beside it, and staff of each role who are logged in."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import config as configuration
from models.customers.sql import stores
from models.desk import Desk
from models.keys import Keyring, write_secret
from models.request import Request
from models.rules.kinds import Correct, Role
from tests.firm import CONFIG, make_shop
from tests.services import rows
from tests.webform.conftest import browser_of, log_in, new_staff

SECRET = bytes(range(32))


@pytest.fixture
def desk(
    tmp_path: Path, database_url: str, sessions: Any, readers: Any, clock: Any, new_reference: Callable[[], str]
) -> Desk:
    shop = make_shop(tmp_path / "shop.sqlite3")
    (tmp_path / "secret").write_text(write_secret("k1", SECRET))
    (tmp_path / "secret").chmod(0o600)
    text = CONFIG.format(database=database_url, mailbox="", smtp_port=2525, shop=shop)
    (tmp_path / "config.toml").write_text(text, "utf-8")
    config = configuration.load(tmp_path / "config.toml")
    tokens = iter(f"token-{number:040d}"[::-1] for number in range(10_000))
    keys = Keyring((("k1", SECRET),))
    return Desk(config, sessions, readers, keys, stores(config), clock, new_reference, lambda: next(tokens))


@dataclass
class Member:
    """Somebody at the desk, with a browser. ``page`` is the last request's page; posts take their fields from it."""

    client: FlaskClient
    name: str
    csrf: str = ""
    fields: dict[str, Any] = field(default_factory=dict)

    def open(self, path: str) -> TestResponse:
        answer = self.client.get(path)
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
        self.csrf = found[1] if found else self.csrf
        return answer

    def look(self, number: int, view: str = "to_approve") -> TestResponse:
        answer = self.open(f"/staff/requests/{number}?view={view}")
        self.fields = hidden_of(answer.text)
        return answer

    def post(self, path: str, **fields: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.csrf, **fields})

    def does(self, deed: str, number: int, **fields: Any) -> TestResponse:
        """As the page would post it: its hidden fields, and what was typed."""
        typed = {name.replace("__", "-"): value for name, value in fields.items()}
        return self.post(f"/staff/requests/{number}/{deed}", **{**self.fields, **typed})


def hidden_of(page: str) -> dict[str, Any]:
    """The fields of the decision as a browser would post them: hidden ones, ticked boxes, texts."""
    _, _, form = page.partition('id="deed"')
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name is None or ('type="checkbox"' in tag and " checked" not in tag):
            continue
        fields.setdefault(name[1], []).append(value[1] if value else "")
    values = re.findall(r'<textarea class="value" name="([^"]+)"[^>]*>([^<]*)<', form)
    return fields | {name: html.unescape(value) for name, value in values}


@pytest.fixture
def member(desk: Desk) -> Callable[..., Member]:
    """Somebody of this role, logged in: ``member(Role.AGENT)``."""

    def make(role: Role = Role.APPROVER, name: str = "grace") -> Member:
        new_staff(desk, f"{name}@shop.example", role, name=f"{name.title()} Moor")
        client = browser_of(desk)
        assert log_in(client, f"{name}@shop.example").status_code == 303
        return Member(client, name)

    return make


@pytest.fixture
def grace(member: Callable[..., Member]) -> Member:
    """An approver."""
    return member(Role.APPROVER)


@pytest.fixture
def vera(member: Callable[..., Member]) -> Member:
    """A viewer: sees, masked, and changes nothing."""
    return member(Role.VIEWER, "vera")


def make(desk: Desk, build: Callable[[Session], Request]) -> int:
    with desk.sessions.begin() as session:
        return build(session).id


def ada_moved(session: Session) -> Request:
    """Ada has moved and has another number; her record is the shop's first."""
    made = rows.request(
        session, due=2, text="I left 3 Mill Lane, please put 14 Quarry Hill. My number ends in 17.\n\n> old quote"
    )
    made.ticket.messages[0].new = [[0, 68]]
    rows.correction(session, made)
    rows.correction(
        session, made, field=rows.Field.PHONE, column="phone", before="+44 20 7946 0011", after="+44 20 7946 0017",
        said="ends in 17",
    )  # fmt: skip
    return made


def new_address(session: Session) -> Request:
    """Ada has another e-mail address, which two people must approve."""
    made = rows.request(session)
    rows.correction(
        session, made, field=rows.Field.EMAIL, column="email", before=rows.ADA, after="ada@example.org",
        correct=Correct.FOUR_EYES,
    )  # fmt: skip
    return made


def now(desk: Desk, number: int) -> Request:
    """The request as it stands, with its corrections."""
    with desk.readers() as session:
        request = session.get_one(Request, number)
        assert request.corrections is not None
        assert request.ticket.messages is not None
        return request
