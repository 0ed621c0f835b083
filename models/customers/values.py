"""A value that is to be written goes in; it passes, or is refused by its characters or by what its field means."""

from models.customers import ValueRefusedError
from models.rules import values
from models.rules.kinds import Field

_NO_COUNTRY = "No country has this code: type + and the country's code, or the number as one dials it at home."
_TOO_SHORT = "This phone number lacks digits: compare it with the message, or ask the customer."


def refuse_unsound(value: str | None, field: Field | None) -> None:
    """Raise ValueRefusedError for controls, bidi marks, blanks alone, and what its field could not mean."""
    why = refusal(field or Field.OTHER, value)
    if why:
        raise ValueRefusedError(why)


def refusal(field: Field, value: str | None) -> str | None:
    """Why this value cannot be written and what to do, the libraries asked too; no look-up leaves the machine."""
    why = values.refusal(field, value)
    if why or value is None:
        return why
    match field:
        case Field.EMAIL:
            return _no_address(value.strip())
        case Field.PHONE if value.strip().startswith(("+", "＋")):
            return _no_phone(value.strip())
    return None


def _no_address(value: str) -> str | None:
    import email_validator  # 0.1 s that only a written address needs

    try:
        email_validator.validate_email(value, check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError:
        return "This is no e-mail address: type it alone, such as name@example.com."
    return None


def _no_phone(value: str) -> str | None:
    """Only what no country could give out: the plans of the library are older than the newest numbers."""
    import phonenumbers  # 30 ms that only a phone number is worth

    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException as error:
        known = {error.INVALID_COUNTRY_CODE: _NO_COUNTRY, error.TOO_LONG: None}
        return known.get(error.error_type, _TOO_SHORT)
    reason = phonenumbers.is_possible_number_with_reason(number)
    return _TOO_SHORT if reason == phonenumbers.ValidationResult.TOO_SHORT else None
