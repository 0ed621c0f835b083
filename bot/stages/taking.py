"""Rows of the spool, claimed for a while, go out as what the reader is given: mails as they came, forms as typed."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot.mail.parsing import Mail
from bot.traces import told
from models.config import Mailbox
from models.desk import Desk
from models.rules.kinds import Kind
from models.rules.reading import Reading
from models.rules.submission import Submission
from models.services.arrival import spooling
from models.services.arrival.intake import DOOR
from models.spool import Spool

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """One spooled message on its way to the reader; ``submission`` where it was typed, not mailed."""

    spool: Spool
    reference: str
    unread: Mail | Reading
    submission: Submission | None = None

    @property
    def certain(self) -> bool:
        """Whether the kind was chosen by whoever typed it: nothing is left to be judged."""
        return self.submission is not None and self.submission.kind is not Kind.OTHER


@dataclass(frozen=True)
class Haul:
    """What is to be read, and how many went to quarantine before anybody read them."""

    taken: list[Taken]
    shut_in: int


def take(desk: Desk, *, owner: str) -> Haul:
    """The next batch, in the order in which it came."""
    with desk.sessions.begin() as session:
        parcels = spooling.take(session, owner=owner, now=desk.clock())
    taken = [one for one in (_opened(desk, spool) for spool in parcels.rows) if one is not None]
    return Haul(taken, parcels.shut_in + len(parcels.rows) - len(taken))


def quarantine(desk: Desk, reasons: Mapping[int, str]) -> None:
    if reasons:
        with desk.sessions.begin() as session:
            for spool_id, reason in reasons.items():
                spooling.quarantine(session, spool_id, reason=reason, now=desk.clock())


def trusted_on(desk: Desk, account: str) -> tuple[frozenset[str], str]:
    """Which lists are our own, and whose Authentication-Results are trusted, on the way that a mail came by."""
    config = desk.config
    way = config.listener if account == DOOR else _by_account(desk).get(account)
    return (frozenset(way.own_lists), way.authserv_id) if way else (frozenset(), "")


def _by_account(desk: Desk) -> dict[str, Mailbox]:
    boxes = desk.config.mailboxes
    return {one.name: one for one in boxes} | {one.junk_name: one for one in boxes}


def _opened(desk: Desk, spool: Spool) -> Taken | None:
    try:
        return _open(desk, spool)
    except Exception as error:  # whatever is wrong with its seal or its form, the others are read
        log.warning("spool %d cannot be opened: %s", spool.id, told(error))
        quarantine(desk, {spool.id: f"could not be opened: {type(error).__name__}"})
        return None


def _open(desk: Desk, spool: Spool) -> Taken:
    raw = desk.keys.unseal(spool.raw or b"")
    reference = spool.reference or desk.new_reference()
    if spool.channel.is_mail:
        return Taken(spool, reference, Mail(raw, *trusted_on(desk, spool.account)))
    typed = Submission.from_bytes(raw)
    return Taken(spool, reference, typed.reading(reference=reference, received_at=spool.received_at), typed)
