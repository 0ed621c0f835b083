"""A mailbox that a running worker keeps open: polled when its server tells of mail, and every minute in any case."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event

from bot.mail.imap.folder import Folder, MailboxAwayError
from bot.stages import poll, reconcile
from models.config import Mailbox
from models.desk import Desk
from models.services.arrival import mailboxes

log = logging.getLogger(__name__)

POLL_EVERY = 60.0
"""Seconds between two polls although the server tells of nothing: some go deaf while they IDLE."""
LOOK_EVERY = 10.0
"""Seconds between two polls of a server that cannot tell, and of a mailbox that could not be polled."""
IDLE_FOR = 30.0
"""Seconds in IDLE until the server must answer again: a connection that died in silence is known by that. Well below
the 9 minutes after which servers, and the routers between, end what is idle."""


class Watch:
    """The kept connection of one mailbox, and one thread's only.

    IDLE needs no lease, for it writes nothing: what is told only begins a poll, which takes its own.
    """

    def __init__(
        self, desk: Desk, mailbox: Mailbox, open_folder: Callable[[], Folder], *, owner: str,
        arrived: Callable[[], None],
    ) -> None:  # fmt: skip
        self._desk, self._mailbox, self._open, self._owner = desk, mailbox, open_folder, owner
        self._arrived = arrived
        self._folder: Folder | None = None
        self._polled_at = -POLL_EVERY
        self._looked = self._more = False

    def poll(self) -> Mapping[str, int]:
        """Raises MailboxAwayError; the next poll connects anew."""
        self._polled_at, self._looked, self._more = time.monotonic(), False, False
        taken = sum(
            stage(self._desk, self._mailbox, self._lent, owner=self._owner, arrived=self._arrived)
            for stage in (poll.poll, reconcile.reconcile)
        )
        # What came while these were fetched was told in answers to other commands.
        self._more = taken > 0
        return {"polled": taken}

    def wait(self, stop: Event) -> None:
        """Until the server tells of mail, or it is time to look."""
        if self._more or self._left_alone(stop):
            return
        # One that another worker polls or the spool has no room for is looked at soon, whatever its server tells.
        if self._looked and self._folder is not None and self._folder.can_tell:
            self._listen(self._folder, stop)
        else:
            stop.wait(self._left_of(LOOK_EVERY))

    def close(self) -> None:
        """Say goodbye; the next poll connects anew."""
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.close()

    def _left_alone(self, stop: Event) -> bool:
        """Whether we waited because the server was away, whoever found it so and before whatever restart.

        The row is read again and again: staff may have mended the login and tried it.
        """
        waited = False
        while not stop.is_set() and (pause := self._pause()):
            waited = True
            stop.wait(min(pause, LOOK_EVERY))
        return waited

    def _pause(self) -> float:
        with self._desk.readers() as session:
            left = mailboxes.left_alone(session, self._mailbox.name, now=self._desk.clock())
        return left.total_seconds()

    def _listen(self, folder: Folder, stop: Event) -> None:
        try:
            while not stop.is_set() and (left := self._left_of(POLL_EVERY)):
                if folder.told_of_mail(min(IDLE_FOR, left), stop):
                    return
        except MailboxAwayError as error:
            log.info("mailbox %s: the connection ended while nothing was asked: %s", self._mailbox.name, error)
            self.close()
            # A server that refuses IDLE each time is not logged in to each second.
            stop.wait(self._left_of(LOOK_EVERY))

    def _left_of(self, seconds: float) -> float:
        return max(self._polled_at + seconds - time.monotonic(), 0.0)

    @contextmanager
    def _lent(self) -> Iterator[Folder]:
        """The folder as it is now; after any error the connection is not trusted again."""
        try:
            yield self._as_it_is()
        except BaseException:
            self.close()
            raise
        self._looked = True

    def _as_it_is(self) -> Folder:
        if self._folder is None:
            self._folder = self._open()
        else:
            self._folder.look_again()
        return self._folder
