"""Accounts of those who work at the desk: made, changed, and opened by a password or by the demo's link."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.keys import Keyring
from models.proof import Link, Purpose
from models.rules.kinds import Role
from models.rules.permissions import Actor, Right, require
from models.services import audit, passwords, throttles
from models.services.requester import links
from models.staff import Staff, StaffSession

FREE_FAILURES = 5
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=15)
FAILURES_COUNT_FOR = timedelta(hours=1)
ADDRESS_KNOWN_FOR = timedelta(days=30)
IDLE = timedelta(hours=12)
SESSION_LASTS = timedelta(days=7)


class StaffingError(Exception):
    """The account cannot be made or changed so; the text says why and names nobody."""


class TooManyTriesError(Exception):
    """Wrong passwords came too fast; try again in ``wait_seconds``. Nothing was verified."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(f"too many tries, wait {wait_seconds} s")
        self.wait_seconds = wait_seconds


By = str | Actor
"""Who changes an account: a member of staff, whose right is checked, or the command line, named by its text."""


def add(
    session: Session, *, email: str, name: str, role: Role, password: str, by: By, now: datetime, keys: Keyring
) -> Staff:
    who = _allowed(by)
    if _by_email(session, email) is not None:
        raise StaffingError("there is already an account with this address")
    staff = Staff(
        email=_address(email), name=name.strip(), role=role, password_hash=_acceptable(password), created_at=now,
        created_by=who,
    )  # fmt: skip
    session.add(staff)
    # The audit row names the account by its id.
    session.flush()
    # What was tried before there was an account does not slow down its owner.
    throttles.clear(session, f"failed {_account_tries(staff.email, keys)}")
    _record(session, "account added", staff, by=who, now=now, role=role.value)
    return staff


def accounts(session: Session) -> list[Staff]:
    return list(session.scalars(sa.select(Staff).order_by(Staff.email)))


def reset(session: Session, *, email: str, password: str, by: By, now: datetime, keys: Keyring) -> Staff:
    """A new password; who was logged in is no more, who was slowed down may try at once."""
    who, staff = _allowed(by), _known(session, email)
    staff.password_hash = _acceptable(password)
    _revoke(session, staff)
    throttles.clear(session, f"failed {_account_tries(staff.email, keys)}")
    _record(session, "password reset", staff, by=who, now=now)
    return staff


def disable(session: Session, *, email: str, by: By, now: datetime) -> Staff:
    who, staff = _allowed(by), _known(session, email)
    _keep_an_admin(session, staff)
    if staff.disabled_at is None:
        staff.disabled_at = now
        _record(session, "account disabled", staff, by=who, now=now)
    _revoke(session, staff)
    return staff


def set_role(session: Session, *, email: str, role: Role, by: By, now: datetime) -> Staff:
    """Other rights, other session: the old ones end here."""
    who, staff = _allowed(by), _known(session, email)
    before, staff.role = staff.role, role
    _revoke(session, staff)
    _record(session, "role changed", staff, by=who, now=now, before=before.value, after=role.value)
    return staff


def authenticate(
    session: Session, email: str, password: str, *, peer: str, keys: Keyring, now: datetime
) -> Staff | None:
    """The account that this password opens. ``peer`` is the digest of the address it came from, blank when unknown.

    Failures are counted by account and by address apart. Where an account was opened from an address lately, the two
    together are counted instead: what strangers or colleagues try slows nobody down where they work.
    """
    account, address, both = _tries(email, peer, keys)
    known = throttles.last(session, both, since=now - ADDRESS_KNOWN_FOR) is not None if peer else False
    counted = [both] if known else [name for name in (account, address) if name]
    wait(session, counted, now=now)
    staff = _by_email(session, email)
    if not passwords.matches(password, staff.password_hash if staff else None) or staff is None or staff.disabled_at:
        for name in counted:
            throttles.add(session, f"failed {name}", at=now)
        return None
    _welcome(session, staff, account, both if peer else "", now=now)
    return staff


def check_password(session: Session, staff_id: int, password: str) -> bool:
    """Whether it is this account's password; the account must not be disabled."""
    staff = session.get(Staff, staff_id)
    right = passwords.matches(password, staff.password_hash if staff else None)
    return right and staff is not None and staff.disabled_at is None


def actor(staff: Staff, by: str | None = None) -> Actor:
    """Who acts, for services; ``by`` is what the audit log shall say, else the account's address."""
    return Actor(by or staff.email, staff.id, staff.role)


def by_email(session: Session, email: str) -> Staff | None:
    """The account with this address that may still work."""
    staff = _by_email(session, email)
    return staff if staff is not None and staff.disabled_at is None else None


