"""Addresses of mail: how they are compared."""

from string import ascii_lowercase, ascii_uppercase

# ASCII alone: other letters that fold into an ASCII one (the Kelvin sign) belong to somebody else's address.
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


def without_plus(address: str) -> str:
    """The address that mail for ``local+anything@domain`` arrives at (RFC 5233)."""
    local, at, domain = address.rpartition("@")
    base, plus, _ = local.rpartition("+")
    return (base if plus else local) + at + domain


def normalised(address: str, *, keep_case: bool) -> str:
    """An e-mail address as it is compared: the domain in lower case, the local part too unless its case counts."""
    local, at, domain = address.strip().rpartition("@")
    return (local if keep_case else local.translate(_LOWER)) + at + domain.translate(_LOWER)
