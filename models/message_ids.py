"""Message-IDs that only we can have made: the last part signs the others, and to whom the letter went."""

import re
from collections.abc import Iterable
from email.utils import parseaddr
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from models.rules.addresses import normalised

if TYPE_CHECKING:
    from models.keys import Keyring

_CHANCE = 12
_PURPOSE = "message-id"
_OURS = re.compile(r"rd\.([0-9a-z]{1,16})\.([0-9a-f]{2,64})\.([a-z2-7]{16})@[a-z0-9.-]{1,255}", re.IGNORECASE)
_NAMED = 5


def make(keys: "Keyring", reference: str, token: str, *, sender: str, recipient: str) -> str:
    """Of a ticket's reference, chance, and the address that it is sent from; without angle brackets."""
    number = reference.removeprefix("RD-").lower()
    # Mail systems fold the case of what they pass on, so the random part is hexadecimal.
    chance = token[:_CHANCE].encode().hex()
    return f"rd.{number}.{chance}.{keys.mark(_PURPOSE, number, chance, _bound(recipient))}@{_domain(sender)}"


def is_ours(keys: "Keyring", message_id: str, recipients: Iterable[str]) -> bool:
    """Whether it is the id of a letter that we wrote to one of these addresses."""
    parts = _OURS.fullmatch(message_id.strip("<>"))
    if parts is None:
        return False
    number, chance, mark = (part.lower() for part in parts.groups())
    return any(keys.marks(mark, _PURPOSE, number, chance, _bound(recipient)) for recipient in recipients)


def quoted_in(text: str) -> list[str]:
    """What looks like ids of ours in a text, a few at the most, in their order: the newest letter is quoted first."""
    return list(islice(dict.fromkeys(found[0].lower() for found in _OURS.finditer(text)), _NAMED))


def _bound(recipient: str) -> str:
    return normalised(recipient, keep_case=False)


@lru_cache(maxsize=16)
def _domain(address: str) -> str:
    """Kept, since a desk writes all its letters from one address."""
    return parseaddr(address)[1].rpartition("@")[2]
