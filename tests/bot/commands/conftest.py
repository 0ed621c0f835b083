"""A firm without a mailbox, a reader that says what it is told, and the command line called as a person types it."""

import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot import classifier
from bot.cli import main
from models.rules.kinds import Channel, Field, Kind
from models.services.arrival import intake
from models.services.arrival.intake import Arrival
from tests.firm import ADA, PASSWORD, SUPPORT, Firm


@pytest.fixture
def firm(tmp_path: Path, database_url: str, clock: Any, new_reference: Any, smtp_sink: Any) -> Iterator[Firm]:
    made = Firm(tmp_path, database_url=database_url, clock=clock, new_reference=new_reference, smtp_sink=smtp_sink)
    yield made
    made.close()


_load_once = functools.cache(classifier.load)


@pytest.fixture(autouse=True)
def loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command is a process of its own elsewhere; here the pipeline that one loaded serves the next."""
    monkeypatch.setattr(classifier, "load", _load_once)


@dataclass(frozen=True)
class Terminal:
    """``call`` types a command for one desk; ``json`` reads what it answers."""

    config: Path

    def call(self, *words: object, stdin: str | bytes = "") -> Result:
        return rightsdesk(*words, "--config", self.config, stdin=stdin)

    def json(self, *words: object) -> Any:
        result = self.call(*words, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)


def rightsdesk(*words: object, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], input=stdin)


def refusal(result: Result) -> str:
    """The one line by which a command says that it could not."""
    assert result.exit_code == 1, (result.exit_code, result.output)
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line.removeprefix("Error: ")


@pytest.fixture
def terminal(firm: Firm) -> Terminal:
    return Terminal(firm.path)


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n", "utf-8")
    return path


Receive = Callable[..., None]


@pytest.fixture
def receive(firm: Firm) -> Receive:
    """A mail comes in by the door."""

    def received(text: str, *, sender: str = ADA, subject: str = "my data", raw: bytes | None = None) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = f"Ada Quint <{sender}>", SUPPORT, subject
        message["Message-ID"] = f"<{abs(hash(text))}@example.net>"
        message.set_content(text)
        arrival = Arrival(raw or message.as_bytes(), firm.clock())
        with firm.desk.sessions.begin() as session:
            intake.store(session, "door", Channel.MAIL, [arrival], keys=firm.desk.keys)

    return received


@pytest.fixture
def in_review(firm: Firm, receive: Receive) -> Callable[..., int]:
    """The number of a correction that waits for a decision, proved by its requester."""

    def reviewed(field: Field = Field.STREET, old: str = "3 Mill Lane", new: str = "14 Quarry Hill") -> int:
        firm.reader.knows(new, Kind.RECTIFICATION, values=[(field, old, new)])
        receive(f"Please put {new} where you have {old}.")
        firm.work()
        firm.web().post(firm.link(ADA))
        return firm.request().id

    return reviewed
