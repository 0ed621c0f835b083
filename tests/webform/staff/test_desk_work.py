"""What else staff do with a request: refuse, ask, preview, sort, edit, vouch, choose, answer, close."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.desk import Desk
from models.outbox import OutboxLetter
from models.rules.kinds import Correct, Field, Kind, Role
from models.rules.lifecycle import CorrectionState, Outcome, State
from tests.services import rows
from tests.webform.staff.conftest import Member, ada_moved, make, new_address, now

MakeMember = Callable[..., Member]


def test_a_refusal_needs_its_reason_and_sends_it(desk: Desk, grace: Member) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    bare = grace.does("decline", number, reason=" ")
    assert bare.status_code == 422
    assert 'class="sheet open" id="decline"' in bare.text
    assert grace.does("decline", number, reason="We hold it as you gave it.").status_code == 303
    assert "We hold it as you gave it." in _letter(desk)
    assert now(desk, number).state is State.RESPONDING


def test_a_question_goes_to_the_customer(desk: Desk, grace: Member) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    assert grace.does("ask", number, question="Which street is it?").status_code == 303
    assert "Which street is it?" in _letter(desk)
    assert now(desk, number).state is State.NEEDS_DETAILS


@pytest.mark.parametrize(
    ("letter", "typed", "words"),
    [
        ("corrected", {"tick": "1", "reason__lines": "not ours"}, ["not ours", "14 Quarry Hill"]),
        ("declined", {"reason": "no such street"}, ["no such street", "Authority for Data Protection"]),
        ("ask", {"question": "which one?"}, ["which one?", "[link]"]),
        ("answer", {"text": "it is done"}, ["it is done"]),
        ("declined", {"reason": ""}, ["Write the reason first"]),
    ],
    ids=["in part", "a refusal", "a question", "an answer", "a refusal without a reason"],
)
def test_the_exact_letter_is_shown_before_it_goes(
    desk: Desk, grace: Member, letter: str, typed: dict[str, str], words: list[str]
) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    fields = {name.replace("__", "-"): value for name, value in typed.items()}
    page = grace.post(f"/staff/preview/{number}", **{**grace.fields, "letter": letter, **fields})
    assert page.status_code == 200
    shown = page.text[page.text.index('id="letter"') : page.text.index('class="mail')]
    for word in words:
        assert word in shown
    assert now(desk, number).version == 1
    assert [one.state for one in now(desk, number).corrections] == [CorrectionState.PROPOSED] * 2


def test_a_split_kind_becomes_two_requests(desk: Desk, grace: Member) -> None:
    number = make(desk, lambda session: rows.request(session, state=State.TRIAGE))
    grace.look(number, "unclear")
    assert grace.does("kind", number, kind=["rectification", "access"]).status_code == 303
    with desk.readers() as session:
        kinds = session.scalars(sa.select(rows.Request.kind).order_by(rows.Request.id)).all()
    assert kinds == [Kind.RECTIFICATION, Kind.ACCESS]


def test_an_unknown_kind_is_refused_beside_the_kinds(desk: Desk, grace: Member) -> None:
    number = make(desk, lambda session: rows.request(session, state=State.TRIAGE))
    grace.look(number, "unclear")
    page = grace.does("kind", number, kind="nonsense")
    assert page.status_code == 422
    assert 'id="kind-wrong"' in page.text


def test_lines_are_edited_and_added(desk: Desk, grace: Member) -> None:
    number = make(desk, ada_moved)
    grace.look(number)
    street = now(desk, number).corrections[0].id
    added = {"add__field": "city", "add__old": "", "add__new": "Leeds"}
    answer = grace.does("corrections", number, **{f"value__{street}": "15 Quarry Hill", **added})
    assert answer.status_code == 303
    assert answer.location.startswith(f"/staff/requests/{number}?")
    assert [one.after for one in now(desk, number).corrections] == ["15 Quarry Hill", "+44 20 7946 0017", "Leeds"]


def test_four_eyes_need_two_people(desk: Desk, grace: Member, member: MakeMember) -> None:
    number, omar = make(desk, new_address), member(Role.ADMIN, "omar")
    grace.look(number)
    answer = grace.does("approve", number)
    assert "waits for a second person" in grace.open(answer.location).text
    grace.look(number)
    again = grace.does("approve", number)
    assert again.status_code == 403
    assert "A second person must" in again.text or "a second person must" in again.text
    omar.look(number)
    assert omar.does("approve", number).status_code == 303
    assert now(desk, number).state is State.APPROVED


def test_done_elsewhere_needs_a_note(desk: Desk, grace: Member) -> None:
    def title(session: Session) -> Any:
        made = rows.request(session)
        rows.correction(session, made, field=Field.OTHER, column=None, before=None, after="Dr.", correct=Correct.NEVER)
        return made

    number = make(desk, title)
    grace.look(number)
    line = now(desk, number).corrections[0].id
    bare = grace.does("elsewhere", number, correction=line)
    assert bare.status_code == 422
    assert f'id="note-{line}-wrong"' in bare.text
    assert (
        grace.does("elsewhere", number, correction=line, **{f"note__{line}": "in the till, by Grace"}).status_code
        == 303
    )
    (done,) = now(desk, number).corrections
    assert (done.state, done.note) == (CorrectionState.APPLIED, "in the till, by Grace")


def test_records_are_chosen_and_request_assigned(desk: Desk, grace: Member) -> None:
    number = make(desk, lambda session: rows.request(session, kind=Kind.ACCESS))
    grace.look(number)
    assert grace.does("rows", number, row=['["shop", "customers", "1"]', "nonsense", '["x"]']).status_code == 303
    assert now(desk, number).chosen == [["shop", "customers", "1"]]
    grace.look(number)
    assert grace.does("assign", number, to="1").status_code == 303
    assert "Grace Moor looks after it" in grace.look(number).text


def test_an_identity_is_accepted_with_method_and_reason(desk: Desk, grace: Member) -> None:
    with desk.sessions.begin() as session:
        made = rows.request(session, state=State.AWAITING_PROOF, proved=False)
        rows.correction(session, made)
        number = made.id
    grace.look(number, "proof")
    bare = grace.does("identity", number, method="passport at the counter")
    assert bare.status_code == 422
    assert 'id="identity-reason-wrong"' in bare.text
    assert 'value="passport at the counter"' in bare.text
    typed = {"method": "passport at the counter", "identity__reason": "has no mail any more"}
    assert grace.does("identity", number, **typed).status_code == 303
    assert now(desk, number).state is State.IN_REVIEW


def test_a_question_is_answered_or_closed(desk: Desk, grace: Member) -> None:
    asked = make(desk, lambda session: rows.request(session, kind=Kind.OTHER, due=None))
    spam = make(desk, lambda session: rows.request(session, kind=Kind.OTHER, due=None, proved=False))
    grace.look(asked, "questions")
    answer = grace.does("answer", asked, text="From nine to five.")
    assert answer.location.startswith(f"/staff/requests/{spam}?")
    assert "From nine to five." in _letter(desk)
    grace.look(spam, "questions")
    assert grace.does("close", spam, close__outcome="spam").status_code == 303
    closed = now(desk, spam)
    assert (closed.state, closed.outcome) == (State.CLOSED, Outcome.SPAM)


def test_what_is_decided_already_is_not_decided_again(desk: Desk, grace: Member) -> None:
    number = make(desk, lambda session: rows.request(session, state=State.RESPONDING))
    grace.look(number)
    page = grace.post(f"/staff/requests/{number}/approve", version=1)
    assert page.status_code == 409
    assert "cannot take the step" in page.text


def test_every_deed_of_the_services_has_its_button(desk: Desk, grace: Member) -> None:
    page = grace.look(make(desk, ada_moved)).text
    for deed in ("approve", "decline", "ask", "kind", "corrections", "assign", "answer", "close"):
        assert f'/{deed}"' in page


def _letter(desk: Desk) -> str:
    with desk.readers() as session:
        return session.scalars(sa.select(OutboxLetter.text).order_by(OutboxLetter.id.desc()).limit(1)).one()
