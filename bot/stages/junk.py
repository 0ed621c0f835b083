"""A mailbox's junk folder → the spam review: looked into every few minutes, nothing in it changed, nobody answered."""

import logging
from collections.abc import Callable, Mapping
from threading import Event

from bot.mail.imap.folder import Folder, MailboxAwayError
from bot.stages import poll
from models.config import Mailbox
from models.desk import Desk
from models.services.arrival import mailboxes

log = logging.getLogger(__name__)

LOOK_EVERY = 120.0
"""Seconds. What lies there is no news; but a person's mail among it shall not wait for long."""

OpenNamed = Callable[[str], Folder]


class Junk:
    """The junk folder of one mailbox, found anew after each trouble with it: servers and people rename it."""

    def __init__(
        self, desk: Desk, mailbox: Mailbox, open_named: OpenNamed, *, owner: str, arrived: Callable[[], None]
    ) -> None:
        self._desk, self._mailbox, self._open, self._owner = desk, mailbox, open_named, owner
        self._arrived = arrived
        self._found: str | None = None

    def poll(self) -> Mapping[str, int]:
        """Raises MailboxAwayError."""
        self._found = self._found or self._mailbox.junk_folder or self._find()
        if self._found is None:
            with self._desk.sessions.begin() as session:
                mailboxes.forget(session, self._mailbox.junk_name)
            return {}
        return {"polled": self._poll(self._found)}

    def wait(self, stop: Event) -> None:
        """A mailbox that lets nobody in is not tried here either."""
        with self._desk.readers() as session:
            names = (self._mailbox.name, self._mailbox.junk_name)
            pause = max(mailboxes.left_alone(session, name, now=self._desk.clock()) for name in names)
        stop.wait(max(LOOK_EVERY, pause.total_seconds()))

    def _poll(self, found: str) -> int:
        try:
            return poll.poll(
                self._desk, self._mailbox.as_junk(found), lambda: self._open(found), owner=self._owner,
                arrived=self._arrived, junk=True,
            )  # fmt: skip
        except MailboxAwayError:
            self._found = None
            raise

    def _find(self) -> str | None:
        with self._open(self._mailbox.folder) as folder:
            name = folder.junk()
        if name == self._mailbox.folder:
            return None
        log.info("mailbox %s: %s", self._mailbox.name, "has a junk folder" if name else "has no junk folder")
        return name
