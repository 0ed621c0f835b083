"""What must always hold (lifecycle.md), for any order of what customers, staff, servers and time may do."""

import itertools
import tempfile
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import selectinload

from bot.mail.relay.smtp import PermanentSendError, RelayAwayError, TemporarySendError, UncertainSendError
from bot.reader import ReaderHere
from bot.stages import deliver, fulfil, look_up, remind
from bot.stages.triage import Triage, ours
from models.audit import Event, EventDetail
from models.base import NO_DUE_DAY
from models.outbox import LetterState, OutboxLetter
from models.proof import Link, Purpose
from models.request import Request
from models.rules.kinds import Auto, Channel, Field, Kind, Role
from models.rules.lifecycle import CorrectionState, IllegalStepError, Outcome, State
from models.rules.permissions import NotAllowedError
from models.rules.reading import Bounce, Reading
from models.rules.references import reference_from
from models.services import audit, clocks, suppressions  # fmt: skip
from models.services.arrival import intake
from models.services.arrival.intake import Arrival
from models.services.corrections import undoing
from models.services.deciding import review
from models.services.outgoing import bounces, quiet, stuck
from models.services.requester import links, proofs, statuses
from models.services.tickets import threads
from models.ticket import Ticket
from tests.conftest import Clock
from tests.desk_database import SqliteDatabases
from tests.firm import ADA, BEN, MALLORY, SUPPORT, Firm

PEOPLE = (ADA, BEN, MALLORY)
STREETS = ("3 Mill Lane", "Am Anger 12", "14 Quarry Hill", "1 New Row")
NEW_EMAIL = "ada.new@example.net"
WITHOUT_LETTER = {
    Outcome.NOT_REQUEST, Outcome.SPAM, Outcome.MERGED, Outcome.WITHDRAWN, Outcome.IDENTITY_NOT_PROVEN,
}  # fmt: skip
WRITES = """
CREATE TABLE written (id INTEGER, street_before TEXT, street TEXT, email_before TEXT, email TEXT, news_before, news);
CREATE TRIGGER note_writes AFTER UPDATE ON customers BEGIN
INSERT INTO written VALUES (OLD.id, OLD.street, NEW.street, OLD.email, NEW.email, OLD.newsletter, NEW.newsletter); END
"""
SAID = {
    "street": (Kind.RECTIFICATION, [(Field.STREET, None, "14 Quarry Hill")]),
    "lane": (Kind.RECTIFICATION, [(Field.STREET, None, "1 New Row")]),
    "email": (Kind.RECTIFICATION, [(Field.EMAIL, None, NEW_EMAIL)]),
    "vague": (Kind.RECTIFICATION, []),
    "news": (Kind.OPT_OUT, []),
    "copy": (Kind.ACCESS, []),
    "erase": (Kind.ERASURE, []),
    "question": (Kind.OTHER, []),
}
REFUSED = (IllegalStepError, NotAllowedError, review.InvalidError)
"""What a service may answer to staff who try what cannot be done; then nothing may have changed."""


FITS: dict[Any, set[State]] = {
    review.approve: {State.IN_REVIEW},
    review.decline: {State.IN_REVIEW},
    review.undo: {State.APPROVED, State.RESPONDING, State.CLOSED},
    review.ask: {State.IN_REVIEW},
    review.accept_identity: {State.AWAITING_PROOF},
    review.close: {State.UNDELIVERED, State.RESPONDING},
    review.answer: {State.IN_REVIEW},
}
"""Where a deed can do something; two times in ten it is tried anywhere."""


class Postman:
    """A mail server in the mood that the machine gave it."""

    mood = "takes"
    moods: ClassVar[dict[str, type[Exception]]] = {
        "away": RelayAwayError, "later": TemporarySendError, "never": PermanentSendError, "silent": UncertainSendError,
    }  # fmt: skip

    def send(self, sender: str, recipient: str, message: bytes) -> str:
        if self.mood in self.moods:
            raise self.moods[self.mood](self.mood)
        return "250 taken"


class NoServer:
    port = 9


