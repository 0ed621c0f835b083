"""Light or dark, keys or none, as each member of staff likes it: cookies of their own browser, chosen on one page."""

from flask import Blueprint, redirect, request
from werkzeug import Response

from webform import cookies
from webform.context import the_desk
from webform.staff import frame

pages = Blueprint("taste", __name__)

THEMES = {"": "As the system has it", "light": "Light", "dark": "Dark"}
KEYS = {"on": "On", "alt": "Only together with Alt", "off": "Off"}
A_YEAR = 365 * 24 * 3600


def theme() -> str:
    """Blank follows the system."""
    chosen = _chosen("theme")
    return chosen if chosen in THEMES else ""


def keys() -> str:
    """WCAG 2.1.4: keys of one letter can be turned off, or moved to Alt."""
    chosen = _chosen("keys")
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
    desk, response = the_desk(), redirect("/staff/settings?kept=1", 303)
    for name in ("theme", "keys"):
        chosen = request.form.get(name, "")[:8]
        response.set_cookie(cookies.name(f"rd-{name}", desk), chosen, max_age=A_YEAR, **cookies.limits(desk))
    return response


def _chosen(name: str) -> str:
    return request.cookies.get(cookies.name(f"rd-{name}", the_desk()), "")
