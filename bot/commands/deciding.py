"""What staff decide on a request, from the command line: the services behind the buttons, each in one transaction."""

from collections.abc import Callable
from typing import Any

import click
from sqlalchemy.orm import Session

from bot.edge import DeskError
from models.correction import Correction
from models.desk import Desk
from models.request import Request
from models.rules.kinds import Correct, Kind
from models.rules.lifecycle import OPEN_CORRECTIONS, State
from models.rules.permissions import Actor, Right, require
from models.services import staffing
from models.services.deciding import review
from models.services.deciding.seen import StaleError, as_seen

NEXT: dict[State, str] = {
    State.TRIAGE: "a person decides the kind",
    State.AWAITING_PROOF: "the requester is asked to prove the address",
    State.NEEDS_DETAILS: "the requester is asked for details",
    State.IN_REVIEW: "it waits for a decision",
    State.APPROVED: "the worker does it at its next run, and the letter follows",
    State.APPLYING: "the worker writes it at its next run",
    State.RESPONDING: "the letter leaves at the next run, and closes the request once it is accepted",
    State.UNDELIVERED: "its letter did not arrive",
    State.CLOSED: "nothing is left to be done",
}


def approve(
    desk: Desk, request: int, email: str, os_user: str, *, version: int, ask_password: Callable[[], str]
) -> None:
    actor = _actor(desk, email, os_user)
    require(actor, Right.APPROVE)
    if _needs_password(desk, request, version) and not _is_password(desk, actor, ask_password()):
        raise DeskError("the password is wrong: nothing was approved")
    with desk.sessions.begin() as session:
        decided = review.approve(desk, session, request, version=version, actor=actor, now=desk.clock())
    if decided.state is State.IN_REVIEW:
        click.echo(f"request {request}: approved once; a second person must approve it too (four eyes)")
    else:
        _say(decided, "approved")


def decline(desk: Desk, request: int, email: str, os_user: str, *, reason: str) -> None:
    _decide(desk, request, _actor(desk, email, os_user), review.decline, "declined", reason=reason)


def undo(desk: Desk, request: int, email: str, os_user: str) -> None:
    _decide(desk, request, _actor(desk, email, os_user), review.undo, "undone")


def kind(desk: Desk, request: int, email: str, os_user: str, *, kind: Kind) -> None:
    _decide(desk, request, _actor(desk, email, os_user), review.set_kind, f"is {kind} now", kinds=[kind])


def identity(desk: Desk, request: int, email: str, os_user: str, *, method: str, reason: str) -> None:
    actor = _actor(desk, email, os_user)
    with desk.sessions.begin() as session:
        version = as_seen(session, request, None).version
        done = review.accept_identity(
            desk, session, request, version=version, actor=actor, now=desk.clock(), method=method, reason=reason
        )
    if done.proved_at is None:
        click.echo(f"request {request}: identity accepted once; a second person must accept it too")
    else:
        _say(done, "identity accepted")


def _decide(desk: Desk, number: int, actor: Actor, deed: Callable[..., Any], words: str, **how: Any) -> None:
    """On the request as it is now: who types a command has read it just before, and locks it here."""
    with desk.sessions.begin() as session:
        request = as_seen(session, number, None)
        deed(desk, session, number, version=request.version, actor=actor, now=desk.clock(), **how)
    _say(request, words)


def _actor(desk: Desk, email: str, os_user: str) -> Actor:
    with desk.readers() as session:
        staff = staffing.by_email(session, email)
        if staff is None:
            raise DeskError("--as names no account that may work here: see rightsdesk staff list")
        return staffing.actor(staff, f"{os_user} as {staff.email}")


def _needs_password(desk: Desk, number: int, version: int) -> bool:
    """Whether four eyes approve a value of it. Looked up before the transaction: typing a password takes time."""
    with desk.readers() as session:
        request = _read(session, number)
        if request.version != version:
            raise StaleError(version, request.version)
        return any(_is_open_to_four_eyes(one) for one in request.corrections)


def _read(session: Session, number: int) -> Request:
    request = session.get(Request, number)
    if request is None:
        raise review.NoSuchRequestError(f"there is no request {number}")
    return request


def _is_open_to_four_eyes(correction: Correction) -> bool:
    return correction.correct is Correct.FOUR_EYES and correction.state in OPEN_CORRECTIONS


def _is_password(desk: Desk, actor: Actor, password: str) -> bool:
    with desk.readers() as session:
        return staffing.check_password(session, actor.staff, password)


def _say(request: Request, words: str) -> None:
    click.echo(f"request {request.id}: {words}; {NEXT[request.state]}")
