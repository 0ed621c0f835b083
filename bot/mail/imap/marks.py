"""UIDs of a folder go in; out comes by what each mail can be known again without its content being fetched."""

from collections.abc import Iterator, Sequence
from datetime import UTC

from imapclient import IMAPClient

from models.services.arrival.mailboxes import Mark

ASKED = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"


def marks(client: IMAPClient, uids: Sequence[int]) -> Iterator[Mark]:
    """One a mail, but for those that lack a part of it: they are known by their content alone."""
    from bot.mail import mime  # asked for at a folder made anew and once a night; else only the parser's process reads

    for uid, answer in client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE", ASKED]).items():
        size, arrived = answer.get(b"RFC822.SIZE"), answer.get(b"INTERNALDATE")
        # Some servers put the names of the fields between quotes.
        header = next((octets for name, octets in answer.items() if name.startswith(b"BODY[HEADER.FIELDS")), b"")
        if uid in uids and size and arrived and header and header.strip():
            yield Mark(uid, mime.read(header).message_id, int(size), arrived.astimezone(UTC))
