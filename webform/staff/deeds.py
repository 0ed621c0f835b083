"""A post from a request's page goes in; out comes the next request (303), or the page again with what is wrong."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, redirect, url_for
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug import Response

from models.desk import Desk
from models.letters import LetterError
from models.request import Request
from models.rules.lifecycle import IllegalStepError, Outcome
from models.rules.permissions import Actor, NotAllowedError
from models.services.corrections import recipients
from models.services.deciding import desk_work, review, settling
from models.services.deciding.seen import InvalidError, NoSuchRequestError, StaleError
from models.services.pages import other_rows, worklist
from models.services.requester import renewals
from models.services.requester.renewals import Renewal
from models.services.tickets import merging
from webform.context import the_desk
from webform.row_numbers import number as number_in
from webform.staff import frame, reentry, typed
from webform.staff.decision import Shown, answer
from webform.staff.members import current_actor, the_member
from webform.staff.problem import Problem
from webform.staff.typed import Typed

pages = Blueprint("deeds", __name__)

Deed = Callable[[Desk, Session, int, Typed, Actor], Request | list[Request]]

LEADS_ON = frozenset({"approve", "decline", "ask", "kind", "answer", "close", "merge"})
"""After these the next request of the view comes; after the others the same one again."""
INPUTS = {
    ("approve", "reason"): "reason-lines",
    ("identity", "reason"): "identity-reason",
    ("close", "reason"): "close-reason",
    ("close", "outcome"): "close-outcome",
}
"""Where the page calls an input otherwise than the service: one form holds them all."""


@pages.post("/requests/<int:request_id>/<deed>")
def perform(request_id: int, deed: str) -> Response:
    if deed not in DEEDS:
        abort(404)
    posted = typed.read()
    missing = reentry.missing(request_id, posted) if deed == "approve" else None
    return answer(request_id, Shown(422, posted, missing)) if missing else _perform(request_id, deed, posted)


@pages.post("/preview/<int:request_id>")
def preview(request_id: int) -> Response:
    """The page again, with the exact letter that would go."""
    posted = typed.read()
    return answer(request_id, Shown(typed=posted, letter=posted.text("letter")))


@pages.post("/find/<int:request_id>")
def find(request_id: int) -> Response:
    """The page again, with the records of the address or number that was typed."""
    posted, desk, actor = typed.read(), the_desk(), current_actor()
    sought = posted.text("sought")[: other_rows.LONGEST]
    if not sought:
        return answer(
            request_id, Shown(422, posted, Problem("Type an e-mail address or a customer number.", "sought"))
        )
    with desk.sessions.begin() as session:
        other_rows.record_search(session, request_id, sought, actor=actor, now=desk.clock())
    return answer(request_id, Shown(typed=posted, sought=sought))


@pages.post("/code/<int:request_id>")
def code(request_id: int) -> Response:
    """The page once with the code of a package, for staff to tell the person."""
    posted, desk, actor = typed.read(), the_desk(), current_actor()
    try:
        with desk.sessions.begin() as session:
            shown = renewals.show_code(desk, session, request_id, actor=actor, now=desk.clock())
    except NoSuchRequestError:
        abort(404)
    except NotAllowedError as error:
        return answer(request_id, Shown(403, posted, Problem(_said(error))))
    except InvalidError as error:
        return answer(request_id, Shown(422, posted, Problem(error.why)))
    return answer(request_id, Shown(typed=posted, code_shown=shown))


def _perform(request_id: int, deed: str, posted: Typed) -> Response:
    desk, actor = the_desk(), current_actor()
    try:
        with desk.sessions.begin() as session:
            done = frame.told(_the_one(DEEDS[deed](desk, session, request_id, posted, actor)), deed)
    except NoSuchRequestError:
        abort(404)
    except (StaleError, StaleDataError):
        return answer(request_id, Shown(409, posted, stale=True))
    except IllegalStepError as error:
        return answer(request_id, Shown(409, posted, Problem(_said(error)), stale=True))
    except NotAllowedError as error:
        return answer(request_id, Shown(403, posted, Problem(_said(error))))
    except InvalidError as error:
        return answer(request_id, Shown(422, posted, Problem(error.why, INPUTS.get((deed, error.field), error.field))))
    except LetterError as error:
        return answer(request_id, Shown(422, posted, Problem(_said(error))))
    return redirect(_onward(request_id, deed, done), 303)


def _the_one(changed: Request | list[Request]) -> Request:
    """Of a request that was split, the one that was on the page."""
    return changed[0] if isinstance(changed, list) else changed


def _onward(request_id: int, deed: str, done: dict[str, Any]) -> str:
    view = frame.chosen_view()
    done |= {"view": view.value}
    if deed not in LEADS_ON:
        return url_for("staff.decision.show", request_id=request_id, **done)
    with the_desk().readers() as session:
        following = worklist.next_of(session, view, staff_id=the_member().id, today=frame.today(), after=request_id)
    if following is None:
        return url_for("staff.lists.show", **done)
    return url_for("staff.decision.show", request_id=following, **done)


def _said(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _approve(desk: Desk, session: Session, number: int, posted: Typed, actor: Actor) -> Request:
    return review.approve(
        desk, session, number, version=posted.version, actor=actor, now=desk.clock(), ticked=posted.ticked,
        values=posted.values, reason=posted.either("reason-lines", "reason"), wait=review.TAKE_BACK_WITHIN,
    )  # fmt: skip


def _decline(desk: Desk, session: Session, number: int, posted: Typed, actor: Actor) -> Request:
    reason, now = posted.text("reason"), desk.clock()
    return review.decline(desk, session, number, version=posted.version, actor=actor, now=now, reason=reason)


def _ask(desk: Desk, session: Session, number: int, posted: Typed, actor: Actor) -> Request:
    question, now = posted.text("question"), desk.clock()
    return desk_work.ask(desk, session, number, version=posted.version, actor=actor, now=now, question=question)


def _kind(desk: Desk, session: Session, number: int, posted: Typed, actor: Actor) -> list[Request]:
    kinds, now = typed.kinds(posted), desk.clock()
    return settling.set_kind(desk, session, number, version=posted.version, actor=actor, now=now, kinds=kinds)


def _corrections(desk: Desk, session: Session, number: int, posted: Typed, actor: Actor) -> Request:
    return desk_work.edit(
        desk, session, number, version=posted.version, actor=actor, now=desk.clock(), values=posted.values,
        added=typed.added(posted),
    )  # fmt: skip


def _undo(desk: Desk, session: Session, number: int, posted: Typed, actor: Actor) -> Request:
    return review.undo(desk, session, number, version=posted.version, actor=actor, now=desk.clock())


def _identity(desk: Desk, session: Session, number: int, posted: Typed, actor: Actor) -> Request:
    return settling.accept_identity(
        desk, session, number, version=posted.version, actor=actor, now=desk.clock(), method=posted.text("method"),
        reason=posted.either("identity-reason", "reason"),
    )  # fmt: skip


def _assign(desk: Desk, session: Session, number: int, posted: Typed, actor: Actor) -> Request:
    to = actor.staff if posted.text("mine") else posted.texts.get("to", type=number_in)
    return settling.assign(desk, session, number, version=posted.version, actor=actor, now=desk.clock(), to=to)


def _answer(desk: Desk, session: Session, number: int, posted: Typed, actor: Actor) -> Request:
    return desk_work.answer(
        desk, session, number, version=posted.version, actor=actor, now=desk.clock(), text=posted.text("text"),
        outcome=typed.outcome(posted, "outcome", default=Outcome.FULFILLED),
    )  # fmt: skip


def _close(desk: Desk, session: Session, number: int, posted: Typed, actor: Actor) -> Request:
    outcome = typed.outcome(posted, "close-outcome", default=Outcome.NOT_REQUEST)
    return desk_work.close(
        desk, session, number, version=posted.version, actor=actor, now=desk.clock(), outcome=outcome,
        reason=posted.either("close-reason", "reason"),
    )  # fmt: skip


def _elsewhere(desk: Desk, session: Session, number: int, posted: Typed, actor: Actor) -> Request:
    correction = posted.texts.get("correction", default=0, type=number_in)
    return desk_work.elsewhere(
        desk, session, number, version=posted.version, actor=actor, now=desk.clock(), correction_id=correction,
        note=posted.either(f"note-{correction}", "note"),
    )  # fmt: skip


def _rows(desk: Desk, session: Session, number: int, posted: Typed, actor: Actor) -> Request:
    rows, now = typed.rows(posted), desk.clock()
    return settling.choose_rows(desk, session, number, version=posted.version, actor=actor, now=now, rows=rows)


def _merge(desk: Desk, session: Session, number: int, posted: Typed, actor: Actor) -> Request:
    into, now = posted.text("into"), desk.clock()
    return merging.merge(desk, session, number, version=posted.version, actor=actor, now=now, into=into)


def _link(desk: Desk, session: Session, number: int, posted: Typed, actor: Actor) -> Request:
    which, now = posted.text("link"), desk.clock()
    if which not in set(Renewal):
        raise InvalidError("link", "Choose which link is sent anew.")
    return renewals.send_link(
        desk, session, number, version=posted.version, actor=actor, now=now, which=Renewal(which)
    )


def _told(desk: Desk, session: Session, number: int, posted: Typed, actor: Actor) -> Request:
    return recipients.told(session, number, actor=actor, now=desk.clock(), recipient=posted.text("recipient"))


DEEDS: Mapping[str, Deed] = {
    "approve": _approve,
    "decline": _decline,
    "ask": _ask,
    "kind": _kind,
    "corrections": _corrections,
    "undo": _undo,
    "identity": _identity,
    "assign": _assign,
    "answer": _answer,
    "close": _close,
    "elsewhere": _elsewhere,
    "rows": _rows,
    "link": _link,
    "merge": _merge,
    "told": _told,
}
