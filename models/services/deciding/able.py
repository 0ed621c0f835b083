"""A request and a member of staff go in; out comes what this role may do to it in this state."""

from models.rules.identity import needs_proof
from models.rules.kinds import Kind
from models.rules.lifecycle import OPEN, STEPS, UNDECIDED, CorrectionState, Outcome, State, Step
from models.rules.permissions import Actor, Right, closing_takes
from models.services.pages.worklist import Row

DEEDS: dict[str, tuple[Right, frozenset[State]]] = {
    "approve": (Right.APPROVE, frozenset({State.IN_REVIEW})),
    "decline": (Right.DECLINE, STEPS[Step.ASK][0]),
    "ask": (Right.ASK, STEPS[Step.ASK][0]),
    "kind": (Right.SORT, UNDECIDED),
    "corrections": (Right.PROPOSE, UNDECIDED),
    "elsewhere": (Right.APPROVE, UNDECIDED),
    "choose": (Right.SORT, UNDECIDED),
    "undo": (Right.UNDO, STEPS[Step.TAKE_BACK][0] | STEPS[Step.UNDO][0]),
    "identity": (Right.IDENTITY, STEPS[Step.ACCEPT_IDENTITY][0]),
    "assign": (Right.ASSIGN, OPEN),
    "answer": (Right.ANSWER, UNDECIDED - {State.AWAITING_PROOF}),
    "merge": (Right.ANSWER, UNDECIDED),
    "close": (Right.ANSWER, STEPS[Step.CLOSE][0]),
}
_VOUCHED = frozenset({"identity"})
"""What nobody need do once staff have vouched for the person."""


def allowed(row: Row, actor: Actor, *, vouched: bool) -> frozenset[str]:
    """The deeds that this role may do to a request in this state; the services check it once more."""
    able = {deed for deed, (right, states) in DEEDS.items() if actor.may(right) and row.state in states}
    if row.kind is not Kind.OTHER and not actor.may(Right.APPROVE):
        able -= {"answer"}
    if not actor.may(closing_takes(row.kind, row.state, proved=row.proved)):
        able -= {"close", "merge"}
    return frozenset(able - _beside_the_point(row) - (_VOUCHED if vouched else frozenset()))


def _beside_the_point(row: Row) -> set[str]:
    """What this kind knows no use for."""
    beside = set()
    if row.kind not in {Kind.RECTIFICATION, Kind.ACCESS}:
        beside |= {"approve"}
    if row.kind is Kind.OTHER:
        beside |= {"decline"}
    unproved = row.state is not State.CLOSED or row.outcome is Outcome.IDENTITY_NOT_PROVEN
    if not needs_proof(row.kind) or not unproved:
        beside |= {"identity"}
    if row.kind is not Kind.RECTIFICATION:
        beside |= {"corrections", "elsewhere"}
    written = any(one.state is CorrectionState.APPLIED and one.store for one in row.corrections)
    return beside if written or row.state is State.APPROVED else beside | {"undo"}
