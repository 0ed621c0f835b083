"""The desk → a letter to itself once a day: whoever takes mail in finds it, or an alarm says that it is missing."""

import logging
from collections.abc import Callable, Mapping

from bot.mail import probe
from bot.mail.imap.verify import Looked
from bot.mail.relay.compose import compose
from bot.mail.relay.smtp import SendError
from bot.stages.alarm import Sends
from bot.stages.deliver import loop_id
from models import message_ids
from models.config import Mailbox
from models.desk import Desk
from models.services.upkeep import canary

log = logging.getLogger(__name__)

TEXT = "The desk wrote this letter to itself, to see whether mail leaves and arrives. Nothing is to be done."


def fly(desk: Desk, new_relay: Callable[[], Sends], look: Callable[[Mailbox], Looked]) -> Mapping[str, int]:
    """How many left. Raises MailboxAwayError where the one that arrived cannot be taken away yet."""
    left = _send(desk, new_relay)
    _take_away(desk, look)
    return {"canaries": left}


def letter_to_ourselves(desk: Desk, mark: str, *, subject: str) -> bytes:
    address = desk.config.desk.address
    return compose(
        sender=address, sender_name=desk.config.desk.name, recipient=address, subject=subject, text=TEXT, html=None,
        in_reply_to=None, references=(), date=desk.clock(),
        message_id=message_ids.make(desk.keys, "RD-CHECK", desk.new_token(), sender=address, recipient=address),
        headers={"Auto-Submitted": "auto-generated", "X-Rightsdesk-Loop": loop_id(desk), probe.HEADER: mark},
    )  # fmt: skip


def _send(desk: Desk, new_relay: Callable[[], Sends]) -> int:
    now = desk.clock()
    with desk.readers() as session:
        if not canary.is_due(session, now=now):
            return 0
    mark = probe.mark(desk.keys, desk.new_token(), now=now)
    with desk.sessions.begin() as session:
        if not canary.take(session, mark=mark, now=now):
            return 0
    address, relay = desk.config.desk.address, new_relay()
    try:
        relay.send(address, address, letter_to_ourselves(desk, mark, subject="rightsdesk canary"))
    except SendError as error:
        # It will be missed like one that was lost on its way.
        log.warning("canary: the letter to ourselves does not leave: %s", error.reply)
    finally:
        relay.close()
    return 1


def _take_away(desk: Desk, look: Callable[[Mailbox], Looked]) -> None:
    with desk.readers() as session:
        lies_in = canary.lies_in(session)
    if lies_in is None:
        return
    name, mark = lies_in
    mailbox = next((one for one in desk.config.mailboxes if one.name == name), None)
    if mailbox is not None:
        with look(mailbox) as folder:
            uid = folder.find_among_last(mark)
            if uid is not None:
                folder.remove(uid)
    with desk.sessions.begin() as session:
        canary.taken_away(session, mark)
