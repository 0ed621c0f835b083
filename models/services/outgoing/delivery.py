"""The way of a promised letter through the worker: claimed, marked before it leaves, and what became of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer, joinedload

from models.desk import Desk
from models.outbox import LetterState, OutboxLetter
from models.services import claims, locks
from models.services.outgoing import circuit, outbox, quiet

ENDED = frozenset({LetterState.ACCEPTED, LetterState.FAILED, LetterState.UNCERTAIN})
BATCH = 64
DIED = "the worker died while it was sent"

# Built once: each letter on its way runs both, straight on the table, and no object of the session is touched.
_OUTBOX = cast("sa.Table", OutboxLetter.__table__)
_MINE = sa.and_(_OUTBOX.c.id == sa.bindparam("whose"), _OUTBOX.c.claimed_by == sa.bindparam("owner"))
_END = (
    sa.update(_OUTBOX)
    .where(_MINE)
    .values(
        state=sa.bindparam("to"), answer=sa.bindparam("said"), accepted_at=sa.bindparam("at"), settled=False,
        tried_at=sa.bindparam("tried"),
        attempts=_OUTBOX.c.attempts + 1,
    )
)  # fmt: skip
_ENDED = _END.where(_OUTBOX.c.state == LetterState.SENDING)
_TOLD = _END.where(sa.or_(*[_OUTBOX.c.state == state for state in sorted(outbox.WAITING)]))
_BEGUN = (
    sa.update(_OUTBOX)
    .where(_MINE, _OUTBOX.c.state.in_(outbox.WAITING))
    .values(state=LetterState.SENDING, claimed_until=sa.bindparam("until"))
)


def _leaves_by(now: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    return sa.and_(OutboxLetter.state.in_(outbox.WAITING), OutboxLetter.next_attempt <= now)


_NOW: sa.BindParameter[datetime] = sa.bindparam("now")
_LOST = sa.and_(OutboxLetter.state == LetterState.SENDING, OutboxLetter.claimed_until < _NOW)
_UNHEARD = sa.and_(OutboxLetter.state.in_(ENDED), OutboxLetter.settled.is_(False))
_TO_LEAVE = sa.and_(_leaves_by(_NOW), claims.is_free(OutboxLetter, _NOW))
_DUE = sa.select(OutboxLetter.id).where(sa.or_(_TO_LEAVE, _LOST, _UNHEARD)).limit(1)


@dataclass(frozen=True)
class Ended:
    """How the sending of one letter ended; ``answer`` is what the mail server said, without addresses."""

    letter_id: int
    state: LetterState
    answer: str


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether a letter is to leave, or how one ended is to be told: a look that holds up no writer."""
    return session.scalar(_DUE, {"now": now}) is not None


def take(desk: Desk, session: Session, *, owner: str, now: datetime) -> list[int]:
    """Letters whose time has come, as many as the mail server takes in this minute."""
    _give_up_on_the_dead(session, now)
    circuit.hold_back(session, now=now)
    room = min(BATCH, _room(desk, session, now))
    if room <= 0:
        return []
    due = _leaves_by(now)
    ids = claims.claim(
        session, OutboxLetter, due, owner=owner, now=now, limit=room, first_by=OutboxLetter.next_attempt
    )
    return quiet.let_through(desk, session, ids, now=now)


def turn(connection: sa.Connection, ended: Ended | None, next_id: int | None, *, owner: str, now: datetime) -> bool:
    """One letter has ended and the next one begins, by one small commit: whatever kills the worker, one letter at
    the most is in flight. False where the next one is no longer ours."""
    if ended is not None:
        connection.execute(_ENDED, _facts(ended, owner=owner, now=now))
    if next_id is None:
        return False
    begun = {"whose": next_id, "owner": owner, "until": now + claims.LEASE}
    return connection.execute(_BEGUN, begun).rowcount == 1


def tell(connection: sa.Connection, told: Sequence[Ended], *, owner: str, now: datetime) -> None:
    """How letters ended whose beginning stands elsewhere."""
    connection.execute(_TOLD, [_facts(ended, owner=owner, now=now) for ended in told])


