"""The `rightsdesk` command: reads its words, owns clock and randomness, and calls what does the work."""

import os
import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands import groups, requests
from bot.commands.options import FILE, PATH, as_json, os_user, with_config, with_desk, without_config
from bot.commands.options import password as password_of
from bot.edge import Edge
from models.rules.references import reference_from

if TYPE_CHECKING:
    from models.desk import Desk

EDGE = Edge(
    clock=lambda: datetime.now(UTC),
    new_reference=lambda: reference_from(secrets.randbits(40)),
    new_token=lambda: secrets.token_urlsafe(32),
)


class OneLine(click.Group):
    """What goes wrong is one line on standard error and exit 1, never a traceback; wrong usage is exit 2."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise  # who reads our output may have read enough
        except Exception as error:  # the last line of defence: it must not print what an exception may hold
            from bot.commands.faults import explained

            raise click.ClickException(explained(error)) from error


def _set_clock(context: click.Context, _option: click.Parameter, at: str | None) -> None:
    """Before the desk is built: the command's edge has another clock."""
    if at is None:
        return
    if os.environ.get("RIGHTSDESK_TEST_CLOCK") != "1":
        raise click.UsageError("--at is for tests: it needs RIGHTSDESK_TEST_CLOCK=1 in the environment")
    try:
        start = datetime.fromisoformat(at)
    except ValueError as error:
        raise click.UsageError("--at takes a time like 2026-11-25T09:00:00+00:00") from error
    begun = datetime.now(UTC)
    start = start if start.tzinfo else start.replace(tzinfo=UTC)
    context.obj = Edge(lambda: start + (datetime.now(UTC) - begun), EDGE.new_reference, EDGE.new_token)


@click.group(cls=OneLine)
@click.version_option(package_name="rightsdesk")
@click.pass_context
def main(context: click.Context) -> None:
    """Turns a customer's letter into: old value, new value, approved, applied, confirmed, provable."""
    context.obj = EDGE


@main.command()
@without_config
@click.option("--port", default=8000, show_default=True)
@click.option("--smtp-port", default=8025, show_default=True)
@click.option("--dir", "folder", type=PATH, help="Where the demo keeps its files (else a temporary folder).")
@click.option("--no-samples", is_flag=True, help="Begin with an empty queue.")
def demo(port: int, smtp_port: int, folder: Path | None, no_samples: bool) -> None:
    """A whole desk with a sample shop, to try: nothing to configure, everything on this machine."""
    from bot.demo import command

    command.demo(EDGE, start_web, port=port, smtp_port=smtp_port, folder=folder, with_samples=not no_samples)


@main.command()
@without_config
@click.option("--dir", "folder", type=PATH, default=Path(), help="The folder of the new desk.")
@click.option("--admin-email")
@click.option("--admin-password-file", type=FILE)
def init(folder: Path, admin_email: str | None, admin_password_file: Path | None) -> None:
    """Write a commented config.toml and the secret, make the database and the first staff account."""
    from bot.commands import setup

    if (admin_email is None or admin_password_file is None) and not sys.stdin.isatty():
        raise click.UsageError("without a terminal give --admin-email and --admin-password-file")
    email = admin_email or click.prompt("E-mail address of the first admin")
    password = password_of(admin_password_file, confirm=True)
    setup.init(EDGE, folder, email=email, password=password, secret=secrets.token_bytes(32), by=os_user())
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


@main.command("check-mail")
@with_desk
@click.option(
    "--within", type=click.FloatRange(min=0), default=60, show_default=True, metavar="SECONDS",
    help="How long the letter may take.",
)  # fmt: skip
def check_mail(desk: "Desk", within: float) -> None:
    """Send a letter to the desk's own address and find it in its mailbox: both ways of the mail."""
    from bot.commands import mail_checking

    mail_checking.check_mail(desk, within=within, say=click.echo)


@main.command()
@with_desk
@click.option("--only", type=click.Choice(["web", "worker"]))
def run(desk: "Desk", only: str | None) -> None:
    """The desk: web server and worker in one process, or one of them."""
    from bot.commands import running

    running.run(desk, start_web, only=only)


@main.command()
@with_desk
@as_json
@click.option("--once", is_flag=True, required=True, help="Every stage until nothing is due, then exit.")
@click.option(
    "--at", metavar="TIME", callback=_set_clock, expose_value=False, help="Set the clock of this run (tests only)."
)
def work(desk: "Desk", as_json: bool, once: bool) -> None:
    """Do the work that is due."""
    from bot.commands import running

    running.work_once(desk, as_json=as_json)


@main.command()
@without_config
@click.argument("paths", nargs=-1, required=True, metavar="FILE…|DIR|-")
@as_json
def explain(paths: tuple[str, ...], as_json: bool) -> None:
    """How the desk would read raw messages, without a database, configuration or network."""
    from bot.commands import explaining

    explaining.explain(paths, as_json=as_json)


@main.command()
@without_config
@click.argument("file", type=FILE)
@as_json
@click.option("--predictions", type=PATH, metavar="OUT.jsonl")
def evaluate(file: Path, as_json: bool, predictions: Path | None) -> None:
    """Measure the classifier and the extraction on labelled messages."""
    from bot.commands import measuring

    measuring.evaluate(file, as_json=as_json, predictions=predictions)


@main.command()
@click.pass_obj
@with_config
@click.option("--out", type=PATH, help="Where the trained pipeline goes (else the shipped one is replaced).")
@click.option("--corpus", "corpora", type=PATH, multiple=True, help="Another folder of labelled messages.")
@click.option("--from-desk", is_flag=True, help="Teach the present one what staff decided, in minutes.")
@click.option("--undo", is_flag=True, help="Go back to the one before the last --from-desk.")
@click.option("--encoder", is_flag=True, help="Tune the encoder first: an hour or more, and the extra of that name.")
@click.option("--source", type=FILE, help="With --encoder: begin from the pretrained one in this file.")
@click.option("--layers", default=8, show_default=True, help="With --source: how many of its layers are kept.")
@click.option("--epochs", default=4, show_default=True, help="With --encoder: how often all messages are read.")
@click.option("--heads", default=8, show_default=True, help="With --encoder: heads kept of each attention.")
@click.option("--width", default=512, show_default=True, help="With --encoder: numbers kept of each feed-forward.")
def train(
    edge: Edge,
    config: Path,
    out: Path | None,
    corpora: tuple[Path, ...],
    from_desk: bool,
    undo: bool,
    encoder: bool,
    source: Path | None,
    layers: int,
    epochs: int,
    heads: int,
    width: int,
) -> None:
    """Train the pipeline and print figures on a split that it did not train on."""
    from bot.commands import learning, measuring

    if undo:
        learning.undo(out)
    elif from_desk:
        learning.learn(config, edge, out, corpora)
    else:
        tuning = measuring.Tuning(source, layers, epochs, width, heads) if encoder or source else None
        measuring.train(out, corpora, tuning)


@main.command()
@with_config
def migrate(config: Path) -> None:
    """Bring the database to this version; make a missing one."""
    from bot.commands import setup

    click.echo(setup.migrate(config))


for command in (*requests.COMMANDS, *groups.GROUPS):
    main.add_command(command)


def start_web(desk: "Desk") -> Callable[[], None]:
    """Start the web server; what comes back stops it."""
    from webform.wsgi import create_app, serve

    server = serve(create_app(desk), desk.config.web.host, desk.config.web.port)
    server.start()
    return server.stop


if __name__ == "__main__":
    main(prog_name="rightsdesk")
