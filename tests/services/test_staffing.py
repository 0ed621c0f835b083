"""Accounts of staff: who may make and change them, and how a guesser is slowed down."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from models.audit import Event, EventDetail
from models.keys import Keyring
from models.proof import Link
from models.rules.kinds import Role
from models.rules.permissions import Actor, NotAllowedError
from models.services import audit, passwords, staffing, throttles
from models.staff import Staff, StaffSession, Throttle
from tests.conftest import Clock

KEYS = Keyring((("a", b"k" * 32),))
PASSWORD = "correct horse battery"
GRACE = "grace@shop.example"
Make = Callable[..., Staff]


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Any:
    with sessions.begin() as session:
        yield session


@pytest.fixture
def make(session: Session, clock: Clock) -> Make:
    def make(email: str = GRACE, role: Role = Role.APPROVER, password: str = PASSWORD, by: Any = "cli:root") -> Staff:
        return staffing.add(
            session, email=email, name="Grace Moor", role=role, password=password, by=by, now=clock(), keys=KEYS
        )

    return make


@pytest.fixture
def try_(session: Session, clock: Clock) -> Callable[..., Staff | None]:
    def try_(password: str = PASSWORD, *, email: str = GRACE, peer: str = "peer-a") -> Staff | None:
        return staffing.authenticate(session, email, password, peer=peer, keys=KEYS, now=clock())

    return try_


def events(session: Session) -> list[str]:
    rows = sa.select(Event.what).where(Event.chain == audit.DESK).order_by(Event.number)
    return list(session.scalars(rows))


def wait_of(try_: Callable[..., Staff | None], **how: str) -> int:
    with pytest.raises(staffing.TooManyTriesError) as slow:
        try_(**how)
    return slow.value.wait_seconds


@pytest.mark.real_passwords
def test_an_account_opens_with_its_password_only(make: Make, try_: Any) -> None:
    grace = make()
    assert grace.id
    assert grace.password_hash.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert try_() is grace
    assert try_("wrong horse battery") is None
    assert try_(email=" Grace@Shop.Example ") is grace


@pytest.mark.parametrize(("length", "enough"), [(11, False), (12, True), (1_000, True), (1_001, False)])
def test_twelve_characters_are_the_only_rule(make: Make, length: int, enough: bool) -> None:
    if enough:
        make(password="a" * length)
    else:
        with pytest.raises(staffing.StaffingError):
            make(password="a" * length)


@pytest.mark.parametrize("email", ["", "grace", "grace@", "grace@shop.example\nBcc: x@example.net"])
def test_an_account_needs_an_address(make: Make, email: str) -> None:
    with pytest.raises(staffing.StaffingError) as refusal:
        make(email)
    assert "@" not in str(refusal.value)


def test_no_address_has_two_accounts(make: Make) -> None:
    make()
    with pytest.raises(staffing.StaffingError):
        make("GRACE@shop.example")


@pytest.mark.parametrize("role", sorted(Role))
def test_only_an_admin_makes_accounts(make: Make, role: Role) -> None:
    by = Actor("someone@shop.example", 1, role)
    if role is Role.ADMIN:
        assert make(by=by).created_by == "someone@shop.example"
    else:
        with pytest.raises(NotAllowedError):
            make(by=by)


@pytest.mark.parametrize("deed", ["reset", "disable", "set_role"])
def test_only_an_admin_changes_accounts(make: Make, session: Session, clock: Clock, deed: str) -> None:
    make()
    by = Actor("someone@shop.example", 1, Role.APPROVER)
    more = {"reset": {"password": PASSWORD, "keys": KEYS}, "disable": {}, "set_role": {"role": Role.ADMIN}}[deed]
    with pytest.raises(NotAllowedError):
        getattr(staffing, deed)(session, email=GRACE, by=by, now=clock(), **more)


def test_every_change_is_on_the_chain_of_the_desk(make: Make, session: Session, clock: Clock, try_: Any) -> None:
    grace = make()
    staffing.set_role(session, email=GRACE, role=Role.ADMIN, by="cli:root", now=clock())
    staffing.reset(session, email=GRACE, password="another password", by="cli:root", now=clock(), keys=KEYS)
    try_("another password")
    staffing.record_logout(session, grace.id, now=clock())
    make("heidi@shop.example", Role.ADMIN)
    staffing.disable(session, email=GRACE, by="cli:root", now=clock())
    assert events(session) == [
        "account added", "role changed", "password reset", "logged in", "logged out", "account added",
        "account disabled",
    ]  # fmt: skip
    assert list(audit.verify(session)) == []
    details = session.scalars(sa.select(EventDetail)).all()
    assert not any(PASSWORD in str(row.detail) or "argon2" in str(row.detail) for row in details)


def test_the_last_admin_stays(make: Make, session: Session, clock: Clock) -> None:
    make()
    staffing.set_role(session, email=GRACE, role=Role.ADMIN, by="cli:root", now=clock())
    with pytest.raises(staffing.StaffingError, match="the last admin: make another one first"):
        staffing.disable(session, email=GRACE, by="cli:root", now=clock())
    assert staffing.by_email(session, GRACE) is not None


@pytest.mark.parametrize("deed", ["reset", "disable", "set_role"])
def test_who_is_changed_is_logged_out_everywhere(make: Make, session: Session, clock: Clock, deed: str) -> None:
    grace = make()
    now = clock()
    session.add(StaffSession(digest="d", staff_id=grace.id, facts={}, created_at=now, seen_at=now))
    session.add(StaffSession(digest="other", staff_id=None, facts={}, created_at=now, seen_at=now))
    more = {"reset": {"password": PASSWORD, "keys": KEYS}, "disable": {}, "set_role": {"role": Role.ADMIN}}[deed]
    getattr(staffing, deed)(session, email=GRACE, by="cli:root", now=clock(), **more)
    assert session.scalars(sa.select(StaffSession.digest)).all() == ["other"]


def test_a_disabled_account_opens_no_more(make: Make, session: Session, clock: Clock, try_: Any) -> None:
    grace = make()
    staffing.disable(session, email=GRACE, by="cli:root", now=clock())
    assert try_() is None
    assert not staffing.check_password(session, grace.id, PASSWORD)
    assert staffing.by_email(session, GRACE) is None


def test_a_password_is_checked_again_for_four_eyes(make: Make, session: Session) -> None:
    grace = make()
    assert staffing.check_password(session, grace.id, PASSWORD)
    assert not staffing.check_password(session, grace.id, "wrong horse battery")
    assert not staffing.check_password(session, grace.id + 1, PASSWORD)


def test_five_failures_and_every_next_one_waits_twice_as_long(make: Make, clock: Clock, try_: Any) -> None:
    make()
    for _ in range(5):
        assert try_("wrong") is None
        clock.pass_(seconds=1)
    waits = []
    for _ in range(8):
        waits.append(wait_of(try_))
        clock.pass_(seconds=waits[-1])
        try_("wrong")
    assert waits[:4] == [15, 31, 61, 121]
    assert waits[-1] == 901 == max(waits)


def test_the_right_password_waits_too_and_then_opens(make: Make, clock: Clock, try_: Any) -> None:
    grace = make()
    for _ in range(5):
        try_("wrong")
    clock.pass_(seconds=wait_of(try_))
    assert try_() is grace
    assert [try_("wrong") for _ in range(4)] == [None] * 4
    assert try_() is grace


def test_an_account_that_is_not_there_slows_down_alike(try_: Any) -> None:
    assert [try_("wrong", email="nobody@shop.example") for _ in range(5)] == [None] * 5
    assert wait_of(try_, email="nobody@shop.example")


def test_one_address_that_tries_many_accounts_is_slowed_down(make: Make, try_: Any) -> None:
    for number in range(5):
        try_("wrong", email=f"staff{number}@shop.example")
    make()
    assert wait_of(try_)
    assert try_(peer="peer-b") is not None


def test_many_addresses_that_try_one_account_are_slowed_down(make: Make, try_: Any) -> None:
    make()
    for number in range(5):
        try_("wrong", peer=f"peer-{number}")
    assert wait_of(try_, peer="peer-new")


def test_strangers_lock_nobody_out_of_where_they_work(make: Make, clock: Clock, try_: Any) -> None:
    grace = make()
    assert try_(peer="office") is grace
    for number in range(5):
        try_("wrong", peer=f"stranger-{number}")
    assert wait_of(try_, peer="stranger-9")
    assert try_(peer="office") is grace


def test_where_they_work_guessers_are_slowed_down_as_well(make: Make, try_: Any) -> None:
    make()
    try_(peer="office")
    for _ in range(5):
        try_("wrong", peer="office")
    assert wait_of(try_, peer="office")


def test_limits_by_address_are_off_where_the_address_is_unknown(make: Make, try_: Any) -> None:
    grace = make()
    for number in range(9):
        try_("wrong", email=f"staff{number}@shop.example", peer="")
    assert try_(peer="") is grace


def test_a_reset_password_may_be_tried_at_once(make: Make, session: Session, clock: Clock, try_: Any) -> None:
    grace = make()
    for number in range(5):
        try_("wrong", peer=f"peer-{number}")
    staffing.reset(session, email=GRACE, password="another password", by="cli:root", now=clock(), keys=KEYS)
    assert try_("another password", peer="home") is grace


def test_no_row_of_the_counters_holds_an_address(make: Make, session: Session, try_: Any) -> None:
    make()
    try_("wrong")
    try_()
    names = session.scalars(sa.select(Throttle.name)).all()
    assert names
    assert not any("@" in name or "grace" in name for name in names)


@pytest.mark.real_passwords
def test_an_unknown_account_takes_the_same_time(make: Make) -> None:
    known = passwords.hashed(PASSWORD)

    def took(hashed: str | None) -> float:
        began = time.perf_counter()
        assert not passwords.matches("wrong horse battery", hashed)
        return time.perf_counter() - began

    pairs = [(took(known), took(None)) for _ in range(5)]
    there, not_there = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
    assert 0.5 < there / not_there < 2


def test_the_demos_link_logs_in_once_and_for_ten_minutes(make: Make, session: Session, clock: Clock) -> None:
    grace = make()

    def use(token: str) -> Staff | None:
        return staffing.use_login_link(session, token, keys=KEYS, now=clock())

    token = staffing.login_link(session, grace, keys=KEYS, now=clock())
    session.flush()
    assert use(token[:-1]) is None
    assert use(token) is grace
    assert use(token) is None
    clock.pass_(minutes=1)
    late = staffing.login_link(session, grace, keys=KEYS, now=clock())
    session.flush()
    clock.pass_(minutes=10)
    assert use(late) is None
    assert events(session) == ["account added", "logged in by link"]


def test_the_demos_link_of_a_disabled_account_opens_nothing(make: Make, session: Session, clock: Clock) -> None:
    token = staffing.login_link(session, make(), keys=KEYS, now=clock())
    session.flush()
    staffing.disable(session, email=GRACE, by="cli:root", now=clock())
    assert staffing.use_login_link(session, token, keys=KEYS, now=clock()) is None
    assert session.scalars(sa.select(Link.used_at)).one() is not None


def test_sessions_that_nobody_used_for_a_week_are_forgotten(session: Session, clock: Clock) -> None:
    now = clock()
    ages = {"fresh": (1, 0), "idle": (13, 13), "unused": (24 * 8, 24 * 8)}
    for digest, (made, seen) in ages.items():
        session.add(
            StaffSession(
                digest=digest,
                staff_id=None,
                facts={},
                created_at=now - timedelta(hours=made),
                seen_at=now - timedelta(hours=seen),
            )
        )
    session.flush()
    staffing.forget_sessions(session, now=now)
    assert set(session.scalars(sa.select(StaffSession.digest))) == {"fresh", "idle"}


def test_a_counter_slides(session: Session, clock: Clock) -> None:
    hour = timedelta(hours=1)
    clock.pass_(minutes=55)
    counts = [throttles.count(session, "x", window=hour, now=clock()) for _ in range(3)]
    clock.pass_(minutes=30)
    counts.append(throttles.count(session, "x", window=hour, now=clock()))
    clock.pass_(minutes=30)
    counts.append(throttles.count(session, "x", window=hour, now=clock()))
    assert counts == [1, 2, 3, 4, 2]
    assert throttles.count(session, "y", window=hour, now=clock()) == 1


def test_two_who_count_at_once_are_two(sessions: sessionmaker[Session], clock: Clock) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def once(_: int) -> int:
        with sessions.begin() as session:
            return throttles.count(session, "x", window=timedelta(minutes=1), now=clock())

    with ThreadPoolExecutor(4) as pool:
        counts = sorted(pool.map(once, range(12)))
    assert counts == list(range(1, 13))


def test_old_counters_are_forgotten(session: Session, clock: Clock) -> None:
    throttles.count(session, "x", window=timedelta(hours=1), now=clock())
    clock.pass_(days=31)
    throttles.count(session, "y", window=timedelta(hours=1), now=clock())
    throttles.forget(session, now=clock())
    assert session.scalars(sa.select(Throttle.name)).all() == ["y"]
