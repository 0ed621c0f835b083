"""Where a request stands, for the person who holds the link that was mailed to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from models.desk import Desk
from models.keys import Keyring
from models.proof import Link, Purpose
from models.rules.lifecycle import UNDECIDED, Outcome, State
from models.services.requester import links, withdrawals

_ENDS: Mapping[Outcome | None, str] = {
    Outcome.FULFILLED: "done",
    Outcome.PARTLY: "partly",
    Outcome.REFUSED: "refused",
    Outcome.NO_DATA: "no_data",
    Outcome.IDENTITY_NOT_PROVEN: "not_confirmed",
    Outcome.WITHDRAWN: "withdrawn",
    Outcome.EXPIRED: "expired",
}


@dataclass(frozen=True)
class StatusPage:
    """``lines`` are (kind, word): a key of the page's texts for where it stands or how it ended. No value, no name."""

    reference: str
    language: str
    lines: tuple[tuple[str, str], ...]
    may_withdraw: bool


def open_status(session: Session, token: str, *, keys: Keyring, now: datetime) -> StatusPage | None:
    """Before proof the same for every address: nothing here depends on what we hold."""
    link = _live(session, token, keys=keys, now=now)
    return None if link is None else _page(link)


def withdraw(desk: Desk, session: Session, token: str, *, now: datetime) -> StatusPage | None:
    link = _live(session, token, keys=desk.keys, now=now)
    if link is None or link.ticket is None:
        return None
    withdrawals.withdraw_undecided(session, link.ticket.current, now=now, reason="withdrawn by the person")
    return _page(link)


def _live(session: Session, token: str, *, keys: Keyring, now: datetime) -> Link | None:
    link = links.find(session, token, Purpose.STATUS, keys=keys)
    return link if link is not None and link.ticket is not None and links.is_live(link, now) else None


def _page(link: Link) -> StatusPage | None:
    if link.ticket is None:
        return None
    ticket = link.ticket.current
    lines = tuple((one.kind.value, _word(one.state, one.outcome)) for one in ticket.requests)
    may_withdraw = any(one.state in UNDECIDED for one in ticket.requests)
    return StatusPage(ticket.reference, ticket.language, lines, may_withdraw)


def _word(state: State, outcome: Outcome | None) -> str:
    if state is State.CLOSED or outcome is Outcome.WITHDRAWN:
        return _ENDS.get(outcome, "closed")
    if state in {State.AWAITING_PROOF, State.NEEDS_DETAILS}:
        return "waiting_for_you"
    return "in_progress"
