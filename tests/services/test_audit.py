"""The audit log is tampered with in every way a hand on the database could think of: ``verify`` names the place."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from models.audit import Chain, Event, EventDetail
from models.keys import Keyring
from models.rules.kinds import Role
from models.rules.lifecycle import Outcome, State
from models.services import audit, staffing
from models.services.upkeep import forgetting
from models.ticket import Ticket
from tests.firm import Firm
from tests.services import rows
from tests.services.rows import NOW

Sessions = sessionmaker[Session]
KEYS = Keyring((("a", b"k" * 32),))
LAST = 4
COPIED = ("at", "by", "what", "request_id", "digest", "hash")


@pytest.fixture
def chain(sessions: Sessions) -> str:
    """A ticket with four events, of which the second and the third have a detail."""
    with sessions.begin() as session:
        return told(session)


def told(session: Session) -> str:
    made = rows.request(session, state=State.CLOSED, outcome=Outcome.FULFILLED)
    reference = made.ticket.reference
    for number, what in enumerate(("triaged", "approve", "written", "letter")):
        detail = {"after": f"{number} Quarry Hill", "at": None} if number in {1, 2} else None
        at = NOW + timedelta(minutes=number)
        audit.record(session, reference, what, by="grace@shop.example", now=at, request_id=made.id, detail=detail)
    return reference


def breaks(sessions: Sessions) -> list[tuple[str, int]]:
    with sessions() as session:
        return [(one.chain, one.number) for one in audit.verify(session)]


def of(chain: str, number: int, *, model: Any = Event) -> Any:
    return sa.and_(model.chain == chain, model.number == number)


def changes(**values: Any) -> Callable[[Session, str], None]:
    return lambda session, chain: change(session, chain, 2, values)


def change(session: Session, chain: str, number: int, values: dict[str, Any]) -> None:
    session.execute(sa.update(Event).where(of(chain, number)).values(values))


def removes(number: int) -> Callable[[Session, str], None]:
    return lambda session, chain: remove(session, chain, number)


def remove(session: Session, chain: str, number: int) -> None:
    session.execute(sa.delete(EventDetail).where(of(chain, number, model=EventDetail)))
    session.execute(sa.delete(Event).where(of(chain, number)))


def removes_and_closes_up(session: Session, chain: str) -> None:
    """The last event goes, and the count with it: the head remembers."""
    remove(session, chain, LAST)
    session.execute(sa.update(Chain).where(Chain.name == chain).values(count=LAST - 1))


def counts_fewer(session: Session, chain: str) -> None:
    session.execute(sa.update(Chain).where(Chain.name == chain).values(count=LAST - 1))


def adds(session: Session, chain: str) -> None:
    """A row that is itself well made, hash and all."""
    last = session.get_one(Event, (chain, LAST))
    made = audit.Entry(chain, LAST + 1, last.at, last.by, "approve", None, audit.digest_of("", {}))
    session.add(Event(**vars(made) | {"hash": audit.hash_of(last.hash, made)}))


def inserts_before_the_first(session: Session, chain: str) -> None:
    made = audit.Entry(chain, 0, NOW, "nobody", "approve", None, audit.digest_of("", {}))
    session.add(Event(**vars(made) | {"hash": audit.hash_of("", made)}))


def swaps(session: Session, chain: str) -> None:
    """Two events change places, each with its own hash and detail."""
    session.execute(sa.delete(EventDetail).where(EventDetail.chain == chain))
    second, third = ({name: getattr(session.get_one(Event, (chain, number)), name) for name in COPIED}
                     for number in (2, 3))  # fmt: skip
    change(session, chain, 2, third)
    change(session, chain, 3, second)


def changes_a_detail(session: Session, chain: str) -> None:
    other = sa.update(EventDetail).where(of(chain, 3, model=EventDetail))
    session.execute(other.values(detail={"after": "1 Thief Row", "at": None}))


def adds_a_detail(session: Session, chain: str) -> None:
    session.add(EventDetail(chain=chain, number=LAST, salt="", detail={"letter": "corrected"}))


def swaps_details(session: Session, chain: str) -> None:
    second, third = (session.get_one(EventDetail, (chain, number)) for number in (2, 3))
    second.detail, third.detail = third.detail, second.detail


def changes_and_hashes_anew(session: Session, chain: str) -> None:
    """One row is changed and given the hash that fits it; the next one remembers the old."""
    first, second = (session.get_one(Event, (chain, number)) for number in (1, 2))
    second.by = "linus@shop.example"
    second.hash = audit.hash_of(first.hash, second)


TAMPERINGS: Sequence[Any] = [
    pytest.param(changes(by="linus@shop.example"), 2, id="who did it"),
    pytest.param(changes(what="decline"), 2, id="what was done"),
    pytest.param(changes(at=NOW), 2, id="when"),
    pytest.param(changes(request_id=None), 2, id="to which request"),
    pytest.param(changes(digest="0" * 64), 2, id="the digest of what it was about"),
    pytest.param(changes(hash="0" * 64), 2, id="the hash"),
    pytest.param(changes_and_hashes_anew, 3, id="a row with its hash made anew"),
    pytest.param(removes(1), 1, id="the first is gone"),
    pytest.param(removes(2), 2, id="one in the middle is gone"),
    pytest.param(removes(LAST), LAST, id="the last is gone"),
    pytest.param(removes_and_closes_up, LAST, id="the last is gone and the count with it"),
    pytest.param(counts_fewer, LAST, id="only the count is another"),
    pytest.param(adds, LAST + 1, id="one was added"),
    pytest.param(inserts_before_the_first, 1, id="one was put before the first"),
    pytest.param(swaps, 2, id="two were swapped"),
    pytest.param(changes_a_detail, 3, id="a detail"),
    pytest.param(adds_a_detail, LAST, id="a detail was added"),
    pytest.param(swaps_details, 2, id="two details were swapped"),
]


@pytest.mark.parametrize(("tamper", "number"), TAMPERINGS)
def test_what_was_tampered_with_is_named(
    sessions: Sessions, chain: str, tamper: Callable[[Session, str], None], number: int
) -> None:
    with sessions.begin() as session:
        other = told(session)
    assert breaks(sessions) == []
    with sessions.begin() as session:
        tamper(session, chain)
    assert breaks(sessions) == [(chain, number)]
    assert other != chain


def remove_chain(session: Session, chain: str) -> None:
    for statement in (
        sa.delete(EventDetail).where(EventDetail.chain == chain),
        sa.delete(Event).where(Event.chain == chain),
        sa.delete(Chain).where(Chain.name == chain),
    ):
        session.execute(statement)


def test_a_ticket_whose_chain_was_removed_is_named(sessions: Sessions, chain: str) -> None:
    with sessions.begin() as session:
        remove_chain(session, chain)
    assert breaks(sessions) == [(chain, 1)]


def test_a_chain_that_was_emptied_to_its_row_is_named(sessions: Sessions, chain: str) -> None:
    with sessions.begin() as session:
        session.execute(sa.delete(EventDetail).where(EventDetail.chain == chain))
        session.execute(sa.delete(Event).where(Event.chain == chain))
    assert breaks(sessions) == [(chain, 1)]


def test_the_chain_of_accounts_and_log_ins_may_not_go_missing(sessions: Sessions) -> None:
    with sessions.begin() as session:
        staffing.add(
            session, email="grace@shop.example", name="Grace", role=Role.APPROVER, password="correct horse battery",
            by="cli", now=NOW, keys=KEYS,
        )  # fmt: skip
    assert breaks(sessions) == []
    with sessions.begin() as session:
        remove_chain(session, audit.DESK)
    assert breaks(sessions) == [(audit.DESK, 1)]


def test_two_broken_chains_are_both_named_once(sessions: Sessions, chain: str) -> None:
    with sessions.begin() as session:
        other = told(session)
        for broken in (chain, other):
            change(session, broken, 1, {"what": "decline"})
            change(session, broken, 3, {"what": "decline"})
    assert breaks(sessions) == sorted([(chain, 1), (other, 1)])


def test_events_that_follow_each_other_in_many_transactions_are_one_chain(sessions: Sessions, chain: str) -> None:
    for _ in range(3):
        with sessions.begin() as session:
            for _ in range(2):
                audit.record(session, chain, "note", by="grace@shop.example", now=NOW, detail={"words": "é ü ñ"})
    assert breaks(sessions) == []
    with sessions() as session:
        assert session.get_one(Chain, chain).count == LAST + 6


def test_what_is_rolled_back_leaves_no_gap(sessions: Sessions, chain: str) -> None:
    session = sessions()
    audit.record(session, chain, "approve", by="grace@shop.example", now=NOW)
    session.flush()
    session.rollback()
    audit.record(session, chain, "decline", by="grace@shop.example", now=NOW)
    session.commit()
    session.close()
    assert breaks(sessions) == []
    with sessions() as session:
        assert session.get_one(Event, (chain, LAST + 1)).what == "decline"


@pytest.fixture
def firm(tmp_path: Path, database_url: str, clock: Any, new_reference: Any, smtp_sink: Any) -> Any:
    made = Firm(tmp_path, database_url=database_url, clock=clock, new_reference=new_reference, smtp_sink=smtp_sink)
    yield made
    made.close()


def test_a_forgotten_ticket_still_verifies_and_holds_no_word_of_the_person(firm: Firm, chain: str) -> None:
    years = timedelta(days=firm.desk.config.retention.closed_tickets_days + 1)
    with firm.desk.sessions.begin() as session:
        assert forgetting.forget(firm.desk, session, now=NOW + years) == 1
    assert breaks(firm.desk.readers) == []
    with firm.desk.readers() as session:
        assert session.scalars(sa.select(EventDetail).where(EventDetail.chain == chain)).all() == []
        assert [event.what for event in session.scalars(sa.select(Event).order_by(Event.number))][:LAST] == [
            "triaged", "approve", "written", "letter",
        ]  # fmt: skip
        ticket = session.scalars(sa.select(Ticket)).one()
        assert (ticket.requester, ticket.requester_name, ticket.subject) == (forgetting.FORGOTTEN, "", "")
        assert "Quarry Hill" not in "".join(audit.export(session))


def test_what_was_done_before_forgetting_cannot_be_changed_after_it(firm: Firm, chain: str) -> None:
    years = timedelta(days=firm.desk.config.retention.closed_tickets_days + 1)
    with firm.desk.sessions.begin() as session:
        forgetting.forget(firm.desk, session, now=NOW + years)
        change(session, chain, 2, {"what": "decline"})
    assert breaks(firm.desk.readers) == [(chain, 2)]
    with firm.desk.sessions.begin() as session:
        change(session, chain, 2, {"what": "approve"})
