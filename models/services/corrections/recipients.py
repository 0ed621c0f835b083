"""Who received the data that were corrected must hear of it (GDPR Art. 19): told by staff, and noted one by one."""

from datetime import datetime

from sqlalchemy.orm import Session

from models.desk import Desk
from models.request import Request
from models.rules.lifecycle import CorrectionState
from models.rules.permissions import Actor, Right, require
from models.services import steps
from models.services.deciding.seen import InvalidError, as_seen


def are_to_be_told(desk: Desk, request: Request) -> None:
    """Something was written: each recipient of the configuration waits to be told."""
    request.to_tell = list(desk.config.desk.recipients) or None


def are_to_hear_again(desk: Desk, request: Request) -> None:
    """It was taken back: who was told already must be told that too. The others need hear nothing, unless a part of it
    stays written."""
    stays = any(one.state is CorrectionState.APPLIED for one in request.corrections)
    heeded = () if stays else tuple(request.to_tell or ())
    request.to_tell = [one for one in desk.config.desk.recipients if one not in heeded] or None


def told(session: Session, request_id: int, *, actor: Actor, now: datetime, recipient: str) -> Request:
    """Staff have told this one; it changes nothing of the decision and so raises no version."""
    require(actor, Right.ANSWER)
    request = as_seen(session, request_id, None)
    waiting = list(request.to_tell or [])
    if recipient not in waiting:
        raise InvalidError("recipient", "This recipient does not wait to be told: perhaps somebody noted it already.")
    waiting.remove(recipient)
    request.to_tell = waiting or None
    detail = {"recipient": recipient}
    steps.noted(session, request, "recipient told (Art. 19)", by=actor.by, now=now, detail=detail)
    return request
