"""Messages that nobody gets to the end of: each blocks itself alone, and after a few tries it waits for staff."""

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa

from bot.reader import ReaderHere
from bot.stages.triage import Triage, ours
from models.keys import Keyring
from models.rules.kinds import Channel, Kind
from models.rules.submission import Submission
from models.services.arrival import intake, parcels, spooling
from models.services.arrival.intake import Arrival
from models.spool import Spool, SpoolState
from tests.firm import ADA, SUPPORT, Firm, Reader

NewWorker = Callable[..., Triage]
POISON = "poison"
# Both raise what a database raises that is away: OperationalError, for this one message only.
SPOILT = {
    "sqlite": [
        "CREATE TRIGGER spoilt BEFORE INSERT ON message WHEN NEW.subject = 'poison' BEGIN SELECT json('{'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '53200'; END $$",
        "CREATE TRIGGER spoilt BEFORE INSERT ON message FOR EACH ROW WHEN (NEW.subject = 'poison') "
        "EXECUTE FUNCTION spoil()",
    ],
}


class Death(BaseException):
    """What ends a process is caught by no stage."""


class DeadlyReader(Reader):
    def read(self, writings: Any) -> Any:
        if any(writing.subject == POISON for writing in writings):
            raise Death
        return super().read(writings)


@pytest.fixture
def new_worker(firm: Firm) -> NewWorker:
    def make(name: str, reader: Reader | None = None) -> Triage:
        return Triage(firm.desk, ReaderHere(lambda: reader or firm.reader, ours(firm.desk)), owner=name)

    return make


def spool(firm: Firm, *subjects: str, keys: Keyring | None = None) -> None:
    arrivals = []
    for number, subject in enumerate(subjects):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = f"c{number}@example.net", SUPPORT, subject
        message["Message-ID"] = f"<{number}-{len(firm.spooled())}@example.net>"
        message.set_content("When do you open?")
        arrivals.append(Arrival(message.as_bytes(), firm.clock()))
    with firm.desk.sessions.begin() as session:
        intake.store(session, "support", Channel.MAIL, arrivals, keys=keys or firm.desk.keys)


def states(firm: Firm) -> list[tuple[str, int]]:
    return [(row.state.value, row.attempts) for row in firm.spooled()]


def spoil(firm: Firm) -> None:
    with firm.desk.engine.begin() as connection:
        for statement in SPOILT[connection.dialect.name]:
            connection.execute(sa.text(statement))


def test_a_message_that_the_database_does_not_take_holds_up_no_other(firm: Firm, clock: Any) -> None:
    spoil(firm)
    spool(firm, "first", POISON, "last")
    done = firm.work()
    assert (done.counts["triaged"], done.failed) == (2, [])
    assert states(firm) == [("read", 1), ("waiting", 1), ("read", 1)]
    for _ in range(2):
        clock.pass_(seconds=100)
        done = firm.work()
    assert (states(firm)[1], done.counts["quarantined"]) == (("quarantined", 3), 1)
    assert firm.spooled()[1].reason.startswith("could not be recorded: ")


def test_a_database_that_is_away_shuts_nothing_in(firm: Firm, clock: Any, new_worker: NewWorker) -> None:
    spool(firm, "first", "last")
    worker = new_worker("one")
    begun = worker._begin()
    assert begun is not None
    worker._ahead = begun
    with firm.desk.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE spool RENAME TO away"))
    with pytest.raises(sa.exc.DBAPIError):
        worker.batch()
    with firm.desk.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE away RENAME TO spool"))
    assert states(firm) == [("waiting", 1), ("waiting", 1)]
    clock.pass_(seconds=100)
    firm.work()
    assert states(firm) == [("read", 2), ("read", 2)]


def test_a_message_that_kills_its_worker_is_taken_three_times_and_takes_no_other_along(
    firm: Firm, clock: Any, new_worker: NewWorker
) -> None:
    spool(firm, "first", POISON, "last")
    deaths = 0
    for number in range(8):
        worker = new_worker(f"worker-{number}", DeadlyReader())
        try:
            while worker.batch():
                pass
        except Death:
            deaths += 1
        clock.pass_(seconds=100)
    assert deaths == spooling.TRIES
    first, poison, last = states(firm)
    assert (first, last) == (("read", 2), ("read", 2))
    assert poison == ("quarantined", 3)
    assert firm.spooled()[1].reason == spooling.NO_END


