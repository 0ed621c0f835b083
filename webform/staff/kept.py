"""What somebody typed whose session had ended goes out sealed in their own browser, and comes in after the log-in.

Nothing of it stands in an address, a log or a row; it is shown again, to nobody else, and never carried out.
"""

import base64
import json
import re
import zlib
from typing import Any

from flask import request
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from models.keys import SealBrokenError
from webform import cookies, csrf
from webform.context import the_desk
from webform.staff.members import the_session

COOKIE = PURPOSE = "rd-kept"
LASTS = 30 * 60
LARGEST = 3900
"""Of one cookie, some five thousand letters: of what is longer only the place is kept, and they are told."""
SECRET = frozenset({"csrf_token", "password"})
PAGES = frozenset({"decision", "lists", "troubles", "quarantine", "by_hand", "places", "taste"})
_OF_A_REQUEST = re.compile(r"/staff/(?:requests|preview|find)/(\d+)(?:/[a-z]+)?")
_LOCAL = re.compile(r"/staff/[\w/]*(?:\?[^\s\\]*)?", re.ASCII)


def keep(response: Response) -> Response:
    """Where they were, and what they had typed there if it was one of our own pages that posted it."""
    desk, owner = the_desk(), the_session().ended
    path, fields = _asked()
    # Nobody knows who typed where the row of the session is gone.
    fields = fields if owner else []
    if not path or (not fields and _read()):
        return response
    facts = {"kept": path, "fields": fields, "owner": owner, "at": int(desk.clock().timestamp())}
    sealed = _sealed(facts)
    if len(sealed) > LARGEST:
        sealed = _sealed(facts | {"fields": [], "lost": True})
    if len(sealed) <= LARGEST:
        response.set_cookie(cookies.name(COOKIE, desk), sealed, max_age=LASTS, **cookies.limits(desk))
    return response


def place() -> str:
    """Where to go after the log-in."""
    path = str(_read().get("kept", ""))
    return path if _LOCAL.fullmatch(path) else "/staff/"


def has_form() -> bool:
    return bool(_read().get("fields"))


def is_lost() -> bool:
    """Whether what was typed was too long to be kept."""
    return bool(_read().get("lost"))


def form(path: str) -> MultiDict[str, str] | None:
    """What was typed on the page of this path."""
    found = _read()
    fields = found.get("fields") if found.get("kept") == path else None
    return MultiDict([(name, value) for name, value in fields]) if isinstance(fields, list) and fields else None


def forget(response: Response) -> Response:
    cookie = cookies.name(COOKIE, the_desk())
    if cookie in request.cookies:
        response.delete_cookie(cookie, **cookies.limits(the_desk()))
    return response


def _asked() -> tuple[str, list[tuple[str, str]]]:
    if request.method == "GET":
        views = (request.endpoint or "").split(".")[1:2]
        path = request.full_path.rstrip("?")
        return (path, []) if set(views) & PAGES and path != "/staff/" else ("", [])
    # Another site's form shall not lie ready here for somebody to press its button.
    if request.headers.get("Origin") not in csrf.origins():
        return "", []
    number = _OF_A_REQUEST.fullmatch(request.path)
    path = f"/staff/requests/{number[1]}" if number else "/staff/new" if request.path == "/staff/new" else ""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in SECRET]
    return path, fields if path else []


def _sealed(facts: dict[str, Any]) -> str:
    packed = zlib.compress(json.dumps(facts).encode(), 9)
    return base64.urlsafe_b64encode(the_desk().keys.seal(packed, purpose=PURPOSE)).decode()


def _read() -> dict[str, Any]:
    desk = the_desk()
    try:
        sealed = base64.urlsafe_b64decode(request.cookies.get(cookies.name(COOKIE, desk), ""))
        found = json.loads(zlib.decompress(desk.keys.unseal(sealed, purpose=PURPOSE))) if sealed else {}
    except (ValueError, IndexError, zlib.error, SealBrokenError):
        return {}
    return found if found and _counts(found) else {}


def _counts(found: dict[str, Any]) -> bool:
    """While it is fresh; and once somebody has logged in, for whom it was kept alone."""
    member, owner = the_session().member, found["owner"]
    is_theirs = member is None or owner in {None, member.id}
    return is_theirs and the_desk().clock().timestamp() - found["at"] <= LASTS
