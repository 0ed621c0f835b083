"""Receipt, law and kind → the day by which the answer is due."""

from calendar import monthrange
from collections.abc import Container
from datetime import date, timedelta

from models.rules.kinds import Kind

SATURDAY = 5


def due_on(received: date, kind: Kind, *, holidays: Container[date]) -> date | None:
    """GDPR Art. 12(3): within one month of receipt; an ordinary question has no due day.

    Counted by Regulation 1182/71 Art. 3: the day of receipt does not count, the period ends on the same date of the
    next month or on its last day, and an end on a Saturday, Sunday or holiday moves to the next working day.
    """
    if kind is Kind.OTHER:
        return None
    return rolled(months_after(received, 1), holidays=holidays)


def latest_extended(received: date, *, holidays: Container[date]) -> date:
    """The last day of an extension by two further months: the earlier of its two readings, rolled."""
    return rolled(min(months_after(received, 3), months_after(months_after(received, 1), 2)), holidays=holidays)


def months_after(day: date, months: int) -> date:
    """The same date that many months later, or the last day of that month where there is none."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def rolled(day: date, *, holidays: Container[date]) -> date:
    """The day itself, or the next one that is neither Saturday, Sunday nor holiday."""
    while day.weekday() >= SATURDAY or day in holidays:
        day += timedelta(days=1)
    return day


def working_days_after(day: date, count: int, *, holidays: Container[date]) -> date:
    """The day that comes so many working days later."""
    for _ in range(count):
        day = rolled(day + timedelta(days=1), holidays=holidays)
    return day