class Desk(RuleBasedStateMachine):
    databases: ClassVar[SqliteDatabases]

    @initialize()
    def found(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
        numbers, self.numbers = itertools.count(1), itertools.count(1)
        self.url = self.databases.make()
        self.firm = Firm(
            Path(self.folder.name), database_url=self.url, clock=self.clock,
            new_reference=lambda: reference_from(next(numbers)), smtp_sink=NoServer(),
        )  # fmt: skip
        self.desk, self.postman = self.firm.desk, Postman()
        self.triage = Triage(self.desk, ReaderHere(lambda: self.firm.reader, ours(self.desk)), owner="w")
        for word, (kind, values) in SAID.items():
            self.firm.reader.knows(f"about {word}", kind, values=values)
        self.firm.reader.knows("mumbled", Kind.ACCESS, score=0.4)
        for statement in WRITES.strip().split(";\n"):
            self.firm.change_shop(statement)
        self.staff = [self.firm.staff("grace"), self.firm.staff("linus"), self.firm.staff("iris", Role.AGENT)]
        self.begin()

    def begin(self) -> None:
        """A day's letters, some of them proved: what follows has something to happen to."""
        for sender, about in ((ADA, "street"), (BEN, "copy"), (ADA, "email"), (BEN, "lane"), (MALLORY, "copy")):
            self.a_mail_comes(sender, about, replies=False)
        self.the_worker_runs("takes")
        for number in range(4):
            self.a_link_is_followed(number, "prove")

    def teardown(self) -> None:
        if hasattr(self, "firm"):
            self.firm.close()
            self.databases.drop(self.url)
            self.folder.cleanup()

    # What people write

    @rule(sender=st.sampled_from(PEOPLE), about=st.sampled_from([*SAID, "mumbled"]), replies=st.booleans())
    def a_mail_comes(self, sender: str, about: str, replies: bool) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, SUPPORT, "my data"
        mail["Message-ID"] = f"<m{next(self.numbers)}@example.net>"
        letters = [letter for letter in self.letters() if letter.recipient == sender]
        if replies and letters:
            mail["In-Reply-To"] = f"<{letters[-1].message_id}>"
        mail.set_content("mumbled" if about == "mumbled" else f"about {about}")
        before = {} if replies else self.proved_as_they_stand()
        with self.desk.sessions.begin() as session:
            intake.store(session, "door", Channel.MAIL, [Arrival(mail.as_bytes(), self.clock())], keys=self.desk.keys)
        assert self.triage.batch() == {"triaged": 1, "quarantined": 0}
        # 6: what is unproved and came by no letter of ours touches nothing that is proved.
        assert before.items() <= self.proved_as_they_stand().items() or replies

    @rule(mood=st.sampled_from(["takes", "takes", "takes", *Postman.moods]))
    def the_worker_runs(self, mood: str) -> None:
        self.postman.mood = mood
        look_up.look_up(self.desk, owner="w")
        fulfil.fulfil(self.desk, owner="w")
        remind.remind(self.desk)
        for _ in range(2):
            try:
                deliver.deliver(self.desk, self.postman, owner="w")
            except RelayAwayError:
                assert mood == "away"

    @rule(hours=st.sampled_from([0.02, 1, 30, 24 * 8]))
    def time_passes(self, hours: float) -> None:
        self.clock.pass_(hours=hours)

    @rule(who=st.integers(0, 9), how=st.sampled_from(["prove", "prove", "prove", "deny", "withdraw", "undo"]))
    def a_link_is_followed(self, who: int, how: str) -> None:
        wanted = {"withdraw": Purpose.STATUS, "undo": Purpose.UNDO}.get(how, Purpose.PROOF)
        with self.desk.sessions.begin() as session:
            found = list(session.scalars(sa.select(Link).where(Link.purpose == wanted).order_by(Link.created_at)))
            if not found:
                return
            token = links.token(found[who % len(found)], self.desk.keys)
            deed: Any = {
                "prove": proofs.prove, "deny": proofs.deny, "withdraw": statuses.withdraw, "undo": undoing.by_link,
            }[how]  # fmt: skip
            deed(self.desk, session, token, now=self.clock())

    # What staff do

    def staff_try(self, deed: Any, which: int, actor: int, **how: Any) -> None:
        """What is refused leaves nothing behind; what the page could not offer is refused."""
        requests = self.requests()
        fitting = [one for one in requests if one.state in FITS.get(deed, ())]
        chosen = fitting if fitting and which < 8 else requests
        request = chosen[which % len(chosen)]
        try:
            with self.desk.sessions.begin() as session:
                deed(
                    self.desk, session, request.id, actor=self.staff[actor % len(self.staff)], now=self.clock(),
                    version=request.version, **how,
                )  # fmt: skip
        except REFUSED:
            after = next(one for one in self.requests() if one.id == request.id)
            assert (after.state, after.version) == (request.state, request.version)

    @rule(which=st.integers(0, 9), actor=st.integers(0, 2))
    def staff_approve_and_it_is_done(self, which: int, actor: int) -> None:
        self.staff_try(review.approve, which, actor)
        self.the_worker_runs("takes")

    @rule(which=st.integers(0, 9), actor=st.integers(0, 2), wait=st.booleans())
    def staff_approve(self, which: int, actor: int, wait: bool) -> None:
        self.staff_try(review.approve, which, actor, wait=timedelta(seconds=10 if wait else 0))

    @rule(which=st.integers(0, 9), actor=st.integers(0, 2))
    def staff_decline(self, which: int, actor: int) -> None:
        self.staff_try(review.decline, which, actor, reason="The register says otherwise.")

    @rule(which=st.integers(0, 9), actor=st.integers(0, 1))
    def staff_undo(self, which: int, actor: int) -> None:
        self.staff_try(review.undo, which, actor)

    @rule(which=st.integers(0, 9), actor=st.integers(0, 2))
    def staff_ask(self, which: int, actor: int) -> None:
        self.staff_try(review.ask, which, actor, question="Which one?")

    @rule(which=st.integers(0, 9), actor=st.integers(0, 2))
    def staff_vouch(self, which: int, actor: int) -> None:
        self.staff_try(review.accept_identity, which, actor, method="seen", reason="no mail")

    @rule(which=st.integers(0, 9), actor=st.integers(0, 2), kind=st.sampled_from(Kind))
    def staff_sort(self, which: int, actor: int, kind: Kind) -> None:
        self.staff_try(review.set_kind, which, actor, kinds=[kind])

    @rule(which=st.integers(0, 9), actor=st.integers(0, 2), outcome=st.sampled_from(Outcome))
    def staff_close(self, which: int, actor: int, outcome: Outcome) -> None:
        self.staff_try(review.close, which, actor, outcome=outcome, reason="so it is")

    @rule(which=st.integers(0, 9), actor=st.integers(0, 2))
    def staff_answer(self, which: int, actor: int) -> None:
        self.staff_try(review.answer, which, actor, text="It is done.", outcome=Outcome.FULFILLED)

    @rule(which=st.integers(0, 9), actor=st.integers(0, 2), key=st.sampled_from("123"))
    def staff_choose(self, which: int, actor: int, key: str) -> None:
        self.staff_try(review.choose_rows, which, actor, rows=[("shop", "customers", key)])

    @rule(which=st.integers(0, 9), actor=st.integers(0, 2), street=st.sampled_from(STREETS))
    def staff_type(self, which: int, actor: int, street: str) -> None:
        lines = [line.id for one in self.requests() for line in one.corrections if line.field is Field.STREET]
        self.staff_try(review.edit, which, actor, values=dict.fromkeys(lines, street))

    # What the world does

    @rule(key=st.integers(1, 3), street=st.sampled_from(STREETS))
    def the_shop_writes(self, key: int, street: str) -> None:
        with self.firm.shop.begin() as connection:
            connection.exec_driver_sql("UPDATE customers SET street = ? WHERE id = ?", (street, key))
            connection.exec_driver_sql("DELETE FROM written WHERE rowid = (SELECT max(rowid) FROM written)")

    @precondition(lambda self: any(one.state is LetterState.ACCEPTED for one in self.letters()))
    @rule(which=st.integers(0, 9))
    def a_letter_comes_back(self, which: int) -> None:
        accepted = [one for one in self.letters() if one.state is LetterState.ACCEPTED]
        letter = accepted[which % len(accepted)]
        report = Reading(auto=Auto.BOUNCE, bounce=Bounce(hard=True, recipient=letter.recipient, original=None))
        with self.desk.sessions.begin() as session:
            ticket = session.get_one(Ticket, letter.ticket_id)
            told_of = threads.Letter(letter.id, letter.message_id, letter.recipient, ticket)
            bounces.record(session, told_of, report, now=self.clock())

    @rule(which=st.integers(0, 9), sent=st.booleans())
    def staff_settle_what_is_uncertain(self, which: int, sent: bool) -> None:
        unclear = [one for one in self.letters() if one.state in {LetterState.UNCERTAIN, LetterState.FAILED}]
        if not unclear:
            return
        number = unclear[which % len(unclear)].id
        with self.desk.sessions.begin() as session:
            if sent:
                stuck.count_as_sent(self.desk, session, number, actor=self.staff[0], now=self.clock())
            else:
                stuck.send_again(self.desk, session, number, by="grace", now=self.clock())

    # What must always hold

    @invariant()
    def nothing_is_written_without_an_approved_correction(self) -> None:
        """2, 4 and 8: a value by a proved correction as it was approved, consent by an opt-out and only away."""
        with self.firm.shop.connect() as connection:
            written = list(connection.exec_driver_sql("SELECT * FROM written"))
        lines = [(one, request) for request in self.requests() for one in request.corrections]
        decided = {CorrectionState.APPROVED, CorrectionState.APPLIED, CorrectionState.UNDONE}
        may = {
            (str(line.key), line.column, *pair)
            for line, request in lines
            if line.state in decided and request.proved_at is not None
            for pair in [(line.before, line.after), (line.after, line.before)]
        }
        for key, street_before, street, email_before, email, news_before, news in written:
            if street != street_before:
                assert (str(key), "street", street_before, street) in may
            if email != email_before:
                assert (str(key), "email", email_before, email) in may
            assert news == news_before or not news

    @invariant()
    def nothing_is_disclosed_below_its_proof(self) -> None:
        """4: packages and values leave only for who proved to be the person, and for a package two vouch."""
        kept = {letter.request_id for letter in self.letters() if letter.letter in {"package", "corrected", "no_data"}}
        for request in self.requests():
            if request.id in kept:
                assert request.proved_at is not None
            if request.kind is Kind.ACCESS and request.proved_at and request.proof != "link":
                assert request.identity_by is not None

    @invariant()
    def closed_means_accepted(self) -> None:
        """5, and that a request which waits for its letter has one, be it another's that says the same."""
        letters = self.letters()
        for request in self.requests():
            assert (request.outcome is not None) == (request.state is State.CLOSED)
            own = [
                one.state
                for one in letters
                if (one.request_id == request.id and one.closes) or one.message_id == request.leans_on
            ]
            if request.state is State.RESPONDING:
                assert set(own) - {LetterState.VOID, LetterState.ACCEPTED, LetterState.BOUNCED}
            if request.state is not State.CLOSED or request.outcome in WITHOUT_LETTER:
                continue
            reached = {LetterState.ACCEPTED, LetterState.BOUNCED} & set(own)
            assert reached or self.was_closed_by_staff(request)

    def was_closed_by_staff(self, request: Request) -> bool:
        """An undelivered one, with a reason."""
        same = sa.and_(EventDetail.chain == Event.chain, EventDetail.number == Event.number)
        last = sa.select(EventDetail.detail).join(Event, same).where(Event.request_id == request.id)
        with self.firm.session() as session:
            detail = session.scalars(last.where(Event.what == "close").order_by(Event.number.desc())).first() or {}
        return detail.get("from") == State.UNDELIVERED and bool(detail.get("reason"))

    @invariant()
    def the_due_day_is_never_later_than_the_laws(self) -> None:
        for request in self.requests():
            assert request.due_on <= clocks.due_day(self.desk, request.kind, request.received_at)
            if request.kind is not Kind.OTHER:
                assert request.due_on != NO_DUE_DAY

    @invariant()
    def the_audit_log_verifies(self) -> None:
        with self.firm.session() as session:
            assert list(audit.verify(session)) == []

    @invariant()
    def letters_go_to_those_who_asked_and_to_the_new_address_alone(self) -> None:
        assert {letter.recipient for letter in self.letters()} <= {*PEOPLE, NEW_EMAIL}

    @invariant()
    def a_new_address_hears_little_at_first(self) -> None:
        """security.md: for 72 hours the note of the change alone."""
        letters = [one for one in self.letters() if one.recipient == NEW_EMAIL and one.accepted_at]
        told = [one.created_at for one in self.letters() if one.recipient == NEW_EMAIL and one.letter == quiet.TELLS]
        for letter in letters:
            sent = letter.accepted_at
            assert letter.letter == quiet.TELLS or not any(at <= sent < at + quiet.LASTS for at in told)

    @invariant()
    def an_opt_out_lasts(self) -> None:
        """8: from the moment it is sorted, through a change of address."""
        with self.firm.session() as session:
            for request in self.requests():
                if request.kind is Kind.OPT_OUT and request.state is State.APPLYING:
                    assert suppressions.is_suppressed(self.desk, session, self.requester(session, request))

    def requester(self, session: Any, request: Request) -> str:
        return str(session.get_one(Request, request.id).ticket.requester)

    def requests(self) -> list[Request]:
        if not hasattr(self, "firm"):
            return []
        with self.firm.session() as session:
            rows = sa.select(Request).order_by(Request.id).options(selectinload(Request.corrections))
            return list(session.scalars(rows))

    def letters(self) -> list[OutboxLetter]:
        return self.firm.outbox() if hasattr(self, "firm") else []

    def proved_as_they_stand(self) -> dict[int, tuple[Any, ...]]:
        return {one.id: (one.state, one.version, one.due_on) for one in self.requests() if one.proved_at}


@pytest.mark.parametrize(
    ("examples", "steps"),
    [
        pytest.param(12, 30, id="some"),
        pytest.param(400, 60, id="many", marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
    ],
)
def test_what_must_always_hold(desk_databases: SqliteDatabases, examples: int, steps: int) -> None:
    Desk.databases = desk_databases
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Desk,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None, derandomize=examples < 100,
            suppress_health_check=quiet,
        ),
    )  # fmt: skip
