"""What the commands of `rightsdesk` have in common: their options, the desk they work on, who sits at the terminal."""

import functools
import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

PATH = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)

Command = Callable[..., Any]


def with_config(command: Command) -> Command:
    """The command takes ``--config`` and gets the path of the configuration as ``config``."""

    @click.option(
        "--config", "config", type=PATH, help="The configuration (else RIGHTSDESK_CONFIG, else config.toml)."
    )
    @functools.wraps(command)
    def wrapped(*args: Any, config: Path | None, **kwargs: Any) -> Any:
        from models.config import find_config

        return command(*args, config=find_config(config, os.environ), **kwargs)

    return wrapped


def with_desk(command: Command) -> Command:
    """The command takes ``--config`` and gets the desk that it describes as its first argument, its database fit."""

    @click.pass_obj
    @with_config
    @functools.wraps(command)
    def wrapped(edge: Any, *args: Any, config: Path, **kwargs: Any) -> Any:
        from bot.building import build, refuse_unfit

        desk = build(config, edge)
        try:
            refuse_unfit(desk)
            return command(desk, *args, **kwargs)
        finally:
            # The server is told that we are done, instead of finding out.
            desk.engine.dispose()

    return wrapped


def without_config(command: Command) -> Command:
    """Every command takes ``--config``; this one has no use for it."""

    @click.option("--config", "config", type=PATH, help="Not needed here: every command takes it.")
    @functools.wraps(command)
    def wrapped(*args: Any, config: Path | None, **kwargs: Any) -> Any:
        return command(*args, **kwargs)

    return wrapped


def as_json(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Nothing but JSON on standard output.")(command)


def as_staff(command: Command) -> Command:
    return click.option("--as", "email", required=True, metavar="STAFF_EMAIL", help="The account that decides.")(
        command
    )


def password(file: Path | None, *, confirm: bool = False) -> str:
    """From the file, else asked for; without a terminal the file is needed."""
    if file is not None:
        return file.read_text("utf-8").rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("without a terminal give the password by file")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=confirm))


def values(choices: type[StrEnum]) -> list[str]:
    """The words of a closed set; of the set itself click would take the names in capitals."""
    return [choice.value for choice in choices]


def addresses(email: str) -> list[str]:
    """The one that was named; with ``-`` a line each from standard input."""
    if email != "-":
        return [email]
    return [line.strip() for line in sys.stdin if line.strip()]


def os_user() -> str:
    """Who the audit log says sat at the terminal."""
    import getpass

    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"cli:{os.getuid()}"
