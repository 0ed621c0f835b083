"""Which values a field may hold at all, before any library or database is asked: refused is only what cannot be."""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

from models.rules.kinds import Field

MAX = 500
# Marks that turn text around (Unicode Bidirectional Algorithm, 2.1 to 2.6): a name must read as it is stored.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})

# How ten languages write the extension behind a number.
_EXTENSION = (
    r"x|ext|extn|extension|dw|durchwahl|app|apparat|poste|int|interno|anexo|ramal|toestel|tst|wew|linka|klapka|ankn"
)
_NUMBER = re.compile(
    rf"[+＋]?[\d()\[\]/.\s‐-―·~-]+(?:[\s,;(]*(?:#|(?:{_EXTENSION})\.?)[\s:]*\d{{1,7}}\)?)?", re.IGNORECASE
)
_DIGITS = range(4, 21)
# The longest are those of the United States and Brazil, with a country before them.
_POSTAL_CODE = re.compile(r"(?=.*\d)〒?[\w\s./‐-―-]{2,16}")
_VAT_ID = re.compile(r"(?=.*\d.*\d)[\w\s./+*‐-―-]{4,40}")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY = re.compile(r"(\d{1,2})[./-]\s?(\d{1,2})[./-]\s?(\d{4})\.?")
_OUR_CALENDAR = range(1800, 2200)
"""Other years are of other calendars: 1401 is this century in Tehran, 2523 was the last one in Bangkok."""


def refusal(field: Field, value: str | None) -> str | None:
    """Why this value cannot be written and what to do, in plain words; None when it can."""
    if value is None:
        return None
    if len(value) > MAX:
        return f"The value is longer than {MAX} characters: shorten it."
    if "\n" in value or "\r" in value:
        return "The value has a line break: type it on one line."
    if any(char in _BIDI or unicodedata.category(char) in _CONTROLS for char in value):
        return "The value holds invisible control characters: type it anew."
    if not value.strip():
        return "The value is blank: leave the field empty to remove what is there."
    means, why = _FIELDS.get(field, (_anything, ""))
    return None if means(value.strip()) else why


def _anything(_value: str) -> bool:
    return True


def _is_number(value: str) -> bool:
    return bool(_NUMBER.fullmatch(value)) and sum(map(str.isdigit, value)) in _DIGITS


def _is_postal_code(value: str) -> bool:
    return bool(_POSTAL_CODE.fullmatch(value))


def _is_vat_id(value: str) -> bool:
    return bool(_VAT_ID.fullmatch(value))


def _is_ip_address(value: str) -> bool:
    try:
        ipaddress.ip_interface(value)
    except ValueError:
        return False
    return True


def _is_day(value: str) -> bool:
    """A day, or as much of one as is known; only a day that our calendar does not have is none."""
    iso, written = _ISO_DAY.fullmatch(value), _DAY.fullmatch(value)
    if iso:
        return _is_in_calendar(int(iso[1]), int(iso[2]), int(iso[3]))
    if written:
        first, second, year = map(int, written.groups())
        return _is_in_calendar(year, second, first) or _is_in_calendar(year, first, second)
    return any(map(str.isdigit, value))


def _is_in_calendar(year: int, month: int, day: int) -> bool:
    """Passports write 00 for a day or month that nobody knows."""
    if year not in _OUR_CALENDAR:
        return True
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return False
    return True


def _says_something(value: str) -> bool:
    return any(map(str.isalnum, value))


_FIELDS: Mapping[Field, tuple[Callable[[str], bool], str]] = {
    Field.PHONE: (
        _is_number,
        "This is no phone number: type its digits alone, with + and the country code where you know it.",
    ),
    Field.POSTAL_CODE: (_is_postal_code, "This is no postcode: type it alone, without the city."),
    Field.VAT_ID: (_is_vat_id, "This is no VAT number: type its letters and digits alone."),
    Field.DATE_OF_BIRTH: (_is_day, "There is no such day: type it as year-month-day, such as 1980-12-31."),
    Field.IP_ADDRESS: (_is_ip_address, "This is no IP address: type it alone, such as 192.0.2.7."),
    Field.STREET: (_says_something, "This is no street: type its name and number."),
    Field.ADDRESS: (_says_something, "This is no address: type street, postcode and city."),
}
