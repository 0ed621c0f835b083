"""The number of a row, as an address or a form gives it, goes in; none that no row can bear comes out."""

from flask import Flask
from werkzeug.routing import IntegerConverter, ValidationError

LARGEST = 2**63 - 1
"""What a column of whole numbers holds, in either database."""


class Number(IntegerConverter):
    """In a path: 404 beyond."""

    def to_python(self, value: str) -> int:
        try:
            return number(value)
        except ValueError:
            raise ValidationError from None


def install(app: Flask) -> None:
    app.url_map.converters["int"] = Number


def number(text: str) -> int:
    """Raises ValueError beyond, as for what is no number."""
    found = int(text)
    if abs(found) > LARGEST:
        raise ValueError("no row has such a number")
    return found
