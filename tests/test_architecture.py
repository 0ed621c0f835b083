"""The house rules, read off the code; each rule is shown to trip on a small planted offence."""

import json
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from tests import architecture as house

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for top in ("bot", "webform", "models") for path in (ROOT / top).rglob("*.py"))
# Alembic names its versions and wants long upgrade functions.
WRITTEN = [path for path in MODULES if "versions" not in path.parts]
HEAVY = {"spacy", "thinc", "onnxruntime", "sentencepiece", "jax", "sqlalchemy", "flask", "alembic", "phonenumbers"}
# Spelt apart, or this file would be the first to name them.
NOT_NAMED = [
    "/wo" + "rk/",
    "/opt/" + "pypi",
    "/opt/" + "wheels",
    "py" + "pi.org",
    "python" + "hosted.org",
    "deb." + "debian.org",
]
NOT_NAMED += ["registry." + "npmjs", "/root/" + ".", "file" + ":///opt"]


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def source(path: Path) -> str:
    return path.read_text("utf-8")


def in_part(part: str) -> list[Path]:
    return [path for path in MODULES if place(path).startswith(part + "/")]


def test_finds_the_code():
    assert len(MODULES) > 20


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_imports_keep_their_direction(path):
    assert house.wrong_imports(place(path), source(path)) == []


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("bot/worker.py", "from webform.wsgi import serve"),
        ("bot/stages/poll.py", "import flask"),
        ("bot/stages/poll.py", "import imapclient"),
        ("bot/stages/deliver.py", "from smtplib import SMTP"),
        ("bot/stages/triage.py", "import spacy"),
        ("bot/mail/mime.py", "from thinc.api import Model"),
        ("bot/worker.py", "from aiosmtpd.controller import Controller"),
        ("bot/cli.py", "from flask import Flask"),
        ("bot/worker.py", "import importlib\nimportlib.import_module('webform.wsgi')"),
        ("webform/public.py", "from bot.mail import mime"),
        ("webform/public.py", "def lazily():\n    import bot"),
        ("webform/staff/health.py", "import imapclient.exceptions"),
        ("models/ticket.py", "from models.services import intake"),
        ("models/ticket.py", "from models import letters"),
        ("models/ticket.py", "import flask"),
        ("models/rules/routing.py", "from models.ticket import Ticket"),
        ("models/rules/routing.py", "from models import config"),
        ("models/letters/shelf.py", "from models.base import Base"),
        ("models/letters/shelf.py", "import sqlalchemy"),
        ("models/customers/sql.py", "from models.ticket import Ticket"),
        ("models/customers/sql.py", "from models.letters import shelf"),
        ("models/services/arrival/intake.py", "from bot.mail import mime"),
        ("models/migrations/env.py", "import webform"),
    ],
    ids=lambda value: value.replace("\n", " ").replace("    ", ""),
)
def test_an_import_against_the_direction_is_found(where, line):
    assert house.wrong_imports(where, line)


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("bot/cli.py", "from webform.wsgi import serve"),
        ("bot/worker.py", "from models.services import claims"),
        ("bot/mail/imap/folder.py", "import imapclient"),
        ("bot/classifier/encoder/onnx.py", "import onnxruntime"),
        ("webform/public.py", "from models.services import intake"),
        ("models/services/arrival/intake.py", "from models.letters import shelf"),
        ("models/services/arrival/intake.py", "from models.customers import Row"),
        ("models/customers/sql.py", "from models.rules.kinds import Field"),
        ("models/botany.py", "import bottle"),
    ],
    ids=lambda value: value,
)
def test_an_import_along_the_direction_passes(where, line):
    assert house.wrong_imports(where, line) == []


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_imports_are_absolute(path):
    assert house.relative_imports(source(path)) == []


def test_a_relative_import_is_found():
    assert house.relative_imports("import os\nfrom . import base") == [2]


@pytest.mark.parametrize("path", in_part("models/rules"), ids=place)
def test_the_rules_are_pure(path):
    assert house.impurities(source(path)) == []


@pytest.mark.parametrize("library", ["sqlalchemy", "flask", "holidays", "os", "pathlib", "urllib.request", "socket"])
def test_a_rule_that_is_not_pure_is_found(library):
    assert house.impurities(f"import re\nimport {library}") == [library.partition(".")[0]]


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_nobody_reads_the_clock_or_throws_dice(path):
    assert house.clock_and_chance(place(path), source(path)) == []


