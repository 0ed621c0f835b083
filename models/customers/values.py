"""A value that is to be written goes in; it passes, or is refused by its characters or by what its field means."""

import re
import unicodedata

from models.customers import ValueRefusedError
from models.rules.kinds import Field

# Marks that turn text around (Unicode Bidirectional Algorithm, 2.1 to 2.6): a name must read as it is stored.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_PHONE = re.compile(r"\+?[0-9()/.\-\s]+(?:\s*(?:x|ext\.?)\s*[0-9]{1,6})?", re.IGNORECASE)


def refuse_unsound(value: str | None, field: Field | None) -> None:
    """Raise ValueRefusedError for controls, bidi marks, blanks alone, and what its field could not mean."""
    if value is None:
        return
    if any(character in _BIDI or unicodedata.category(character) in _CONTROLS for character in value):
        raise ValueRefusedError("the value holds control characters or marks that turn text around")
    if not value.strip():
        raise ValueRefusedError("the value is empty: remove it instead")
    match field:
        case Field.EMAIL:
            _refuse_no_address(value)
        case Field.PHONE:
            _refuse_no_phone(value)
        case Field.DATE_OF_BIRTH if not re.search(r"[0-9]", value):
            raise ValueRefusedError("the value is no date")


def _refuse_no_address(value: str) -> None:
    import email_validator  # 0.1 s that only a written address needs

    try:
        email_validator.validate_email(value, check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError:
        raise ValueRefusedError("the value is no e-mail address") from None


def _refuse_no_phone(value: str) -> None:
    digits = sum(character.isdigit() for character in value)
    if not _PHONE.fullmatch(value) or not 4 <= digits <= 20:
        raise ValueRefusedError("the value is no phone number")