def login_link(session: Session, staff: Staff, *, keys: Keyring, now: datetime) -> str:
    """The token of a link that logs in once, within ten minutes; for the demo only."""
    link = Link(
        # No secret and no chance is needed here: what cannot be guessed is the signature.
        id=keys.sign("login id", staff.id, now.isoformat())[:16], purpose=Purpose.LOGIN, recipient=staff.email,
        created_at=now, expires_at=now + (links.LASTS[Purpose.LOGIN] or timedelta(0)),
    )  # fmt: skip
    session.add(link)
    return links.token(link, keys)


def use_login_link(session: Session, token: str, *, keys: Keyring, now: datetime) -> Staff | None:
    link = links.find(session, token, Purpose.LOGIN, keys=keys)
    if link is None or not links.is_live(link, now):
        return None
    # A conditional UPDATE: of two clicks at once, one wins.
    used = sa.update(Link).where(Link.id == link.id, Link.used_at.is_(None)).values(used_at=now).returning(Link.id)
    if session.scalar(used) is None:
        return None
    staff = by_email(session, link.recipient)
    if staff is not None:
        _record(session, "logged in by link", staff, by=staff.email, now=now)
    return staff


def record_logout(session: Session, staff_id: int, *, now: datetime) -> None:
    staff = session.get_one(Staff, staff_id)
    _record(session, "logged out", staff, by=staff.email, now=now)


def forget_sessions(session: Session, *, now: datetime) -> None:
    """Rows that nobody used for a week; one that is over still names whose it was, and opens nothing."""
    session.execute(sa.delete(StaffSession).where(StaffSession.seen_at < now - SESSION_LASTS))


def _allowed(by: By) -> str:
    if isinstance(by, str):
        return by
    require(by, Right.STAFF)
    return by.by


def _known(session: Session, email: str) -> Staff:
    staff = _by_email(session, email)
    if staff is None:
        raise StaffingError("there is no account with this address")
    return staff


def _keep_an_admin(session: Session, leaving: Staff) -> None:
    """Without one nobody could make accounts in the browser, nor take rights away."""
    left = sa.select(Staff.id).where(Staff.role == Role.ADMIN, Staff.disabled_at.is_(None), Staff.id != leaving.id)
    if leaving.role is Role.ADMIN and leaving.disabled_at is None and session.scalar(left.limit(1)) is None:
        raise StaffingError("this is the last admin: make another one first with rightsdesk staff add")


def _by_email(session: Session, email: str) -> Staff | None:
    return session.scalar(sa.select(Staff).where(Staff.email == email.strip().lower()))


def _address(email: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise StaffingError("this is no e-mail address") from None


def _acceptable(password: str) -> str:
    """The hash of a password that is long enough; no other rule (security.md)."""
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        raise StaffingError(
            f"a password has at least {passwords.SHORTEST} characters, and at most {passwords.LONGEST}"
        )
    return passwords.hashed(password)


def _tries(email: str, peer: str, keys: Keyring) -> tuple[str, str, str]:
    account = _account_tries(email, keys)
    return account, f"peer {peer[:40]}" if peer else "", f"{account} {peer[:40]}"


def _account_tries(email: str, keys: Keyring) -> str:
    return f"login {keys.digest(email.strip().lower())[:40]}"


def wait(session: Session, names: list[str], *, now: datetime) -> None:
    waits = [_wait_for(session, f"failed {name}", now=now) for name in names]
    longest = max(waits, default=timedelta(0))
    if longest > timedelta(0):
        raise TooManyTriesError(int(longest.total_seconds()) + 1)


def _wait_for(session: Session, name: str, *, now: datetime) -> timedelta:
    """None before the fifth failure, then twice as long after each; never longer than the longest wait."""
    failures = throttles.seen(session, name, window=FAILURES_COUNT_FOR, now=now)
    newest = throttles.last(session, name, since=now - FAILURES_COUNT_FOR)
    if failures < FREE_FAILURES or newest is None:
        return timedelta(0)
    doublings = min(failures - FREE_FAILURES, 10)
    return newest + min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT) - now


def _welcome(session: Session, staff: Staff, account: str, both: str, *, now: datetime) -> None:
    for name in (account, both):
        throttles.clear(session, f"failed {name}")
    if both:
        throttles.clear(session, both)
        throttles.add(session, both, at=now)
    _record(session, "logged in", staff, by=staff.email, now=now)


def _revoke(session: Session, staff: Staff) -> None:
    session.execute(sa.delete(StaffSession).where(StaffSession.staff_id == staff.id))


def _record(session: Session, what: str, staff: Staff, *, by: str, now: datetime, **facts: str) -> None:
    audit.record(session, audit.DESK, what, by=by, now=now, detail={"staff": staff.id, **facts})