@pytest.mark.parametrize(
    "line",
    [
        "from datetime import UTC, datetime\ndatetime.now(UTC)",
        "from datetime import datetime as dt\ndt.utcnow()",
        "import datetime as d\nd.date.today()",
        "from datetime import datetime\nfield(default_factory=datetime.now)",
        "import time\ntime.time()",
        "from time import time\ntime()",
        "from sqlalchemy import func\nfunc.now()",
        "import sqlalchemy as sa\nsa.func.now()",
        "from email.utils import make_msgid\nmake_msgid()",
        "from email.utils import formatdate\nformatdate()",
        "import secrets\nsecrets.token_urlsafe()",
        "import random\nrandom.choice('ab')",
        "import random\nrandom.Random()",
        "from uuid import uuid4\nuuid4()",
        "import os\nos.urandom(8)",
        "from os import urandom\nurandom(8)",
    ],
    ids=lambda line: line.partition("\n")[2],
)
def test_who_reads_the_clock_or_throws_dice_is_found(line):
    assert house.clock_and_chance("bot/worker.py", line)
    assert house.clock_and_chance("bot/cli.py", line) == []


@pytest.mark.parametrize(
    "line",
    [
        "import random\nrandom.Random(7).shuffle(rows)",
        "from email.utils import formatdate\nformatdate(then)",
        "import time\ntime.monotonic()",
        "import uuid\nuuid.UUID(text)",
        "error.now",
        "clock.now()",
    ],
    ids=lambda line: line.rpartition("\n")[2],
)
def test_what_is_told_the_time_or_the_seed_passes(line):
    assert house.clock_and_chance("bot/worker.py", line) == []


def test_only_the_keys_make_nonces():
    line = "import os\nos.urandom(12)"
    assert house.clock_and_chance("models/keys.py", line) == []
    assert house.clock_and_chance("models/proof.py", line) == ["os.urandom"]


@pytest.mark.parametrize("path", in_part("models/services"), ids=place)
def test_services_leave_the_commit_to_their_caller(path):
    assert house.commits(source(path)) == []


@pytest.mark.parametrize("line", ["session.commit()", "session.rollback()", "with sessions.begin() as s: pass"])
def test_a_service_that_commits_is_found(line):
    assert house.commits(line) == [1]


@pytest.mark.parametrize("line", ["session.begin_nested()", "from models.services import audit\naudit.begin(session)"])
def test_a_service_may_save_a_point_and_begin_a_chain(line):
    assert house.commits(line) == []


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_no_module_is_named_after_a_standard_one(path):
    assert house.stdlib_names(place(path)) == []


def test_a_module_named_after_a_standard_one_is_found():
    assert house.stdlib_names("webform/staff/queue.py") == ["queue"]
    assert house.stdlib_names("bot/email/__init__.py") == ["email"]


@pytest.mark.parametrize("path", WRITTEN, ids=place)
def test_functions_are_short_and_flat(path):
    assert [f for f in house.functions(source(path)) if f[1] > 40 or f[2] > 3] == []


@pytest.mark.parametrize("path", WRITTEN, ids=place)
def test_files_are_short(path):
    assert len(source(path).splitlines()) <= 250


def test_most_functions_fit_in_a_glance():
    found = [function for path in WRITTEN for function in house.functions(source(path))]
    lengths = sorted(length for _, length, _ in found)
    assert statistics.median(lengths) <= 8
    assert lengths[len(lengths) * 9 // 10] <= 20
    # A loop in a loop with a question in it is the exception.
    deep = [name for name, _, depth in found if depth > 2]
    assert len(deep) <= len(found) / 50, deep


DEEP = """
def deep(rows):
    for row in rows:
        if row:
            while row.more():
                row.step()

class Flat:
    def flat(self, a):
        if a == 1:
            return 1
        elif a == 2:
            return 2
        elif a == 3:
            return 3
        else:
            def inner():
                if a:
                    return a
"""


def test_a_long_or_deep_function_is_found():
    assert list(house.functions("def long():\n" + "    step()\n" * 41)) == [("long", 42, 0)]
    assert {name: depth for name, _, depth in house.functions(DEEP)} == {"deep": 3, "flat": 1, "inner": 1}


def named(text: str) -> list[str]:
    return [word for word in NOT_NAMED if word in text]


def ours() -> list[Path]:
    """All files of the checkout that git would keep."""
    listing = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, capture_output=True, check=True, text=True).stdout.split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


def test_nothing_names_a_machine_or_a_registry():
    texts = {place(path): path.read_bytes().decode("utf-8", "replace") for path in ours()}
    assert len(texts) > 20
    assert {name: named(text) for name, text in texts.items() if named(text)} == {}


@pytest.mark.parametrize("word", NOT_NAMED)
def test_a_machine_or_a_registry_that_is_named_is_found(word):
    assert named(f"see https://{word}simple") == [word]


LOADED = """
import json, sys
sys.argv = ["rightsdesk", "--help"]
from bot.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
finally:
    print(json.dumps(sorted(name for name in sys.modules if "." not in name)), file=sys.stderr)
"""


def loaded_by(program: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_help_waits_for_nothing_heavy():
    assert loaded_by(LOADED) & HEAVY == set()


def test_a_help_that_loads_what_is_heavy_is_found():
    assert "sqlalchemy" in loaded_by(LOADED.replace("from bot.cli import main", "import sqlalchemy\nmain = int"))
