"""A mailbox and a day go in; the mail received since then that the desk went by comes into the spool."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import click

from bot.edge import DeskError
from bot.mail.imap.folder import Folder, MailboxAwayError
from bot.stages.all import opening
from bot.stages.visiting import Visit, holding
from models.config import Mailbox
from models.desk import Desk
from models.rules.loop_guards import OLD_AFTER
from models.services import audit, clocks
from models.services.arrival import gaps, mailboxes, pressure
from models.services.arrival.mailboxes import Lease

ASK_EVERY = 0.5
WAIT_FOR = 60.0
"""Seconds for which the mailbox may be a worker's: longer than one poll takes."""
LETTERS = f"No letter goes out by itself on those older than {OLD_AFTER.days} days."


@dataclass(frozen=True)
class _Older:
    """How many mails lie there that were received since that day, and which of them have no row of their UID here."""

    uidvalidity: int
    there: int
    uids: Sequence[int]


@dataclass(frozen=True)
class _Read:
    fresh: int
    full: bool


def backfill(desk: Desk, name: str, since: date, *, dry_run: bool, by: str) -> None:
    """Read it in, or count it. A second time only what is not here yet is read.

    Raises DeskError, which says what is in the way; what was read until then stays.
    """
    mailbox = _named(desk, name)
    with _explained(mailbox), opening(desk, mailbox, at_once=True)() as folder:
        # Listing a large folder takes longer than a lease lasts, and needs none.
        older = _older(desk, mailbox, folder, clocks.start_of(desk, since))
        if dry_run:
            lacking = _counted(desk, mailbox, folder, older)
            click.echo(f"{_received(older)}, {_mails(lacking)} not here yet; nothing was read")
            return
        read = _read(desk, mailbox, folder, older)
    detail = {"mailbox": name, "since": since.isoformat(), "mails": read.fresh}
    with desk.sessions.begin() as session:
        audit.record(session, audit.DESK, "mailbox backfilled", by=by, now=desk.clock(), detail=detail)
    if read.full:
        said = f"the spool is full: {_mails(read.fresh)} read"
        raise DeskError(f"{said}. Run this again once the worker has sorted them, it goes on")
    click.echo(f"{_received(older)}, {_mails(read.fresh)} read; the worker sorts them. {LETTERS}")


def _named(desk: Desk, name: str) -> Mailbox:
    found = next((one for one in desk.config.mailboxes if one.name == name), None)
    if found is None:
        names = ", ".join(one.name for one in desk.config.mailboxes) or "none is configured"
        raise DeskError(f"there is no mailbox of this name: {names}")
    return found


@contextmanager
def _explained(mailbox: Mailbox) -> Iterator[None]:
    try:
        yield
    except MailboxAwayError as error:
        raise DeskError(f"mailboxes.{mailbox.name}: {error}: see rightsdesk check, then run this again") from error


def _older(desk: Desk, mailbox: Mailbox, folder: Folder, start: datetime) -> _Older:
    """What comes after the cursor is the next poll's."""
    uidvalidity, _ = folder.state()
    with desk.readers() as session:
        place = gaps.span(session, mailbox.name, start=mailbox.start)
    if place is None or place.uidvalidity != uidvalidity:
        raise DeskError(f"mailbox {mailbox.name} was not polled yet as it is now: run rightsdesk work --once first")
    there = [uid for uid in folder.since(start) if uid <= max(place.last_uid, place.floor_uid)]
    with desk.readers() as session:
        return _Older(uidvalidity, len(there), gaps.unseen(session, mailbox.name, uidvalidity, there))


def _counted(desk: Desk, mailbox: Mailbox, folder: Folder, older: _Older) -> int:
    lacking = 0
    with _bar(older, "counting") as bar:
        for some in folder.batches(older.uids):
            marks = folder.marks(some)
            with desk.readers() as session:
                lacking += len(some) - len(mailboxes.known(session, mailbox.name, marks))
            bar.update(len(some))
    return lacking


def _read(desk: Desk, mailbox: Mailbox, folder: Folder, older: _Older) -> _Read:
    held = _lease(desk, mailbox)
    with holding(desk, held, lambda session: mailboxes.release(session, held)):
        return _spooled(Visit(desk, mailbox, folder, held, older.uidvalidity), older)
    raise DeskError(f"mailbox {mailbox.name}: a worker took it over meanwhile: run this again, it goes on")


def _spooled(visit: Visit, older: _Older) -> _Read:
    fresh = 0
    with _bar(older, "reading") as bar:
        for some in visit.folder.batches(older.uids):
            if _is_full(visit.desk):
                return _Read(fresh, full=True)
            fresh += visit.spool(some, known=visit.known(some), passed=None, older=True)
            visit.move()
            bar.update(len(some))
    return _Read(fresh, full=False)


def _lease(desk: Desk, mailbox: Mailbox) -> Lease:
    """A running worker has it for a moment again and again."""
    owner, until = desk.new_token()[:16], time.monotonic() + WAIT_FOR
    while True:
        with desk.sessions.begin() as session:
            held = mailboxes.lease(session, mailbox.name, mailbox.folder, owner=owner, now=desk.clock())
        if held is not None:
            return held
        if time.monotonic() > until:
            raise DeskError(f"mailbox {mailbox.name}: a worker is reading it: run this again later")
        time.sleep(ASK_EVERY)


def _is_full(desk: Desk) -> bool:
    with desk.readers() as session:
        return pressure.is_full(session, desk.config.desk.limits)


def _bar(older: _Older, label: str) -> Any:
    return click.progressbar(length=len(older.uids), label=label, file=sys.stderr)


def _received(older: _Older) -> str:
    return f"{_mails(older.there)} received since then"


def _mails(count: int) -> str:
    return "1 mail" if count == 1 else f"{count} mails"
