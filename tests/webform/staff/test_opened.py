"""Personal data that staff open leaves a row of the audit log: one a person, request and day, however often."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from models.audit import Event, EventDetail
from models.desk import Desk
from models.rules.kinds import Kind, Role
from models.services import audit
from tests.services import rows
from tests.webform.staff.conftest import Member, ada_moved, make, now

GRACE = "grace@shop.example"


def opened(desk: Desk, what: str = "opened") -> list[tuple[str, int | None]]:
    with desk.readers() as session:
        found = sa.select(Event.by, Event.request_id).where(Event.what == what).order_by(Event.at, Event.number)
        assert not list(audit.verify(session))
        return [(by, request) for by, request in session.execute(found)]


def test_reloads_make_one_row_a_day_of_the_desk_and_raise_no_version(desk: Desk, grace: Member, clock: Any) -> None:
    number = make(desk, ada_moved)
    for hours in (0, 7, 6.9):  # from ten in Berlin to shortly before midnight
        clock.pass_(hours=hours)
        assert grace.look(number).status_code == 200
    assert opened(desk) == [(GRACE, number)]
    clock.pass_(hours=0.2)
    assert grace.look(number).status_code == 200
    assert opened(desk) == [(GRACE, number)] * 2
    assert now(desk, number).version == 1


def test_each_request_of_a_ticket_and_each_person_is_told(desk: Desk, grace: Member, vera: Member) -> None:
    first = make(desk, ada_moved)

    def beside(session: Any) -> Any:
        ticket = session.get_one(rows.Request, first).ticket
        made = rows.Request(ticket=ticket, kind=Kind.ACCESS, state=rows.State.IN_REVIEW, received_at=rows.NOW)
        session.add(made)
        session.flush()
        return made

    second = make(desk, beside)
    for number in (first, second, first):
        grace.look(number)
    vera.look(first)
    assert opened(desk) == [(GRACE, first), (GRACE, second), ("vera@shop.example", first)]


@pytest.mark.parametrize(("role", "detail"), [(Role.AUDITOR, []), (Role.VIEWER, [{"masked": True}])], ids=str)
def test_the_row_says_who_read_it_masked(
    desk: Desk, member: Callable[..., Member], role: Role, detail: list[dict[str, bool]]
) -> None:
    member(role, "omar").look(make(desk, ada_moved))
    with desk.readers() as session:
        told = sa.select(EventDetail.detail).join(Event, sa.and_(
            Event.chain == EventDetail.chain, Event.number == EventDetail.number
        )).where(Event.what == "opened")  # fmt: skip
        assert list(session.scalars(told)) == detail


def test_the_new_mark_goes_with_who_works_at_it_and_not_with_who_reads(
    desk: Desk, grace: Member, vera: Member
) -> None:
    number = make(desk, lambda session: rows.request(session, unseen=True))
    vera.look(number)
    assert now(desk, number).unseen
    for _ in range(2):
        with desk.sessions.begin() as session:
            session.get_one(rows.Request, number).unseen = True
        grace.look(number)
        assert not now(desk, number).unseen
    assert opened(desk) == [("vera@shop.example", number), (GRACE, number)]
    assert now(desk, number).version == 1
