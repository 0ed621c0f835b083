"""The mail that a desk writes to itself: a mark that only we can make, and the folder in which it is looked for."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.mail.imap.folder import Folder
from bot.mail.imap.session import asking
from models.keys import Keyring

HEADER = "X-Rightsdesk-Verify"
GOOD_FOR = timedelta(minutes=30)
"""Who kept one of these mails can have another passed over for so long, and only their own."""
EARLY = timedelta(minutes=5)
"""Clocks of two machines differ."""
HEADER_BLOCK = 256 * 1024
LAST_IN_JUNK = 50

_MARK = re.compile(rb"^X-Rightsdesk-Verify:[ \t]*([0-9a-f]{24})\.(\d{10})\.([0-9a-f]{20})[ \t]*\r?$", re.I | re.M)
_END = re.compile(rb"\r?\n\r?\n")


def mark(keys: Keyring, token: str, *, now: datetime) -> str:
    """Of chance and the time, signed: the database need not know of it, and nobody else can make one."""
    chance, at = token[:12].encode().hex(), f"{int(now.timestamp()):010}"
    return f"{chance}.{at}.{keys.tag('verify mail', chance, at)}"


def is_ours(keys: Keyring, raw: bytes, *, now: datetime) -> bool:
    """Whether this is a mail to ourselves of the last half hour, which no import is to take for a customer's."""
    if HEADER.encode().lower() not in raw[:HEADER_BLOCK].lower():
        return False
    head = _END.split(raw[:HEADER_BLOCK], maxsplit=1)[0]
    found = _MARK.findall(head)
    if len(found) != 1:
        return False
    chance, at, signed = (part.decode() for part in found[0])
    age = now - datetime.fromtimestamp(int(at), UTC)
    return -EARLY <= age <= GOOD_FOR and keys.signs_tag(signed.lower(), "verify mail", chance.lower(), at)


class Looked(Folder):
    """A folder in which one of our own mails is looked for, from where it stands when it is opened."""

    def begin(self) -> None:
        self._after = self.state()[1] - 1

    def find(self, written: str) -> int | None:
        """The UID of the mail with this mark, once it is there."""
        return self._among(self.new_uids(self._after), written)

    def find_among_last(self, written: str) -> int | None:
        return self._among(self.new_uids(0)[-LAST_IN_JUNK:], written)

    def remove(self, uid: int) -> None:
        """Without UIDPLUS it stays, marked as deleted: a plain EXPUNGE would take what others marked."""
        with asking():
            self._client.add_flags([uid], [rb"\Deleted"], silent=True)
            if self._client.has_capability("UIDPLUS"):
                self._client.uid_expunge([uid])

    def _among(self, uids: Sequence[int], written: str) -> int | None:
        if not uids:
            return None
        with asking():
            found = self._client.fetch(uids, [f"BODY.PEEK[HEADER.FIELDS ({HEADER.upper()})]"])
        # The name of the answer is spelt as the server likes it.
        wanted = written.encode()
        return next(
            (uid for uid, answer in found.items() if any(_holds(one, wanted) for one in answer.values())), None
        )


def _holds(answer: object, wanted: bytes) -> bool:
    return isinstance(answer, bytes) and wanted in answer.lower()
