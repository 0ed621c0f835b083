"""A firm with a desk of its own for one test: real servers, a shop's database, a reader that says what it is told."""

import re
import secrets
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.building import Edge, assemble
from bot.reader import ReaderHere
from bot.stages.all import stages
from bot.stages.triage import ours
from bot.worker import Pass, Stage, work_once
from models import config as configuration
from models.audit import Event
from models.desk import Desk
from models.keys import write_secret
from models.message import Message
from models.outbox import OutboxLetter
from models.request import Request
from models.rules.kinds import Action, Field, Kind, Role
from models.rules.permissions import Actor
from models.rules.reading import Found, Place, Record, Verdict, Writing
from models.services import audit, staffing
from models.services.pages import desk_page
from models.services.pages.desk_page import RequestPage
from models.spool import Spool
from models.ticket import Ticket

ADA, BEN, MALLORY = "ada@example.net", "ben@example.org", "mallory@example.com"
SUPPORT = "support@shop.example"
PASSWORD = "correct horse battery"
BASE_URL = "http://127.0.0.1:8000"
SECRET = bytes(range(32))

SHOP = """
CREATE TABLE customers (
    id INTEGER PRIMARY KEY, full_name VARCHAR(100), email VARCHAR(200), phone VARCHAR(40), street VARCHAR(100),
    postal_code VARCHAR(12), city VARCHAR(60), country VARCHAR(60), newsletter BOOLEAN NOT NULL, ip_address VARCHAR(45)
);
CREATE INDEX ix_customers_email ON customers (email);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), placed_at DATE, total NUMERIC(10, 2)
);
CREATE INDEX ix_orders_customer ON orders (customer_id);
INSERT INTO customers VALUES
    (1, 'Ada Quint', 'ada@example.net', '+44 20 7946 0011', '3 Mill Lane', 'M1 2AB', 'Manchester', 'GB', TRUE,
        '192.0.2.7'),
    (2, 'Ben Käßler', 'ben@example.org', NULL, 'Am Anger 12', '10115', 'Berlin', 'DE', TRUE, NULL),
    (3, 'Ada Quint', 'ada.quint@example.net', NULL, '9 Other Road', 'M3 4CD', 'Manchester', 'GB', TRUE, NULL);
INSERT INTO orders VALUES (11, 1, '2030-12-24', 19.90), (12, 2, '2031-01-02', 5.00), (13, 1, '2031-01-20', 7.25);
"""

CONFIG = """
[desk]
name = "Example Shop"
address = "support@shop.example"
base_url = "http://127.0.0.1:8000"
secret_file = "secret"
law = "gdpr"
country = "DE"
subdivision = "BE"
timezone = "Europe/Berlin"
languages = ["en", "de", "fr", "it"]
controller = "Example Shop GmbH, Musterweg 1, 10115 Berlin"
authority = "Authority for Data Protection, Example Street 1, Berlin"
recipients = ["parcel carrier"]
[database]
url = "{database}"
{mailbox}
[smtp]
host = "127.0.0.1"
port = {smtp_port}
tls = "none"
per_minute = 0
[[customers]]
name = "shop"
url = "{shop}"
[customers.tables.customers]
key = "id"
subject = "email"
[customers.tables.customers.columns]
full_name = {{ field = "name", correct = "approve" }}
email = {{ field = "email", correct = "four_eyes" }}
phone = {{ field = "phone", correct = "approve" }}
street = {{ field = "street", correct = "approve" }}
postal_code = {{ field = "postal_code", correct = "approve" }}
city = {{ field = "city", correct = "approve" }}
country = {{ field = "country", correct = "approve" }}
newsletter = {{ consent = "marketing", off = false }}
ip_address = {{ field = "ip_address", correct = "never", purpose = "fraud prevention", retention = "90 days" }}
[customers.tables.orders]
key = "id"
subject = {{ column = "customer_id", references = "customers.id" }}
[customers.tables.orders.columns]
placed_at = {{ field = "other" }}
total = {{ field = "other" }}
"""

MAILBOX = """
[[mailboxes]]
name = "support"
host = "{host}"
port = {port}
tls = "none"
user = "{user}"
password_file = "imap-password"
start = "all"
after = "{after}"
junk = "leave"
"""


Stated = tuple[Field, str | None, str | None]


