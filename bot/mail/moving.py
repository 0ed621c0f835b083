"""Mails that were taken go in; each leaves for another folder once, whatever the server can and wherever we die."""

from collections.abc import Collection, Sequence

from imapclient import IMAPClient


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

    The target is selected afterwards.
    """
    asked = ["RFC822.SIZE", "BODY.PEEK[HEADER]"]
    mails = client.fetch(sorted(uids), asked) if uids else {}
    client.select_folder(target, readonly=True)
    return {uid for uid, mail in mails.items() if _lies_there(client, mail[b"RFC822.SIZE"], mail[b"BODY[HEADER]"])}


def copy_over(client: IMAPClient, uids: Sequence[int], target: str, *, copied: Collection[int]) -> None:
    """Copy what is not copied yet, then delete. Nobody else's \\Deleted mails are expunged."""
    if left := [uid for uid in uids if uid not in copied]:
        client.copy(left, target)
    client.add_flags(uids, [rb"\Deleted"], silent=True)
    # A plain EXPUNGE would take what other programs marked: without UIDPLUS the mark must do.
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(uids)


def _lies_there(client: IMAPClient, size: int, header: bytes) -> bool:
    alike = client.search(["LARGER", max(size - 1, 0), "SMALLER", size + 1])
    headers = client.fetch(alike, ["BODY.PEEK[HEADER]"]) if alike else {}
    return any(answer.get(b"BODY[HEADER]") == header for answer in headers.values())
