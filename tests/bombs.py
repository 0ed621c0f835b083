"""Mails that are too much for whoever parses them, and a parser that takes each for what it says it is."""

import ctypes
import os
import time

from bot.mail import parsing
from bot.mail.parsing import Mail, Ours
from models.rules.reading import Reading

LOOPS, EATS, CRASHES, EXITS, FAILS = (
    b"X-Bomb: loops\r\n",
    b"X-Bomb: eats\r\n",
    b"X-Bomb: crashes\r\n",
    b"X-Bomb: exits\r\n",
    b"X-Bomb: fails\r\n",
)
HEAD = b"From: Ada <ada@example.net>\r\nTo: support@shop.example\r\nSubject: hello\r\nMessage-ID: <%b@example.net>\r\n"


def mail(number: int, bomb: bytes = b"", text: bytes = b"Please take me off your newsletter.") -> Mail:
    return Mail(HEAD % str(number).encode() + bomb + b"\r\n" + text + b"\r\n")


def nested(size: int = 8_000_000, depth: int = 49) -> bytes:
    """A real one, that takes half a gigabyte: each part is all of the mail but for its own header."""
    parts = [
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(depth)
    ]
    return HEAD % b"nested" + b"".join(parts) + b"\r\n" + b"x" * size


def read(one: Mail, ours: Ours) -> Reading:
    """The parser, but for what a bomb does to it."""
    if LOOPS in one.raw:
        time.sleep(600)
    elif EATS in one.raw:
        held = []
        while True:
            held.append(bytearray(16 << 20))
    elif CRASHES in one.raw:
        ctypes.string_at(0)
    elif EXITS in one.raw:
        os._exit(3)
    elif FAILS in one.raw:
        raise ValueError("words of ada@example.net")
    return parsing.parse(one, ours)
