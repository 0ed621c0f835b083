"""The reader in a process of its own: it says what it says here, and its death is heard and mended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot import classifier
from bot.beside import AwayError
from bot.mail.parsing import Mail, Ours
from bot.parser import Limits, ParserBeside
from bot.reader import ReaderBeside, ReaderHere, ReaderLostError, Told
from models import message_ids
from models.keys import Keyring
from models.rules.kinds import Auto, Kind
from models.rules.reading import Reading
from tests import bombs
from tests.bombs import CRASHES, EATS, EXITS, LOOPS

ROOT = Path(__file__).parents[2]
OURS = Ours(frozenset({"support@shop.example"}), "loop", Keyring((("k1", bytes(range(32))),)))
MAIL = b"From: Ada <ada@example.net>\r\nTo: support@shop.example\r\nSubject: %b\r\nMessage-ID: <%b>\r\n%b\r\n%b\r\n"
ORPHAN = """
import os, sys
from bot.reader import ReaderBeside
from tests.bot.test_reader import OURS
if __name__ == "__main__":
    reader = ReaderBeside(OURS)
    reader.begin([])()
    print(reader.pid, flush=True)
    os.kill(os.getpid(), 9)
"""


def mail(text: bytes, *, headers: bytes = b"", message_id: bytes = b"1@example.net") -> Mail:
    return Mail(MAIL % (b"hello", message_id, headers, text))


@pytest.fixture(scope="module")
def beside() -> Iterator[ReaderBeside]:
    with closing(ReaderBeside(OURS)) as reader:
        yield reader


def pid_of(reader: ReaderBeside) -> int:
    reader.begin([])()
    assert reader.pid is not None
    return reader.pid


def told_of(reader: ReaderBeside, *unread: Mail | Reading) -> list[Told]:
    """All of them were reached."""
    return [one for one in reader.begin(unread)() if one is not None]


def test_it_says_what_it_says_here(beside: ReaderBeside) -> None:
    here = ReaderHere(classifier.load, OURS)
    support = "support@shop.example"
    own = message_ids.make(OURS.keys, "RD-7F3K9", "a token", sender=support, recipient=support).encode()
    mails = [
        mail(b"Please take me off your newsletter."),
        mail(b"I am away until Monday.", headers=b"Auto-Submitted: auto-replied\r\n"),
        mail(b"Our own letter.", message_id=own),
    ]
    told = told_of(beside, *mails)
    assert told == here.begin(mails)()
    assert [one.verdict and one.verdict.decided for one in told] == [(Kind.OPT_OUT,), None, None]
    assert [one.reading.auto for one in told] == [None, Auto.AUTO_REPLY, Auto.OWN]


def test_what_was_typed_is_judged_as_it_is(beside: ReaderBeside) -> None:
    typed: Reading = replace(told_of(beside, mail(b"x"))[0].reading, text="Send me a copy of my data", new=((0, 25),))
    (told,) = told_of(beside, typed)
    assert told.reading == typed
    assert told.verdict is not None


def test_batches_are_answered_in_their_order(beside: ReaderBeside) -> None:
    # Far more than a pipe holds, both ways at once.
    texts = [b"Where is my parcel? " * 2_000 + str(number).encode() for number in range(12)]
    answers = [beside.begin([mail(text)] * 2) for text in texts]
    firsts = [answer()[0] for answer in answers]
    assert [told.reading.text.split()[-1] for told in firsts if told] == [f"{number}" for number in range(12)]


def test_a_reader_that_dies_is_heard_of_and_the_next_batch_has_another(beside: ReaderBeside) -> None:
    first = pid_of(beside)
    os.kill(first, signal.SIGSTOP)
    answer = beside.begin([mail(b"x")])
    os.kill(first, signal.SIGKILL)
    with pytest.raises(ReaderLostError):
        answer()
    assert pid_of(beside) != first
    assert len(beside.begin([mail(b"x")])()) == 1


def test_a_reader_that_answers_nothing_in_time_is_ended(beside: ReaderBeside, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pid_of(beside)
    os.kill(first, signal.SIGSTOP)
    monkeypatch.setattr("bot.reader.ANSWER_WITHIN", 0.1)
    with pytest.raises(ReaderLostError):
        beside.begin([mail(b"x")])()
    assert not alive(first)
    monkeypatch.undo()
    assert pid_of(beside) != first


def test_a_batch_that_cannot_be_read_is_an_error_of_that_batch_alone(beside: ReaderBeside) -> None:
    first = pid_of(beside)
    with pytest.raises(ReaderLostError):
        beside.begin([Reading(new=((0, "no place"),))])()  # type: ignore[arg-type]
    assert pid_of(beside) == first


def test_bombs_cost_themselves_and_leave_the_classifier_where_it_is() -> None:
    parser = ParserBeside(OURS, limits=Limits(seconds=2.0), read=bombs.read)
    with closing(ReaderBeside(OURS, parser)) as reader:
        first = pid_of(reader)
        kinds = [b"", LOOPS, b"", EATS, b"", CRASHES, EXITS, b""]
        told = told_of(reader, *[bombs.mail(number, bomb) for number, bomb in enumerate(kinds)])
        assert [bool(one.lost) for one in told] == [bool(bomb) for bomb in kinds]
        assert [one.verdict.decided if one.verdict else None for one in told] == [
            None if bomb else (Kind.OPT_OUT,) for bomb in kinds
        ]
        assert pid_of(reader) == first


def test_what_is_judged_anew_waits_for_no_bomb() -> None:
    parser = ParserBeside(OURS, read=bombs.read)
    with closing(ReaderBeside(OURS, parser)) as reader:
        (plain,) = told_of(reader, bombs.mail(1))
        reader.begin([bombs.mail(2, LOOPS)])
        begun = time.monotonic()
        assert told_of(reader, plain.reading) == [plain]
        assert time.monotonic() - begun < 20


def test_who_closes_it_waits_for_no_batch() -> None:
    reader = ReaderBeside(OURS, ParserBeside(OURS, read=bombs.read))
    pid_of(reader)
    answer = reader.begin([bombs.mail(1, LOOPS)])
    begun = time.monotonic()
    reader.close()
    assert time.monotonic() - begun < 10
    with pytest.raises(AwayError):
        answer()


def test_signals_to_the_whole_group_leave_it_to_the_worker(beside: ReaderBeside) -> None:
    first = pid_of(beside)
    os.kill(first, signal.SIGTERM)
    os.kill(first, signal.SIGINT)
    assert pid_of(beside) == first


def test_a_reader_ends_with_the_worker_that_was_killed() -> None:
    done = subprocess.run([sys.executable, "-c", ORPHAN], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL
    end = time.monotonic() + 20
    while alive(int(done.stdout)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not alive(int(done.stdout))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
