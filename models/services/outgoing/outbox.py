"""Promise a letter in the transaction of the deed, and settle how its sending ended."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import letters, message_ids
from models.base import put_by
from models.desk import Desk
from models.message import Message
from models.outbox import LetterState, OutboxLetter
from models.request import Request
from models.rules.lifecycle import Outcome, State, Step
from models.services import audit, clocks, steps, suppressions
from models.services.outgoing import letter_limits
from models.services.requester import links
from models.services.requester.links import AnyLink
from models.ticket import Ticket

LADDER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
GIVE_UP_AFTER = timedelta(hours=72)
LEANT_ON = "opted_out"
"""The one letter that may say for several requests of an address what each one's own would say."""
SENT = frozenset({LetterState.ACCEPTED, LetterState.UNCERTAIN, LetterState.BOUNCED})
WAITING = frozenset({LetterState.QUEUED, LetterState.DEFERRED})

_LAST_MESSAGE = (
    sa.select(Message.message_id, Message.references)
    .where(Message.ticket_id == sa.bindparam("ticket"))
    .order_by(Message.id.desc())
    .limit(1)
)


@dataclass(frozen=True)
class Answered:
    """The message that a letter answers."""

    message_id: str
    references: Sequence[str]


@dataclass(frozen=True)
class Promised:
    """A letter of this transaction; its row is written with the next flush."""

    message_id: str
    recipient_digest: str
    request_id: int | None


def promise(
    desk: Desk,
    session: Session,
    ticket: Ticket,
    name: str,
    *,
    now: datetime,
    request: Request | None = None,
    closes: Outcome | None = None,
    recipient: str | None = None,
    facts: Mapping[str, object] | None = None,
    carries: Iterable[AnyLink] = (),
    automatic: bool = False,
    by_form: bool = False,
    answers: Answered | None = None,
) -> Promised:
    """A letter for the worker to send. Its Message-ID is fixed here, so that a second attempt is the same mail.

    An automatic letter that the loop guards are against is held, and shown to staff.
    """
    recipient = recipient or ticket.requester
    written = write(desk, ticket, name, now=now, request=request, facts=facts, carries=carries)
    digest = suppressions.digest_of(desk, recipient)
    proved = request is not None and request.proved_at is not None
    held = (
        letter_limits.why_held(desk, session, ticket, name, recipient, proved=proved, by_form=by_form, now=now)
        if automatic
        else None
    )
    answered = answers or _last_message(session, ticket)
    promised = Promised(_new_id(desk, ticket, recipient), digest, request.id if request else None)
    row = vars(promised) | {
        "ticket_id": ticket.id, "closes": closes, "letter": name, "language": language_of(desk, ticket),
        "recipient": recipient, "automatic": automatic, "by_form": by_form, "subject": written.subject,
        "text": written.text, "html": written.html, "in_reply_to": _answerable(answered),
        "references": _references(answered), "created_at": now, "next_attempt": now,
        "state": LetterState.HELD if held else LetterState.QUEUED, "held_for": held,
    }  # fmt: skip
    put_by(session, OutboxLetter, row)
    return promised


def write(
    desk: Desk,
    ticket: Ticket,
    name: str,
    *,
    now: datetime,
    request: Request | None = None,
    facts: Mapping[str, object] | None = None,
    carries: Iterable[AnyLink] = (),
) -> letters.Letter:
    """The letter as it would go, but for its tokens. Of who has not proved it no word but a subject vouched for."""
    proved = request is not None and request.proved_at is not None
    config = desk.config.desk
    common: dict[str, object] = {
        "desk": config.name, "controller": config.controller, "contact": config.contact, "law": config.law,
        "authority": config.authority, "reference": ticket.reference, "verified": bool(ticket.verified),
        "received_on": clocks.day_of(desk, ticket.received_at), "name": ticket.requester_name if proved else None,
        "subject": ticket.subject if proved or ticket.verified else None,
        "links": {link.purpose.value: links.marker(desk, link) for link in carries},
    }  # fmt: skip
    return letters.write(name, language_of(desk, ticket), common | dict(facts or {}))


def language_of(desk: Desk, ticket: Ticket) -> str:
    return desk.config.desk.language_for(ticket.language, letters.languages())


def with_tokens(desk: Desk, session: Session, written: Sequence[OutboxLetter]) -> Iterator[tuple[str, str]]:
    """Text and HTML of each letter with the tokens of its links put in; one query for all of them."""
    ids = {name for letter in written for name in carried(letter)}
    tokens = links.tokens(session, ids, desk.keys)
    for letter in written:
        yield _with_tokens(letter.text, tokens), _with_tokens(letter.html, tokens)


