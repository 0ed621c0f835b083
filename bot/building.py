"""A configuration goes in; out comes the desk that it describes: engine, sessions, keys, stores."""

from pathlib import Path
from typing import TYPE_CHECKING

from bot.edge import DeskError, Edge
from models import config as configuration
from models.config import Config
from models.desk import Desk

if TYPE_CHECKING:
    from bot.parser import ParserBeside


def build(path: Path, edge: Edge) -> Desk:
    """The desk of a configuration file. Nothing is connected yet, but for what the first query will do."""
    config = configuration.load(path)
    refuse_what_comes_later(config)
    return assemble(config, edge)


def assemble(config: Config, edge: Edge, *, caught: Path | None = None) -> Desk:
    import models.tables  # noqa: F401 - relationships name each other: all tables must be known
    from models.base import make_engine, make_readers, make_sessions
    from models.customers.sql import stores
    from models.keys import read_keyring

    engine = make_engine(config.database.url)
    secret = configuration.read_secret(config.desk.secret_file)
    return Desk(
        config=config,
        sessions=make_sessions(engine),
        readers=make_readers(engine),
        keys=read_keyring(secret.decode("ascii")),
        stores=stores(config),
        clock=edge.clock,
        new_reference=edge.new_reference,
        new_token=edge.new_token,
        caught=caught,
        read_mail=_parser().read,
    )


def refuse_unfit(desk: Desk) -> None:
    """Raise where the desk's database is missing, older or newer: nothing is made of it and nothing changed in it."""
    from models.migrations import versions

    url = desk.engine.url
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise DeskError(f"database.url: there is no {url.database}: rightsdesk migrate makes it, init a whole desk")
    with desk.readers() as session:
        problem = versions.problem(session.connection())
    if problem:
        raise DeskError(problem)


def _parser() -> "ParserBeside":
    """For the pages, which show mail as it came: it starts with the first one that is shown."""
    from bot.mail.parsing import NOBODYS
    from bot.parser import ParserBeside

    return ParserBeside(NOBODYS)


def refuse_what_comes_later(config: Config) -> None:
    if config.desk.law != "gdpr":
        raise DeskError(f'desk.law = "{config.desk.law}" comes later: this version knows "gdpr"')


__all__ = ["DeskError", "Edge", "assemble", "build", "refuse_unfit", "refuse_what_comes_later"]
