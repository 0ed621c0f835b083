"""The life of a request and of a correction: states, outcomes, and which step leads from which state to which."""

from enum import StrEnum


class State(StrEnum):
    TRIAGE = "triage"
    AWAITING_PROOF = "awaiting_proof"
    NEEDS_DETAILS = "needs_details"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    APPLYING = "applying"
    RESPONDING = "responding"
    UNDELIVERED = "undelivered"
    CLOSED = "closed"


class Outcome(StrEnum):
    FULFILLED = "fulfilled"
    PARTLY = "partly"
    REFUSED = "refused"
    NO_DATA = "no_data"
    IDENTITY_NOT_PROVEN = "identity_not_proven"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    NOT_REQUEST = "not_request"
    SPAM = "spam"
    EXPIRED = "expired"


class CorrectionState(StrEnum):
    PROPOSED = "proposed"
    APPROVED_ONCE = "approved_once"
    APPROVED = "approved"
    APPLIED = "applied"
    CONFLICT = "conflict"
    FAILED = "failed"
    DECLINED = "declined"
    UNDONE = "undone"


class Step(StrEnum):
    """What happens to a request; each step is one transaction and one row of the audit log."""

    SORT = "sort"
    PROVE = "prove"
    ACCEPT_IDENTITY = "accept identity"
    ASK = "ask"
    HEAR = "hear"
    GIVE_UP_WAITING = "give up waiting"
    APPROVE = "approve"
    TAKE_BACK = "take back"
    APPLY = "apply"
    CONFLICT = "conflict"
    WRITTEN = "written"
    ANSWER = "answer"
    ACCEPTED = "accepted"
    UNANSWERED = "unanswered"
    NOT_REACHED = "not reached"
    CLOSE = "close"
    UNDO = "undo"
    UNDONE = "undone"
    REOPEN = "reopen"


OPEN = frozenset(State) - {State.CLOSED}
OPEN_CORRECTIONS = frozenset(
    {CorrectionState.PROPOSED, CorrectionState.APPROVED_ONCE, CorrectionState.CONFLICT, CorrectionState.FAILED}
)
"""Corrections that staff have yet to decide, or to decide a second time."""
UNDECIDED = frozenset({State.TRIAGE, State.AWAITING_PROOF, State.NEEDS_DETAILS, State.IN_REVIEW})

STEPS: dict[Step, tuple[frozenset[State], frozenset[State]]] = {
    Step.SORT: (
        UNDECIDED,
        frozenset({State.TRIAGE, State.AWAITING_PROOF, State.NEEDS_DETAILS, State.IN_REVIEW, State.APPLYING}),
    ),
    Step.PROVE: (
        frozenset({State.AWAITING_PROOF, State.CLOSED}),
        frozenset({State.IN_REVIEW, State.NEEDS_DETAILS, State.APPROVED, State.RESPONDING}),
    ),
    Step.ACCEPT_IDENTITY: (
        # In review too: who proved a new address may have to be known for the old one. Closed: for want of a proof.
        frozenset({State.AWAITING_PROOF, State.IN_REVIEW, State.CLOSED}),
        frozenset({State.AWAITING_PROOF, State.IN_REVIEW, State.NEEDS_DETAILS}),
    ),
    Step.ASK: (frozenset({State.IN_REVIEW, State.NEEDS_DETAILS}), frozenset({State.NEEDS_DETAILS})),
    Step.HEAR: (frozenset({State.NEEDS_DETAILS}), frozenset({State.IN_REVIEW})),
    Step.GIVE_UP_WAITING: (
        frozenset({State.AWAITING_PROOF, State.NEEDS_DETAILS}),
        frozenset({State.CLOSED, State.IN_REVIEW}),
    ),
    Step.APPROVE: (frozenset({State.IN_REVIEW}), frozenset({State.IN_REVIEW, State.APPROVED, State.RESPONDING})),
    Step.TAKE_BACK: (frozenset({State.APPROVED}), frozenset({State.IN_REVIEW})),
    Step.APPLY: (frozenset({State.APPROVED, State.APPLYING}), frozenset({State.APPLYING})),
    Step.CONFLICT: (frozenset({State.APPLYING}), frozenset({State.IN_REVIEW})),
    Step.WRITTEN: (frozenset({State.APPLYING}), frozenset({State.RESPONDING})),
    Step.ANSWER: (UNDECIDED, frozenset({State.APPROVED, State.RESPONDING})),
    Step.ACCEPTED: (frozenset({State.RESPONDING, State.UNDELIVERED}), frozenset({State.CLOSED})),
    # No machine is answered: what its program asked for is done, and no letter says so.
    Step.UNANSWERED: (frozenset({State.RESPONDING}), frozenset({State.CLOSED})),
    Step.NOT_REACHED: (frozenset({State.RESPONDING, State.CLOSED}), frozenset({State.UNDELIVERED})),
    Step.CLOSE: (UNDECIDED | {State.UNDELIVERED}, frozenset({State.CLOSED})),
    Step.UNDO: (
        # In review too: one row was written, and another waits for staff.
        frozenset({State.IN_REVIEW, State.NEEDS_DETAILS, State.RESPONDING, State.UNDELIVERED, State.CLOSED}),
        frozenset({State.APPLYING}),
    ),
    Step.UNDONE: (frozenset({State.APPLYING}), frozenset({State.IN_REVIEW})),
    Step.REOPEN: (frozenset({State.CLOSED}), frozenset({State.AWAITING_PROOF, State.IN_REVIEW})),
}


class IllegalStepError(Exception):
    """The request is in a state that this step does not start from; nothing was changed."""

    def __init__(self, step: Step, state: State) -> None:
        super().__init__(f"a request in state {state} cannot take the step “{step}”")
        self.step, self.state = step, state


def check_step(step: Step, state: State, to: State) -> None:
    """Raise IllegalStepError unless the table allows this step from this state to that one."""
    starts, ends = STEPS[step]
    if state not in starts or to not in ends:
        raise IllegalStepError(step, state)
