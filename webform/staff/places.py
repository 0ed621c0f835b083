"""The pages of the desk beside its queue: how it does, and those that are still to come."""

from collections.abc import Mapping

from flask import Blueprint

from models.rules import health as rules
from models.rules.health import SIGNS, Level, Measure, Unit
from models.services.outgoing import circuit
from models.services.upkeep import health as health_of
from models.services.upkeep import oauth_tokens
from webform.context import the_desk
from webform.staff import frame

pages = Blueprint("places", __name__)

LINKS: Mapping[str, str] = {
    "spool_waiting": "/staff/spool", "spool_oldest_seconds": "/staff/spool", "quarantined": "/staff/quarantine",
    "letters_uncertain": "/staff/outbox", "letters_held": "/staff/outbox", "letters_failed": "/staff/outbox",
}  # fmt: skip
LEVELS: Mapping[Level, str] = {Level.NOTE: "To look at", Level.WRONG: "Wrong", Level.DOWN: "Down"}


@pages.get("/health")
def health() -> str:
    desk, now = the_desk(), the_desk().clock()
    with desk.readers() as session:
        counted, boxes, workers = frame.counts(session), health_of.boxes(desk, session), health_of.workers(session)
        held_up, tokens = circuit.standing(session), oauth_tokens.standings(desk, session)
        measured = [*health_of.measures(desk, session, now=now), health_of.size(session)]
    figures = [(one.sign, SIGNS[one.sign].label, _shown(one)) for one in measured if not SIGNS[one.sign].each]
    return frame.shown(
        "staff/health.html", title="Health", counted=counted, current="/staff/health", boxes=boxes, workers=workers,
        found=rules.findings(measured), figures=figures, links=LINKS, levels=LEVELS, now=now, circuit=held_up,
        tokens=tokens,
    )  # fmt: skip


@pages.get("/dashboard")
def dashboard() -> str:
    return _later("Dashboard", "/staff/dashboard", "Figures on what comes in and how long it takes")


def _later(title: str, path: str, what: str) -> str:
    with the_desk().readers() as session:
        counted = frame.counts(session)
    return frame.shown("staff/later.html", title=title, counted=counted, current=path, what=what)


def _shown(measure: Measure) -> str:
    unit = SIGNS[measure.sign].unit
    return "–" if unit is Unit.SECONDS and not measure.value else rules.spoken(measure.value, unit)
