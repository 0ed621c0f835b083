"""Which real servers this machine has: a test that misses one is skipped, but fails in CI: a skip proves nothing."""

import os
import shutil
import sys
from pathlib import Path

import pytest

# Debian keeps servers where only root looks, PostgreSQL's where nobody does.
_PLACES = os.pathsep.join(
    [os.environ.get("PATH", ""), "/usr/sbin", *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
)

DOVECOT = ("dovecot",)
# Where .ci/servers unpacks it: Debian lets one IMAP server be installed.
COURIER = (str(Path(sys.prefix) / "courier/usr/bin/imapd"),)
POSTGRES = ("initdb", "postgres")
CHROMIUM = ("chromium", "chromedriver")


def find(program: str) -> str | None:
    return shutil.which(program, path=_PLACES)


def need(*programs: str) -> None:
    missing = [program for program in programs if find(program) is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"CI has no {', '.join(missing)}", pytrace=False)
    if missing:
        pytest.skip(f"no {', '.join(missing)} here")