def hear(session: Session, begun: Collection[int], told: Sequence[Ended], *, owner: str, now: datetime) -> bool:
    """What a worker noted of a batch, once its claims are over and so it is dead or stuck; False before.

    What began and has no end may have arrived: never sent again by itself.
    """
    holds = sa.select(OutboxLetter.id).where(OutboxLetter.claimed_by == owner, OutboxLetter.claimed_until >= now)
    if session.scalar(holds.limit(1)) is not None:
        return False
    doubtful = sorted({*begun} - {ended.letter_id for ended in told})
    lost = [Ended(number, LetterState.UNCERTAIN, DIED) for number in doubtful]
    if told or lost:
        tell(session.connection(), [*told, *lost], owner=owner, now=now)
    return True


def put_off(session: Session, ended: Ended, *, owner: str, now: datetime) -> None:
    """The server said "later": by the ladder."""
    letter = session.get_one(OutboxLetter, ended.letter_id, with_for_update=True)
    if letter.claimed_by == owner:
        outbox.postpone(letter, now=now, answer=ended.answer)


def give_back(session: Session, ids: Sequence[int], *, owner: str) -> None:
    """The server is away: nothing was tried, so no attempt is counted."""
    mine = sa.update(OutboxLetter).where(OutboxLetter.id.in_(ids), OutboxLetter.claimed_by == owner)
    waiting = mine.where(OutboxLetter.state == LetterState.SENDING).values(state=LetterState.QUEUED)
    session.execute(waiting.execution_options(synchronize_session=False))
    claims.release(session, OutboxLetter, ids, owner=owner, until=None)


def settle(desk: Desk, session: Session, *, now: datetime) -> int:
    """Let the rest of the desk hear of letters that have ended, those of a dead worker included."""
    unheard = sa.select(OutboxLetter).where(_UNHEARD)
    first = unheard.order_by(OutboxLetter.id).limit(BATCH).with_for_update(skip_locked=True, of=OutboxLetter)
    unread = defer(OutboxLetter.text), defer(OutboxLetter.html)
    loaded = first.options(joinedload(OutboxLetter.ticket), joinedload(OutboxLetter.request), *unread)
    letters = list(session.scalars(loaded))
    outbox.lock_chains(session, letters)
    with session.no_autoflush:
        for letter in letters:
            letter.claimed_until = letter.claimed_by = None
            outbox.settle(desk, session, letter, now=now)
    if any(letter.state is LetterState.FAILED for letter in letters):
        circuit.look(session, now=now)
    return len(letters)


def _give_up_on_the_dead(session: Session, now: datetime) -> None:
    """A letter that was in flight when its worker died may have arrived: never sent again by itself."""
    uncertain = {"state": LetterState.UNCERTAIN, "settled": False, "answer": DIED}
    given_up = sa.update(OutboxLetter).where(_LOST).values(**uncertain)
    session.execute(given_up.execution_options(synchronize_session=False), {"now": now})


def _room(desk: Desk, session: Session, now: datetime) -> int:
    """How many more letters may be tried in this minute, whatever becomes of them."""
    per_minute = desk.config.smtp.per_minute if desk.config.smtp else 0
    if not per_minute:
        return BATCH
    # One after the other, for what another worker has claimed will be tried within this minute too.
    locks.hold(session, ["letters a minute"])
    tried = OutboxLetter.tried_at > now - timedelta(minutes=1)
    counted = sa.or_(tried, OutboxLetter.claimed_until >= now)
    return per_minute - session.scalars(sa.select(sa.func.count()).where(counted)).one()


def _facts(ended: Ended, *, owner: str, now: datetime) -> dict[str, object]:
    at = now if ended.state is LetterState.ACCEPTED else None
    facts = {"whose": ended.letter_id, "owner": owner, "to": ended.state, "said": ended.answer[:500]}
    return facts | {"at": at, "tried": now}
