"""A password, or the demo's link, goes in; out comes a session, or the same refusal for every reason."""

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from werkzeug import Response as AnyResponse

from models.services import staffing
from models.services.deciding import colleagues
from models.staff import Staff
from webform import errors, limits
from webform.context import the_desk
from webform.staff import frame, kept
from webform.staff.members import the_member, the_session

pages = Blueprint("login", __name__)

WRONG = "The e-mail address or the password is not right."
SLOW = "Too many tries. Please wait a little; a quarter of an hour at most."


@pages.get("/login")
def show() -> AnyResponse:
    return redirect("/staff/", 303) if the_session().member else _page()


@pages.post("/login")
def log_in() -> AnyResponse:
    desk, email = the_desk(), request.form.get("email", "")
    try:
        with desk.sessions.begin() as session:
            staff = staffing.authenticate(
                session,
                email,
                request.form.get("password", ""),
                peer=limits.peer(),
                keys=desk.keys,
                now=desk.clock(),
            )
    except staffing.TooManyTriesError as slow:
        return _slowed(email, slow.wait_seconds)
    return _enter(staff) if staff else _page(email=email, wrong=WRONG, code=422)


@pages.get("/link/<token>")
def by_link(token: str) -> AnyResponse:
    """The demo's one GET that acts, once; a HEAD of a careful program does not use it up."""
    desk = the_desk()
    if not desk.demo:
        abort(404)
    if request.method == "HEAD":
        return Response(status=200)
    with desk.sessions.begin() as session:
        staff = staffing.use_login_link(session, token, keys=desk.keys, now=desk.clock())
    return _enter(staff) if staff else errors.page(404)


@pages.post("/second")
def second_person() -> str:
    """The demo's link for a second pair of eyes, made by who is in already; it works once, like the first."""
    desk = the_desk()
    if not desk.demo:
        abort(404)
    with desk.sessions.begin() as session:
        colleague = colleagues.colleague(session, the_member().id) or abort(404)
        token = staffing.login_link(session, colleague, keys=desk.keys, now=desk.clock())
        name = colleague.name
    with desk.readers() as session:
        counted = frame.counts(session)
    link = f"{desk.config.desk.base_url}/staff/link/{token}"
    return frame.shown("staff/second.html", title="A second person", counted=counted, current="", link=link, name=name)


@pages.post("/logout")
def log_out() -> AnyResponse:
    desk, member = the_desk(), the_member()
    with desk.sessions.begin() as session:
        staffing.record_logout(session, member.id, now=desk.clock())
    the_session().log_out()
    return redirect("/staff/login", 303)


def _enter(staff: Staff) -> AnyResponse:
    the_session().log_in(staff)
    onward = redirect(kept.place(), 303)
    return onward if kept.has_form() else kept.forget(onward)


def _slowed(email: str, seconds: int) -> Response:
    response = _page(email=email, wrong=SLOW, code=429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _page(*, email: str = "", wrong: str = "", code: int = 200) -> Response:
    told = {"kept": kept.has_form(), "lost": kept.is_lost()}
    return make_response(render_template("staff/login.html", email=email, wrong=wrong, **told), code)
