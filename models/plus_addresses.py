"""Addresses of ours that name one letter: what comes to support+TICKET.MARK@… answers it, or gives it back."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from models.keys import Keyring
from models.rules.addresses import without_plus
from models.rules.references import ALPHABET

_PURPOSE = "plus-address"
_TAIL = re.compile(rf"([{ALPHABET}]{{8}})\.([A-Z2-7]{{16}})", re.IGNORECASE)


@dataclass(frozen=True)
class PlusAddress:
    """What an address of ours says of the letter that it was made for, not yet held against the key."""

    reference: str
    mark: str


def make(keys: Keyring, address: str, reference: str, message_id: str) -> str:
    """Where answers to this letter go, and what comes back of it. Whoever folds its case folds nothing that counts."""
    local, _, domain = address.rpartition("@")
    number = reference.removeprefix("RD-").lower()
    return f"{local}+{number}.{keys.mark(_PURPOSE, number, message_id)}@{domain}"


def read(address: str, own: Collection[str]) -> PlusAddress | None:
    """None where it is no such address of ours. ``own`` are our addresses in lower case."""
    local, _, _domain = address.rpartition("@")
    tail = _TAIL.fullmatch(local.rpartition("+")[2])
    if tail is None or without_plus(address).lower() not in own:
        return None
    return PlusAddress(f"RD-{tail[1].upper()}", tail[2].lower())


def names(keys: Keyring, plus: PlusAddress, message_id: str) -> bool:
    """Whether it was made for the letter with this Message-ID."""
    return keys.marks(plus.mark, _PURPOSE, plus.reference.removeprefix("RD-").lower(), message_id)
