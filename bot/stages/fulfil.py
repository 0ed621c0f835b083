"""Approved request → customer database → done, and the letter promised."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.stages.customers import rows_for, store_of
from models.customers import CustomerAwayError, CustomerChangedError, Row, RowChange, ValueRefusedError
from models.customers.package import Made, build
from models.desk import Desk
from models.request import Request
from models.rules.kinds import Kind
from models.services.corrections import fulfilment, opting_out
from models.services.corrections.fulfilment import Done, Job
from models.services.outgoing import outbox

log = logging.getLogger(__name__)

BATCH = 64

Place = tuple[str, str, str]


def fulfil(desk: Desk, *, owner: str) -> int:
    """How many requests were carried out. Theirs and ours share no transaction, so each write can be repeated."""
    with desk.sessions.begin() as session:
        jobs = fulfilment.take(desk, session, owner=owner, now=desk.clock(), limit=BATCH)
    if not jobs:
        return 0
    jobs = _with_consents(desk, jobs)
    done = [_act_if_there(desk, job) for job in jobs]
    with desk.sessions.begin() as session:
        return fulfilment.record(desk, session, done, owner=owner, now=desk.clock())


def _act_if_there(desk: Desk, job: Job) -> Done:
    try:
        return _act(desk, job)
    except CustomerAwayError:
        log.warning("request %d: the customer database is away", job.request_id)
        return Done(job, away=True)


def _act(desk: Desk, job: Job) -> Done:
    if job.kind is Kind.OPT_OUT:
        return Done(job, consents=_brought_back(desk, job)) if job.undoing else _opted_out(desk, job)
    if job.kind is Kind.ACCESS:
        return Done(job, package=_package(desk, job))
    return _write(desk, job)


def _with_consents(desk: Desk, jobs: Sequence[Job]) -> list[Job]:
    """What opt-outs will switch off is kept before it is: after a crash nobody could tell what there was."""
    planned = [_consents(desk, job) if job.switches_off else job for job in jobs]
    intended = {job.request_id: job.changes for job in planned if job.switches_off and job.changes}
    if intended:
        with desk.sessions.begin() as session:
            opting_out.intend(session, intended)
    return planned


def _consents(desk: Desk, job: Job) -> Job:
    """One database that is away does not hold up the others."""
    changes: list[RowChange] = []
    try:
        for store in desk.stores.values():
            changes += store.consents(job.address)
    except CustomerAwayError:
        log.warning("request %d: the customer database is away", job.request_id)
        return replace(job, changes=tuple(changes), in_part=True)
    return replace(job, changes=tuple(changes))


def _opted_out(desk: Desk, job: Job) -> Done:
    done = [store_of(desk, change.store).switch_off(change) for change in job.changes]
    return Done(job, consents=tuple(change for change in done if change is not None), away=job.in_part)


def _brought_back(desk: Desk, job: Job) -> tuple[RowChange, ...]:
    """Consents as they were, in rows that are this person's still; one that was changed since stays as it is."""
    own = {
        (part.store, part.table, row.key)
        for store in desk.stores.values()
        for part in store.extract(store.find([job.address])[job.address])
        for row in part.rows
    }
    return tuple(one for one in job.changes if (one.store, one.table, one.key) in own and _restored(desk, one))


def _restored(desk: Desk, change: RowChange) -> bool:
    try:
        store_of(desk, change.store).restore(change)
    except (CustomerChangedError, ValueRefusedError):
        return False
    return True


def _write(desk: Desk, job: Job) -> Done:
    """Each row by itself: a conflict in one leaves the others written, and every row whole."""
    conflicts: dict[Place, Row | None] = {}
    refused: dict[Place, str] = {}
    for change in job.changes:
        place = (change.store, change.table, change.key)
        try:
            store = store_of(desk, change.store)
            (store.restore if job.undoing else store.write)(change)
        except CustomerChangedError as error:
            conflicts[place] = error.now
        except ValueRefusedError as error:
            refused[place] = str(error)
    return Done(job, conflicts, refused)


def _package(desk: Desk, job: Job) -> Made | None:
    """None where nothing is left of what staff released."""
    rows = _rows(desk, job)
    if not rows:
        return None
    extracts = [one for name, store in desk.stores.items() for one in
                store.extract([row for row in rows if row.store == name])]  # fmt: skip
    reference, language = _addressee(desk, job)
    config = desk.config.desk
    return build(
        extracts, language=language, desk=config.name, controller=config.controller, authority=config.authority,
        contact=config.contact, recipients=config.recipients, reference=reference, address=job.address,
        made_at=desk.clock(), timezone=config.timezone,
    )  # fmt: skip


def _rows(desk: Desk, job: Job) -> list[Row]:
    rows = rows_for(desk, job.address, job.chosen or (), vouched=job.vouched)
    if rows is None:
        raise CustomerAwayError("a customer database is away")
    return rows


def _addressee(desk: Desk, job: Job) -> tuple[str, str]:
    with desk.readers() as session:
        ticket = session.get_one(Request, job.request_id).ticket
        return ticket.reference, outbox.language_of(desk, ticket)
