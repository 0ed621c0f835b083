"""Mails that were taken go in; each leaves for another folder once, whatever the server can and wherever we die."""

from collections.abc import Collection, Sequence
from typing import Any

from imapclient import IMAPClient

NEWEST = 1000
"""Among so many of a folder's last mails the copies of an attempt before are looked for: they came a moment ago."""


def can_move(client: IMAPClient) -> bool:
    """MOVE is one step (RFC 6851); without it a mail is copied and then deleted, and may be there twice between."""
    return bool(client.has_capability("MOVE"))


def make(client: IMAPClient, folder: str) -> None:
    """The folder, unless it is there."""
    if not client.folder_exists(folder):
        client.create_folder(folder)
        client.subscribe_folder(folder)


def copied_before(client: IMAPClient, uids: Collection[int], target: str) -> set[int]:
    """Those of the mails that lie in the target already, by their size and their whole header.

    The target is selected afterwards. It is fetched from, not searched: what SEARCH takes for a size is not on every
    server what FETCH does.
    """
    asked = ["RFC822.SIZE", "BODY.PEEK[HEADER]"]
    mails = client.fetch(sorted(uids), asked)
    client.select_folder(target, readonly=True)
    newest = sorted(client.search("ALL"))[-NEWEST:]
    sizes = client.fetch(newest, ["RFC822.SIZE"]) if newest else {}
    wanted = {mail[b"RFC822.SIZE"] for mail in mails.values()}
    alike = [uid for uid, mail in sizes.items() if mail[b"RFC822.SIZE"] in wanted]
    there = {_marks(mail) for mail in client.fetch(alike, asked).values()} if alike else set()
    return {uid for uid, mail in mails.items() if _marks(mail) in there}


def copy_over(client: IMAPClient, uids: Sequence[int], target: str, *, copied: Collection[int]) -> None:
    """Copy what is not copied yet, then delete. Nobody else's \\Deleted mails are expunged."""
    if left := [uid for uid in uids if uid not in copied]:
        client.copy(left, target)
    client.add_flags(uids, [rb"\Deleted"], silent=True)
    # A plain EXPUNGE would take what other programs marked: without UIDPLUS the mark must do.
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(uids)


def _marks(mail: dict[bytes, Any]) -> tuple[int, bytes]:
    return mail[b"RFC822.SIZE"], mail[b"BODY[HEADER]"]
