"""Letters that are due go to the mail server: from this very process, or by another, which takes no time here."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Protocol

from bot.beside import Beside, LostError
from bot.edge import Edge
from bot.mail import smtp
from bot.mail.smtp import RelayAwayError
from bot.mail.tls import Tls
from bot.stages import deliver
from bot.traces import told
from models.config import Config, Smtp
from models.desk import Desk

log = logging.getLogger(__name__)

ANSWER_WITHIN = 3600.0
"""Seconds for a batch: a server may take ten minutes to decide on one letter."""
GOODBYE_WITHIN = 2.0


class Postman(Protocol):
    """Sends what is due, a batch at a time."""

    def deliver(self) -> int:
        """How many letters were accepted. Raises RelayAwayError when the mail server cannot be reached."""

    def close(self) -> None: ...


class PostmanHere:
    """Sends from this process."""

    def __init__(self, desk: Desk, section: Smtp, *, owner: str) -> None:
        self._desk, self._owner = desk, owner
        self._relay = smtp.Relay(server_of(section))

    def deliver(self) -> int:
        return deliver.deliver(self._desk, self._relay, owner=self._owner)

    def close(self) -> None:
        self._relay.close()


class PostmanFailedError(Exception):
    """The process that sends has said in the log what went wrong."""


class _Asked(StrEnum):
    DELIVER = "deliver"
    GOODBYE = "goodbye"


@dataclass(frozen=True)
class _Said:
    """What came of a batch: how many were accepted, or why the server is away, or that it failed."""

    accepted: int = 0
    away: str = ""
    failed: bool = False


class PostmanBeside:
    """Sends by a process that is begun when the first letter is due, and anew after it was lost."""

    def __init__(self, desk: Desk, *, owner: str) -> None:
        self._desk = desk
        edge = Edge(desk.clock, desk.new_reference, desk.new_token)
        self._beside = Beside("postman", _sending, desk.config, edge, owner)

    @property
    def pid(self) -> int | None:
        return self._beside.pid

    def deliver(self) -> int:
        if not deliver.is_due(self._desk):
            return 0
        said: _Said = self._beside.ask(_Asked.DELIVER, within=ANSWER_WITHIN)
        if said.away:
            raise RelayAwayError(said.away)
        if said.failed:
            raise PostmanFailedError
        return said.accepted

    def close(self) -> None:
        if self.pid is not None:
            with suppress(LostError):
                self._beside.ask(_Asked.GOODBYE, within=GOODBYE_WITHIN)
        self._beside.close()


def _sending(config: Config, edge: Edge, owner: str) -> Callable[[_Asked], _Said]:
    """A desk of its own, over the same database."""
    from bot.building import assemble

    section = config.smtp
    assert section is not None  # noqa: S101 - without a mail server nobody asks
    here = PostmanHere(assemble(config, edge), section, owner=owner)
    return partial(_said, here)


def _said(here: PostmanHere, asked: _Asked) -> _Said:
    try:
        if asked is _Asked.DELIVER:
            return _Said(here.deliver())
        here.close()
    except RelayAwayError as error:
        return _Said(away=str(error))
    except Exception as error:  # whatever it is, the next batch is tried again
        log.error("letters could not be sent: %s", told(error))
        return _Said(failed=True)
    return _Said()


def postman_of(desk: Desk, *, owner: str) -> PostmanHere | None:
    """One of this process, where a mail server is configured."""
    section = desk.config.smtp
    return PostmanHere(desk, section, owner=owner) if section is not None else None


def server_of(section: Smtp) -> smtp.Server:
    return smtp.Server(
        host=section.host, port=section.port, tls=Tls(section.tls), user=section.user or "",
        password=section.password() or "", cafile=section.ca_file,
    )  # fmt: skip
