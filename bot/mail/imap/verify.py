"""The folder in which a letter that the desk wrote to itself is looked for."""

from collections.abc import Sequence

from bot.mail.imap.folder import Folder
from bot.mail.imap.session import asking
from bot.mail.probe import HEADER

LAST = 50


class Looked(Folder):
    """A folder in which one of our own mails is looked for, from where it stands when it is opened."""

    def begin(self) -> None:
        self._after = self.state()[1] - 1

    def find(self, written: str) -> int | None:
        """The UID of the mail with this mark, once it is there."""
        return self._among(self.new_uids(self._after), written)

    def find_among_last(self, written: str) -> int | None:
        return self._among(self.new_uids(0)[-LAST:], written)

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
