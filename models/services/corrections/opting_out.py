"""A person's word that they want no more marketing, or want it again: the list at once, the consents by the worker."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.customers import ColumnChange, RowChange
from models.desk import Desk
from models.outbox import LetterState, OutboxLetter
from models.proof import Purpose
from models.request import Request
from models.rules.kinds import Kind
from models.rules.lifecycle import Outcome, State, Step
from models.services import audit, steps, suppressions
from models.services.arrival import intake
from models.services.outgoing import outbox
from models.services.outgoing.outbox import Promised
from models.services.requester import links
from models.suppression import Suppression
from models.ticket import Ticket

TOLD, BACK = outbox.LEANT_ON, "opted_in"
TOLD_AGAIN_AFTER = timedelta(days=7)
"""Anybody can write in another's name. Whoever is on the list already and was told so within these days gets no second
letter: a request leans on the first one, and closes once that was accepted."""
_NOT_SENT = frozenset({LetterState.FAILED, LetterState.BOUNCED, LetterState.VOID})


def unsubscribe(desk: Desk, session: Session, token: str, *, now: datetime) -> str | None:
    """The person's click: suppressed at once; the consent columns follow by the worker."""
    link = suppressions.live(session, token, Purpose.UNSUBSCRIBE, keys=desk.keys, now=now)
    if link is None:
        return None
    if not suppressions.is_suppressed(desk, session, link.recipient):
        suppressions.suppress(desk, session, link.recipient, source="link", now=now)
        intake.opt_out_by_link(desk, session, link, now=now)
    return suppressions.language_of(session, link)


def resubscribe(desk: Desk, session: Session, token: str, *, now: datetime) -> str | None:
    """The way back: the button behind a link that went to this very address. Consents and letter are the worker's."""
    link = suppressions.live(session, token, Purpose.RESUBSCRIBE, keys=desk.keys, now=now)
    if link is None:
        return None
    if suppressions.is_suppressed(desk, session, link.recipient):
        suppressions.lift(desk, session, link.recipient, now=now)
        chain = link.ticket.reference if link.ticket else audit.DESK
        detail = {"link": link.id, "asked for by": "the button of the page"}
        audit.record(
            session, chain, "opted in again", by=steps.REQUESTER, now=now, request_id=link.request_id, detail=detail
        )
        if link.request is not None:
            _bring_back(desk, session, link.request, link.recipient, now=now)
    return suppressions.language_of(session, link)


def record(desk: Desk, session: Session, request: Request, rows: Sequence[RowChange], *, now: datetime) -> None:
    """The letter comes after both the suppression and the consent columns; none goes to a machine."""
    told = _told(session).get(suppressions.digest_of(desk, request.ticket.requester))
    keeper = session.get_one(Request, told.request_id) if told is not None else request
    _keep(request, rows)
    image, request.consent_before = request.consent_before or [], None
    # The way back stands in the letter, so what it puts back lies where the letter's request is.
    keeper.consent_before = [*(keeper.consent_before or []), *image]
    detail = {"rows": image}
    steps.advance(session, request, Step.WRITTEN, State.RESPONDING, by=steps.WORKER, now=now, detail=detail)
    if request.by_machine:
        steps.close(session, request, Outcome.FULFILLED, by=steps.WORKER, now=now, step=Step.UNANSWERED)
        return
    if told is None:
        letter = _tell(desk, session, request, TOLD, Purpose.RESUBSCRIBE, now=now, closes=Outcome.FULFILLED)
        _told(session)[letter.recipient_digest] = letter
        return
    request.leans_on = told.message_id
    said = {"letter": TOLD, "of request": keeper.id, "message_id": told.message_id}
    steps.noted(session, request, "told already", by=steps.WORKER, now=now, detail=said)
    if isinstance(told, OutboxLetter) and told.state is LetterState.ACCEPTED and told.settled:
        steps.close(session, request, Outcome.FULFILLED, by=steps.WORKER, now=now, step=Step.ACCEPTED)


def record_back(
    desk: Desk, session: Session, request: Request, rows: Sequence[RowChange], *, now: datetime, back: bool
) -> None:
    """The consents stand as they did before; the letter says so and holds the way out again.

    Meanwhile the person may have thought better of it: then the worker goes on until the consents are as the list
    says, and what was switched off stays known, for the next way back.
    """
    wanted = not suppressions.is_suppressed(desk, session, request.ticket.requester)
    request.claimed_until = request.claimed_by = None
    request.undoing = back is not wanted
    said = "consents brought back" if back else "consents switched off again"
    detail = {"rows": [_before_image(row) for row in rows]}
    steps.noted(session, request, said, by=steps.WORKER, now=now, detail=detail)
    if not back:
        _keep(request, rows)
    elif wanted:
        request.consent_before = None
        _tell(desk, session, request, BACK, Purpose.UNSUBSCRIBE, now=now)


