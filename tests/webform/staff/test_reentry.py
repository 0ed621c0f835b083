"""What needs four eyes asks for the password once more where the log-in is long ago, as the command line does."""

from collections.abc import Callable
from typing import Any

import pytest

from models.desk import Desk
from models.rules.kinds import Role
from models.rules.lifecycle import CorrectionState, State
from tests.webform.conftest import PASSWORD
from tests.webform.staff.conftest import Member, ada_moved, make, new_address, now

FIELD = 'type="password" name="password"'


def states(desk: Desk, number: int) -> set[CorrectionState]:
    return {one.state for one in now(desk, number).corrections}


def test_who_logged_in_just_now_is_not_asked(desk: Desk, grace: Member) -> None:
    number = make(desk, new_address)
    assert FIELD not in grace.look(number).text
    assert grace.does("approve", number).status_code == 303
    assert states(desk, number) == {CorrectionState.APPROVED_ONCE}


def test_later_both_people_type_their_password(
    desk: Desk, grace: Member, member: Callable[..., Member], clock: Any
) -> None:
    number, omar = make(desk, new_address), member(Role.APPROVER, "omar")
    clock.pass_(minutes=16)
    for someone, after in ((grace, CorrectionState.APPROVED_ONCE), (omar, CorrectionState.APPROVED)):
        before = states(desk, number)
        assert FIELD in someone.look(number).text
        bare = someone.does("approve", number, reason="half a reason")
        assert bare.status_code == 422
        assert 'id="password-wrong">Type your password' in bare.text
        assert ">half a reason</textarea>" in bare.text
        assert states(desk, number) == before
        assert someone.does("approve", number, password=PASSWORD).status_code == 303
        assert states(desk, number) == {after}
    assert now(desk, number).state is State.APPROVED


def test_a_wrong_password_approves_nothing_and_is_not_shown_again(desk: Desk, grace: Member, clock: Any) -> None:
    number = make(desk, new_address)
    clock.pass_(minutes=16)
    grace.look(number)
    page = grace.does("approve", number, password="wrong horse battery")
    assert page.status_code == 422
    assert "This is not your password" in page.text
    assert "wrong horse" not in page.text
    assert states(desk, number) == {CorrectionState.PROPOSED}


def test_guesses_are_slowed_and_the_right_one_waits_too(desk: Desk, grace: Member, clock: Any) -> None:
    number = make(desk, new_address)
    clock.pass_(minutes=16)
    grace.look(number)
    for _ in range(5):
        grace.does("approve", number, password="wrong horse battery")
    assert "Too many tries" in grace.does("approve", number, password=PASSWORD).text
    assert states(desk, number) == {CorrectionState.PROPOSED}
    clock.pass_(minutes=16)
    assert grace.does("approve", number, password=PASSWORD).status_code == 303


def test_what_one_person_approves_asks_for_none(desk: Desk, grace: Member, clock: Any) -> None:
    number = make(desk, ada_moved)
    clock.pass_(hours=2)
    assert FIELD not in grace.look(number).text
    assert grace.does("approve", number).status_code == 303


@pytest.mark.parametrize(("role", "code"), [(Role.AGENT, 403), (Role.APPROVER, 409)], ids=["not theirs", "stale"])
def test_the_password_comes_after_role_and_version(
    desk: Desk, member: Callable[..., Member], clock: Any, role: Role, code: int
) -> None:
    number, omar = make(desk, new_address), member(role, "omar")
    clock.pass_(minutes=16)
    omar.look(number)
    assert omar.does("approve", number, version=1 if code == 403 else 7).status_code == code
