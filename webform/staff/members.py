"""Who is logged in on this request, and as whom services shall see them."""

from typing import cast

from flask import session

from models.rules.permissions import Actor
from webform.sessions import DeskSession, Member


def the_session() -> DeskSession:
    return cast(DeskSession, session._get_current_object())  # type: ignore[attr-defined]


def the_member() -> Member:
    """For views behind the log-in check."""
    member = the_session().member
    if member is None:
        raise LookupError("this view is not behind the log-in check")
    return member


def current_actor() -> Actor:
    member = the_member()
    return Actor(member.email, member.id, member.role)
