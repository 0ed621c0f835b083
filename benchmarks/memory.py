"""How much memory the desk takes: `rightsdesk run` with mails passing through from Dovecot to sent letters.

Prints the memory of the desk's processes together after each quarter of the mails, and the most that was seen; it must
be flat, for memory is bounded by the batch and not by what has passed through. What they share is counted once (Pss in
/proc/PID/smaps_rollup), for it is taken once.
"""

import argparse
import itertools
import re
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.intake import RIGHTSDESK, fill, settle
from benchmarks.mails import mixed_mails
from tests.servers import Dovecot, SmtpSink

QUARTERS = 4
LIMIT = 400
UNFINISHED = (
    "SELECT (SELECT count(*) FROM spool WHERE state = 'read'),"
    " (SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending', 'deferred'))"
)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--mails", type=int, default=20_000)
    words.add_argument("--seconds", type=float, default=3600, help="give up after this time")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder, Dovecot(Path(folder) / "imap") as dovecot, SmtpSink() as sink:
        config = settle(Path(folder), dovecot, sink, "")
        # A mailbox is read from where it stands when it is first seen.
        subprocess.run([RIGHTSDESK, "work", "--once", "--config", config], check=True, stdout=subprocess.DEVNULL)
        with subprocess.Popen([RIGHTSDESK, "run", "--config", config], stderr=subprocess.DEVNULL) as desk:
            try:
                _measure(dovecot, desk.pid, asked.mails, time.monotonic() + asked.seconds)
            finally:
                desk.terminate()


def _measure(dovecot: Dovecot, pid: int, number: int, until: float) -> None:
    mails, begun, most = mixed_mails(number), time.monotonic(), 0
    for quarter in range(1, QUARTERS + 1):
        fill(dovecot, itertools.islice(mails, number // QUARTERS))
        passed = number // QUARTERS * quarter
        most = max(most, *_watched(dovecot.home.parent / "desk.sqlite3", passed, pid, until))
        seconds = time.monotonic() - begun
        print(f"after {passed:,} mails: {_memory(pid)} MB, {seconds:,.0f} s", flush=True)
    print(f"most: {most} MB (to stay below: {LIMIT})")


def _watched(database: Path, passed: int, pid: int, until: float) -> Iterator[int]:
    """The memory twice a second, until so many mails are read and no letter waits."""
    while time.monotonic() < until:
        yield _memory(pid)
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            read, waiting = connection.execute(UNFINISHED).fetchone()
        if read >= passed and not waiting:
            return
        time.sleep(0.5)
    raise TimeoutError("the mails have not passed through in time")


def _memory(pid: int) -> int:
    """In MB, of the process and of those that it started."""
    return sum(map(_own_memory, _family(pid))) // 1024


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text("ascii").split():
            yield from _family(int(child))


def _own_memory(pid: int) -> int:
    """In kB; a child that has just ended takes none."""
    try:
        shares = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB$", shares, re.MULTILINE)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    main()
