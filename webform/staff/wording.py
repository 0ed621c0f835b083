"""Kinds, states, days and moments go in; out come the words by which staff pages name them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.lists import format_list

from models.outbox import LetterState
from models.rules.kinds import Channel, Field, Kind
from models.rules.lifecycle import CorrectionState, Outcome, State
from models.rules.loop_guards import SILENT, Held
from models.rules.reading import JUDGED, SpanKind
from models.services.corrections.proposals import written_as
from models.services.pages.worklist import CorrectionRow
from webform.context import the_desk

SOON_DAYS = 3

KINDS: Mapping[Kind, str] = {
    Kind.RECTIFICATION: "Correction",
    Kind.OPT_OUT: "Opt-out",
    Kind.ACCESS: "Access",
    Kind.ERASURE: "Erasure",
    Kind.PORTABILITY: "Portability",
    Kind.RESTRICTION: "Restriction",
    Kind.OBJECTION: "Objection",
    Kind.OTHER: "Question",
}
STATES: Mapping[State, str] = {
    State.TRIAGE: "Kind unclear",
    State.AWAITING_PROOF: "Waiting for proof",
    State.NEEDS_DETAILS: "Waiting for details",
    State.IN_REVIEW: "To decide",
    State.APPROVED: "Approved, not yet written",
    State.APPLYING: "Being written",
    State.RESPONDING: "Done, letter on its way",
    State.UNDELIVERED: "Letter not delivered",
    State.CLOSED: "Closed",
}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.FULFILLED: "done as asked",
    Outcome.PARTLY: "done in part",
    Outcome.REFUSED: "declined",
    Outcome.NO_DATA: "nothing held",
    Outcome.IDENTITY_NOT_PROVEN: "identity not proven",
    Outcome.WITHDRAWN: "withdrawn",
    Outcome.MERGED: "merged",
    Outcome.NOT_REQUEST: "no request",
    Outcome.SPAM: "spam",
    Outcome.EXPIRED: "no answer came",
}
CORRECTIONS: Mapping[CorrectionState, str] = {
    CorrectionState.PROPOSED: "",
    CorrectionState.APPROVED_ONCE: "approved once",
    CorrectionState.APPROVED: "approved",
    CorrectionState.APPLIED: "written",
    CorrectionState.CONFLICT: "changed meanwhile: look again",
    CorrectionState.FAILED: "could not be written",
    CorrectionState.DECLINED: "declined",
    CorrectionState.UNDONE: "undone",
}
LETTERS: Mapping[LetterState, str] = {
    LetterState.QUEUED: "waits to be sent",
    LetterState.SENDING: "is being sent",
    LetterState.ACCEPTED: "sent",
    LetterState.DEFERRED: "will be tried again",
    LetterState.FAILED: "could not be delivered",
    LetterState.UNCERTAIN: "perhaps sent: nobody knows",
    LetterState.BOUNCED: "came back",
    LetterState.HELD: "held for you to decide",
    LetterState.VOID: "called back",
}
HELD_FOR: Mapping[Held, str] = {
    Held.LIMIT: "By itself the desk writes {a_day} letters a day to one address, and {an_hour} an hour that the "
    "web form caused.",
    Held.ADDRESS: "A machine or a list stands behind an address like this one, as a rule.",
    Held.REPEAT: "The same address wrote the same within a day, or once more under a subject that was answered twice: "
    "a machine may answer here.",
    Held.OLD: "The message had lain in the mailbox for more than three days when the desk began to read there.",
    Held.CIRCUIT: "Too many letters of the hour before came back, or were answered by machines. It leaves by itself "
    "once that is over.",
    Held.UNKNOWN: "A mail server said that there is no such address: for {days} days nothing goes there by itself.",
}
CHANNELS: Mapping[Channel, str] = {
    Channel.MAIL: "by mail",
    Channel.LMTP: "by mail",
    Channel.FORM: "by form",
    Channel.HAND: "taken down by hand",
}
VERIFIED: Mapping[bool, str] = {True: "their domain vouches", False: "nobody vouches"}
"""What our mail server says of the sender (security.md: Authentication-Results)."""
SHOW: Mapping[SpanKind, str] = {
    SpanKind.QUOTE: "Show quoted text",
    SpanKind.SIGNATURE: "Show signature",
    SpanKind.DISCLAIMER: "Show disclaimer",
}
MAILBOXES: Mapping[str, str] = {
    "ok": "well",
    "new": "not read yet",
    "polling": "is being read",
    "away": "the server is away",
    "degraded": "the server is often away",
    "needs_login": "the log-in is refused",
}
LANGUAGES: Mapping[str, str] = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch",
    "pt": "Portuguese", "pl": "Polish", "cs": "Czech", "sv": "Swedish",
}  # fmt: skip
FIELDS: Mapping[Field, str] = {field: field.replace("_", " ") for field in Field} | {
    Field.EMAIL: "e-mail",
    Field.POSTAL_CODE: "postcode",
    Field.VAT_ID: "VAT number",
    Field.IP_ADDRESS: "IP address",
}
NOT_READ: Mapping[str, str] = {
    "headers-too-long": "its headers are longer than 256 kB",
    "html-too-long": "its HTML is longer than 2 million characters",
    "judged-in-part": f"what is asked was judged by the first {JUDGED:,} characters",
    "text-too-long": "its text is longer than a million characters",
    "too-deep": "its parts lie in each other deeper than 50",
    "too-many-attachments": "it has more than 200 files",
    "too-many-links": "it has more than 5,000 links",
    "too-many-parts": "it has more than 500 parts",
    "too-much-content": "its files are larger than 100 MB",
}
"""The limits of a mail, as staff are told of them (``OVER_LIMITS``)."""
KEYS = (
    ("j k", "next, previous request of the list"),
    ("o", "open the request"),
    ("[ ]", "the request before, the one after"),
    ("u Esc", "back to the list"),
    ("a", "approve, answer or set the kind, and go to the next"),
    ("e", "edit the first value"),
    ("q", "ask the customer"),
    ("d", "decline"),
    ("r", "write an answer"),
    ("i", "assign to me"),
    ("Shift+i", "assign to somebody else"),
    ("t", "change the kind"),
    ("m", "close as merged"),
    ("z", "undo the last approval"),
    ("Ctrl+Enter", "send what is being written"),
    ("/", "search"),
    ("g q", "go to the queue; g o overdue, g m mine, g d dashboard, g s settings"),
    ("?", "this sheet"),
)
LETTERS_IN_A_ROW = 16
"""Of a value, in the narrowest cell that a page gives it."""
HIGH, MEDIUM = 0.85, 0.6


@dataclass(frozen=True)
class Due:
    """``tone`` is a class of the style sheet; the words say the same."""

    text: str
    tone: str
    day: date | None
    written: str = ""


def due(day: date | None, *, today: date, closed: bool = False) -> Due:
    """Of a closed request no day runs any more."""
    if closed:
        return Due("", "", None)
    if day is None:
        return Due("no due day", "", None)
    left = (day - today).days
    written = format_date(day, "EEE d MMM", locale="en_GB")
    if left < 0:
        return Due(f"{_days(-left)} late", "late", day, written)
    text = "due today" if left == 0 else f"{_days(left)} left"
    return Due(text, "soon" if left <= SOON_DAYS else "", day, written)


def moment(at: datetime) -> str:
    """A moment in the desk's own time; the year only where one cannot guess it."""
    local = at.astimezone(ZoneInfo(the_desk().config.desk.timezone))
    now = the_desk().clock().astimezone(local.tzinfo)
    return format_datetime(local, "d MMM, HH:mm" if local.year == now.year else "d MMM yyyy, HH:mm", locale="en_GB")


