"""What a package says beside the data: who made it, for whom, and when."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Cover:
    desk: str
    controller: str
    authority: str
    contact: str | None
    recipients: tuple[str, ...]
    reference: str
    address: str
    made_at: datetime
    timezone: str
