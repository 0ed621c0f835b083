"""Whatever kills the worker while letters leave: one is in doubt, those before it are known, those after it follow."""

import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.mail.login.tls import Tls
from bot.mail.relay.smtp import Relay, RelayAwayError, Server
from bot.stages import deliver
from bot.worker import work_once
from models.rules.kinds import Kind
from models.services.outgoing import stuck
from tests.conftest import ON_POSTGRES
from tests.firm import Firm

OWNER = "worker-1"


class Killed(BaseException):
    """No handler of the worker's catches this: it is gone as by SIGKILL."""


class Watched:
    """The way out, which lets the test do something before the letter of a number."""

    def __init__(self, relay: Relay, before: dict[int, Callable[[], None]]) -> None:
        self._relay, self._before, self._sent = relay, before, 0

    def send(self, sender: str, recipient: str, message: bytes) -> str:
        self._sent += 1
        self._before.get(self._sent, lambda: None)()
        return self._relay.send(sender, recipient, message)


@pytest.fixture
def firm(firm: Firm) -> Firm:
    """Three letters are due."""
    firm.reader.knows("a copy", Kind.ACCESS)
    come_in(firm, *range(3))
    return firm


def come_in(firm: Firm, *numbers: int) -> None:
    for number in numbers:
        firm.receive("a copy of my data", sender=f"customer{number}@example.net")
    work_once([stage for stage in firm.worker(OWNER) if stage.name != "deliver"], threading.Event())


def send(firm: Firm, owner: str = OWNER, **before: Callable[[], None]) -> int:
    """One batch; ``second=…`` is done before the second letter leaves."""
    numbers = {"first": 1, "second": 2, "third": 3}
    deeds = {numbers[name]: deed for name, deed in before.items()}
    with Relay(Server("127.0.0.1", firm.sink.port, Tls.NONE)) as relay:
        return deliver.deliver(firm.desk, Watched(relay, deeds), owner=owner)


def die() -> None:
    raise Killed


def states(firm: Firm) -> list[str]:
    return [letter.state.value for letter in firm.outbox()]


def notes(firm: Firm) -> list[Path]:
    return sorted(Path(str(firm.desk.engine.url.database)).parent.glob("*-letters-*"))


def pass_(firm: Firm, **span: float) -> None:
    firm.clock.pass_(**span)  # type: ignore[attr-defined]


def killed_at_the_second(firm: Firm) -> None:
    with pytest.raises(Killed):
        send(firm, second=die)


@pytest.mark.skipif(ON_POSTGRES, reason="there each mark is a commit")
def test_a_mark_and_its_name_are_on_the_disk_before_the_letter_leaves(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[str, int]] = []
    really, synced = os.open, os.fsync

    def watched(path: Path, flags: int, *mode: int, **rest: int) -> int:
        opened.append((Path(path).name, flags))
        return really(path, flags, *mode, **rest)

    def names_kept() -> None:
        (note,) = notes(firm)
        assert [flags & os.O_DSYNC for name, flags in opened if name == note.name] == [os.O_DSYNC]
        assert kept == [note.parent.stat().st_ino]

    kept: list[int] = []
    monkeypatch.setattr(os, "open", watched)
    monkeypatch.setattr(os, "fsync", lambda file: (kept.append(os.fstat(file).st_ino), synced(file)))
    assert send(firm, first=names_kept) == 3
    assert kept == [kept[0]]


def test_nothing_is_left_of_a_batch_that_ended(firm: Firm) -> None:
    seen: list[Any] = []
    assert send(firm, third=lambda: seen.extend(notes(firm))) == 3
    assert states(firm) == ["accepted"] * 3
    assert all(letter.settled and letter.claimed_by is None and letter.attempts == 1 for letter in firm.outbox())
    assert (len(seen), notes(firm)) == (0 if ON_POSTGRES else 1, [])


def test_the_killed_workers_letters_are_known_doubtful_or_sent_by_the_next(firm: Firm) -> None:
    killed_at_the_second(firm)
    pass_(firm, seconds=91)
    assert send(firm) == 1
    assert states(firm) == ["accepted", "uncertain", "accepted"]
    assert [caught.rcpt_tos[0] for caught in firm.sink.inbox] == ["customer0@example.net", "customer2@example.net"]
    assert notes(firm) == []


def test_what_a_worker_noted_waits_until_it_must_be_dead(firm: Firm) -> None:
    killed_at_the_second(firm)
    pass_(firm, seconds=80)
    come_in(firm, 3)
    before = states(firm)[:3]
    assert send(firm, "worker-2") == 1
    assert states(firm) == [*before, "accepted"]
    assert "uncertain" not in before
    assert [caught.rcpt_tos[0] for caught in firm.sink.inbox] == ["customer0@example.net", "customer3@example.net"]


def test_notes_that_outlived_their_commit_undo_nothing(firm: Firm) -> None:
    killed_at_the_second(firm)
    kept = {path: path.read_bytes() for path in notes(firm)}
    pass_(firm, seconds=91)
    send(firm)
    for path, content in kept.items():
        path.write_bytes(content)
    with firm.desk.sessions.begin() as session:
        assert stuck.send_again(firm.desk, session, firm.outbox()[1].id, by="grace", now=firm.clock())
    assert send(firm) == 1
    assert states(firm) == ["accepted"] * 3
    assert notes(firm) == []


def test_a_server_that_goes_away_leaves_nothing_in_doubt(firm: Firm) -> None:
    def gone() -> None:
        raise RelayAwayError("no connection")

    with pytest.raises(RelayAwayError):
        send(firm, second=gone)
    assert states(firm) == ["accepted", "queued", "queued"]
    assert notes(firm) == []
    assert send(firm) == 2


def test_the_server_says_later_of_one_and_takes_the_others(firm: Firm) -> None:
    assert send(firm, second=lambda: firm.sink.refuse_next(451)) == 2
    assert states(firm) == ["accepted", "deferred", "accepted"]
    pass_(firm, minutes=2)
    assert send(firm) == 1


def test_a_batch_that_takes_long_leaves_the_rest_to_the_next(firm: Firm) -> None:
    assert send(firm, second=lambda: pass_(firm, seconds=60)) == (3 if ON_POSTGRES else 2)
    pass_(firm, seconds=91)
    send(firm)
    assert states(firm) == ["accepted"] * 3
    assert len(firm.sink.inbox) == 3


@pytest.mark.skipif(ON_POSTGRES, reason="there one writer waits for no other")
def test_letters_leave_while_somebody_writes(firm: Firm) -> None:
    other = sqlite3.connect(firm.desk.engine.url.database, isolation_level=None)
    sent: list[int] = []

    def let_go() -> None:
        sent.append(len(firm.sink.inbox))
        other.execute("ROLLBACK")

    assert send(firm, first=lambda: other.execute("BEGIN IMMEDIATE"), third=let_go) == 3
    assert sent == [2]
    other.close()


@pytest.mark.skipif(ON_POSTGRES, reason="no notes are made there")
@pytest.mark.parametrize("cut", [b"", b"2", b"2 accepted 25", b"\0\0\0\n", b"2 acc\0\0\0\n", b"\n"])
def test_what_a_power_cut_left_of_a_line_says_nothing(firm: Firm, cut: bytes) -> None:
    killed_at_the_second(firm)
    (path,) = notes(firm)
    path.write_bytes(path.read_bytes() + cut)
    pass_(firm, seconds=91)
    send(firm)
    assert states(firm) == ["accepted", "uncertain", "accepted"]
