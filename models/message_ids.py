"""Message-IDs that only we can have made: the last part signs the others."""

from email.utils import parseaddr
from functools import lru_cache

from models.keys import Keyring

_CHANCE = 12


def make(keys: Keyring, reference: str, token: str, address: str) -> str:
    """Of a ticket's reference, chance, and the address that it is sent from; without angle brackets."""
    number = reference.removeprefix("RD-").lower()
    # Mail systems fold the case of what they pass on, so the random part is hexadecimal.
    chance = token[:_CHANCE].encode().hex()
    return f"rd.{number}.{chance}.{keys.tag('message-id', number, chance)}@{_domain(address)}"


@lru_cache(maxsize=16)
def _domain(address: str) -> str:
    """Kept, since a desk writes all its letters from one address."""
    return parseaddr(address)[1].rpartition("@")[2]


def is_ours(keys: Keyring, message_id: str) -> bool:
    local, _, _ = message_id.strip("<>").partition("@")
    parts = local.split(".")
    return len(parts) == 4 and parts[0] == "rd" and keys.tag("message-id", *parts[1:3]) == parts[3]
