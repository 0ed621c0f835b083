"""The staff's pages: every path below /staff passes the log-in check and the CSRF check before its view."""

from flask import Blueprint, g, redirect, request
from werkzeug import Response

from models.rules.permissions import NotAllowedError
from webform import csrf, errors, pulse
from webform.sessions import is_staff_path
from webform.staff import (
    by_hand,
    decision,
    deeds,
    failures,
    kept,
    lists,
    login,
    originals,
    places,
    quarantine,
    taste,
    troubles,
)
from webform.staff.members import the_member, the_session

OPEN = frozenset({"staff.login.show", "staff.login.log_in", "staff.login.by_link"})


def blueprint() -> Blueprint:
    """Each group of views is a blueprint of its own, registered here."""
    staff = Blueprint("staff", __name__, url_prefix="/staff")
    # On the app: a path that is none, or is asked the wrong way, tells a stranger no more than the others.
    staff.before_app_request(let_in)
    staff.context_processor(_said_on_every_page)
    staff.register_error_handler(NotAllowedError, _not_allowed)
    for views in (login, lists, decision, deeds, originals, quarantine, troubles, by_hand, taste, places):
        staff.register_blueprint(views.pages)
    return staff


def let_in() -> Response | None:
    if not is_staff_path(request.path):
        return None
    if the_session().member is None and request.endpoint not in OPEN:
        return kept.keep(redirect("/staff/login", 303))
    if the_session().member is not None:
        g.staff_error = failures.page
    csrf.check()
    return None


def _not_allowed(_error: NotAllowedError) -> Response:
    """Where a deed has no page of its own to be shown on again."""
    return errors.page(403)


def _said_on_every_page() -> dict[str, object]:
    return {"member": the_member, "theme": taste.theme, "keys": taste.keys, "sidebar": (), "troubles": pulse.banner}
