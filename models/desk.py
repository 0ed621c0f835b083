"""Everything that the parts of one desk share, built once by the command line and handed inward."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from models.config import Config
from models.customers import CustomerStore
from models.keys import Keyring
from models.rules.reading import Reading


def read_nothing(_raw: bytes) -> Reading:
    """Of a desk that was built without a reader of mail: no text, no file."""
    return Reading()


@dataclass(frozen=True)
class Desk:
    """``clock`` gives aware UTC times; ``new_reference`` a ticket's RD-…; ``new_token`` 256 bits of URL-safe text.

    ``sessions`` begin transactions that write, ``readers`` such that only read. ``read_mail`` is the parser
    of raw mail, for those who may not know it.
    """

    config: Config
    sessions: sessionmaker[Session]
    readers: sessionmaker[Session]
    keys: Keyring
    stores: Mapping[str, CustomerStore]
    clock: Callable[[], datetime]
    new_reference: Callable[[], str]
    new_token: Callable[[], str]
    caught: Path | None = None
    read_mail: Callable[[bytes], Reading] = read_nothing

    @property
    def engine(self) -> sa.Engine:
        """The desk's own database, beneath both kinds of sessions."""
        engine: sa.Engine = self.sessions.kw["bind"]
        return engine

    @property
    def demo(self) -> bool:
        """A demo desk catches its outgoing mail in a folder instead of sending it."""
        return self.caught is not None
