"""The table of letters: what causes each, and which facts it may use and must have; a name in, its headers out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Letter:
    """A letter as it will go, but for its links, which the delivery fills in."""

    subject: str
    text: str
    html: str


class LetterError(Exception):
    """The letter cannot be written; the text names the letter and the fact, never a value."""

    def __init__(self, letter: str, fact: str, problem: str) -> None:
        super().__init__(f"the letter “{letter}” cannot be written: {fact} {problem}")
        self.letter, self.fact = letter, fact


class Cause(StrEnum):
    """Who made the desk write."""

    ACKNOWLEDGEMENT = "acknowledgement"
    MACHINE = "machine"
    TIMER = "timer"
    STAFF = "staff"


@dataclass(frozen=True)
class Form:
    """``fixed``: nothing of what a stranger typed may stand in it; ``filled``: facts that may not be empty.

    ``replies``: it goes to whoever wrote, and so may bear their subject where their domain vouches for them.
    """

    cause: Cause
    fixed: bool = False
    replies: bool = False
    filled: tuple[str, ...] = ()


FORMS: Mapping[str, Form] = {
    "proof": Form(Cause.ACKNOWLEDGEMENT, fixed=True, replies=True, filled=("kinds",)),
    "proof_reminder": Form(Cause.TIMER, fixed=True, replies=True, filled=("kinds",)),
    "oversize": Form(Cause.ACKNOWLEDGEMENT, fixed=True, filled=("limit",)),
    "opted_out": Form(Cause.MACHINE, fixed=True, replies=True),
    "opted_in": Form(Cause.MACHINE, fixed=True),
    "no_data": Form(Cause.MACHINE),
    "corrected": Form(Cause.STAFF, filled=("changes",)),
    "address_changed": Form(Cause.MACHINE, fixed=True),
    "address_dropped": Form(Cause.MACHINE, fixed=True),
    "address_left": Form(Cause.MACHINE, fixed=True, filled=("until",)),
    # GDPR Art. 12(4): a refusal gives its reasons and the remedies.
    "declined": Form(Cause.STAFF, filled=("reason", "authority")),
    "ask": Form(Cause.STAFF, filled=("question",)),
    "details": Form(Cause.MACHINE),
    "answer": Form(Cause.STAFF, filled=("answer",)),
    "package": Form(Cause.STAFF),
    "undone": Form(Cause.STAFF, filled=("changes",)),
    "expired": Form(Cause.TIMER, filled=("authority",)),
}

# What a letter to an address that has not proved itself may say: what the desk knows by itself, and the kinds.
FIXED_FACTS = frozenset(
    {
        "desk",
        "controller",
        "contact",
        "authority",
        "reference",
        "received_on",
        "links",
        "law",
        "kinds",
        "until",
        "limit",
    }
)
# What staff typed may have several paragraphs; every other fact is one line.
FREE_FACTS = frozenset({"answer", "question", "reason"})
OPTIONAL_FACTS: Mapping[str, object] = {"notice": None, "law": "gdpr", "handed": False, "verified": False}


def headers(name: str, *, answers: bool) -> dict[str, str]:
    """The headers that mark a letter of ours; ``answers``: it goes out by itself because a message came in."""
    if name not in FORMS:
        raise LetterError(name, "its name", "is unknown")
    cause = FORMS[name].cause
    marks = {"X-Auto-Response-Suppress": "All"}
    # RFC 3834, 5: auto-replied for what answers a message by itself, auto-generated for what a timer or a deed made.
    if answers and cause is not Cause.TIMER:
        marks["Auto-Submitted"] = "auto-replied"
    elif cause is not Cause.STAFF:
        marks["Auto-Submitted"] = "auto-generated"
    # On any other letter it would cost delivery.
    if cause is Cause.ACKNOWLEDGEMENT:
        marks["Precedence"] = "auto_reply"
    return marks


def check_filled(name: str, facts: Mapping[str, object]) -> None:
    """Raise LetterError where a fact that this letter lives by is missing or empty."""
    for fact in FORMS[name].filled:
        value = facts.get(fact)
        if not (value.strip() if isinstance(value, str) else value):
            raise LetterError(name, f"the fact “{fact}”", "is missing or empty")
