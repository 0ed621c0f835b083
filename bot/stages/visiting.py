"""A folder and the lease of its mailbox go in; its mails come into the spool, committed before the server is told."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.mail import probe
from bot.mail.imap.folder import BATCH_MAILS, Fetched, Folder, MailboxAwayError, MailboxLoginError, MailboxRefusedError
from models.config import Mailbox
from models.desk import Desk
from models.services.arrival import mailboxes
from models.services.arrival.intake import Arrival
from models.services.arrival.mailboxes import Lease, LeaseLostError
from models.services.upkeep import canary

log = logging.getLogger(__name__)

UNFETCHABLE = "the mail server does not give it"

OpenFolder = Callable[[], AbstractContextManager[Folder]]
Leave = Callable[[Session], None]


@dataclass(frozen=True)
class Visit:
    """One worker in one folder, for as long as the mailbox is its own."""

    desk: Desk
    mailbox: Mailbox
    folder: Folder
    held: Lease
    uidvalidity: int
    junk: bool = False

    def known(self, uids: Sequence[int]) -> set[int]:
        """Those that are ours already whatever their UID was then; what is not surely known by its marks is not."""
        marks = self.folder.marks(uids)
        with self.desk.readers() as session:
            return mailboxes.known(session, self.mailbox.name, marks)

    def spool(self, uids: Sequence[int], *, known: set[int], passed: int | None, older: bool = False) -> int:
        """How many of these mails were new to the desk. ``passed``: where the cursor stands then, None: where it is;
        ``older``: the cursor went by them long ago."""
        desk, now = self.desk, self.desk.clock()
        fetched = self.folder.fetch([uid for uid in uids if uid not in known])
        # What is found late was a letter to ourselves, or not, when it came.
        theirs = [mail for mail in fetched if not self._is_ours(mail, now if passed else mail.internaldate or now)]
        arrivals = list(_arrivals(theirs, self.uidvalidity, now))
        with desk.sessions.begin() as session:
            fresh = mailboxes.store(
                session,
                self.held,
                arrivals,
                last_uid=passed,
                keys=desk.keys,
                now=desk.clock(),
                moves=self.mailbox.move_to is not None,
                known=sorted(known),
                older=older,
                trapped=self.junk,
            )
        log.info("mailbox %s: %d mails spooled", self.mailbox.name, fresh)
        return fresh

    def move(self) -> None:
        """Tell the server, after the commit only. What cannot be moved now is moved at the next poll."""
        target = self.mailbox.move_to
        if target is None:
            return
        with self.desk.readers() as session:
            uids = mailboxes.to_move(session, self.held)
        for start in range(0, len(uids), BATCH_MAILS):
            try:
                self._move_some(uids[start : start + BATCH_MAILS], target)
            except MailboxRefusedError as error:
                left = len(uids) - start
                log.warning("mailbox %s: %d mails could not be moved: %s", self.mailbox.name, left, error)
                return

    def _is_ours(self, mail: Fetched, at: datetime) -> bool:
        """Whether we wrote it to ourselves: who did waits for it, and takes it away where the server lets them."""
        mark = probe.mark_in(self.desk.keys, mail.raw, now=at) if mail.raw is not None else None
        if mark is not None and not self.junk:
            with self.desk.sessions.begin() as session:
                canary.arrived(session, mark, mailbox=self.mailbox.name, now=self.desk.clock())
        return mark is not None

    def _move_some(self, uids: Sequence[int], target: str) -> None:
        """Where a move is a copy and a deletion we may die between: that a copy begins is noted first."""
        doubtful: set[int] = set()
        if not self.folder.can_move:
            with self.desk.sessions.begin() as session:
                doubtful = mailboxes.copy(session, self.held, uids)
        self.folder.move(uids, target, doubtful=doubtful)
        with self.desk.sessions.begin() as session:
            mailboxes.moved(session, self.held, uids)


@contextmanager
def holding(desk: Desk, held: Lease, leave: Leave) -> Iterator[None]:
    """Give the mailbox back at the end, whatever it was. Who took it over meanwhile ends the visit, without an error.

    Raises MailboxAwayError, which counts against the mailbox.
    """
    try:
        yield
    except MailboxAwayError as error:
        refused = isinstance(error, MailboxLoginError)
        with _still_ours(held), desk.sessions.begin() as session:
            mailboxes.give_up(session, held, login_refused=refused, now=desk.clock())
        raise
    except LeaseLostError:
        log.warning("mailbox %s: another poller took over", held.name)
    else:
        with _still_ours(held), desk.sessions.begin() as session:
            leave(session)


def _arrivals(fetched: Sequence[Fetched], uidvalidity: int, now: datetime) -> Iterator[Arrival]:
    for mail in fetched:
        at = mail.internaldate or now
        if mail.raw is None:
            log.warning("UID %d: the server would not give it", mail.uid)
            known = f"UID {mail.uid} of UIDVALIDITY {uidvalidity}, {mail.size} octets"
            yield Arrival(known.encode(), at, uidvalidity, mail.uid, trouble=f"{UNFETCHABLE}: {known}", spooled_at=now)
        else:
            yield Arrival(mail.raw, at, uidvalidity, mail.uid, mail.oversize, spooled_at=now)


@contextmanager
def _still_ours(held: Lease) -> Iterator[None]:
    try:
        yield
    except LeaseLostError:
        log.warning("mailbox %s: another poller took over", held.name)
