"""A folder that polling has been through → what it missed there, once a night, in the spool like any new mail."""

import logging
from collections.abc import Callable

from bot.mail.imap.folder import Folder
from bot.stages.visiting import OpenFolder, Visit, holding
from models.config import Mailbox
from models.desk import Desk
from models.services.arrival import gaps, mailboxes, pressure
from models.services.arrival.gaps import Span
from models.services.arrival.mailboxes import Lease

log = logging.getLogger(__name__)


def reconcile(
    desk: Desk, mailbox: Mailbox, open_folder: OpenFolder, *, owner: str, arrived: Callable[[], None]
) -> int:
    """How many mails polling had missed; ``arrived`` hears of them beforehand. By day nothing is looked at.

    Raises MailboxAwayError.
    """
    held = _take(desk, mailbox, owner)
    if held is None:
        return 0
    with holding(desk, held, lambda session: mailboxes.release(session, held)):
        return _look(desk, mailbox, open_folder, held, arrived)
    return 0


def _take(desk: Desk, mailbox: Mailbox, owner: str) -> Lease | None:
    with desk.sessions.begin() as session:
        if pressure.is_full(session, desk.config.desk.limits):
            return None
        return gaps.begin(desk, session, mailbox.name, mailbox.folder, owner=owner, now=desk.clock())


def _look(desk: Desk, mailbox: Mailbox, open_folder: OpenFolder, held: Lease, arrived: Callable[[], None]) -> int:
    with open_folder() as folder:
        uidvalidity, _ = folder.state()
        with desk.readers() as session:
            span = gaps.span(session, mailbox.name, start=mailbox.start)
        if span is None or span.uidvalidity != uidvalidity:
            # The folder is another one than polling knows: it has that to read first.
            return 0
        expected = _expected(folder, span)
        with desk.readers() as session:
            missed = gaps.unseen(session, mailbox.name, uidvalidity, expected)
        found = _bring(Visit(desk, mailbox, folder, held, uidvalidity), missed, arrived)
    with desk.sessions.begin() as session:
        gaps.end(desk, session, held, found=found, now=desk.clock())
    if found:
        log.warning("mailbox %s: polling had missed %d mails; they are read in", mailbox.name, found)
    return found


def _expected(folder: Folder, span: Span) -> list[int]:
    """The UIDs that lie there and must have been read."""
    everything = span.floor_at is None
    uids = folder.new_uids(0 if everything else span.floor_uid)
    if span.floor_at is not None and not span.above_only:
        uids = [*(uid for uid in folder.since(span.floor_at) if uid <= span.floor_uid), *uids]
    return [uid for uid in uids if uid <= span.last_uid]


def _bring(visit: Visit, missed: list[int], arrived: Callable[[], None]) -> int:
    """Some have no row of this UID and are ours all the same: under another UIDVALIDITY, or as a copy."""
    found = 0
    if missed:
        arrived()
    for uids in visit.folder.batches(missed):
        found += visit.spool(uids, known=visit.known(uids), passed=None)
        visit.move()
    return found
