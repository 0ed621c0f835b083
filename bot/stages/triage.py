"""Spool → message, ticket, requests, corrections: a batch is read, classified, looked up, and recorded at once."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import undefer

from bot.classifier import Classifier
from bot.mail import mime
from bot.stages.customers import rows_of
from models.customers import Row
from models.desk import Desk
from models.rules.identity import needs_proof
from models.rules.kinds import Auto, Channel, Kind
from models.rules.reading import Reading, Verdict, Writing
from models.rules.routing import Route, route
from models.rules.submission import Submission
from models.services import claims, outbox, triage
from models.services.proposals import record_of
from models.services.sorting import Sorted
from models.spool import Spool, SpoolState

log = logging.getLogger(__name__)

BATCH = 64
BATCH_BYTES = 16_000_000
OVERSIZE = "larger than the desk reads: only its header was fetched"
MACHINES_WORD = frozenset({Auto.OWN, Auto.BOUNCE, Auto.AUTO_REPLY})
"""What these wrote is nobody's request; lists and notifications are classified, for they may carry a person's."""


@dataclass(frozen=True)
class Read:
    """One spooled message as parsed. ``submission`` where it was typed into the form or taken down by staff."""

    spool_id: int
    channel: Channel
    reference: str
    spool: Spool
    reading: Reading
    submission: Submission | None = None


def triage_batch(desk: Desk, load_classifier: Callable[[], Classifier], *, owner: str) -> tuple[int, int]:
    """How many messages were triaged and how many quarantined; (0, 0) when nothing waits."""
    spools = _take(desk, owner=owner)
    if not spools:
        return 0, 0
    classifier = load_classifier()
    try:
        return _triage(desk, classifier, spools)
    except OperationalError:
        # Our own database is away: the claims run out, and the same batch comes again.
        raise
    except Exception as error:  # one bad mail stops no other
        log.warning("a batch of %d could not be triaged (%s): one by one", len(spools), type(error).__name__)
        return _one_by_one(desk, classifier, spools)


def _take(desk: Desk, *, owner: str) -> list[Spool]:
    with desk.sessions.begin() as session:
        waiting = Spool.state == SpoolState.WAITING
        ids = claims.claim(session, Spool, waiting, owner=owner, now=desk.clock(), limit=BATCH, first_by=Spool.id)
        sizes = dict(session.execute(sa.select(Spool.id, Spool.size).where(Spool.id.in_(ids))).all())
        kept = _within(ids, sizes)
        claims.release(session, Spool, ids[len(kept) :], owner=owner, until=None)
        rows = sa.select(Spool).where(Spool.id.in_(kept)).order_by(Spool.id).options(undefer(Spool.raw))
        return list(session.scalars(rows))


def _within(ids: Sequence[int], sizes: Mapping[int, int]) -> list[int]:
    """As many of them as fit the memory of a batch, one at the least."""
    total = 0
    kept: list[int] = []
    for one in ids:
        total += sizes[one]
        if kept and total > BATCH_BYTES:
            break
        kept.append(one)
    return kept


def _one_by_one(desk: Desk, classifier: Classifier, spools: Sequence[Spool]) -> tuple[int, int]:
    triaged = quarantined = 0
    for spool in spools:
        try:
            good, bad = _triage(desk, classifier, [spool])
        except OperationalError:
            raise
        except Exception as error:  # kept raw, shown to staff, and the next one is read
            log.warning("spool %d is quarantined: %s", spool.id, type(error).__name__)
            _quarantine(desk, {spool.id: f"could not be read: {type(error).__name__}"})
            good, bad = 0, 1
        triaged, quarantined = triaged + good, quarantined + bad
    return triaged, quarantined


def _triage(desk: Desk, classifier: Classifier, spools: Sequence[Spool]) -> tuple[int, int]:
    read = [_read(desk, spool) for spool in spools]
    unreadable = {one.spool_id: _why(one) for one in read if not one.reading.sender}
    good = [one for one in read if one.spool_id not in unreadable]
    batch = _sort(desk, classifier, good)
    _quarantine(desk, unreadable)
    if batch:
        with desk.sessions.begin() as session:
            triage.record(desk, session, batch, now=desk.clock())
    return len(batch), len(unreadable)


def _read(desk: Desk, spool: Spool) -> Read:
    raw = desk.keys.unseal(spool.raw or b"")
    reference = spool.reference or desk.new_reference()
    if spool.channel in {Channel.FORM, Channel.HAND}:
        typed = Submission.from_bytes(raw)
        reading = typed.reading(reference=reference, received_at=spool.received_at)
        return Read(spool.id, spool.channel, reference, spool, reading, typed)
    reading = mime.read(
        raw,
        own_addresses=frozenset(address.lower() for address in (desk.config.desk.address, *desk.config.desk.aliases)),
        own_lists=own_lists(desk, spool.account),
        is_own_id=lambda message_id: outbox.is_own_id(desk, message_id),
    )
    if spool.oversize:
        reading = replace(reading, defects=(OVERSIZE, *reading.defects))
    return Read(spool.id, spool.channel, reference, spool, reading)


def own_lists(desk: Desk, account: str) -> frozenset[str]:
    lists = (mailbox.own_lists for mailbox in desk.config.mailboxes if mailbox.name == account)
    return frozenset(one for each in lists for one in each)


def _why(one: Read) -> str:
    return "no sender: " + ", ".join(one.reading.defects or ("no From header",))


def _sort(desk: Desk, classifier: Classifier, read: Sequence[Read]) -> list[Sorted]:
    asked = [one for one in read if _needs_verdict(one)]
    judged = classifier.read([_writing(one) for one in asked])
    verdicts = {one.spool_id: verdict for one, verdict in zip(asked, judged, strict=True)}
    version = classifier.version
    sorted_ = [_sorted(desk, one, verdicts.get(one.spool_id), version) for one in read]
    about_someone = [one for one in sorted_ if one.route is not Route.SET_ASIDE and _needs_rows(one)]
    rows = rows_of(desk, {one.reading.sender for one in about_someone})
    return [_with_rows(desk, classifier, one, raw, rows) for one, raw in zip(sorted_, read, strict=True)]


def _needs_verdict(one: Read) -> bool:
    if one.submission is not None and one.submission.kind is not Kind.OTHER:
        return False
    return one.reading.auto not in MACHINES_WORD


def _writing(one: Read) -> Writing:
    return Writing(one.reading.subject, one.reading.text, one.reading.new)


def _sorted(desk: Desk, one: Read, verdict: Verdict | None, version: str) -> Sorted:
    typed = one.submission
    kinds: tuple[Kind, ...] = (typed.kind,) if typed and verdict is None else (Kind.OTHER,)
    way = Route.AUTO if typed else Route.SET_ASIDE
    if verdict is not None:
        kinds = verdict.decided
        way = route(verdict, one.reading.auto, threshold=desk.config.desk.threshold)
    language = (typed.language if typed else "") or (verdict.language if verdict else "unknown")
    return Sorted(
        one.spool_id, one.channel, one.reference, one.spool.received_at, one.reading, verdict, way, kinds,
        trapped=one.spool.trapped, classifier=version if verdict else "", language=language,
        found=typed.found() if typed else (),
    )  # fmt: skip


def _needs_rows(one: Sorted) -> bool:
    return one.route is Route.PERSON or any(needs_proof(kind) for kind in one.kinds)


def _with_rows(
    desk: Desk, classifier: Classifier, one: Sorted, read: Read, rows: Mapping[str, Sequence[Row]] | None
) -> Sorted:
    """The message with its sender's rows, and its corrections read against them."""
    if one.route is Route.SET_ASIDE or not _needs_rows(one):
        return one
    own = None if rows is None else tuple(rows.get(one.reading.sender, ()))
    found = one.found
    if one.verdict is not None and (Kind.RECTIFICATION in one.kinds or one.route is Route.PERSON):
        record = record_of(own or (), desk.stores)
        found = (*found, *classifier.corrections(_writing(read), one.verdict, record))
    return replace(one, rows=own, found=found)


def _quarantine(desk: Desk, reasons: Mapping[int, str]) -> None:
    if reasons:
        with desk.sessions.begin() as session:
            for spool_id, reason in reasons.items():
                triage.quarantine(session, spool_id, reason=reason, now=desk.clock())
