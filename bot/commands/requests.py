"""The commands that show requests and decide them: the same services as the buttons, with the same checks."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import FILE, as_json, as_staff, os_user, values, with_desk
from bot.commands.options import password as password_of
from models.rules.kinds import Kind
from models.rules.lifecycle import State

if TYPE_CHECKING:
    from models.desk import Desk


@click.command()
@with_desk
@as_json
@click.option("--state", type=click.Choice([*values(State), "all"]))
@click.option("--kind", type=click.Choice(values(Kind)))
def queue(desk: "Desk", as_json: bool, state: str | None, kind: str | None) -> None:
    """The requests; without --state all that is not closed."""
    from bot.commands import listing

    listing.queue(desk, state=state, kind=kind, as_json=as_json)


@click.command()
@with_desk
@as_json
@click.argument("reference", metavar="REF")
def ticket(desk: "Desk", reference: str, as_json: bool) -> None:
    """One ticket with its requests, messages and events."""
    from bot.commands import listing

    listing.ticket(desk, reference, as_json=as_json)


@click.command()
@with_desk
@as_staff
@click.argument("request", type=int)
@click.option("--version", required=True, type=int, help="The version that was seen.")
@click.option("--password-file", type=FILE, help="Where a four-eyes field is approved.")
def approve(desk: "Desk", email: str, request: int, version: int, password_file: Path | None) -> None:
    """Approve a request as it was seen."""
    from bot.commands import deciding

    def ask() -> str:
        return password_of(password_file)

    deciding.approve(desk, request, email, os_user(), version=version, ask_password=ask)


@click.command()
@with_desk
@as_staff
@click.argument("request", type=int)
@click.option("--reason", required=True)
def decline(desk: "Desk", email: str, request: int, reason: str) -> None:
    """Refuse a request, with the reason that the letter gives."""
    from bot.commands import deciding

    deciding.decline(desk, request, email, os_user(), reason=reason)


@click.command()
@with_desk
@as_staff
@click.argument("request", type=int)
def undo(desk: "Desk", email: str, request: int) -> None:
    """Take an approval back, or write back what was there before."""
    from bot.commands import deciding

    deciding.undo(desk, request, email, os_user())


@click.command()
@with_desk
@as_staff
@click.argument("request", type=int)
@click.argument("kind", type=click.Choice(values(Kind)))
def kind(desk: "Desk", email: str, request: int, kind: str) -> None:
    """Say which right a request asks for."""
    from bot.commands import deciding

    deciding.kind(desk, request, email, os_user(), kind=Kind(kind))


@click.command()
@with_desk
@as_staff
@click.argument("request", type=int)
@click.option("--method", required=True, help="How the person was recognised.")
@click.option("--reason", required=True, help="Why the mailed link was not used.")
def identity(desk: "Desk", email: str, request: int, method: str, reason: str) -> None:
    """Accept that requester and data subject are one, without the mailed link."""
    from bot.commands import deciding

    deciding.identity(desk, request, email, os_user(), method=method, reason=reason)


COMMANDS = (queue, ticket, approve, decline, undo, kind, identity)
