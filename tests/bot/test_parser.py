"""The parser in a process of its own: a bomb costs its own process and its own mail, and no other."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.beside import AwayError
from bot.mail.parsing import NOBODYS, Mail, parse
from bot.parser import Limits, ParserBeside
from models.rules.reading import NotReadError
from tests import bombs
from tests.bombs import CRASHES, EATS, EXITS, FAILS, LOOPS, mail

ROOT = Path(__file__).parents[2]
SHORT = Limits(seconds=2.0)
LEFT_OPEN = """
from bot.mail.parsing import NOBODYS, Mail
from bot.parser import ParserBeside
if __name__ == "__main__":
    parser = ParserBeside(NOBODYS)
    parser.parse([Mail(b"From: a@b.example\\n\\nx")])
    print(parser.pid, flush=True)
"""
IMPORTED = "import json, sys; import bot.parser, bot.mail.parsing; from bot.mail import mime; print(*sys.modules)"
WORKER = "import sys; import bot.commands.running; print(*sys.modules)"


@pytest.fixture
def parser() -> Iterator[ParserBeside]:
    with closing(ParserBeside(NOBODYS, limits=SHORT, read=bombs.read)) as one:
        yield one


@pytest.fixture
def patient() -> Iterator[ParserBeside]:
    """As the desk has it."""
    with closing(ParserBeside(NOBODYS)) as one:
        yield one


def test_it_says_what_it_says_here(parser: ParserBeside) -> None:
    here = [parse(mail(number), NOBODYS).without_files() for number in range(3)]
    told = parser.parse([mail(number) for number in range(3)])
    assert [one.reading for one in told] == here
    assert all(0 < one.seconds < 2 and not one.lost for one in told)


@pytest.mark.parametrize(
    ("bomb", "why"),
    [
        pytest.param(LOOPS, "took longer to read than the 2 s that a mail may take", id="loops"),
        pytest.param(EATS, "took more memory to read than the 448 MB that a mail may take", id="eats memory"),
        pytest.param(CRASHES, "ended the program that read it (signal 11)", id="crashes"),
        pytest.param(EXITS, "ended the program that read it (exit code 3)", id="exits"),
        pytest.param(FAILS, "failed the program that read it (ValueError)", id="fails"),
    ],
)
def test_a_bomb_costs_itself_alone(
    parser: ParserBeside, bomb: bytes, why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    batch = [mail(1), mail(2), mail(3, bomb), mail(4), mail(5)]
    begun = time.monotonic()
    told = parser.parse(batch)
    assert [one.lost for one in told] == ["", "", why, "", ""]
    assert [one.reading.message_id.partition("@")[0] for one in told] == ["1", "2", "", "4", "5"]
    assert told[2].reading.defects == (why,)
    assert time.monotonic() - begun < 20
    assert capfd.readouterr() == ("", "")


def test_a_real_bomb_takes_no_more_memory_than_it_may(patient: ParserBeside) -> None:
    (lost, fine) = patient.parse([Mail(bombs.nested()), mail(2)])
    assert "448 MB" in lost.lost
    assert not fine.lost


def test_a_lawful_large_mail_is_read(patient: ParserBeside) -> None:
    text = "😀 so many words that a mail may hold\r\n".encode() * 570_000
    (told,) = patient.parse([mail(1, b"Content-Type: text/plain; charset=utf-8\r\n", text)])
    assert not told.lost
    assert len(told.reading.text) == 1_000_000


def test_what_is_not_begun_in_time_is_left_for_another_time(parser: ParserBeside) -> None:
    # It runs by now: on a busy machine its start alone may take the time that is given below.
    parser.parse([mail(0)])
    batch = [mail(1), mail(2, LOOPS), mail(3), mail(4, LOOPS), mail(5)]
    told = parser.parse(batch, within=0.3)
    assert [bool(one.lost) for one in told] == [False, True]
    assert [bool(one.lost) for one in parser.parse(batch[len(told) :])] == [False, True, False]


def test_files_come_with_their_contents_only_when_asked_for(parser: ParserBeside) -> None:
    raw = mail(1, b"Content-Type: multipart/mixed; boundary=b\r\n", FILES)
    (light,) = parser.parse([raw])
    (file,) = light.reading.attachments
    assert (file.name, file.size, file.content) == ("a.pdf", 8, b"")
    assert light.reading.html is None
    whole = parser.read(raw.raw)
    assert [one.content for one in whole.attachments] == [b"%PDF-1.7"]
    assert whole.html == "<p>hello</p>"


def test_one_mail_that_cannot_be_read_is_an_error_in_words_for_staff(parser: ParserBeside) -> None:
    with pytest.raises(NotReadError, match=r"took longer to read than the 2 s"):
        parser.read(mail(1, LOOPS).raw)
    assert parser.read(mail(2).raw).sender == "ada@example.net"


def test_a_parser_that_died_while_idle_costs_no_mail(parser: ParserBeside) -> None:
    parser.wake()
    assert parser.pid is not None
    os.kill(parser.pid, signal.SIGKILL)
    while "Z (zombie)" not in Path(f"/proc/{parser.pid}/status").read_text():
        time.sleep(0.01)
    assert [one.lost for one in parser.parse([mail(1)])] == [""]


def test_signals_to_the_whole_group_leave_it_to_the_worker(parser: ParserBeside) -> None:
    parser.wake()
    first = parser.pid
    assert first is not None
    os.kill(first, signal.SIGTERM)
    os.kill(first, signal.SIGINT)
    assert parser.parse([mail(1)])[0].lost == ""
    assert parser.pid == first


def test_who_closes_it_waits_for_no_bomb_and_blames_no_mail() -> None:
    parser = ParserBeside(NOBODYS, read=bombs.read)
    parser.wake()
    closing_it = threading.Timer(0.3, parser.close)
    closing_it.start()
    with pytest.raises(AwayError):
        parser.parse([mail(1), mail(2, LOOPS), mail(3)])
    with pytest.raises(AwayError):
        parser.parse([mail(3)])
    closing_it.join()


def test_a_program_ends_though_its_parser_was_left_open() -> None:
    done = subprocess.run([sys.executable, "-c", LEFT_OPEN], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stderr == ""
    assert not Path(f"/proc/{int(done.stdout)}").exists()


def test_it_loads_little() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"spacy", "thinc", "numpy", "sqlalchemy", "flask", "onnxruntime", "pydantic"}


def test_the_worker_loads_nothing_that_reads_mail_or_listens() -> None:
    done = subprocess.run([sys.executable, "-c", WORKER], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"bot.mail.mime", "aiosmtpd", "spacy", "thinc", "onnxruntime"}


FILES = b"""--b\r
Content-Type: text/html\r
\r
<p>hello</p>\r
--b\r
Content-Type: application/pdf; name=a.pdf\r
\r
%PDF-1.7\r
--b--\r
"""
