"""The locks are what a fresh checkout installs: complete, hashed, and within the ranges that pyproject.toml states."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
RUNTIME = PROJECT["dependencies"] + EXTRAS["postgres"]
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; [^\n\\]+)?((?: \\\n    --hash=sha256:[0-9a-f]{64})*)\n", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    """Version by package; whatever is no pin with a hash is an error."""
    text = (ROOT / name).read_text("utf-8")
    rest = re.sub(r"^ *#.*\n", "", PIN.sub("", text), flags=re.MULTILINE)
    assert rest.strip() == ""
    assert all(hashes for _, _, hashes in PIN.findall(text))
    return {package: version for package, version, _ in PIN.findall(text)}


def unmet(requirements: list[str], locked: dict[str, str]) -> list[str]:
    asked = [Requirement(line) for line in requirements]
    return [
        str(r)
        for r in asked
        if canonicalize_name(r.name) != PROJECT["name"]
        and locked.get(canonicalize_name(r.name), "0") not in r.specifier
    ]


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [("requirements.lock", RUNTIME), ("requirements-dev.lock", RUNTIME + EXTRAS["dev"])],
    ids=["running", "developing"],
)
def test_a_lock_meets_what_the_project_asks_for(lock, requirements):
    assert unmet(requirements, pins(lock)) == []


def test_a_range_that_a_lock_does_not_meet_is_found():
    assert unmet(["spacy>=4", "nobody>=1", "Flask>=3"], {"spacy": "3.8.7", "flask": "3.1.3"}) == [
        "spacy>=4",
        "nobody>=1",
    ]


def test_both_locks_name_the_same_releases():
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


def test_the_tool_that_builds_the_package_is_locked_too():
    assert unmet(["setuptools>=77"], pins("requirements.lock")) == []
