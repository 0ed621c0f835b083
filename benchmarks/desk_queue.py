"""How fast the staff's pages are with many requests: a desk of so many goes in, out come p50 and p95 of each page.

The pages are asked of the application itself, each a whole answer with its queries, in turn and with no network.
"""

import argparse
import secrets
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Response

from bot.building import assemble
from bot.edge import Edge
from models import config as configuration
from models.correction import Correction
from models.desk import Desk
from models.keys import write_secret
from models.message import Message
from models.migrations import versions
from models.request import Request
from models.rules.kinds import Action, Channel, Correct, Field, Kind, Role
from models.rules.lifecycle import Outcome, State
from models.rules.references import reference_from
from models.services import audit, staffing
from models.ticket import Ticket
from tests.firm import CONFIG, make_shop
from tests.webform.conftest import PASSWORD, Browser, log_in
from webform.wsgi import create_app

TRIES = 40
OPEN_OF = 4
"""Every so-many-th request is open, as on a desk that has worked for some time."""
STATES = (State.IN_REVIEW, State.AWAITING_PROOF, State.TRIAGE, State.NEEDS_DETAILS)
KINDS = tuple(Kind)
TEXT = "Please put 14 Quarry Hill in your files. " * 8
CHAINS = 1000
"""So many of the newest tickets have an audit chain: one of them is opened."""


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--requests", type=int, default=10_000)
    words.add_argument("--database", default="", help="a SQLAlchemy URL of an empty database; SQLite if none is given")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        desk = _desk(Path(folder), asked.database)
        _fill(desk, asked.requests)
        _measure(desk, _browser(desk))


def _measure(desk: Desk, browser: Browser) -> None:
    with desk.readers() as session:
        middle = session.scalar(sa.select(sa.func.max(Request.id)).where(Request.state == State.IN_REVIEW))
        due = session.scalar(sa.select(Request.due_on).where(Request.id == middle))
    for name, path in (
        ("queue", "/staff/"),
        ("queue, further down", f"/staff/?after={due}_{middle}"),
        ("overdue", "/staff/?view=overdue"),
        ("done", "/staff/?view=done"),
        ("one request", f"/staff/requests/{middle}"),
    ):
        print(f"{name}: {_figures(browser, path)}", flush=True)


def _figures(browser: Browser, path: str) -> str:
    taken = sorted(_once(browser, path) for _ in range(TRIES))
    return f"p50 {statistics.median(taken):.1f} ms, p95 {taken[int(TRIES * 0.95) - 1]:.1f} ms"


def _once(browser: Browser, path: str) -> float:
    began = time.perf_counter()
    answer = browser.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    return (time.perf_counter() - began) * 1000


def _desk(home: Path, database: str) -> Desk:
    url = database or f"sqlite:///{home / 'desk.sqlite3'}"
    shop = make_shop(home / "shop.sqlite3")
    (home / "config.toml").write_text(CONFIG.format(database=url, mailbox="", smtp_port=2525, shop=shop), "utf-8")
    secret = home / "secret"
    secret.write_text(write_secret("k1", bytes(range(32))))
    secret.chmod(0o600)
    edge = Edge(lambda: datetime.now(UTC), lambda: secrets.token_hex(4), lambda: secrets.token_urlsafe(32))
    desk = assemble(configuration.load(home / "config.toml"), edge)
    versions.upgrade(desk.sessions.kw["bind"])
    return desk


def _fill(desk: Desk, number: int) -> None:
    """In bulk, with no more of each than its page shows."""
    now = desk.clock()
    with desk.sessions.begin() as session:
        session.execute(sa.insert(Ticket), [_ticket(made, now) for made in range(1, number + 1)])
        session.execute(sa.insert(Message), [_message(made, now) for made in range(1, number + 1)])
        session.execute(sa.insert(Request), [_request(made, now) for made in range(1, number + 1)])
        corrected = [made for made in range(1, number + 1) if _kind(made) is Kind.RECTIFICATION]
        session.execute(sa.insert(Correction), [_correction(made) for made in corrected])
        for reference in session.scalars(sa.select(Ticket.reference)).all()[-CHAINS:]:
            audit.begin(session, reference)


def _kind(made: int) -> Kind:
    return KINDS[made % len(KINDS)]


def _ticket(made: int, now: datetime) -> dict[str, Any]:
    return {
        "id": made, "reference": reference_from(made), "requester": f"c{made}@example.net", "received_at": now,
        "requester_name": f"Customer {made}", "subject": "wrong house", "language": "en", "channel": Channel.MAIL,
    }  # fmt: skip


def _message(made: int, now: datetime) -> dict[str, Any]:
    return {
        "ticket_id": made, "received_at": now, "sender": f"c{made}@example.net", "text": TEXT, "new": [[0, len(TEXT)]],
        "message_id": f"{made}@example.net", "thread_root": f"{made}@example.net", "digest": f"{made:064x}",
        "references": [], "defects": [], "attachments": [],
    }  # fmt: skip


def _request(made: int, now: datetime) -> dict[str, Any]:
    closed = made // len(KINDS) % OPEN_OF != 0
    state = State.CLOSED if closed else STATES[made // len(KINDS) // OPEN_OF % len(STATES)]
    return {
        "ticket_id": made, "kind": _kind(made), "state": state, "outcome": Outcome.FULFILLED if closed else None,
        "due_on": now.date() + timedelta(days=made % 60 - 5), "received_at": now, "found": 1, "proved_at": now,
    }  # fmt: skip


def _correction(made: int) -> dict[str, Any]:
    return {
        "request_id": made, "action": Action.SET, "field": Field.STREET, "store": "shop", "table": "customers",
        "key": "1", "column": "street", "correct": Correct.APPROVE, "before": "3 Mill Lane",
        "after": "14 Quarry Hill", "said": "14 Quarry Hill",
    }  # fmt: skip


def _browser(desk: Desk) -> Browser:
    with desk.sessions.begin() as session:
        staffing.add(
            session, email="grace@shop.example", name="Grace Moor", role=Role.APPROVER, password=PASSWORD,
            by="benchmark", now=desk.clock(), keys=desk.keys,
        )  # fmt: skip
    browser = Browser(create_app(desk), Response)
    browser.origin = desk.config.desk.base_url
    if log_in(browser).status_code != 303:
        raise SystemExit("could not log in")
    return browser


if __name__ == "__main__":
    main()
