"""A cookie comes in and names a row; out goes a new cookie only where something was put into its session."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.orm import Session
from werkzeug.datastructures import CallbackDict

from models.desk import Desk
from models.rules.kinds import Role
from models.services import staffing
from models.staff import Staff, StaffSession
from webform import cookies

SEEN_EVERY = timedelta(minutes=5)
"""How exactly we know when a session was last used: one write in five minutes, not one a page."""

BEFORE = "."
"""Stands in the cookie of who has not logged in, and in no id."""


@dataclass(frozen=True)
class Member:
    """Who is logged in, as of the row that this request read."""

    id: int
    email: str
    name: str
    role: Role


class DeskSession(CallbackDict[str, Any], SessionMixin):
    """What is kept for one browser. ``digest`` names its row; blank while there is none. ``entered`` is the log-in,
    ``ended`` whose session it was that is over."""

    def __init__(
        self,
        facts: dict[str, Any],
        *,
        digest: str = "",
        member: Member | None = None,
        entered: datetime | None = None,
        ended: int | None = None,
    ) -> None:
        super().__init__(facts, _mark)
        self.ended = ended
        self.digest, self.member, self.entered = digest, member, entered
        self.modified = self.renewed = False

    def log_in(self, staff: Staff) -> None:
        """A new id for new rights: one that was planted before is worth nothing."""
        self.clear()
        self.member = Member(staff.id, staff.email, staff.name, staff.role)
        self.modified = self.renewed = True

    def log_out(self) -> None:
        self.clear()
        self.member = None
        self.modified = True


def _mark(session: CallbackDict[str, Any]) -> None:
    session.modified = True  # type: ignore[attr-defined]


class RowSessions(SessionInterface):
    """Sessions of staff pages only: the customers' pages have none to ride on."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.cookie = cookies.name("rd", desk)

    def open_session(self, app: Flask, request: Request) -> DeskSession:
        sent = request.cookies.get(self.cookie, "") if is_staff_path(request.path) else ""
        if BEFORE in sent:
            return DeskSession(self._before_log_in(app, sent))
        return self._find(_digest(sent)) if sent else DeskSession({})

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not isinstance(session, DeskSession) or not session.modified:
            return
        if session and not session.member and not session.digest:
            # Nobody logged in: what a form needs travels signed, and strangers write no rows.
            response.set_cookie(self.cookie, str(_signer(app).dumps(dict(session))), **cookies.limits(self._desk))
            return
        with self._desk.sessions.begin() as rows:
            sent = self._store(rows, session)
        if sent is None:
            response.delete_cookie(self.cookie, **cookies.limits(self._desk))
        elif sent:
            response.set_cookie(self.cookie, sent, **cookies.limits(self._desk))

    def _before_log_in(self, app: Flask, sent: str) -> dict[str, Any]:
        try:
            return dict(_signer(app).loads(sent, max_age=int(staffing.IDLE.total_seconds())))
        except BadSignature:
            return {}

    def _find(self, digest: str) -> DeskSession:
        with self._desk.readers() as rows:
            row = rows.get(StaffSession, digest)
            staff = rows.get(Staff, row.staff_id) if row and row.staff_id else None
        now = self._desk.clock()
        if row is None or _is_over(row, now) or (staff is not None and staff.disabled_at is not None):
            return DeskSession({}, ended=staff.id if staff else None)
        if now - row.seen_at > SEEN_EVERY:
            self._touch(digest, now)
        member = Member(staff.id, staff.email, staff.name, staff.role) if staff else None
        return DeskSession(dict(row.facts), digest=digest, member=member, entered=row.created_at)

    def _touch(self, digest: str, now: datetime) -> None:
        with self._desk.sessions.begin() as rows:
            rows.execute(sa.update(StaffSession).where(StaffSession.digest == digest).values(seen_at=now))

    def _store(self, rows: Session, session: DeskSession) -> str | None:
        """The new id for the cookie, blank where it keeps the one it has, None where the session is over."""
        stays = session.digest and not session.renewed and (session or session.member)
        if stays:
            changed = sa.update(StaffSession).where(StaffSession.digest == session.digest)
            rows.execute(changed.values(facts=dict(session)))
            return ""
        rows.execute(sa.delete(StaffSession).where(StaffSession.digest == session.digest))
        return self._begin(rows, session) if session or session.member else None

    def _begin(self, rows: Session, session: DeskSession) -> str:
        sent, now = self._desk.new_token(), self._desk.clock()
        staff_id = session.member.id if session.member else None
        rows.add(
            StaffSession(digest=_digest(sent), staff_id=staff_id, facts=dict(session), created_at=now, seen_at=now)
        )
        return sent


def is_staff_path(path: str) -> bool:
    return path == "/staff" or path.startswith("/staff/")


def _is_over(row: StaffSession, now: datetime) -> bool:
    return now - row.seen_at > staffing.IDLE or now - row.created_at > staffing.SESSION_LASTS


def _signer(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(app.secret_key or b"", salt="before log-in")


def _digest(sent: str) -> str:
    return hashlib.sha256(sent.encode()).hexdigest()
