"""Light or dark, keys or none, as each member of staff likes it: cookies of their own browser, chosen on one page."""

from flask import Blueprint, redirect, request
from werkzeug import Response

from webform.context import the_desk
from webform.staff import frame

pages = Blueprint("taste", __name__)

THEMES = {"": "As the system has it", "light": "Light", "dark": "Dark"}
KEYS = {"on": "On", "alt": "Only together with Alt", "off": "Off"}
A_YEAR = 365 * 24 * 3600


def theme() -> str:
    """Blank follows the system."""
    chosen = request.cookies.get("rd-theme", "")
    return chosen if chosen in THEMES else ""


def keys() -> str:
    """WCAG 2.1.4: keys of one letter can be turned off, or moved to Alt."""
    chosen = request.cookies.get("rd-keys", "")
    return chosen if chosen in KEYS else "on"


@pages.get("/settings")
def settings() -> str:
    with the_desk().readers() as session:
        counted = frame.counts(session)
    return frame.shown(
        "staff/settings.html", title="Settings", counted=counted, current="/staff/settings", themes=THEMES,
        key_ways=KEYS, kept=request.args.get("kept") == "1",
    )  # fmt: skip


@pages.post("/settings")
def keep() -> Response:
    """What is not offered is as if it were not chosen."""
    response = redirect("/staff/settings?kept=1", 303)
    for name in ("theme", "keys"):
        response.set_cookie(
            f"rd-{name}", request.form.get(name, "")[:8], max_age=A_YEAR, path="/staff", httponly=True,
            secure=the_desk().config.desk.secure, samesite="Lax",
        )  # fmt: skip
    return response
