"""A fuzzer that watches which branches are taken looks for bytes that make reading a mail go wrong."""

import importlib.util
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mail.test_mime import CORPUS

SECONDS = 10
ROOT = Path(__file__).parent.parent.parent
HERE = (sys.platform, platform.machine()) == ("linux", "x86_64")


@pytest.mark.skipif(not (HERE or importlib.util.find_spec("atheris")), reason="atheris comes for Linux alone")
@pytest.mark.parametrize(
    "seconds",
    # Of two such marks the function's would count, not the parameter's.
    [
        pytest.param(SECONDS, marks=pytest.mark.timeout(180)),
        pytest.param(600, marks=[pytest.mark.soak, pytest.mark.timeout(900)]),
    ],
    ids="{} s".format,
)
def test_no_bytes_are_found_that_reading_cannot_bear(tmp_path: Path, seconds: int) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for path in CORPUS.rglob("*.eml"):
        shutil.copy(path, seeds)
    words = [
        # It would count what this process has, which it was forked from; bombs have tests of their own.
        "-rss_limit_mb=0",
        "-timeout=10",
        "-max_len=20000",
        f"-max_total_time={seconds}",
        f"-artifact_prefix={tmp_path}/",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.read_mail", seeds, *words],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=seconds + 120,
    )
    found = [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()]
    assert (done.returncode, found) == (0, []), done.stderr[-3000:]
    assert "Done " in done.stderr