def held_back(why: Held | None) -> str:
    limits = the_desk().config.desk.limits
    numbers = {
        "a_day": limits.letters_per_address_per_day, "an_hour": limits.form_letters_per_hour, "days": SILENT.days,
    }  # fmt: skip
    if_so = "you know better" if why is Held.UNKNOWN else "a person waits for it"
    return f"{HELD_FOR[why or Held.LIMIT].format(**numbers)} Send it if {if_so}."


def dropped(letter: str, *, closes: bool) -> str:
    """What comes of a letter that is dropped."""
    if letter == "proof":
        return "Dropped, its link is void too: after 14 days the request closes, unless you vouch for the person."
    if closes:
        return "Dropped, its request goes to “Undelivered”: answer another way, or close it with a reason."
    return "Dropped, the customer does not get it, and nothing else changes."


def language(code: str) -> str:
    return LANGUAGES.get(code, "language unknown")


def confidence(score: float) -> str:
    return "High" if score >= HIGH else "Medium" if score >= MEDIUM else "Low"


def size(number: int) -> str:
    return f"{number / 1_000_000:.1f} MB" if number >= 1_000_000 else f"{max(1, round(number / 1000))} kB"


def rows(value: str) -> int:
    """How high an input must be to show the whole value, script or none."""
    return max(1, -(-len(value) // LETTERS_IN_A_ROW))


def called(correction: CorrectionRow) -> str:
    """The field as it is written: the whole name, where the shop keeps it whole."""
    place = {"store": correction.store, "table": correction.table, "column": correction.column}
    return FIELDS[written_as(the_desk().stores, correction.field, **place)]


def listed(words: list[str]) -> str:
    return format_list(words, locale="en_GB") if words else ""


def state(now: State, outcome: Outcome | None) -> str:
    return f"{STATES[now]}: {OUTCOMES[outcome]}" if outcome else STATES[now]


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"