def carried(letter: OutboxLetter) -> list[str]:
    """The ids of the links in a letter."""
    return links.MARK.findall(letter.text)


def settle(desk: Desk, session: Session, letter: OutboxLetter, *, now: datetime) -> None:
    """What follows from how the sending ended: a request closes only once its letter was accepted."""
    letter.settled = True
    if letter.state is LetterState.ACCEPTED:
        letter.ticket.last_letter_at = now
    detail = {"letter": letter.letter, "state": letter.state, "attempts": letter.attempts}
    if letter.request is None:
        audit.record(session, letter.ticket.reference, "letter", by=steps.WORKER, now=now, detail=detail)
        return
    steps.noted(session, letter.request, "letter", by=steps.WORKER, now=now, detail=detail)
    if letter.state is LetterState.ACCEPTED:
        _close(session, letter, now=now)
    elif letter.state is LetterState.FAILED:
        not_reached(session, letter, by=steps.WORKER, now=now, detail=detail)


def lock_chains(session: Session, held: Sequence[OutboxLetter]) -> None:
    """The audit chains that the end of these letters is told in, those of the requests that lean on them too."""
    leant_on = [letter.message_id for letter in held if letter.letter == LEANT_ON]
    leaning = sa.select(Ticket.reference).join(Request).where(Request.leans_on.in_(leant_on))
    others = session.scalars(leaning) if leant_on else ()
    audit.lock(session, [*(letter.ticket.reference for letter in held), *others])


def not_reached(
    session: Session, letter: OutboxLetter, *, by: str, now: datetime, detail: Mapping[str, object],
    starts: frozenset[State] = frozenset({State.RESPONDING}),
) -> bool:  # fmt: skip
    """The requests that this letter was to close have not reached their person; whether there was one."""
    stuck = [one for one in closed_by(session, letter) if one.state in starts]
    for request in stuck:
        steps.advance(session, request, Step.NOT_REACHED, State.UNDELIVERED, by=by, now=now, detail=detail)
    return bool(stuck)


def closed_by(session: Session, letter: OutboxLetter) -> list[Request]:
    """The request that a letter answers, and those of the same address that lean on it."""
    if letter.request is None or not letter.closes:
        return []
    if letter.letter != LEANT_ON:
        return [letter.request]
    leaning = sa.select(Request).where(Request.leans_on == letter.message_id).order_by(Request.id)
    return [letter.request, *session.scalars(leaning)]


def postpone(letter: OutboxLetter, *, now: datetime, answer: str) -> None:
    """The mail server would not have it now: later, for 72 hours of trying, then it has failed."""
    letter.state, letter.answer, letter.claimed_until, letter.claimed_by = LetterState.DEFERRED, answer, None, None
    letter.tried_at = now
    # What was held or waited for a server that was away has not been tried in that time.
    tried_for = sum(LADDER[: letter.attempts], max(letter.attempts - len(LADDER), 0) * LADDER[-1])
    letter.attempts += 1
    if tried_for > GIVE_UP_AFTER:
        letter.state = LetterState.FAILED
    letter.next_attempt = now + LADDER[min(letter.attempts, len(LADDER)) - 1]


def _with_tokens(text: str, tokens: Mapping[str, str]) -> str:
    """A mark of no link of ours stays as it is."""
    return links.MARK.sub(lambda mark: tokens.get(mark[1], mark[0]), text)


def _close(session: Session, letter: OutboxLetter, *, now: datetime) -> None:
    for request in closed_by(session, letter):
        if letter.closes and request.state in {State.RESPONDING, State.UNDELIVERED}:
            steps.close(session, request, letter.closes, by=steps.WORKER, now=now, step=Step.ACCEPTED)


def _last_message(session: Session, ticket: Ticket) -> Answered | None:
    return Answered(*last) if (last := session.execute(_LAST_MESSAGE, {"ticket": ticket.id}).first()) else None


def _new_id(desk: Desk, ticket: Ticket, to: str) -> str:
    own = desk.config.desk.address
    return message_ids.make(desk.keys, ticket.reference, desk.new_token(), sender=own, recipient=to)


def _answerable(message: Answered | None) -> str | None:
    if message is None or message.message_id.startswith(("gen-", "form-")):
        return None
    return message.message_id


def _references(message: Answered | None) -> list[str]:
    """First and most recent, at most 1,500 characters (relays refuse header blocks over 4,096)."""
    own = _answerable(message)
    if message is None or own is None:
        return []
    kept = [reference for reference in (*message.references[:1], own) if len(reference) < 700]
    return list(dict.fromkeys(kept))
