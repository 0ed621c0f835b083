"""Mailbox → spool: batches of raw mail, each committed with the cursor before the server is told anything."""

from collections.abc import Callable

from bot.mail.imap.folder import Folder
from bot.stages.visiting import OpenFolder, Visit, holding
from models.config import Mailbox
from models.desk import Desk
from models.services.arrival import mailboxes, pressure
from models.services.arrival.mailboxes import Cursor, Lease


def poll(
    desk: Desk, mailbox: Mailbox, open_folder: OpenFolder, *, owner: str, arrived: Callable[[], None],
    junk: bool = False,
) -> int:  # fmt: skip
    """Spool what is new in one mailbox and say how many mails that were; ``arrived`` hears of it beforehand.

    ``junk``: what lies there is for the spam review.

    Raises MailboxAwayError.
    """
    with desk.sessions.begin() as session:
        if pressure.is_full(session, desk.config.desk.limits):
            return 0
        held = mailboxes.lease(session, mailbox.name, mailbox.folder, owner=owner, now=desk.clock())
    if held is None:
        return 0
    with (
        holding(desk, held, lambda session: mailboxes.leave(session, held, now=desk.clock())),
        open_folder() as folder,
    ):
        return _poll(*_begun(desk, mailbox, folder, held, junk=junk), arrived)
    return 0


def _begun(desk: Desk, mailbox: Mailbox, folder: Folder, held: Lease, *, junk: bool) -> tuple[Visit, Cursor]:
    uidvalidity, uidnext = folder.state()
    with desk.sessions.begin() as session:
        cursor = mailboxes.enter(
            session, held, uidvalidity=uidvalidity, uidnext=uidnext, start=mailbox.start, now=desk.clock()
        )
    return Visit(desk, mailbox, folder, held, uidvalidity, junk=junk), cursor


def _poll(visit: Visit, cursor: Cursor, arrived: Callable[[], None]) -> int:
    taken, wanted = 0, _wanted(visit.folder, cursor)
    if wanted:
        arrived()
    for uids in visit.folder.batches(wanted):
        # A new UIDVALIDITY shall not fetch a whole mailbox once more.
        known = visit.known(uids) if cursor.again else set()
        taken += visit.spool(uids, known=known, passed=max(uids))
        visit.move()
    if not taken:
        visit.move()
        _pass(visit.desk, visit.held, cursor)
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
