"""The `rightsdesk` command: reads its words, builds the desk, owns clock and randomness, and calls what does the work."""

import functools
import os
import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot import building
from bot.building import DeskError, Edge
from models.rules.kinds import Kind, Role
from models.rules.lifecycle import State
from models.rules.references import reference_from

if TYPE_CHECKING:
    from models.desk import Desk

EDGE = Edge(
    clock=lambda: datetime.now(UTC),
    new_reference=lambda: reference_from(secrets.randbits(40)),
    new_token=lambda: secrets.token_urlsafe(32),
)

PATH = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


class OneLine(click.Group):
    """What goes wrong is one line on standard error and exit 1, never a traceback; wrong usage is exit 2."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:  # the last line of defence: it must not print what an exception may hold
            from bot.commands.faults import explained

            raise click.ClickException(explained(error)) from error


def with_config(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command takes ``--config`` and gets the path of the configuration as ``config``."""

    @click.option("--config", "config", type=PATH, help="The configuration (else RIGHTSDESK_CONFIG, else config.toml).")
    @functools.wraps(command)
    def wrapped(*args: Any, config: Path | None, **kwargs: Any) -> Any:
        from models.config import find_config

        return command(*args, config=find_config(config, os.environ), **kwargs)

    return wrapped


def as_json(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Nothing but JSON on standard output.")(command)


def as_staff(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--as", "email", required=True, metavar="STAFF_EMAIL", help="The account that decides.")(command)


@click.group(cls=OneLine)
@click.version_option(package_name="rightsdesk")
def main() -> None:
    """Turns a customer's letter into: old value, new value, approved, applied, confirmed, provable."""


@main.command()
@click.option("--port", default=8000, show_default=True)
@click.option("--smtp-port", default=8025, show_default=True)
@click.option("--dir", "folder", type=PATH, help="Where the demo keeps its files (else a temporary folder).")
@click.option("--no-samples", is_flag=True, help="Begin with an empty queue.")
@click.option("--config", "_config", type=PATH, hidden=True)
def demo(port: int, smtp_port: int, folder: Path | None, no_samples: bool, _config: Path | None) -> None:
    """A whole desk with a sample shop, to try: nothing to configure, everything on this machine."""
    from bot.demo import command

    command.demo(EDGE, start_web, port=port, smtp_port=smtp_port, folder=folder, with_samples=not no_samples)


@main.command()
@click.option("--dir", "folder", type=PATH, default=Path(), help="The folder of the new desk.")
@click.option("--admin-email")
@click.option("--admin-password-file", type=FILE)
@click.option("--config", "_config", type=PATH, hidden=True)
def init(folder: Path, admin_email: str | None, admin_password_file: Path | None, _config: Path | None) -> None:
    """Write a commented config.toml and the secret, make the database and the first staff account."""
    from bot.commands import setup

    if (admin_email is None or admin_password_file is None) and not sys.stdin.isatty():
        raise click.UsageError("without a terminal give --admin-email and --admin-password-file")
    email = admin_email or click.prompt("E-mail address of the first admin")
    password = _password(admin_password_file, confirm=True)
    setup.init(EDGE, folder, email=email, password=password, secret=secrets.token_bytes(32), by=_os_user())
    click.echo(f"Ready. Look at {folder / 'config.toml'}, then: rightsdesk check, rightsdesk run")


@main.command()
@with_config
@as_json
def check(config: Path, as_json: bool) -> None:
    """Look at configuration, database, mail, customer databases, classifier, secret: a line each, and how to mend."""
    from bot.commands import checking

    findings = checking.check(config, EDGE)
    checking.show(findings, as_json=as_json)
    sys.exit(0 if all(one.ok for one in findings) else 1)


@main.command()
@with_config
@click.option("--only", type=click.Choice(["web", "worker"]))
def run(config: Path, only: str | None) -> None:
    """The desk: web server and worker in one process, or one of them."""
    from bot.commands import running

    running.run(building.build(config, EDGE), start_web, only=only)


@main.command()
@with_config
@as_json
@click.option("--once", is_flag=True, required=True, help="Every stage until nothing is due, then exit.")
@click.option("--at", "at", metavar="TIME", help="Set the clock of this run (tests only).")
def work(config: Path, as_json: bool, once: bool, at: str | None) -> None:
    """Do the work that is due."""
    from bot.commands import running

    running.work_once(building.build(config, _edge_at(at)), as_json=as_json)


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE…|DIR|-")
@as_json
@click.option("--config", "_config", type=PATH, hidden=True)
def explain(paths: tuple[str, ...], as_json: bool, _config: Path | None) -> None:
    """How the desk would read raw messages, without a database, configuration or network."""
    from bot.commands import explaining

    explaining.explain(paths, as_json=as_json)


@main.command()
@click.argument("file", type=FILE)
@as_json
@click.option("--predictions", type=PATH, metavar="OUT.jsonl")
@click.option("--config", "_config", type=PATH, hidden=True)
def evaluate(file: Path, as_json: bool, predictions: Path | None, _config: Path | None) -> None:
    """Measure the classifier and the extraction on labelled messages."""
    from bot.commands import measuring

    measuring.evaluate(file, as_json=as_json, predictions=predictions)


@main.command()
@click.option("--out", type=PATH, help="Where the trained pipeline goes (else the shipped one is replaced).")
@click.option("--corpus", "corpora", type=PATH, multiple=True, help="Another folder of labelled messages.")
@click.option("--from-desk", is_flag=True)
@click.option("--config", "_config", type=PATH, hidden=True)
def train(out: Path | None, corpora: tuple[Path, ...], from_desk: bool, _config: Path | None) -> None:
    """Train the pipeline and print figures on a split that it did not train on."""
    from bot.commands import measuring

    if from_desk:
        raise DeskError("--from-desk comes later: train from the shipped corpus and --corpus folders")
    measuring.train(out, corpora)


@main.command()
@with_config
@as_json
@click.option("--state", type=click.Choice([*State, "all"]))
@click.option("--kind", type=click.Choice(list(Kind)))
def queue(config: Path, as_json: bool, state: str | None, kind: str | None) -> None:
    """The requests; without --state all that is not closed."""
    from bot.commands import listing

    listing.queue(building.build(config, EDGE), state=state, kind=kind, as_json=as_json)


@main.command()
@with_config
@as_json
@click.argument("reference", metavar="REF")
def ticket(config: Path, reference: str, as_json: bool) -> None:
    """One ticket with its requests, messages and events."""
    from bot.commands import listing

    listing.ticket(building.build(config, EDGE), reference, as_json=as_json)


@main.command()
@with_config
@as_staff
@click.argument("request", type=int)
@click.option("--version", required=True, type=int, help="The version that was seen.")
@click.option("--password-file", type=FILE, help="Where a four-eyes field is approved.")
def approve(config: Path, email: str, request: int, version: int, password_file: Path | None) -> None:
    """Approve a request as it was seen."""
    from bot.commands import deciding

    def ask() -> str:
        return _password(password_file)

    deciding.approve(building.build(config, EDGE), request, email, _os_user(), version=version, ask_password=ask)


@main.command()
@with_config
@as_staff
@click.argument("request", type=int)
@click.option("--reason", required=True)
def decline(config: Path, email: str, request: int, reason: str) -> None:
    """Refuse a request, with the reason that the letter gives."""
    from bot.commands import deciding

    deciding.decline(building.build(config, EDGE), request, email, _os_user(), reason=reason)


@main.command()
@with_config
@as_staff
@click.argument("request", type=int)
def undo(config: Path, email: str, request: int) -> None:
    """Take an approval back, or write back what was there before."""
    from bot.commands import deciding

    deciding.undo(building.build(config, EDGE), request, email, _os_user())


@main.command()
@with_config
@as_staff
@click.argument("request", type=int)
@click.argument("kind", type=click.Choice(list(Kind)))
def kind(config: Path, email: str, request: int, kind: str) -> None:
    """Say which right a request asks for."""
    from bot.commands import deciding

    deciding.kind(building.build(config, EDGE), request, email, _os_user(), kind=Kind(kind))


@main.command()
@with_config
@as_staff
@click.argument("request", type=int)
@click.option("--method", required=True, help="How the person was recognised.")
@click.option("--reason", required=True, help="Why the mailed link was not used.")
def identity(config: Path, email: str, request: int, method: str, reason: str) -> None:
    """Accept that requester and data subject are one, without the mailed link."""
    from bot.commands import deciding

    deciding.identity(building.build(config, EDGE), request, email, _os_user(), method=method, reason=reason)


@main.group()
def staff() -> None:
    """Accounts of the staff."""


@staff.command("add")
@with_config
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", required=True, type=click.Choice(list(Role)))
@click.option("--password-file", type=FILE)
def staff_add(config: Path, email: str, name: str, role: str, password_file: Path | None) -> None:
    """Make an account."""
    from bot.commands import accounts

    password = _password(password_file, confirm=True)
    accounts.add(building.build(config, EDGE), email, name=name, role=Role(role), password=password, by=_os_user())


@staff.command("list")
@with_config
@as_json
def staff_list(config: Path, as_json: bool) -> None:
    """All accounts."""
    from bot.commands import accounts

    accounts.show(building.build(config, EDGE), as_json=as_json)


@staff.command("reset")
@with_config
@click.argument("email")
@click.option("--password-file", type=FILE)
def staff_reset(config: Path, email: str, password_file: Path | None) -> None:
    """Set a new password; every session of the account ends."""
    from bot.commands import accounts

    password = _password(password_file, confirm=True)
    accounts.reset(building.build(config, EDGE), email, password=password, by=_os_user())


@staff.command("disable")
@with_config
@click.argument("email")
def staff_disable(config: Path, email: str) -> None:
    """Close an account; what it did stays."""
    from bot.commands import accounts

    accounts.disable(building.build(config, EDGE), email, by=_os_user())


@main.group()
def audit() -> None:
    """The audit log."""


@audit.command("verify")
@with_config
@click.option("--export", type=PATH, metavar="FILE.jsonl", help="Write the log for a stand-alone check.")
def audit_verify(config: Path, export: Path | None) -> None:
    """Check every chain; exit 1 names the first broken ticket."""
    from bot.commands import listing

    listing.verify(building.build(config, EDGE), export=export)


@main.group()
def quarantine() -> None:
    """Messages that could not be read."""


@quarantine.command("list")
@with_config
@as_json
def quarantine_list(config: Path, as_json: bool) -> None:
    """All of them."""
    from bot.commands import listing

    listing.quarantine(building.build(config, EDGE), as_json=as_json)


@quarantine.command("retry")
@with_config
@click.argument("number", type=int, metavar="ID")
def quarantine_retry(config: Path, number: int) -> None:
    """Read one again at the next run."""
    from bot.commands import operating

    operating.retry_message(building.build(config, EDGE), number, by=_os_user())


@quarantine.command("show")
@with_config
@click.argument("number", type=int, metavar="ID")
def quarantine_show(config: Path, number: int) -> None:
    """The raw message as it was received."""
    from bot.commands import operating

    operating.show_message(building.build(config, EDGE), number, by=_os_user())


@main.group()
def outbox() -> None:
    """Letters that were promised."""


@outbox.command("list")
@with_config
@as_json
def outbox_list(config: Path, as_json: bool) -> None:
    """All that is not accepted."""
    from bot.commands import listing

    listing.outbox(building.build(config, EDGE), as_json=as_json)


@outbox.command("retry")
@with_config
@click.argument("number", type=int, metavar="ID")
def outbox_retry(config: Path, number: int) -> None:
    """Send one again at the next run, the same mail."""
    from bot.commands import operating

    operating.retry_letter(building.build(config, EDGE), number, by=_os_user())


@main.group()
def mailbox() -> None:
    """The mailboxes that are read."""


@mailbox.command("list")
@with_config
@as_json
def mailbox_list(config: Path, as_json: bool) -> None:
    """Where each of them stands."""
    from bot.commands import listing

    listing.mailboxes(building.build(config, EDGE), as_json=as_json)


@mailbox.command("backfill")
@with_config
@click.argument("name")
@click.option("--since", required=True, metavar="DATE")
@click.option("--dry-run", is_flag=True)
def mailbox_backfill(config: Path, name: str, since: str, dry_run: bool) -> None:
    """Read mail that `start` left alone."""
    raise DeskError("mailbox backfill comes later: a new mailbox may begin with start = DATE")


@main.group()
def suppression() -> None:
    """Addresses that get no more marketing."""


@suppression.command("check")
@with_config
@as_json
@click.argument("email", metavar="EMAIL|-")
def suppression_check(config: Path, email: str, as_json: bool) -> None:
    """Whether marketing may go there; - reads addresses from standard input."""
    from bot.commands import operating

    operating.check_suppression(building.build(config, EDGE), _lines(email), as_json=as_json)


@suppression.command("link")
@with_config
@click.argument("email", metavar="EMAIL|-")
def suppression_link(config: Path, email: str) -> None:
    """An unsubscribe URL a line, for a newsletter tool."""
    from bot.commands import operating

    operating.print_links(building.build(config, EDGE), _lines(email))


@suppression.command("export")
@with_config
def suppression_export(config: Path) -> None:
    """The list for another system."""
    raise DeskError("suppression export comes later: ask with suppression check")


@main.command()
@with_config
def migrate(config: Path) -> None:
    """Bring the database to this version; make a missing one."""
    from bot.commands import setup

    click.echo(setup.migrate(config))


def start_web(desk: "Desk") -> Callable[[], None]:
    """Start the web server; what comes back stops it."""
    from webform.wsgi import create_app, serve

    server = serve(create_app(desk), desk.config.web.host, desk.config.web.port)
    server.start()
    return server.stop


def _edge_at(at: str | None) -> Edge:
    if at is None:
        return EDGE
    if os.environ.get("RIGHTSDESK_TEST_CLOCK") != "1":
        raise click.UsageError("--at is for tests: it needs RIGHTSDESK_TEST_CLOCK=1 in the environment")
    try:
        start = datetime.fromisoformat(at)
    except ValueError as error:
        raise click.UsageError("--at takes a time like 2026-11-25T09:00:00+00:00") from error
    begun = datetime.now(UTC)
    start = start if start.tzinfo else start.replace(tzinfo=UTC)
    return Edge(lambda: start + _since(begun), EDGE.new_reference, EDGE.new_token)


def _since(begun: datetime) -> timedelta:
    return datetime.now(UTC) - begun


def _password(file: Path | None, *, confirm: bool = False) -> str:
    if file is not None:
        return file.read_text("utf-8").rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("without a terminal give the password by file")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=confirm))


def _lines(email: str) -> list[str]:
    if email != "-":
        return [email]
    return [line.strip() for line in sys.stdin if line.strip()]


def _os_user() -> str:
    import getpass

    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"cli:{os.getuid()}"
