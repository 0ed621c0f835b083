"""Database values go in and canonical text comes out, the same for every database; and back, by column type."""

import ipaddress
import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from sqlalchemy import types
from sqlalchemy.dialects.postgresql import CIDR, DOMAIN, INET
from sqlalchemy.types import TypeEngine

from models.customers import ValueRefusedError

Type = TypeEngine[Any]
_Moment = TypeVar("_Moment", date, datetime, time)


class Untyped(types.Text):
    """An SQLite column declared without a type: it keeps numbers and texts apart, and is written as text."""


_TRUTH = {"true": True, "false": False, "1": True, "0": False}
_BITS = {types.SmallInteger: 16, types.BigInteger: 64}


def bare(kind: Type) -> Type:
    """The type under a PostgreSQL domain."""
    return bare(kind.data_type) if isinstance(kind, DOMAIN) else kind


def text_of(value: object, kind: Type) -> str | None:
    """The canonical text of a value as the driver gave it; total, since a row must always be shown."""
    match value:
        case None:
            return None
        case str():
            return _text_of_text(value, kind)
        case int() | float() | Decimal():
            return _text_of_number(value, kind)
        case date() | time():
            return _text_of_time(value)
        case bytes() | memoryview():
            return bytes(value).hex()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return str(value)


def value_of(text: str | None, kind: Type) -> Any:
    """The value to be bound for a canonical text; raises ValueRefusedError, in plain words and without the value."""
    if text is None:
        return None
    for types_, read in _READERS:
        if isinstance(kind, types_):
            return read(text, kind)
    raise ValueRefusedError("the desk cannot write this kind of column")


def same_text(text: str | None, kind: Type) -> str | None:
    """A text in the form in which it comes back out of the database (``1`` of a boolean column is ``true``)."""
    try:
        return text_of(value_of(text, kind), kind)
    except ValueRefusedError:
        return text


def is_writable(kind: Type) -> bool:
    """Whether a value read from this column equals itself in a WHERE: binary floats, JSON and the like do not."""
    return not isinstance(kind, types.Float) and any(isinstance(kind, types_) for types_, _ in _READERS)


def _text_of_text(value: str, kind: Type) -> str:
    """SQLite keeps dates as text; CHAR(n) is padded by one database and not by the next."""
    if isinstance(kind, types.CHAR):
        return value.rstrip(" ")
    if isinstance(kind, types.Boolean) and value.lower() in ("true", "false"):
        return value.lower()
    if isinstance(kind, types.DateTime):
        try:
            return str(text_of(datetime.fromisoformat(value), types.NullType()))
        except ValueError:
            return value
    return value


def _text_of_time(value: date | time) -> str:
    """Moments in UTC: a session's time zone must not change what a correction was approved against."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    return value.isoformat()


def _text_of_number(value: float | Decimal, kind: Type) -> str:
    """SQLite keeps booleans as 0 and 1, and decimals as whatever number is nearest."""
    if isinstance(value, bool) or (isinstance(kind, types.Boolean) and value in (0, 1)):
        return "true" if value else "false"
    if isinstance(value, Decimal) or (isinstance(kind, types.Numeric) and not isinstance(kind, types.Float)):
        return _text_of_decimal(Decimal(str(value)), getattr(kind, "scale", None))
    return str(value)


def _text_of_decimal(value: Decimal, scale: int | None) -> str:
    if not value.is_finite():
        return str(value)
    if scale is not None and value == round(value, scale):
        return f"{value:.{scale}f}"
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _boolean(text: str, _kind: Type) -> bool:
    if text.lower() not in _TRUTH:
        raise ValueRefusedError("the column holds yes or no: write true or false")
    return _TRUTH[text.lower()]


def _integer(text: str, kind: Type) -> int:
    """A consent kept as a number takes ``true`` and ``false`` too."""
    if text in ("true", "false"):
        return int(_TRUTH[text])
    if not re.fullmatch(r"[+-]?[0-9]{1,19}", text):
        raise ValueRefusedError("the column holds a whole number")
    bits = next((bits for type_, bits in _BITS.items() if isinstance(kind, type_)), 32)
    if not -(2 ** (bits - 1)) <= int(text) < 2 ** (bits - 1):
        raise ValueRefusedError("the number is too large for its column")
    return int(text)


def _decimal(text: str, kind: Type) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueRefusedError("the column holds a number") from None
    precision, scale = getattr(kind, "precision", None), getattr(kind, "scale", None)
    if not value.is_finite() or (scale is not None and value != round(value, scale)):
        raise ValueRefusedError("the number has more decimals than its column")
    if precision is not None and abs(value) >= Decimal(10) ** (precision - (scale or 0)):
        raise ValueRefusedError("the number is too large for its column")
    return value


def _float(text: str, _kind: Type) -> float:
    return float(_decimal(text, types.NullType()))


def _date(text: str, _kind: Type) -> date:
    return _by_iso(date.fromisoformat, text, "the column holds a date: write it like 1980-12-31")


def _datetime(text: str, kind: Type) -> datetime:
    moment = _by_iso(datetime.fromisoformat, text, "the column holds a time: write it like 1980-12-31T10:00:00")
    if getattr(kind, "timezone", False) and moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment


def _time(text: str, _kind: Type) -> time:
    return _by_iso(time.fromisoformat, text, "the column holds a time of day: write it like 10:00")


def _by_iso(read: Callable[[str], _Moment], text: str, refusal: str) -> _Moment:
    try:
        return read(text)
    except ValueError:
        raise ValueRefusedError(refusal) from None


def _uuid(text: str, kind: Type) -> uuid.UUID | str:
    try:
        value = uuid.UUID(text)
    except ValueError:
        raise ValueRefusedError("the column holds a UUID") from None
    return value if getattr(kind, "as_uuid", True) else str(value)


def _enum(text: str, kind: Type) -> str:
    choices = getattr(kind, "enums", ())
    if text not in choices:
        raise ValueRefusedError(f"the column takes only {', '.join(choices)}")
    return text


def _address(text: str, _kind: Type) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueRefusedError("the column holds a network address") from None
    return text


def _string(text: str, kind: Type) -> str:
    size = getattr(kind, "length", None)
    if size is not None and len(text) > size:
        raise ValueRefusedError(f"the value is longer than its column ({size} characters)")
    return text


# The first type that fits reads the text: Enum is a String, Float a Numeric in some versions.
_READERS: tuple[tuple[Any, Callable[[str, Type], Any]], ...] = (
    (types.Boolean, _boolean),
    (types.Integer, _integer),
    (types.Float, _float),
    (types.Numeric, _decimal),
    (types.DateTime, _datetime),
    (types.Date, _date),
    (types.Time, _time),
    (types.Uuid, _uuid),
    (types.Enum, _enum),
    ((INET, CIDR), _address),
    (types.String, _string),
)
