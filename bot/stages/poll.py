"""Mailbox → spool: batches of raw mail, each committed with the cursor before the server is told anything."""

from collections.abc import Callable

from bot.mail.imap import Folder
from bot.stages.visiting import OpenFolder, Visit, holding
from models.config import Mailbox
from models.desk import Desk
from models.services import mailboxes, pressure
from models.services.mailboxes import Cursor, Lease


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
    with holding(desk, held, lambda session: mailboxes.leave(session, held, now=desk.clock())):
        return _poll(desk, mailbox, open_folder, held, arrived)
    return 0


def _poll(desk: Desk, mailbox: Mailbox, open_folder: OpenFolder, held: Lease, arrived: Callable[[], None]) -> int:
    with open_folder() as folder:
        uidvalidity, uidnext = folder.state()
        with desk.sessions.begin() as session:
            cursor = mailboxes.enter(
                session, held, uidvalidity=uidvalidity, uidnext=uidnext, start=mailbox.start, now=desk.clock()
            )
        visit = Visit(desk, mailbox, folder, held, uidvalidity)
        taken, wanted = 0, _wanted(folder, cursor)
        if wanted:
            arrived()
        for uids in folder.batches(wanted):
            # A new UIDVALIDITY shall not fetch a whole mailbox once more.
            known = visit.known(uids) if cursor.again else set()
            taken += visit.spool(uids, known=known, passed=max(uids))
            visit.move()
        if not taken:
            visit.move()
            _pass(desk, held, cursor)
    return taken


def _wanted(folder: Folder, cursor: Cursor) -> list[int]:
    """New UIDs; below the floor only what was received since."""
    uids = folder.new_uids(cursor.last_uid)
    if cursor.floor_at is None or cursor.last_uid >= cursor.floor_uid:
        return uids
    recent = set(folder.since(cursor.floor_at))
    return [uid for uid in uids if uid > cursor.floor_uid or uid in recent]


def _pass(desk: Desk, held: Lease, cursor: Cursor) -> None:
    """Nothing below the floor is wanted: the cursor may stand on it."""
    if cursor.last_uid < cursor.floor_uid:
        with desk.sessions.begin() as session:
            mailboxes.store(
                session, held, [], last_uid=cursor.floor_uid, keys=desk.keys, now=desk.clock(), moves=False
            )
