"""How fast mail becomes answered tickets: 2,000 mails in Dovecot → triaged, letters sent; and fetch and parse alone.

Prints a ratio: the desk's rate over the rate of fetching the same mails in batches of 100 and parsing them with
``policy.default``, measured in the same run; the time of an idle ``work --once`` is taken off the desk's.
"""

import argparse
import email
import email.policy
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from imapclient import IMAPClient

from benchmarks.mails import mixed_mails
from models.keys import write_secret
from tests.firm import CONFIG, MAILBOX, make_shop
from tests.servers import Dovecot, SmtpSink

RIGHTSDESK = Path(sys.executable).parent / "rightsdesk"
USER = "bench"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--mails", type=int, default=2000)
    words.add_argument("--database", default="", help="URL of an empty PostgreSQL database (else SQLite)")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder, Dovecot(Path(folder) / "imap") as dovecot, SmtpSink() as sink:
        home = Path(folder)
        config = settle(home, dovecot, sink, asked.database)
        _work(config)
        idle = _work(config)
        fill(dovecot, mixed_mails(asked.mails))
        bare, fetched = _fetch_and_parse(dovecot)
        busy, counts = _timed(config)
        print(f"fetch and parse alone: {fetched / bare:,.0f} mails/s")
        print(f"desk, mailbox to sent letters: {asked.mails / (busy - idle):,.0f} mails/s {json.dumps(counts)}")
        print(f"letters in the sink: {len(sink.inbox)}")
        print(f"ratio: {(asked.mails / (busy - idle)) / (fetched / bare):.2f} (to reach: 0.30)")


def fill(dovecot: Dovecot, mails: Iterable[bytes]) -> None:
    """Into the mailbox, by one connection."""
    with IMAPClient(dovecot.host, dovecot.port, ssl=False) as client:
        client.login(USER, dovecot.password)
        for raw in mails:
            client.append("INBOX", raw)


def settle(home: Path, dovecot: Dovecot, sink: SmtpSink, database: str) -> Path:
    mailbox = MAILBOX.format(host=dovecot.host, port=dovecot.port, user=USER, after="leave")
    shop = make_shop(home / "shop.sqlite3")
    text = CONFIG.format(
        database=database or f"sqlite:///{home / 'desk.sqlite3'}", mailbox=mailbox, smtp_port=sink.port, shop=shop
    )
    (home / "config.toml").write_text(text, "utf-8")
    (home / "imap-password").write_text("secret\n")
    secret = home / "secret"
    secret.write_text(write_secret("k1", bytes(range(32))))
    secret.chmod(0o600)
    subprocess.run([RIGHTSDESK, "migrate", "--config", home / "config.toml"], check=True, stdout=subprocess.DEVNULL)
    return home / "config.toml"


def _work(config: Path) -> float:
    return _timed(config)[0]


def _timed(config: Path) -> tuple[float, dict[str, int]]:
    begun = time.perf_counter()
    done = subprocess.run(
        [RIGHTSDESK, "work", "--once", "--json", "--config", config], check=True, capture_output=True, env=os.environ
    )
    return time.perf_counter() - begun, json.loads(done.stdout)


def _fetch_and_parse(dovecot: Dovecot) -> tuple[float, int]:
    """Batches of 100, every part's text decoded once, nothing stored."""
    begun, parsed = time.perf_counter(), 0
    with IMAPClient(dovecot.host, dovecot.port, ssl=False) as client:
        client.login(USER, "secret")
        client.select_folder("INBOX", readonly=True)
        uids = client.search()
        for first in range(0, len(uids), 100):
            for answer in client.fetch(uids[first : first + 100], ["BODY.PEEK[]", "INTERNALDATE"]).values():
                message = email.message_from_bytes(answer[b"BODY[]"], policy=email.policy.default)
                [str(message[name]) for name in ("From", "To", "Subject", "Message-ID", "Date")]
                [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
                parsed += 1
    return time.perf_counter() - begun, parsed


if __name__ == "__main__":
    main()
