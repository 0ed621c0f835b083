"""Letters that are stuck go in; out come their page, and what staff decide about each of them."""

from flask import Blueprint, abort, redirect, request
from werkzeug import Response as AnyResponse

from models.outbox import OutboxLetter
from models.rules.permissions import Right, require
from models.services.outgoing import stuck, troubles
from models.services.pages.views import View
from webform.context import the_desk
from webform.row_numbers import number as number_in
from webform.staff import frame
from webform.staff.members import current_actor

pages = Blueprint("troubles", __name__)

PAGE = 50


@pages.get("/outbox")
def letters() -> str:
    return _letters()


@pages.post("/outbox/<int:letter_id>/sent")
def count_as_sent(letter_id: int) -> AnyResponse:
    desk = the_desk()
    with desk.sessions.begin() as session:
        _known(session.get(OutboxLetter, letter_id))
        stuck.count_as_sent(desk, session, letter_id, actor=current_actor(), now=desk.clock())
    return redirect(_back(), 303)


@pages.post("/outbox/<int:letter_id>/again")
def send_again(letter_id: int) -> AnyResponse:
    desk, actor = the_desk(), current_actor()
    require(actor, Right.ANSWER)
    with desk.sessions.begin() as session:
        _known(session.get(OutboxLetter, letter_id))
        stuck.send_again(desk, session, letter_id, by=actor.by, now=desk.clock())
    return redirect(_back(), 303)


@pages.post("/outbox/<int:letter_id>/drop")
def drop(letter_id: int) -> AnyResponse:
    desk = the_desk()
    with desk.sessions.begin() as session:
        _known(session.get(OutboxLetter, letter_id))
        stuck.drop(session, letter_id, actor=current_actor(), now=desk.clock())
    return redirect(_back(), 303)


def _letters() -> str:
    actor = current_actor()
    with the_desk().readers() as session:
        rows = troubles.stuck(session, actor=actor, after=_after(), size=PAGE + 1)
        counted = frame.counts(session)
    return frame.shown(
        "staff/outbox.html", title="Letters that are stuck", counted=counted, current=View.STUCK.value,
        rows=rows[:PAGE], after=rows[PAGE - 1].id if len(rows) > PAGE else None, may=actor.may(Right.ANSWER),
    )  # fmt: skip


def _back() -> str:
    """To the request from whose page it was posted, else to the list."""
    number = request.form.get("request", type=number_in)
    return f"/staff/requests/{number}" if number else "/staff/outbox"


def _after() -> int:
    return request.args.get("after", default=0, type=number_in)


def _known(letter: OutboxLetter | None) -> None:
    if letter is None:
        abort(404)
