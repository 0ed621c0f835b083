"""Whether what needs four eyes is approved by whose session it is: the password once more, where the log-in is old."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.request import Request
from models.rules.kinds import Correct
from models.rules.lifecycle import OPEN_CORRECTIONS
from models.rules.permissions import Actor
from models.services import staffing, throttles

FRESH = timedelta(minutes=15)
"""A log-in is as good as a password for so long; a browser that stands open is not."""


def needs_password(session: Session, request_id: int, *, version: int, entered: datetime, now: datetime) -> bool:
    """Whether approving it as seen asks for one; what changed since is refused anyway."""
    if now - entered <= FRESH:
        return False
    request = session.get(Request, request_id)
    if request is None or request.version != version:
        return False
    return any(one.correct is Correct.FOUR_EYES and one.state in OPEN_CORRECTIONS for one in request.corrections)


def confirm(session: Session, actor: Actor, password: str, *, now: datetime) -> bool:
    """Whether it is the password of this account; guesses are slowed as at the door, and raise TooManyTriesError."""
    name = f"confirm {actor.staff}"
    staffing.wait(session, [name], now=now)
    if staffing.check_password(session, actor.staff, password):
        throttles.clear(session, f"failed {name}")
        return True
    throttles.add(session, f"failed {name}", at=now)
    return False