@dataclass
class Reader:
    """A classifier that knows what the test told it: words of a message → kinds, and the values it states."""

    version: str = "reader-1"
    told: list[tuple[str, tuple[Kind, ...], tuple[tuple[Field, str | None, str | None], ...], float]] = field(
        default_factory=list
    )

    def knows(self, words: str, *kinds: Kind, values: Sequence[Stated] = (), score: float = 0.97) -> None:
        self.told.append((words, kinds or (Kind.OTHER,), tuple(values), score))

    def read(self, writings: Sequence[Writing]) -> list[Verdict]:
        return [self._verdict(writing) for writing in writings]

    def corrections(self, writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
        return [_found(writing, *value) for _, _, values, _ in self._matching(writing) for value in values]

    def _verdict(self, writing: Writing) -> Verdict:
        matching = self._matching(writing)
        kinds = matching[0][1] if matching else (Kind.OTHER,)
        score = matching[0][3] if matching else 0.97
        scores = {kind: score if kind in kinds else 0.01 for kind in Kind}
        return Verdict("en", scores, kinds)

    def _matching(self, writing: Writing) -> list[Any]:
        new = writing.subject + "\n" + "\n".join(writing.text[start:end] for start, end in writing.new)
        return [one for one in self.told if one[0] in new][:1]


def _found(writing: Writing, about: Field, old: str | None, new: str | None) -> Found:
    words = new or old or ""
    start = max(writing.text.find(words), 0)
    action = Action.SET if new or not old else Action.REMOVE
    return Found(action, about, old, new, None, Place.TEXT, start, start + len(words))


class Firm:
    """The desk under test and the world around it. ``work()`` is one run of the worker."""

    def __init__(
        self, folder: Path, *, database_url: str, clock: Callable[[], Any], new_reference: Callable[[], str],
        smtp_sink: Any, mailbox: Any = None, shop_url: str | None = None, after: str = "leave", config: str = "",
        changed: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """``changed`` are parts of the configuration as they stand there, and what shall stand there instead."""
        self.folder, self.clock, self.sink, self.mailbox = folder, clock, smtp_sink, mailbox
        self.shop_url = shop_url or make_shop(folder / "shop.sqlite3")
        self.path = folder / "config.toml"
        self.path.write_text(_changed(self._config(database_url, after), changed or {}) + config, "utf-8")
        self._secrets()
        chance = secrets.token_urlsafe
        self.desk: Desk = assemble(configuration.load(self.path), Edge(clock, new_reference, lambda: chance(32)))
        self.reader = Reader()
        self.shop = sa.create_engine(self.shop_url)
        self._stages = self.worker("worker-1")
        self._staff: dict[str, Actor] = {}
        self._web: Browser | None = None

    def worker(self, owner: str) -> list[Stage]:
        """The stages of one worker; two with two names are two workers."""
        return stages(self.desk, ReaderHere(lambda: self.reader, ours(self.desk)), owner=owner)

    def work(self) -> Pass:
        return work_once(self._stages, threading.Event())

    def receive(
        self, text: str, *, sender: str = ADA, subject: str = "my data", name: str = "Ada Quint", **headers: str
    ) -> str:
        """A mail arrives in the mailbox; its Message-ID."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = f"{name} <{sender}>", SUPPORT, subject
        message["Message-ID"] = f"<{secrets.token_hex(8)}@{sender.partition('@')[2]}>"
        for header, value in headers.items():
            message[header.replace("_", "-")] = value
        message.set_content(text)
        self.deliver(message)
        return str(message["Message-ID"])

    def reply(self, text: str, *, to: EmailMessage, sender: str = ADA, **headers: str) -> str:
        """An answer to one of our letters, as a mail program threads it."""
        number = str(to["Message-ID"])
        subject = headers.pop("subject", f"Re: {to['Subject']}")
        return self.receive(text, sender=sender, subject=subject, In_Reply_To=number, References=number, **headers)

    def deliver(self, message: EmailMessage) -> None:
        self.mailbox.put(message.as_bytes(), internaldate=self.clock())

    def customer(self, key: int = 1) -> dict[str, Any]:
        with self.shop.connect() as connection:
            row = connection.execute(sa.text("SELECT * FROM customers WHERE id = :key"), {"key": key}).mappings().one()
        return dict(row)

    def change_shop(self, statement: str) -> None:
        with self.shop.begin() as connection:
            connection.execute(sa.text(statement))

    def letters_to(self, address: str) -> list[EmailMessage]:
        return [caught.message for caught in self.sink.inbox if list(caught.rcpt_tos) == [address]]

    def letter_texts(self, address: str) -> list[str]:
        return [text_of(letter) for letter in self.letters_to(address)]

    def link(self, address: str, folder: str = "proof") -> str:
        """The newest link of that kind in the letters to an address, as a path."""
        found = [link for text in self.letter_texts(address) for link in links_in(text) if f"/{folder}/" in link]
        return found[-1].removeprefix(BASE_URL)

    def prove(self, address: str = ADA) -> Any:
        """The person presses the button behind the newest link."""
        return self.web().post(self.link(address))

    def requests(self) -> list[Request]:
        with self.desk.readers() as session:
            rows = sa.select(Request).order_by(Request.id).options(sa.orm.selectinload(Request.corrections))
            return list(session.scalars(rows))

    def request(self) -> Request:
        (one,) = self.requests()
        return one

    def page(self, request: Request) -> RequestPage:
        """What staff see of a request."""
        with self.desk.readers() as session:
            page = desk_page.read(session, request.id, actor=self.staff())
        assert page is not None
        return page

    def tickets(self) -> list[Ticket]:
        with self.desk.readers() as session:
            return list(session.scalars(sa.select(Ticket).order_by(Ticket.id)))

    def messages(self) -> list[Message]:
        with self.desk.readers() as session:
            rows = sa.select(Message).order_by(Message.id).options(sa.orm.selectinload(Message.ticket))
            return list(session.scalars(rows))

    def spooled(self) -> list[Spool]:
        with self.desk.readers() as session:
            return list(session.scalars(sa.select(Spool).order_by(Spool.id)))

    def outbox(self) -> list[OutboxLetter]:
        with self.desk.readers() as session:
            return list(session.scalars(sa.select(OutboxLetter).order_by(OutboxLetter.id)))

    def promised(self) -> list[str]:
        """The names of all letters ever promised, in order."""
        return [letter.letter for letter in self.outbox()]

    def events(self) -> list[str]:
        with self.desk.readers() as session:
            ordered = sa.select(Event.what).where(Event.chain != audit.DESK).order_by(Event.chain, Event.number)
            return list(session.scalars(ordered))

    def staff(self, name: str = "grace", role: Role = Role.APPROVER) -> Actor:
        """A member of staff, made when first named."""
        if name not in self._staff:
            with self.desk.sessions.begin() as session:
                made = staffing.add(
                    session, email=f"{name}@shop.example", name=name.title(), role=role, password=PASSWORD,
                    by="test", now=self.clock() - timedelta(days=30), keys=self.desk.keys,
                )  # fmt: skip
                self._staff[name] = Actor(made.email, made.id, role)
        return self._staff[name]

    def does(self, deed: Callable[..., Any], request: Request | int, *, actor: Actor | None = None, **how: Any) -> Any:
        """Staff do something with a request, as it is now or as ``version`` says."""
        by, number = actor or self.staff(), request if isinstance(request, int) else request.id
        with self.desk.sessions.begin() as session:
            how.setdefault("version", session.get_one(Request, number).version)
            return deed(self.desk, session, number, actor=by, now=self.clock(), **how)

    def web(self) -> Any:
        from tests.apps import app_of

        self._web = self._web or Browser(app_of(self.desk).test_client())
        return self._web

    def session(self) -> Session:
        return self.desk.readers()

    def close(self) -> None:
        """Whatever the story was, its audit log must verify."""
        try:
            with self.desk.readers() as session:
                breaks = list(audit.verify(session))
            assert not breaks, f"the audit log is broken: {breaks}"
        finally:
            self.shop.dispose()
            for store in self.desk.stores.values():
                store.close()  # type: ignore[attr-defined]
            for sessions in (self.desk.sessions, self.desk.readers):
                sessions.kw["bind"].dispose()

    def _config(self, database_url: str, after: str) -> str:
        mailbox = ""
        if self.mailbox is not None:
            there = self.mailbox
            mailbox = MAILBOX.format(host=there.host, port=there.port, user=there.user, after=after)
        return CONFIG.format(database=database_url, mailbox=mailbox, smtp_port=self.sink.port, shop=self.shop_url)

    def _secrets(self) -> None:
        secret = self.folder / "secret"
        secret.write_text(write_secret("k1", SECRET))
        secret.chmod(0o600)
        (self.folder / "imap-password").write_text("secret\n")


class Browser:
    """A client that calls the desk by its own name, as the Host rule wants it."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def get(self, path: str, **how: Any) -> Any:
        return self._client.get(path, base_url=BASE_URL, **how)

    def post(self, path: str, **how: Any) -> Any:
        return self._client.post(path, base_url=BASE_URL, **how)


def _changed(config: str, changed: Mapping[str, str]) -> str:
    for part, other in changed.items():
        assert config.count(part) == 1, f"the configuration holds {part!r} {config.count(part)} times"
        config = config.replace(part, other)
    return config


def make_shop(path: Path) -> str:
    connection = sqlite3.connect(path)
    # All at once, and nothing waits for the disk.
    connection.executescript(f"PRAGMA synchronous = OFF; BEGIN; {SHOP} COMMIT;")
    connection.close()
    return f"sqlite:///{path}"


def text_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    return part.get_content().replace("\r\n", "\n") if part is not None else ""


def links_in(text: str) -> list[str]:
    return re.findall(r"^http\S+$", text, re.MULTILINE)