def intend(session: Session, planned: Mapping[int, Sequence[RowChange]]) -> None:
    """What the worker is about to switch off, by request: kept first, so that no crash between takes it along."""
    held = sa.select(Request).where(Request.id.in_(planned)).order_by(Request.id).with_for_update()
    for request in session.scalars(held):
        _keep(request, planned[request.id])


def changes_back(request: Request) -> tuple[RowChange, ...]:
    """What the worker switched off, the other way round."""
    return tuple(
        RowChange(store, table, key, tuple(ColumnChange(name, after, before) for name, before, after in columns))
        for store, table, key, columns in request.consent_before or ()
    )


def waits() -> sa.ColumnElement[bool]:
    """Requests whose consents are to be brought back, or were while the person said no again."""
    return sa.and_(Request.undoing, Request.kind == Kind.OPT_OUT)


def hold_told(desk: Desk, session: Session, requests: Sequence[Request], *, now: datetime) -> None:
    """Lock the letters that may have told these addresses already, before any audit chain, as the letters' own way
    does: so neither waits for the other in a circle, and how a sending ends is heard before or after, never beside."""
    digests = {suppressions.digest_of(desk, one.ticket.requester) for one in requests}
    ids = _newest_told(session, digests, now=now).values()
    found = sa.select(OutboxLetter).where(OutboxLetter.id.in_(ids), OutboxLetter.state.not_in(_NOT_SENT))
    locked = found.order_by(OutboxLetter.id).with_for_update().execution_options(populate_existing=True)
    _told(session).update({letter.recipient_digest: letter for letter in session.scalars(locked)})


def _newest_told(session: Session, digests: Collection[str], *, now: datetime) -> dict[str, int]:
    """The letters that told these addresses of the very suppression that holds now, a few days ago at the most."""
    told = sa.select(OutboxLetter.recipient_digest, OutboxLetter.created_at, OutboxLetter.id).where(
        OutboxLetter.recipient_digest.in_(digests), OutboxLetter.created_at >= now - TOLD_AGAIN_AFTER,
        OutboxLetter.letter == TOLD, OutboxLetter.state.not_in(_NOT_SENT), OutboxLetter.request_id.is_not(None),
    )  # fmt: skip
    listed = sa.select(Suppression.digest, Suppression.since).where(Suppression.digest.in_(digests))
    since = dict(session.execute(listed).all()) if digests else {}
    letters = session.execute(told.order_by(OutboxLetter.id)).all() if digests else ()
    return {digest: number for digest, at, number in letters if at >= since.get(digest, now)}


def _told(session: Session) -> dict[str, OutboxLetter | Promised]:
    """The letters that this transaction holds by address, its own too: its batch is written at its end, so no query
    finds those yet."""
    letters: dict[str, OutboxLetter | Promised] = session.info.setdefault("told", {})
    return letters


def _tell(
    desk: Desk, session: Session, request: Request, letter: str, way: Purpose, *, now: datetime,
    closes: Outcome | None = None,
) -> Promised:  # fmt: skip
    ticket = request.ticket
    link = links.make(desk, session, way, ticket.requester, now=now, ticket=ticket, request=request)
    return outbox.promise(
        desk, session, ticket, letter, now=now, request=request, closes=closes, carries=(link,), automatic=True
    )


def _bring_back(desk: Desk, session: Session, request: Request, address: str, *, now: datetime) -> None:
    """All that was switched off for this address since it was last brought back, as one job of the worker."""
    # However the address was spelled; what no letter has told of yet is found by the spelling alone.
    digest = suppressions.digest_of(desk, address)
    letters = sa.select(OutboxLetter.request_id).where(OutboxLetter.letter == TOLD)
    told = letters.where(OutboxLetter.recipient_digest == digest)
    theirs = sa.or_(Request.id.in_(told), Ticket.requester == address)
    same = sa.select(Request).join(Ticket).where(theirs, Request.kind == Kind.OPT_OUT)
    images: list[object] = []
    for one in session.scalars(same.order_by(Request.id)):
        images += one.consent_before or []
        one.consent_before, one.undoing = None, False
    request.consent_before, request.undoing, request.not_before = images, True, now


def _keep(request: Request, rows: Sequence[RowChange]) -> None:
    held = request.consent_before or []
    image = [_before_image(row) for row in rows]
    request.consent_before = [*held, *(one for one in image if one not in held)]


def _before_image(row: RowChange) -> list[object]:
    return [row.store, row.table, row.key, [[one.column, one.before, one.after] for one in row.columns]]
