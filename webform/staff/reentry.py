"""An approval that needs four eyes goes in; out comes what is missing: the password, where the log-in is long ago."""

from models.rules.permissions import Right
from models.services.deciding import reentry
from models.services.staffing import TooManyTriesError
from webform.context import the_desk
from webform.staff.members import current_actor, the_session
from webform.staff.problem import Problem
from webform.staff.typed import Typed

FIELD = "password"
MISSING = "Type your password: two people must approve this, and you logged in some time ago."
WRONG = "This is not your password: nothing was approved."
SLOW = "Too many tries. Please wait a little; a quarter of an hour at most. Nothing was approved."


def asks(request_id: int, version: int) -> bool:
    """The command line, which knows no log-in, asks each time; who came into the demo by its link has none to type."""
    desk, entered = the_desk(), the_session().entered
    if desk.demo or entered is None or not current_actor().may(Right.APPROVE):
        return False
    with desk.readers() as session:
        return reentry.needs_password(session, request_id, version=version, entered=entered, now=desk.clock())


def missing(request_id: int, posted: Typed) -> Problem | None:
    if not asks(request_id, posted.version):
        return None
    # As it was typed: a password may begin or end with a blank.
    password = posted.texts.get(FIELD, "")
    if not password:
        return Problem(MISSING, FIELD)
    desk = the_desk()
    try:
        with desk.sessions.begin() as session:
            right = reentry.confirm(session, current_actor(), password, now=desk.clock())
    except TooManyTriesError:
        return Problem(SLOW, FIELD)
    return None if right else Problem(WRONG, FIELD)