def test_staff_who_ask_for_it_again_cost_one_worker_and_not_three(
    firm: Firm, clock: Any, new_worker: NewWorker
) -> None:
    test_a_message_that_kills_its_worker_is_taken_three_times_and_takes_no_other_along(firm, clock, new_worker)
    with firm.desk.sessions.begin() as session:
        assert intake.retry(session, firm.spooled()[1].id, by="grace", now=clock())
    with pytest.raises(Death):
        new_worker("again", DeadlyReader()).batch()
    clock.pass_(seconds=100)
    assert new_worker("once more", DeadlyReader()).batch() == {"quarantined": 1}
    assert states(firm)[1] == ("quarantined", 4)


def test_what_was_taken_ahead_and_given_back_was_not_tried(firm: Firm, new_worker: NewWorker) -> None:
    spool(firm, *(["one"] * (spooling.BATCH + 2)))
    worker = new_worker("one")
    worker.batch()
    assert states(firm)[-1] == ("waiting", 1)
    worker.close()
    assert states(firm)[-1] == ("waiting", 0)
    assert firm.spooled()[-1].claimed_by is None


def test_a_message_whose_seal_is_broken_is_shut_in_and_the_others_are_read(firm: Firm) -> None:
    spool(firm, "first")
    spool(firm, "sealed by a key that is gone", keys=Keyring((("gone", bytes(32)),)))
    spool(firm, "last")
    done = firm.work()
    assert (done.counts["triaged"], done.counts["quarantined"], done.failed) == (2, 1, [])
    assert firm.spooled()[1].state is SpoolState.QUARANTINED
    assert firm.spooled()[1].reason == "could not be opened: SealBrokenError"


def test_what_is_taken_fits_the_memory_of_a_batch(firm: Firm) -> None:
    spool(firm, "a", "b", "c")
    with firm.desk.sessions.begin() as session:
        session.execute(sa.update(Spool).values(size=spooling.BATCH_BYTES // 2))
    with firm.desk.sessions.begin() as session:
        assert len(spooling.take(session, owner="w", now=firm.clock()).rows) == 2


def test_a_ticket_made_by_hand_takes_the_message_along(firm: Firm, clock: Any) -> None:
    raw = b"Subject: no sender\r\n\r\nI am Ada, show me what you hold"
    with firm.desk.sessions.begin() as session:
        intake.store(session, "support", Channel.MAIL, [Arrival(raw, clock())], keys=firm.desk.keys)
    firm.work()
    (shut,) = firm.spooled()
    assert shut.state is SpoolState.QUARANTINED
    asked = Submission(Kind.ACCESS, ADA, "Ada Quint", "Show me what you hold.")
    for number in range(2):
        with firm.desk.sessions.begin() as session:
            reference = parcels.take_down(
                firm.desk, session, asked, spool_id=shut.id, received_at=clock(), actor=firm.staff(), now=clock(),
                reference=f"RD-7F3K2QX{number}",
            )  # fmt: skip
        assert reference == "RD-7F3K2QX0"
        firm.work()
    (ticket,) = firm.tickets()
    assert (ticket.reference, ticket.requester) == ("RD-7F3K2QX0", ADA)
    assert [(row.state, row.ticket_id) for row in firm.spooled()] == [(SpoolState.READ, ticket.id)] * 2
    (message,) = firm.page(firm.request()).messages
    assert message.taken_from == shut.id


def test_one_that_was_tried_before_goes_alone(firm: Firm) -> None:
    spool(firm, "a", "b", "c")
    tried = firm.spooled()[1].id
    with firm.desk.sessions.begin() as session:
        session.execute(sa.update(Spool).where(Spool.id == tried).values(attempts=1))
    taken = []
    for _ in range(3):
        with firm.desk.sessions.begin() as session:
            rows = spooling.take(session, owner="w", now=firm.clock()).rows
            taken.append([row.id - tried for row in rows])
    assert taken == [[-1], [0], [1]]
