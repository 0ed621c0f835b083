"""Customers fill in the form; out comes a spool row and a page with its reference. No customer database is asked."""

import re
import zoneinfo
from dataclasses import replace
from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug import Response as AnyResponse

from models.desk import Desk
from models.rules.kinds import Kind
from models.rules.references import ALPHABET
from models.rules.submission import Submission
from models.services.arrival import intake, pressure
from webform import errors, forms, limits, once
from webform.context import the_desk
from webform.speech import chosen, speech

pages = Blueprint("public", __name__)

QUICKEST = timedelta(seconds=3)
_REFERENCE = re.compile(rf"RD-[{ALPHABET}]{{8}}")


class TooMuchWaitsError(Exception):
    """As much waits as may wait; the door is shut until the worker has caught up."""


@pages.get("/")
@pages.get("/support/")
def ask() -> Response:
    return _form(forms.Typed(kind=Kind.RECTIFICATION))


@pages.post("/support/")
def submit() -> AnyResponse:
    typed = forms.read(request.form)
    checked = forms.check(typed, request.files.getlist("attachment"), language=speech().language)
    if isinstance(checked, forms.Refused):
        return _form(typed, refused=checked.errors)
    desk = the_desk()
    try:
        reference = _store(desk, checked, typed, now=desk.clock())
    except limits.TooManyPostsError:
        return _too_many()
    except TooMuchWaitsError:
        return errors.page(503)
    return redirect(url_for("public.thanks", reference=reference, lang=chosen()), 303)


@pages.post("/support/language")
def in_another_language() -> Response:
    """Beside the form's own address, where no name of a field may turn a request into a look at the form."""
    return _form(forms.read(request.form))


@pages.post("/support/line")
def with_another_line() -> Response:
    return _form(forms.read(request.form).with_another_line())


@pages.get("/support/language")
@pages.get("/support/line")
def afresh() -> AnyResponse:
    """Who opens the address of a form shown again from the browser's history."""
    return redirect(url_for("public.ask", lang=chosen()), 303)


@pages.get("/support/thanks/<reference>")
def thanks(reference: str) -> str:
    """Fixed text, the same for every address: nothing is looked up."""
    if not _REFERENCE.fullmatch(reference):
        abort(404)
    desk = the_desk()
    today = desk.clock().astimezone(zoneinfo.ZoneInfo(desk.config.desk.timezone)).date()
    return render_template("thanks.html", reference=reference, day=speech().date(today))


def _store(desk: Desk, submission: Submission, typed: forms.Typed, *, now: datetime) -> str:
    shown = once.shown_at(typed.once, keys=desk.keys)
    ours = replace(submission, once=typed.once if shown else "")
    hasty = shown is not None and now - shown < QUICKEST
    with desk.sessions.begin() as session:
        if pressure.is_full(session, desk.config.desk.limits):
            raise TooMuchWaitsError("the spool or the outbox is full")
        limits.count_post(session, now=now)
        return intake.submit(
            session, ours, reference=desk.new_reference(), trapped=typed.trapped or hasty, now=now, keys=desk.keys
        )


def _form(typed: forms.Typed, *, refused: dict[str, str] | None = None) -> Response:
    """The form with all that was typed; shown again it keeps its first mark."""
    desk = the_desk()
    if once.shown_at(typed.once, keys=desk.keys) is None:
        typed = replace(typed, once=once.mark(desk.new_token(), keys=desk.keys, now=desk.clock()))
    if not typed.lines:
        typed = typed.with_another_line()
    page = render_template("ask.html", typed=typed, wrong=refused or {}, honeypot=forms.HONEYPOT)
    response = make_response(page, 422 if refused else 200)
    response.headers["Vary"] = "Accept-Language"
    return response


def _too_many() -> Response:
    response = make_response(render_template("too_many.html"), 429)
    response.headers["Retry-After"] = "3600"
    return response
