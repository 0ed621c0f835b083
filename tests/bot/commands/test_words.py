"""How the command line itself behaves: every command has its help and its --config, and can be called as a module."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from bot.cli import main
from tests.bot.commands.conftest import refusal, rightsdesk
from tests.firm import Firm


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_takes_a_configuration_and_says_so(words):
    help_ = rightsdesk(*words, "--help")

    assert help_.exit_code == 0
    assert "--config PATH" in help_.stdout


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "--help"], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.startswith("Usage: rightsdesk [OPTIONS] COMMAND")


@pytest.mark.parametrize(
    ("section", "only"), [pytest.param("web", "web", id="web"), pytest.param("listener", "worker", id="listener")]
)
def test_a_port_that_is_taken_is_named_with_its_key(firm: Firm, terminal, section, only):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        firm.path.write_text(f"{firm.path.read_text()}\n[{section}]\nport = {json.dumps(port)}\n")

        said = refusal(terminal.call("run", "--only", only))

    assert said.startswith(f"[{section}] host, port: cannot listen on 127.0.0.1:{port} (Address already in use)")


def test_a_reader_who_has_read_enough_is_no_fault(firm: Firm):
    words = [sys.executable, "-m", "bot.cli", "queue", "--config", str(firm.path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as listing:
        assert listing.stdout is not None
        listing.stdout.close()
        assert listing.stderr is not None
        assert listing.stderr.read() == ""
