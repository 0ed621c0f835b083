"""Addresses, of mail and of houses: how they are compared, and how one written in a line comes apart."""

import re
from string import ascii_lowercase, ascii_uppercase

from models.rules.kinds import Field

# ASCII alone: other letters that fold into an ASCII one (the Kelvin sign) belong to somebody else's address.
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


def normalised(address: str, *, keep_case: bool) -> str:
    """An e-mail address as it is compared: the domain in lower case, the local part too unless its case counts."""
    local, at, domain = address.strip().rpartition("@")
    return (local if keep_case else local.translate(_LOWER)) + at + domain.translate(_LOWER)


_PLACE = re.compile(
    r"""^(?P<postal_code>(?:[A-Z]{1,2}-)?\d{4,5}|\d{3}\s?\d{2}|\d{2}-\d{3}|\d{4}\s?[A-Z]{2})\s+(?P<city>\D[^,\n]*)$""",
    re.VERBOSE,
)
_UK_PLACE = re.compile(r"^(?P<city>\D[^,\n]*?)\s+(?P<postal_code>[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2})$", re.IGNORECASE)
_UK_CODE = re.compile(r"^[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}$", re.IGNORECASE)


def split_address(text: str) -> dict[Field, str]:
    """Street, postal code, city and country of a postal address in one line or several.

    What cannot be told apart stays with the street: nothing that was written is dropped.
    """
    parts = [part.strip() for part in re.split(r"[,\n]", text) if part.strip()]
    for number, part in enumerate(parts):
        place = _PLACE.match(part) or (number > 0 and _UK_PLACE.match(part)) or None
        if place:
            return _split_at(parts, number, number + 1, place["postal_code"], place["city"])
        if number > 1 and _UK_CODE.match(part):
            return _split_at(parts, number - 1, number + 1, part, parts[number - 1])
    return {Field.STREET: ", ".join(parts)} if parts else {}


def _split_at(parts: list[str], first: int, after: int, postal_code: str, city: str) -> dict[Field, str]:
    found = {
        Field.STREET: ", ".join(parts[:first]),
        Field.POSTAL_CODE: postal_code,
        Field.CITY: city.strip(),
        Field.COUNTRY: ", ".join(parts[after:]),
    }
    return {field: value for field, value in found.items() if value}
