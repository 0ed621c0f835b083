"""A folder on an IMAP server: UIDs and raw mails come out; the only order that goes in is to move what was taken."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from types import TracebackType
from typing import Any, Self

from imapclient.imapclient import JUNK

from bot.mail.imap import idle, marks, moving, names
from bot.mail.imap.session import (
    Account,
    MailboxAwayError,
    MailboxLoginError,
    MailboxRefusedError,
    asking,
    connected,
    log_out,
)
from bot.mail.login.tls import refuse_clear_text
from models.services.arrival.mailboxes import Mark

__all__ = ["Account", "Fetched", "Folder", "MailboxAwayError", "MailboxLoginError", "MailboxRefusedError", "check"]

BATCH_MAILS = 100
BATCH_OCTETS = 16 * 1024 * 1024
OVERSIZE = 25 * 1024 * 1024
LISTED_AT_ONCE = 500
TIMES_ASKED = 3


@dataclass(frozen=True)
class Fetched:
    """A mail as it lies on the server. ``oversize``: ``raw`` is its header block; None: it was not given.

    ``internaldate`` is none where the server knows none.
    """

    uid: int
    internaldate: datetime | None
    size: int
    raw: bytes | None
    oversize: bool = False


class Folder:
    """One selected folder, a context manager. UIDs are good for this UIDVALIDITY only; no flag is read."""

    def __init__(self, account: Account, name: str, *, writable: bool = False, largest: int = OVERSIZE) -> None:
        refuse_clear_text(account.host, account.tls)
        self.name, self._largest, self._readonly = name, largest, not writable
        self._sized: dict[int, Fetched] = {}
        self._selected: dict[bytes, Any] = {}
        self._client = connected(account)
        try:
            with asking():
                self._native = names.native(self._client, name)
            self.look_again()
        except BaseException:
            self.close()
            raise

    def state(self) -> tuple[int, int]:
        """UIDVALIDITY and UIDNEXT. A server that does not say UIDNEXT at SELECT is asked for the highest UID."""
        validity, following = self._selected[b"UIDVALIDITY"], self._selected.get(b"UIDNEXT")
        if following is None:
            following = max(self.new_uids(0), default=0) + 1
        return int(validity), int(following)

    def new_uids(self, after_uid: int) -> list[int]:
        """The UIDs above this one, ascending."""
        with asking():
            self._client.noop()
            found = self._client.search(["UID", f"{after_uid + 1}:*"])
        # `n:*` always answers with the newest message, even one below n (RFC 3501, 6.4.8).
        return sorted(uid for uid in found if uid > after_uid)

    def since(self, start: datetime) -> list[int]:
        """The UIDs of what arrived (INTERNALDATE) at or after this moment."""
        # SEARCH SINCE knows days in the server's own zone: ask for one more, then look at each date.
        with asking():
            candidates = sorted(self._client.search(["SINCE", (start - timedelta(days=1)).date()]))
        return [
            mail.uid for mail in self._listed(candidates) if mail.internaldate is None or mail.internaldate >= start
        ]

    def batches(self, uids: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """At most 100 UIDs and 16 MB a batch, whatever a mail that is larger by itself."""
        batch: list[int] = []
        octets = 0
        for mail in self._listed(uids):
            size = 0 if mail.oversize else mail.size
            if batch and (len(batch) >= BATCH_MAILS or octets + size > BATCH_OCTETS):
                yield tuple(batch)
                batch, octets = [], 0
            batch.append(mail.uid)
            octets += size
            self._sized[mail.uid] = mail
        if batch:
            yield tuple(batch)

    def marks(self, uids: Sequence[int]) -> list[Mark]:
        """By what the mails of one batch may be known without fetching them."""
        with asking():
            return list(marks.marks(self._client, uids))

    def fetch(self, uids: Sequence[int]) -> tuple[Fetched, ...]:
        """The mails of one batch, ascending; what was expunged meanwhile is missing."""
        unsized = [uid for uid in uids if uid not in self._sized]
        self._sized.update((mail.uid, mail) for mail in self._listed(unsized))
        listed = [self._sized.pop(uid) for uid in sorted(uids) if uid in self._sized]
        contents = self._contents([mail.uid for mail in listed if not mail.oversize], "BODY.PEEK[]", b"BODY[]")
        contents |= self._contents(
            [mail.uid for mail in listed if mail.oversize], "BODY.PEEK[HEADER]", b"BODY[HEADER]"
        )
        return tuple(
            Fetched(mail.uid, mail.internaldate, mail.size, contents[mail.uid], mail.oversize)
            for mail in listed
            if mail.uid in contents
        )

    @property
    def can_move(self) -> bool:
        return moving.can_move(self._client)

    def move(self, uids: Sequence[int], folder: str, *, doubtful: Collection[int] = ()) -> None:
        """Into another folder, made when missing. ``doubtful``: those of which a copy may lie there already."""
        if not uids:
            return
        with asking():
            target = names.native(self._client, folder)
            moving.make(self._client, target)
            if self.can_move:
                self._client.move(uids, target)
                return
            copied = moving.copied_before(self._client, doubtful, target) if doubtful else set()
        if doubtful:
            self._come_back()
        with asking():
            moving.copy_over(self._client, uids, target, copied=copied)

    def junk(self) -> str | None:
        """The server's own name of the folder for spam (RFC 6154), or of the one that is called so."""
        with asking():
            name: str | None = self._client.find_special_folder(JUNK)
        return name

    def look_again(self) -> None:
        """Select the folder anew: what its server says of it now, which may be a new UIDVALIDITY."""
        with asking():
            self._sized.clear()
            self._selected = self._client.select_folder(self._native, readonly=self._readonly)
            if b"UIDVALIDITY" not in self._selected:
                raise MailboxRefusedError("the server gives the folder no UIDVALIDITY")

    @property
    def can_tell(self) -> bool:
        return idle.can_tell(self._client)

    def told_of_mail(self, seconds: float, stop: Event) -> bool:
        """Wait for mail: true once the server tells of some, false when the time is up or ``stop`` is set."""
        with asking():
            return idle.told_of_mail(self._client, seconds, stop)

    def close(self) -> None:
        log_out(self._client)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _come_back(self) -> None:
        validity, _ = self.state()
        self.look_again()
        if self.state()[0] != validity:
            # The same numbers are other mails by now.
            raise MailboxRefusedError("the folder was made anew meanwhile")

    def _listed(self, uids: Sequence[int]) -> Iterator[Fetched]:
        for start in range(0, len(uids), LISTED_AT_ONCE):
            chunk = uids[start : start + LISTED_AT_ONCE]
            with asking():
                found = self._client.fetch(chunk, ["RFC822.SIZE", "INTERNALDATE"])
                # Of what was expunged meanwhile there is no answer.
                mails = [self._as_listed(uid, found[uid]) for uid in sorted(chunk) if found.get(uid)]
            yield from mails

    def _as_listed(self, uid: int, answer: Mapping[bytes, Any]) -> Fetched:
        size, arrived = int(answer.get(b"RFC822.SIZE", 0)), answer.get(b"INTERNALDATE")
        utc = arrived.astimezone(UTC) if arrived else None
        return Fetched(uid, utc, size, None, oversize=size > self._largest)

    def _contents(self, uids: Sequence[int], asked: str, answered: bytes) -> dict[int, bytes | None]:
        """Of a batch that the server refuses each mail is asked for alone: one that it cannot give is None.

        Raises MailboxRefusedError where it gives none of several: then the trouble is the server's.
        """
        if not uids:
            return {}
        try:
            with asking():
                found = self._client.fetch(uids, [asked])
        except MailboxRefusedError:
            contents = {uid: self._alone(uid, asked, answered) for uid in uids}
            if len(uids) > 1 and not any(contents.values()):
                raise
            return contents
        return {uid: answer.get(answered) for uid, answer in found.items() if uid in uids}

    def _alone(self, uid: int, asked: str, answered: bytes) -> bytes | None:
        for _ in range(TIMES_ASKED):
            try:
                with asking():
                    raw: bytes | None = self._client.fetch([uid], [asked]).get(uid, {}).get(answered)
                    return raw
            except MailboxRefusedError:
                continue
        return None


def check(account: Account, folder: str) -> str:
    """One line for ``rightsdesk check``; MailboxAwayError says what does not work."""
    with Folder(account, folder) as selected:
        count = selected._selected.get(b"EXISTS", 0)
    return f"logged in, the folder holds {count} mails"
