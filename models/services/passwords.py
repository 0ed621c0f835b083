"""A password goes in; out comes its argon2id hash, or whether it matches one. Verified one at a time."""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 12
LONGEST = 1_000
MEMORY_KIB = 47_104
"""For one round: what OWASP's Password Storage Cheat Sheet names first."""

# A verification takes 46 MiB: a crowd at the door shall not take the machine's memory.
_ONE_AT_A_TIME = threading.Lock()
# No password has this hash. It is verified for accounts that are not there, so that both take the same time.
_NOBODY = "$argon2id$v=19$m=47104,t=1,p=1$bm9ib2R5J3Mgc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def hashed(password: str) -> str:
    with _ONE_AT_A_TIME:
        return _hasher().hash(password)


def matches(password: str, known: str | None) -> bool:
    from argon2.exceptions import VerifyMismatchError

    with _ONE_AT_A_TIME:
        try:
            return _hasher().verify(known or _NOBODY, password[:LONGEST])
        except VerifyMismatchError:
            return False


def _hasher() -> "PasswordHasher":
    # Imported here, since few commands need it.
    from argon2 import PasswordHasher

    return PasswordHasher(memory_cost=MEMORY_KIB, time_cost=1, parallelism=1)
