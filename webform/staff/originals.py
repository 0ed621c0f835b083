"""A message's number goes in; out comes its text as a page for a frame of its own, or its raw bytes to keep."""

from flask import Blueprint, Response, abort, make_response, render_template
from sqlalchemy.orm import Session

from models.message import Message
from models.rules.permissions import Right, require
from models.services import audit
from models.services.shown import without_links, without_values
from models.spool import Spool
from models.ticket import Ticket
from webform.context import the_desk
from webform.guard import policy
from webform.staff.members import current_actor

pages = Blueprint("originals", __name__)

OPENED = "opened original"
FRAME = policy(frame_ancestors="'self'") + "; sandbox"


@pages.get("/messages/<int:message_id>/body")
def body(message_id: int) -> Response:
    """Shown in a sandboxed frame; a program that a sender wrote has nothing to run there."""
    with the_desk().readers() as session:
        message = session.get(Message, message_id) or abort(404)
        known = (message.sender, message.sender_name)
    text = without_links(message.text)
    if not current_actor().may(Right.REVEAL):
        text = without_values(text, known)
    response = make_response(render_template("staff/body.html", text=text))
    response.headers["Content-Security-Policy"] = FRAME
    return response


@pages.get("/messages/<int:message_id>/raw")
def raw(message_id: int) -> Response:
    """As received, always as a file: no browser is to read it."""
    desk = the_desk()
    with desk.sessions.begin() as session:
        sealed, reference = _sealed(session, message_id)
        actor = current_actor()
        require(actor, Right.REVEAL)
        audit.record(session, reference, OPENED, by=actor.by, now=desk.clock(), detail={"message": message_id})
    response = make_response(desk.keys.unseal(sealed))
    response.headers["Content-Type"] = "application/octet-stream"
    response.headers["Content-Disposition"] = f'attachment; filename="{reference}-{message_id}.eml"'
    return response


def _sealed(session: Session, message_id: int) -> tuple[bytes, str]:
    """404 too where the raw mail was forgotten since."""
    message = session.get(Message, message_id)
    spool = session.get(Spool, message.spool_id) if message and message.spool_id else None
    if message is None or spool is None or spool.raw is None:
        abort(404)
    return spool.raw, session.get_one(Ticket, message.ticket_id).reference
