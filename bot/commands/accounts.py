"""A desk goes in; accounts of its staff are made, listed, given a new password or closed."""

import click

from bot.commands.tables import show_rows
from models.desk import Desk
from models.rules.kinds import Role
from models.services import staffing


def add(desk: Desk, email: str, *, name: str, role: Role, password: str, by: str) -> None:
    with desk.sessions.begin() as session:
        made = staffing.add(
            session, email=email, name=name, role=role, password=password, by=by, now=desk.clock(), keys=desk.keys
        )
    click.echo(f"{made.email} may work here as {made.role} now")


def show(desk: Desk, *, as_json: bool) -> None:
    with desk.readers() as session:
        rows = [
            {
                "email": one.email,
                "name": one.name,
                "role": one.role.value,
                "created_at": one.created_at.isoformat(),
                "disabled_at": one.disabled_at.isoformat() if one.disabled_at else None,
            }
            for one in staffing.accounts(session)
        ]
    columns = ("email", "name", "role", "created_at", "disabled_at")
    show_rows(rows, columns, as_json=as_json, none="nobody has an account: rightsdesk staff add")


def reset(desk: Desk, email: str, *, password: str, by: str) -> None:
    with desk.sessions.begin() as session:
        staffing.reset(session, email=email, password=password, by=by, now=desk.clock(), keys=desk.keys)
    click.echo("the password is changed, and every session of the account is over")


def disable(desk: Desk, email: str, *, by: str) -> None:
    with desk.sessions.begin() as session:
        staffing.disable(session, email=email, by=by, now=desk.clock())
    click.echo("the account is closed, and every session of it is over")
