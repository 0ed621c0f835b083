"""The commands of operation, in groups: accounts, audit log, quarantine, outbox, mailboxes, suppressions."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import FILE, PATH, addresses, as_json, os_user, values, with_config, with_desk
from bot.commands.options import password as password_of
from bot.edge import DeskError
from models.rules.kinds import Role

if TYPE_CHECKING:
    from datetime import datetime

    from models.desk import Desk


@click.group()
def staff() -> None:
    """Accounts of the staff."""


@staff.command("add")
@with_desk
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", required=True, type=click.Choice(values(Role)))
@click.option("--password-file", type=FILE)
def staff_add(desk: "Desk", email: str, name: str, role: str, password_file: Path | None) -> None:
    """Make an account."""
    from bot.commands import accounts

    password = password_of(password_file, confirm=True)
    accounts.add(desk, email, name=name, role=Role(role), password=password, by=os_user())


@staff.command("list")
@with_desk
@as_json
def staff_list(desk: "Desk", as_json: bool) -> None:
    """All accounts."""
    from bot.commands import accounts

    accounts.show(desk, as_json=as_json)


@staff.command("reset")
@with_desk
@click.argument("email")
@click.option("--password-file", type=FILE)
def staff_reset(desk: "Desk", email: str, password_file: Path | None) -> None:
    """Set a new password; every session of the account ends."""
    from bot.commands import accounts

    password = password_of(password_file, confirm=True)
    accounts.reset(desk, email, password=password, by=os_user())


@staff.command("disable")
@with_desk
@click.argument("email")
def staff_disable(desk: "Desk", email: str) -> None:
    """Close an account; what it did stays."""
    from bot.commands import accounts

    accounts.disable(desk, email, by=os_user())


@click.group()
def audit() -> None:
    """The audit log."""


@audit.command("verify")
@with_desk
@click.option("--export", type=PATH, metavar="FILE.jsonl", help="Write the log for a stand-alone check.")
def audit_verify(desk: "Desk", export: Path | None) -> None:
    """Check every chain; exit 1 names the first broken ticket."""
    from bot.commands import listing

    listing.verify(desk, export=export)


@click.group()
def quarantine() -> None:
    """Messages that could not be read."""


@quarantine.command("list")
@with_desk
@as_json
def quarantine_list(desk: "Desk", as_json: bool) -> None:
    """All of them."""
    from bot.commands import listing

    listing.quarantine(desk, as_json=as_json)


@quarantine.command("retry")
@with_desk
@click.argument("number", type=int, metavar="ID")
def quarantine_retry(desk: "Desk", number: int) -> None:
    """Read one again at the next run."""
    from bot.commands import operating

    operating.retry_message(desk, number, by=os_user())


@quarantine.command("show")
@with_desk
@click.argument("number", type=int, metavar="ID")
def quarantine_show(desk: "Desk", number: int) -> None:
    """The raw message as it was received."""
    from bot.commands import operating

    operating.show_message(desk, number, by=os_user())


@click.group()
def outbox() -> None:
    """Letters that were promised."""


@outbox.command("list")
@with_desk
@as_json
def outbox_list(desk: "Desk", as_json: bool) -> None:
    """All that is not accepted."""
    from bot.commands import listing

    listing.outbox(desk, as_json=as_json)


@outbox.command("retry")
@with_desk
@click.argument("number", type=int, metavar="ID")
def outbox_retry(desk: "Desk", number: int) -> None:
    """Send one again at the next run, the same mail."""
    from bot.commands import operating

    operating.retry_letter(desk, number, by=os_user())


@click.group()
def mailbox() -> None:
    """The mailboxes that are read."""


@mailbox.command("list")
@with_desk
@as_json
def mailbox_list(desk: "Desk", as_json: bool) -> None:
    """Where each of them stands."""
    from bot.commands import listing

    listing.mailboxes(desk, as_json=as_json)


@mailbox.command("login")
@with_config
@click.argument("name", metavar="NAME|smtp")
def mailbox_login(config: Path, name: str) -> None:
    """Log in at the provider of a mailbox that takes tokens; the refresh token goes into its file."""
    from bot.commands import mailbox_login
    from models import config as configuration

    mailbox_login.log_in(configuration.load(config), name)


@mailbox.command("backfill")
@with_desk
@click.argument("name")
@click.option("--since", required=True, metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="Like 2026-11-01.")
@click.option("--dry-run", is_flag=True, help="Count only.")
def mailbox_backfill(desk: "Desk", name: str, since: "datetime", dry_run: bool) -> None:
    """Read mail that `start` left alone; a letter goes out by itself on that of the last 3 days only."""
    from bot.commands import backfilling

    backfilling.backfill(desk, name, since.date(), dry_run=dry_run, by=os_user())


@click.group()
def suppression() -> None:
    """Addresses that get no more marketing."""


@suppression.command("check")
@with_desk
@as_json
@click.argument("email", metavar="EMAIL|-")
def suppression_check(desk: "Desk", email: str, as_json: bool) -> None:
    """Whether marketing may go there; - reads addresses from standard input."""
    from bot.commands import operating

    operating.check_suppression(desk, addresses(email), as_json=as_json)


@suppression.command("link")
@with_desk
@click.argument("email", metavar="EMAIL|-")
def suppression_link(desk: "Desk", email: str) -> None:
    """An unsubscribe URL a line, for a newsletter tool."""
    from bot.commands import operating

    operating.print_links(desk, addresses(email))


@suppression.command("export")
@with_desk
def suppression_export(desk: "Desk") -> None:
    """The list for another system."""
    raise DeskError("suppression export comes later: ask with suppression check")


GROUPS = (staff, audit, quarantine, outbox, mailbox, suppression)
