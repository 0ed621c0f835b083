"""Brings values into the form in which they are stored and compared: phones, e-mail addresses, dates."""

import re
import unicodedata
from datetime import date

from models.rules.kinds import Field
from models.rules.reading import Record

_REGIONS = {
    "en": ("GB", "US", "IE"), "de": ("DE", "AT", "CH"), "fr": ("FR", "BE", "CH"), "es": ("ES", "MX", "AR"),
    "it": ("IT", "CH"), "nl": ("NL", "BE"), "pt": ("PT", "BR"), "pl": ("PL",), "cs": ("CZ", "SK"), "sv": ("SE", "FI"),
}  # fmt: skip
# Months by their beginnings in the ten languages; the longer beginning counts: Czech June and July share six letters.
_MONTHS = (
    "jan jän gen ene led sty|feb fév fev úno lut|mar mär mrt bře|apr avr abr dub kwi|may mai maj mag mei kvě|"
    "jun juin giu czer červ|jul juil lug lip červenc červenec|aug aoû ago srp sie|sep set zář wrz|"
    "oct okt ott out říj paź|nov lis|dec dez déc dic pro gru"
)
_MONTH_STARTS = {start: number for number, starts in enumerate(_MONTHS.split("|"), 1) for start in starts.split()}
_NUMERIC = re.compile(r"(\d{1,4})[./-]\s?(\d{1,2})[./-]\s?(\d{2,4})")
_WORDED = re.compile(r"(\d{1,2})?\D{0,4}?([^\W\d_]{3,})\.?\s(?:(\d{1,2})(?:st|nd|rd|th)?,?\s)?(\d{4})")


def comparable(text: str) -> str:
    """Case, spelling of accents and white space make no difference."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def unmarked(text: str) -> str:
    """As ``comparable``, and letters without their marks: so do many a shop's systems keep them."""
    apart = unicodedata.normalize("NFD", comparable(text))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def normalise(field: Field, value: str | None, *, language: str, record: Record | None) -> str | None:
    """The form to be stored, or none where the words themselves are it or are not certain."""
    if value is None:
        return None
    if field is Field.PHONE:
        return phone(value, language=language, held=(record or {}).get(Field.PHONE))
    if field is Field.EMAIL:
        local, _, domain = value.rpartition("@")
        return f"{local}@{domain.lower()}" if local else None
    if field is Field.DATE_OF_BIRTH:
        return day(value, language=language)
    return None


def phone(value: str, *, language: str, held: str | None) -> str | None:
    """E.164 (ITU-T), the country guessed from the number on file, then from the language."""
    import phonenumbers

    for region in (*_region_of(held), *_REGIONS.get(language, ())):
        try:
            number = phonenumbers.parse(value, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return _international(value)


def _international(value: str) -> str | None:
    """A number written with its country code stays as written, even where no plan lists it."""
    bare = value.replace("(0)", "").lstrip()
    return "+" + digits(bare) if bare.startswith("+") else None


def _region_of(held: str | None) -> tuple[str, ...]:
    import phonenumbers

    if not held or not held.lstrip().startswith("+"):
        return ()
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(held, None))
    except phonenumbers.NumberParseException:
        return ()
    return (region,) if region else ()


def day(value: str, *, language: str) -> str | None:
    """ISO 8601; none where day and month could be either way round."""
    numeric = _NUMERIC.search(value)
    if numeric:
        return _numeric_day(*numeric.groups(), language=language)
    worded = _WORDED.search(value.lower())
    if worded is None:
        return None
    first, name, second, year = worded.groups()
    start = max((start for start in _MONTH_STARTS if name.startswith(start)), key=len, default="")
    number = _MONTH_STARTS.get(start)
    return _iso(int(year), number, int(first or second or 0)) if number else None


def _numeric_day(first: str, second: str, third: str, *, language: str) -> str | None:
    if len(first) == 4:
        return _iso(int(first), int(second), int(third))
    if len(third) != 4:
        return None
    day_first, month_first = _iso(int(third), int(second), int(first)), _iso(int(third), int(first), int(second))
    # Britain writes the day first, America the month: English alone does not tell.
    if language in _REGIONS and language != "en":
        return day_first
    return day_first if month_first in (None, day_first) else month_first if day_first is None else None


def _iso(year: int, month: int, number: int) -> str | None:
    try:
        return date(year, month, number).isoformat()
    except ValueError:
        return None
