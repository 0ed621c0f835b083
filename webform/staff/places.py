"""The pages of the desk beside its queue: how it does, and those that are still to come."""

import sqlalchemy as sa
from flask import Blueprint
from sqlalchemy.orm import Session

from models.mailbox import Mailbox
from models.outbox import LetterState, OutboxLetter
from models.services import circuit, intake
from models.spool import Spool, SpoolState
from webform.context import the_desk
from webform.staff import frame

pages = Blueprint("places", __name__)


@pages.get("/health")
def health() -> str:
    with the_desk().readers() as session:
        counted, facts = frame.counts(session), _facts(session)
    return frame.shown("staff/health.html", title="Health", counted=counted, current="/staff/health", **facts)


@pages.get("/dashboard")
def dashboard() -> str:
    return _later("Dashboard", "/staff/dashboard", "Figures on what comes in and how long it takes")


def _later(title: str, path: str, what: str) -> str:
    with the_desk().readers() as session:
        counted = frame.counts(session)
    return frame.shown("staff/later.html", title=title, counted=counted, current=path, what=what)


def _facts(session: Session) -> dict[str, object]:
    boxes = sa.select(Mailbox.name, Mailbox.folder, Mailbox.last_poll, Mailbox.state).order_by(Mailbox.name)
    waiting = OutboxLetter.state.in_((LetterState.QUEUED, LetterState.DEFERRED, LetterState.SENDING))
    numbers = (
        sa.func.min(sa.case((waiting, OutboxLetter.created_at))).label("oldest"),
        *(_number(state) for state in (LetterState.UNCERTAIN, LetterState.HELD, LetterState.FAILED)),
    )
    live = OutboxLetter.state.not_in((LetterState.ACCEPTED, LetterState.VOID, LetterState.BOUNCED))
    shut = sa.select(sa.func.count()).where(Spool.state == SpoolState.QUARANTINED)
    return {
        "circuit": circuit.standing(session),
        "boxes": session.execute(boxes).all(),
        "waiting": intake.waiting(session),
        "letters": session.execute(sa.select(*numbers).where(live)).one(),
        "quarantined": session.scalar(shut),
    }


def _number(state: LetterState) -> sa.Label[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((OutboxLetter.state == state, 1), else_=0)), 0).label(state.value)
