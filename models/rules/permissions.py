"""Who of the staff may do what (contract: Roles); checked in services, never in templates."""

from dataclasses import dataclass
from enum import StrEnum

from models.rules.kinds import RIGHTS, Kind, Role
from models.rules.lifecycle import UNDECIDED, State


class Right(StrEnum):
    """What a member of staff may be allowed to do."""

    READ = "read"
    REVEAL = "reveal"
    ASK = "ask"
    SORT = "sort"
    PROPOSE = "propose"
    ANSWER = "answer"
    ASSIGN = "assign"
    APPROVE = "approve"
    DECLINE = "decline"
    UNDO = "undo"
    IDENTITY = "identity"
    SETTINGS = "settings"
    STAFF = "staff"
    AUDIT = "audit"


_AGENT = frozenset({Right.READ, Right.REVEAL, Right.ASK, Right.SORT, Right.PROPOSE, Right.ANSWER, Right.ASSIGN})
_APPROVER = _AGENT | {Right.APPROVE, Right.DECLINE, Right.UNDO, Right.IDENTITY}

RIGHTS_OF: dict[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.READ}),
    Role.AGENT: _AGENT,
    Role.APPROVER: _APPROVER,
    Role.ADMIN: _APPROVER | {Right.SETTINGS, Right.STAFF, Right.AUDIT},
    Role.AUDITOR: frozenset({Right.READ, Right.REVEAL, Right.AUDIT}),
}


@dataclass(frozen=True)
class Actor:
    """Who acts: ``by`` is what the audit log says, ``staff`` the account behind it."""

    by: str
    staff: int
    role: Role

    def may(self, right: Right) -> bool:
        return right in RIGHTS_OF[self.role]


class NotAllowedError(Exception):
    """The role of this member of staff does not allow it; nothing was changed."""


def require(actor: Actor, right: Right) -> None:
    if not actor.may(right):
        raise NotAllowedError(f"the role {actor.role} may not {right}")


def closing_takes(kind: Kind, state: State, *, proved: bool) -> Right:
    """Who closes a right, or what was proved as one, decides on it; the rest is sorted out."""
    known = state in UNDECIDED - {State.TRIAGE}
    return Right.DECLINE if known and (kind in RIGHTS or proved) else Right.ANSWER
