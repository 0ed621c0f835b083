"""What only the outermost module may make, the time and chance; and the error that ends a command in one line."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Edge:
    """``clock`` gives aware UTC times, ``new_reference`` a ticket's RD-…, ``new_token`` 256 bits of URL-safe text."""

    clock: Callable[[], datetime]
    new_reference: Callable[[], str]
    new_token: Callable[[], str]


class DeskError(Exception):
    """The command cannot do what it was asked; the text says what and how to mend it, in one line."""
