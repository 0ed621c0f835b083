"""The number of a message in quarantine goes in; out come its text, its file, one more try; and what else waits."""

from flask import Blueprint, Response, abort, redirect, request
from werkzeug import Response as AnyResponse

from models.rules.permissions import Right, require
from models.rules.reading import Attachment
from models.services import audit
from models.services.arrival import intake, parcels
from models.services.arrival.parcels import Opened
from models.services.pages import opened
from models.services.pages.views import View
from models.spool import SpoolState
from webform.context import the_desk
from webform.row_numbers import number as number_in
from webform.staff import frame, raw_text
from webform.staff.members import current_actor
from webform.staff.originals import as_file

pages = Blueprint("quarantine", __name__)

PAGE = 50


@pages.get("/quarantine")
def quarantine() -> str:
    return _listed("staff/quarantine.html", "Quarantine", SpoolState.QUARANTINED, View.QUARANTINE.value)


@pages.get("/spool")
def spool() -> str:
    """What waits to be read, the first of it in front."""
    with the_desk().readers() as session:
        queue = parcels.queue(session)
    limit = the_desk().config.desk.limits.spool_limit
    return _listed(
        "staff/spool.html", "Mail that waits to be read", SpoolState.WAITING, "/staff/spool", queue=queue, limit=limit
    )


@pages.get("/quarantine/<int:spool_id>")
def show(spool_id: int) -> str:
    desk, actor = the_desk(), current_actor()
    found = _found(spool_id)
    tell_once(spool_id)
    raw = found.raw or b""
    shown = raw_text.of_mail(raw) if found.parcel.channel.is_mail else raw_text.of_bytes(raw)
    with desk.readers() as session:
        counted = frame.counts(session)
    return frame.shown(
        "staff/parcel.html", title=f"Message {spool_id}", counted=counted, current=View.QUARANTINE.value,
        row=found.parcel, raw=shown if found.raw is not None else None, reference=found.reference,
        shut=found.parcel.state is SpoolState.QUARANTINED, sorts=actor.may(Right.SORT), takes=actor.may(Right.PROPOSE),
    )  # fmt: skip


@pages.get("/quarantine/<int:spool_id>/raw")
def raw(spool_id: int) -> Response:
    """As received, always as a file: no browser is to read it."""
    found = _found(spool_id)
    if found.raw is None:
        abort(404)
    desk = the_desk()
    with desk.sessions.begin() as session:
        detail = {"spool": spool_id}
        audit.record(session, audit.DESK, parcels.SAVED, by=current_actor().by, now=desk.clock(), detail=detail)
    ending = "eml" if found.parcel.channel.is_mail else "json"
    return as_file(Attachment(f"quarantine-{spool_id}.{ending}", "", found.raw))


@pages.post("/quarantine/<int:spool_id>/retry")
def retry(spool_id: int) -> AnyResponse:
    desk, actor = the_desk(), current_actor()
    require(actor, Right.SORT)
    with desk.sessions.begin() as session:
        found = intake.retry(session, spool_id, by=actor.by, now=desk.clock())
    return redirect("/staff/quarantine", 303) if found else abort(404)


def tell_once(spool_id: int) -> None:
    """That this person looked at it, by one row a day."""
    desk, by, opening = the_desk(), current_actor().by, parcels.opening(spool_id)
    with desk.readers() as session:
        told = opened.is_told(desk, session, opening, by=by, now=desk.clock())
    if not told:
        with desk.sessions.begin() as session:
            opened.tell(session, opening, by=by, now=desk.clock())


def _listed(template: str, title: str, state: SpoolState, current: str, **facts: object) -> str:
    desk, actor = the_desk(), current_actor()
    after = request.args.get("after", default=0, type=number_in)
    with desk.readers() as session:
        rows = parcels.listed(session, state, actor=actor, now=desk.clock(), after=after, size=PAGE + 1)
        counted = frame.counts(session)
    return frame.shown(
        template, title=title, counted=counted, current=current, rows=rows[:PAGE],
        after=rows[PAGE - 1].id if len(rows) > PAGE else None, may=actor.may(Right.SORT),
        reveals=actor.may(Right.REVEAL), **facts,
    )  # fmt: skip


def _found(spool_id: int) -> Opened:
    desk = the_desk()
    with desk.readers() as session:
        found = parcels.find(desk, session, spool_id, actor=current_actor(), now=desk.clock())
    return found or abort(404)
