"""Rows of the spool, claimed for a while, go out as what the reader is given: mails as they came, forms as typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from bot.mail.parsing import Mail
from models.desk import Desk
from models.rules.kinds import Kind
from models.rules.reading import Reading
from models.rules.submission import Submission
from models.services import claims
from models.services.intake import DOOR
from models.spool import Spool, SpoolState

BATCH = 64
BATCH_BYTES = 16_000_000


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


def take(desk: Desk, *, owner: str) -> list[Taken]:
    """The next batch, in the order in which it came."""
    return [_open(desk, spool) for spool in _claimed(desk, owner=owner)]


def trusted_on(desk: Desk, account: str) -> tuple[frozenset[str], str]:
    """Which lists are our own, and whose Authentication-Results are trusted, on the way that a mail came by."""
    config = desk.config
    way = config.listener if account == DOOR else {one.name: one for one in config.mailboxes}.get(account)
    return (frozenset(way.own_lists), way.authserv_id) if way else (frozenset(), "")


def _claimed(desk: Desk, *, owner: str) -> list[Spool]:
    with desk.sessions.begin() as session:
        waiting = Spool.state == SpoolState.WAITING
        ids = claims.claim(session, Spool, waiting, owner=owner, now=desk.clock(), limit=BATCH, first_by=Spool.id)
        if not ids:
            return []
        sizes = dict(session.execute(sa.select(Spool.id, Spool.size).where(Spool.id.in_(ids))).all())
        kept = _within(ids, sizes)
        claims.release(session, Spool, ids[len(kept) :], owner=owner, until=None)
        rows = sa.select(Spool).where(Spool.id.in_(kept)).order_by(Spool.id).options(undefer(Spool.raw))
        return list(session.scalars(rows))


def _within(ids: Sequence[int], sizes: Mapping[int, int]) -> list[int]:
    """As many of them as fit the memory of a batch, one at the least."""
    total = 0
    kept: list[int] = []
    for one in ids:
        total += sizes[one]
        if kept and total > BATCH_BYTES:
            break
        kept.append(one)
    return kept


def _open(desk: Desk, spool: Spool) -> Taken:
    raw = desk.keys.unseal(spool.raw or b"")
    reference = spool.reference or desk.new_reference()
    if spool.channel.is_mail:
        return Taken(spool, reference, Mail(raw, *trusted_on(desk, spool.account)))
    typed = Submission.from_bytes(raw)
    return Taken(spool, reference, typed.reading(reference=reference, received_at=spool.received_at), typed)
