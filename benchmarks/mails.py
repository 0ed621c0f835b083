"""Mails of mixed shape for measuring: the shipped corpus as plain, HTML, quoted and attached mail, and machines'."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import bot.classifier

CORPUS = Path(bot.classifier.__file__).parent / "corpus"
BEGIN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SUPPORT = "support@shop.example"


def mixed_mails(number: int, *, seed: int = 7) -> Iterator[bytes]:
    """Each from an address of its own; the same mails for the same seed."""
    texts = [file.read_text("utf-8") for file in sorted(CORPUS.glob("*.jsonl"))]
    rows = [json.loads(line) for text in texts for line in text.splitlines()]
    chance = random.Random(seed)
    for count in range(number):
        yield _mail(chance.choice(rows), count, chance)


def _mail(row: dict[str, str], count: int, chance: random.Random) -> bytes:
    sender = f"customer{count}@example.net"
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Customer {count} <{sender}>", SUPPORT, row["subject"] or "Hello"
    mail["Message-ID"] = f"<bench-{count}@example.net>"
    mail["Date"] = format_datetime(BEGIN + timedelta(seconds=count))
    mail["Received"] = f"from mx{count % 7}.example.net by mail.shop.example with ESMTPS; {mail['Date']}"
    shape = chance.random()
    text = row["text"]
    if shape < 0.45:
        mail.set_content(text)
    elif shape < 0.70:
        mail.set_content(text)
        paragraphs = "".join(f"<p>{line}</p>" for line in text.split("\n"))
        mail.add_alternative(f"<html><body>{paragraphs}</body></html>", subtype="html")
    elif shape < 0.80:
        mail.set_content("".join(f"<div>{line}</div>" for line in text.split("\n")), subtype="html")
    elif shape < 0.90:
        mail.set_content(text + "\n\nOn Mon, 23 Feb 2026 Example Shop wrote:\n" + "> your order has left us\n" * 20)
    elif shape < 0.95:
        mail.set_content(text)
        mail.add_attachment(chance.randbytes(20_000), maintype="image", subtype="png", filename="letter.png")
    else:
        mail["List-Id"] = "<news.example.net>"
        mail.set_content("Our spring offers\n" + "everything must go, ten percent off\n" * 30)
    return mail.as_bytes()
