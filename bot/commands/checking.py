"""The path of a configuration goes in; out comes, for all that it names, whether it is well and how to mend it."""

import json
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from bot.commands.faults import explained
from bot.edge import Edge
from models import config as configuration
from models.config import Config, ConfigError, Customer, Mailbox, Smtp
from models.customers import Finding

if TYPE_CHECKING:
    from bot.tokens import Tokens


def check(path: Path, edge: Edge) -> list[Finding]:
    """Everything that can be looked at; only a configuration that cannot be read hides the rest."""
    try:
        config = configuration.load(path)
    except ConfigError as error:
        return [
            Finding("configuration", ok=False, detail=line, mend=f"mend {path}") for line in str(error).splitlines()
        ]
    return [
        Finding("configuration", ok=True, detail=str(path)),
        *_comes_later(config),
        _secret(config),
        *_password_files(config),
        *_database(config),
        *(_mailbox(config, mailbox, edge) for mailbox in config.mailboxes),
        _smtp(config, edge),
        *(finding for customer in config.customers for finding in _customer(config, customer)),
        _classifier(),
    ]


def show(findings: list[Finding], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
        return
    for one in findings:
        mend = f" — {one.mend}" if one.mend else ""
        click.echo(f"{'ok' if one.ok else '!!'}  {one.what}: {one.detail}{mend}")


def _comes_later(config: Config) -> Iterator[Finding]:
    if config.desk.law != "gdpr":
        detail = f'the law "{config.desk.law}" comes later'
        yield Finding("desk.law", ok=False, detail=detail, mend='write law = "gdpr", or wait')


def _secret(config: Config) -> Finding:
    from models.keys import read_keyring

    def look() -> str:
        keys = read_keyring(configuration.read_secret(config.desk.secret_file).decode("ascii"))
        return f"{len(keys.secrets)} key, of this account alone"

    return _looked("secret", look, mend=f"put {config.desk.secret_file} back from its copy, mode 0600")


def _password_files(config: Config) -> Iterator[Finding]:
    """A warning: it may be meant, where every account of the machine is the desk's."""
    for key, path in config.password_files().items():
        if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            yield Finding(key, ok=True, detail=f"others can read {path}", mend=f"chmod 600 {path}")


def _database(config: Config) -> Iterator[Finding]:
    url = sa.make_url(config.database.url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        yield Finding("database", ok=False, detail=f"there is no {url.database}", mend="run rightsdesk migrate")
        return
    reached = _looked("database", lambda: _reach(config), mend="start the database, or mend database.url")
    yield reached
    if reached.ok:
        yield _looked("migrations", lambda: _version(config), mend="run rightsdesk migrate")


def _reach(config: Config) -> str:
    with _connected(config) as connection:
        connection.execute(sa.select(1))
        return f"{connection.dialect.name} answers"


def _version(config: Config) -> str:
    from models.migrations import versions

    with _connected(config) as connection:
        problem = versions.problem(connection)
    if problem:
        raise versions.VersionError(problem.partition(": run ")[0])
    return f"at version {versions.HEAD}"


@contextmanager
def _connected(config: Config) -> Iterator[sa.Connection]:
    from models.base import make_engine

    engine = make_engine(config.database.url)
    try:
        with engine.execution_options(rd_reads=True).connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _mailbox(config: Config, mailbox: Mailbox, edge: Edge) -> Finding:
    from bot.mail.imap import folder
    from bot.stages.all import account_of

    def look() -> str:
        with _tokens(config, mailbox, edge) as tokens:
            return folder.check(account_of(mailbox, tokens), mailbox.folder)

    where = f"{mailbox.host}:{mailbox.port}, folder {mailbox.folder}"
    mend = f"mend host, port, tls, user, {_secret_of(mailbox)} or folder ({where})"
    return _looked(f"mailboxes.{mailbox.name}", look, mend=mend)


def _smtp(config: Config, edge: Edge) -> Finding:
    from bot.mail.relay.smtp import Relay
    from bot.stages.all import server_of

    section = config.smtp
    if section is None:
        return Finding("smtp", ok=True, detail="not configured: letters wait in the outbox")

    def look() -> str:
        with _tokens(config, section, edge) as tokens:
            return Relay(server_of(section, tokens)).check()

    mend = f"mend host, port, tls, user or {_secret_of(section)} ({section.host}:{section.port})"
    return _looked("smtp", look, mend=mend)


def _secret_of(server: Mailbox | Smtp) -> str:
    return "password" if server.oauth2 is None else "oauth2"


@contextmanager
def _tokens(config: Config, server: Mailbox | Smtp, edge: Edge) -> Iterator["Tokens | None"]:
    """The desk keeps its tokens: one that was renewed for a look is there for the worker."""
    if server.oauth2 is None:
        yield None
        return
    from bot.building import assemble
    from bot.tokens import tokens_of

    desk = assemble(config, edge)
    try:
        yield tokens_of(desk, server, at_once=True)
    finally:
        desk.engine.dispose()


def _customer(config: Config, customer: Customer) -> list[Finding]:
    """A driver that is missing, or a table that cannot be read, hides nothing of the other databases."""
    from models.customers.sql import SqlStore

    what = f"customers.{customer.name}"
    try:
        with closing(SqlStore(customer, local_part_case=config.desk.local_part_case)) as store:
            return store.check()
    except ImportError as error:
        return [Finding(what, ok=False, detail=f"there is no driver {error.name}", mend=f"pip install {error.name}")]
    except (SQLAlchemyError, OSError, ValueError) as error:
        return [Finding(what, ok=False, detail=_why(error), mend="mend its url in the configuration")]


def _classifier() -> Finding:
    from bot import classifier

    return _looked("classifier", lambda: classifier.load().version, mend="install rightsdesk anew, or train")


def _looked(what: str, look: Callable[[], str], *, mend: str) -> Finding:
    try:
        return Finding(what, ok=True, detail=look())
    except ConfigError as error:  # its text ends with how to mend it
        detail, _, mend = explained(error).rpartition(": ")
        return Finding(what, ok=False, detail=detail, mend=mend)
    except Exception as error:  # whatever is wrong with one part, the others are still looked at
        return Finding(what, ok=False, detail=_why(error), mend=mend)


def _why(error: Exception) -> str:
    """In words that hold no address, value or URL: of what is not our own error only the kind is told."""
    from bot.mail.imap.folder import MailboxAwayError
    from bot.mail.relay.smtp import SendError

    if isinstance(error, (MailboxAwayError, SendError)):
        return str(error)
    said = explained(error)
    return said.partition(": this is a fault")[0].partition(": see rightsdesk")[0]
