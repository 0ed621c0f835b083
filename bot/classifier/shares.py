"""Shares with their 95 % interval (Wilson's, which holds for small numbers), as the JSON of the figures has them."""

import math
from typing import Any

_95_PERCENT = 1.96


def wilson(share: float, of: float) -> tuple[float, float]:
    """The interval of a share seen in ``of`` trials; everything is possible where there were none."""
    if of <= 0:
        return 0.0, 1.0
    z2 = _95_PERCENT**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    reach = _95_PERCENT / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, round(middle - reach, 4)), min(1.0, round(middle + reach, 4))


def shares(**counted: tuple[float, float]) -> dict[str, Any]:
    """Each ``name=(hits, of)`` as a share under its name, the ends of its interval under ``low`` and ``high``."""
    values = {name: hits / of if of else 0.0 for name, (hits, of) in counted.items()}
    ends = {name: wilson(values[name], of) for name, (_, of) in counted.items()}
    return {
        **{name: round(value, 4) for name, value in values.items()},
        "low": {name: low for name, (low, _) in ends.items()},
        "high": {name: high for name, (_, high) in ends.items()},
    }


def retrieval(right: int, found: int, wanted: int) -> dict[str, Any]:
    """Precision, recall and F1; F1 counts as a share of the hits in the mean of what was found and wanted."""
    return shares(precision=(right, found), recall=(right, wanted), f1=(right, (found + wanted) / 2))
