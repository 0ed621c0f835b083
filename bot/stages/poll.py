"""Mailbox → spool: batches of raw mail, each committed with the cursor before the server is told anything."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from bot.mail import verify
from bot.mail.imap import BATCH_MAILS, Fetched, Folder, MailboxAwayError, MailboxLoginError, MailboxRefusedError
from models.config import Mailbox
from models.desk import Desk
from models.services import mailboxes, pressure
from models.services.intake import Arrival
from models.services.mailboxes import Cursor, Lease, LeaseLostError

log = logging.getLogger(__name__)

UNFETCHABLE = "the mail server does not give it"

OpenFolder = Callable[[], AbstractContextManager[Folder]]


def poll(desk: Desk, mailbox: Mailbox, open_folder: OpenFolder, *, owner: str, arrived: Callable[[], None]) -> int:
    """Spool what is new in one mailbox and say how many mails that were; ``arrived`` hears of it beforehand.

    Raises MailboxAwayError.
    """
    with desk.sessions.begin() as session:
        if pressure.is_full(session, desk.config.desk.limits):
            return 0
        held = mailboxes.lease(session, mailbox.name, mailbox.folder, owner=owner, now=desk.clock())
    if held is None:
        return 0
    try:
        taken = _poll(desk, mailbox, open_folder, held, arrived)
    except MailboxAwayError as error:
        _give_up(desk, held, error)
        raise
    except LeaseLostError:
        log.warning("mailbox %s: another poller took over", mailbox.name)
        return 0
    _leave(desk, held)
    return taken


def _poll(desk: Desk, mailbox: Mailbox, open_folder: OpenFolder, held: Lease, arrived: Callable[[], None]) -> int:
    with open_folder() as folder:
        uidvalidity, uidnext = folder.state()
        with desk.sessions.begin() as session:
            cursor = mailboxes.enter(
                session, held, uidvalidity=uidvalidity, uidnext=uidnext, start=mailbox.start, now=desk.clock()
            )
        taken, wanted = 0, _wanted(folder, cursor)
        if wanted:
            arrived()
        for uids in folder.batches(wanted):
            ours = _known(desk, mailbox, folder, uids) if cursor.again else set()
            fetched = folder.fetch([uid for uid in uids if uid not in ours])
            taken += _spool(desk, mailbox, held, uidvalidity, uids, fetched, ours)
            _move(desk, mailbox, folder, held)
        if not taken:
            _move(desk, mailbox, folder, held)
            _pass(desk, held, cursor)
    return taken


def _wanted(folder: Folder, cursor: Cursor) -> list[int]:
    """New UIDs; below the floor only what was received since."""
    uids = folder.new_uids(cursor.last_uid)
    if cursor.floor_at is None or cursor.last_uid >= cursor.floor_uid:
        return uids
    recent = set(folder.since(cursor.floor_at))
    return [uid for uid in uids if uid > cursor.floor_uid or uid in recent]


def _known(desk: Desk, mailbox: Mailbox, folder: Folder, uids: Sequence[int]) -> set[int]:
    """A new UIDVALIDITY shall not fetch a whole mailbox once more; what is not surely known by its marks, is."""
    marks = folder.marks(uids)
    with desk.readers() as session:
        return mailboxes.known(session, mailbox.name, marks)


def _spool(
    desk: Desk, mailbox: Mailbox, held: Lease, uidvalidity: int, uids: Sequence[int], fetched: Sequence[Fetched],
    ours: set[int],
) -> int:  # fmt: skip
    fetched = [mail for mail in fetched if not _is_our_probe(desk, mail)]
    arrivals = list(_arrivals(fetched, uidvalidity, desk.clock()))
    moves = mailbox.move_to is not None
    with desk.sessions.begin() as session:
        fresh = mailboxes.store(
            session,
            held,
            arrivals,
            last_uid=max(uids),
            keys=desk.keys,
            now=desk.clock(),
            moves=moves,
            known=sorted(ours),
        )
    log.info("mailbox %s: %d mails spooled", mailbox.name, fresh)
    return fresh


def _is_our_probe(desk: Desk, mail: Fetched) -> bool:
    """`rightsdesk check-mail` waits for it, and takes it away."""
    return mail.raw is not None and verify.is_ours(desk.keys, mail.raw, now=desk.clock())


def _arrivals(fetched: Sequence[Fetched], uidvalidity: int, now: datetime) -> Iterator[Arrival]:
    for mail in fetched:
        at = mail.internaldate or now
        if mail.raw is None:
            log.warning("UID %d: the server would not give it", mail.uid)
            known = f"UID {mail.uid} of UIDVALIDITY {uidvalidity}, {mail.size} octets"
            yield Arrival(known.encode(), at, uidvalidity, mail.uid, trouble=f"{UNFETCHABLE}: {known}", spooled_at=now)
        else:
            yield Arrival(mail.raw, at, uidvalidity, mail.uid, mail.oversize, spooled_at=now)


def _move(desk: Desk, mailbox: Mailbox, folder: Folder, held: Lease) -> None:
    """Tell the server, after the commit only. What cannot be moved now is moved at the next poll."""
    if mailbox.move_to is None:
        return
    with desk.readers() as session:
        uids = mailboxes.to_move(session, held)
    for start in range(0, len(uids), BATCH_MAILS):
        piece = uids[start : start + BATCH_MAILS]
        try:
            _move_some(desk, held, folder, piece, mailbox.move_to)
        except MailboxRefusedError as error:
            log.warning("mailbox %s: %d mails could not be moved: %s", mailbox.name, len(uids) - start, error)
            return


def _move_some(desk: Desk, held: Lease, folder: Folder, uids: Sequence[int], target: str) -> None:
    """Where a move is a copy and a deletion we may die between: that a copy begins is noted first."""
    doubtful: set[int] = set()
    if not folder.can_move:
        with desk.sessions.begin() as session:
            doubtful = mailboxes.copy(session, held, uids)
    folder.move(uids, target, doubtful=doubtful)
    with desk.sessions.begin() as session:
        mailboxes.moved(session, held, uids)


def _pass(desk: Desk, held: Lease, cursor: Cursor) -> None:
    """Nothing below the floor is wanted: the cursor may stand on it."""
    if cursor.last_uid < cursor.floor_uid:
        with desk.sessions.begin() as session:
            mailboxes.store(
                session, held, [], last_uid=cursor.floor_uid, keys=desk.keys, now=desk.clock(), moves=False
            )


def _leave(desk: Desk, held: Lease) -> None:
    with _still_ours(held), desk.sessions.begin() as session:
        mailboxes.leave(session, held, now=desk.clock())


def _give_up(desk: Desk, held: Lease, error: MailboxAwayError) -> None:
    refused = isinstance(error, MailboxLoginError)
    with _still_ours(held), desk.sessions.begin() as session:
        mailboxes.give_up(session, held, login_refused=refused, now=desk.clock())


@contextmanager
def _still_ours(held: Lease) -> Iterator[None]:
    try:
        yield
    except LeaseLostError:
        log.warning("mailbox %s: another poller took over", held.name)
