"""Why a deed of staff was not done, as the page says it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Beside ``field`` where that is an input of the page."""

    why: str
    field: str = ""
