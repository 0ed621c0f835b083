"""From a moment to the days of the desk: its time zone, its holidays, what is due when."""

from collections.abc import Container
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from models.base import NO_DUE_DAY
from models.desk import Desk
from models.rules import deadlines
from models.rules.kinds import Kind

NIGHT = 2
"""The hour, where the desk stands, at which nightly work begins."""


def day_of(desk: Desk, at: datetime) -> date:
    """The calendar day of a moment where the desk stands."""
    return at.astimezone(ZoneInfo(desk.config.desk.timezone)).date()


def start_of(desk: Desk, day: date) -> datetime:
    """The moment at which a day begins there."""
    return datetime.combine(day, time(), ZoneInfo(desk.config.desk.timezone))


def next_night(desk: Desk, now: datetime) -> datetime:
    """When the next night is at its quietest there."""
    tonight = start_of(desk, day_of(desk, now)).replace(hour=NIGHT)
    return tonight if tonight > now else start_of(desk, day_of(desk, now) + timedelta(days=1)).replace(hour=NIGHT)


def due_day(desk: Desk, kind: Kind, received_at: datetime) -> date:
    """The stored due day of a request; NO_DUE_DAY for an ordinary question."""
    received = day_of(desk, received_at)
    return deadlines.due_on(received, kind, holidays=_holidays(desk)) or NO_DUE_DAY


def working_days_from(desk: Desk, at: datetime, count: int) -> date:
    """The day of the desk that comes so many working days after a moment."""
    return deadlines.working_days_after(day_of(desk, at), count, holidays=_holidays(desk))


def _holidays(desk: Desk) -> Container[date]:
    return _calendar(desk.config.desk.country, desk.config.desk.subdivision)


@lru_cache(maxsize=8)
def _calendar(country: str, subdivision: str | None) -> Container[date]:
    import holidays

    return holidays.country_holidays(country, subdiv=subdivision or None)
