"""What is wrong with the desk, asked for by every page and by whoever watches it; looked up once in a few seconds."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from flask import current_app

from models.desk import Desk
from models.rules import health as rules
from models.rules.health import Finding
from models.services.upkeep import health
from webform.context import the_desk
from webform.errors import DATABASE_AWAY

FRESH = timedelta(seconds=5)
"""A stranger may ask as often as he likes: the database is asked no more often than this."""


@dataclass
class Pulse:
    """The findings of one process, and when they were looked up."""

    at: datetime | None = None
    found: tuple[Finding, ...] = ()
    looking: Lock = field(default_factory=Lock)

    def look(self, desk: Desk) -> tuple[Finding, ...]:
        """Raises what a database that is away raises."""
        now = desk.clock()
        with self.looking:
            if self.at is None or not timedelta() <= now - self.at < FRESH:
                with desk.readers() as session:
                    self.found = rules.findings(health.measures(desk, session, now=now))
                self.at = now
            return self.found


def findings() -> tuple[Finding, ...]:
    """Raises what a database that is away raises."""
    pulse: Pulse = current_app.extensions["pulse"]
    return pulse.look(the_desk())


def banner() -> tuple[Finding, ...]:
    """What stands at the head of every staff page; a page that can be shown at all is not lost over it."""
    try:
        return rules.wrong(findings())
    except DATABASE_AWAY:
        return ()
