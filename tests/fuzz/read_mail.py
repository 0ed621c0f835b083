"""Lets a fuzzer that watches which branches are taken look for bytes that make reading a mail go wrong.

``python -m tests.fuzz.read_mail FOLDER… -max_total_time=60``: what it finds is written beside. The folders' files are
what it begins with; without one it begins with nothing. Needs atheris, which comes for Linux alone.
"""

import sys

import atheris

with atheris.instrument_imports(include=["bot.mail"]):
    from bot.mail.mime import read

from tests.mail.test_mime import assert_sound


def read_once(raw: bytes) -> None:
    assert_sound(read(raw))


if __name__ == "__main__":
    atheris.Setup(sys.argv, read_once)
    atheris.Fuzz()
