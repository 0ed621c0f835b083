"""How the desk does, in numbers, goes in; out comes what is wrong, in plain sentences, and what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

MINUTE, HOUR, DAY = 60, 3600, 86_400
MB, GB = 1_000_000, 1_000_000_000


class Level(IntEnum):
    """How bad it is. A note stands on the health page alone; what is wrong is said on every page and by mail; where
    the desk is down ``/healthz`` says so too."""

    NOTE = 1
    WRONG = 2
    DOWN = 3


class Unit(StrEnum):
    COUNT = "count"
    SECONDS = "seconds"
    BYTES = "bytes"


@dataclass(frozen=True)
class Sign:
    """What is measured: how a page calls it, in which unit, and of what there are several (``each``)."""

    label: str
    unit: Unit = Unit.COUNT
    each: str = ""


@dataclass(frozen=True)
class Measure:
    """One sign as it is now, in its unit; ``of`` names which of several. What is not known is not measured."""

    sign: str
    value: float
    of: str = ""


@dataclass(frozen=True)
class Limit:
    """Reached at ``least`` and above it, or below ``under``. ``{of}`` and ``{value}`` stand in what it ``says``."""

    sign: str
    level: Level
    says: str
    mend: str
    least: float | None = None
    under: float | None = None

    def is_reached(self, value: float) -> bool:
        return (self.least is not None and value >= self.least) or (self.under is not None and value < self.under)


@dataclass(frozen=True)
class Finding:
    """``name`` tells it from every other one, for as long as it stands."""

    name: str
    level: Level
    says: str
    mend: str


LAST_READ, LAST_READ_JUNK = "seconds_since_last_successful_poll", "seconds_since_last_successful_poll_of_junk"

# The names are those of the metrics (Prometheus: base units, the unit last), the order is that of the page.
SIGNS: Mapping[str, Sign] = {
    LAST_READ: Sign("Since it was last read", Unit.SECONDS, "mailbox"),
    LAST_READ_JUNK: Sign("Since its junk folder was last read", Unit.SECONDS, "mailbox"),
    "mailbox_login_refused": Sign("Log-in refused", each="mailbox"),
    "mailbox_uids_behind": Sign("Numbers not read yet", each="mailbox"),
    "mailbox_mails_missed": Sign("Mails that polling missed", each="mailbox"),
    "token_refused": Sign("Token cannot be renewed", each="server"),
    "token_run_out_seconds": Sign("Since its token ran out", Unit.SECONDS, "server"),
    "canary_missing_seconds": Sign("A letter to ourselves is missing for", Unit.SECONDS),
    "canary_round_trip_seconds": Sign("The last letter to ourselves took", Unit.SECONDS),
    "worker_silent_seconds": Sign("Workers silent for", Unit.SECONDS),
    "clock_skew_seconds": Sign("Clocks apart by", Unit.SECONDS),
    "spool_waiting": Sign("Messages waiting to be read"),
    "spool_oldest_seconds": Sign("The first of them has waited", Unit.SECONDS),
    "quarantined": Sign("Messages in quarantine"),
    "outbox_waiting": Sign("Letters waiting to be sent"),
    "outbox_oldest_seconds": Sign("Age of the oldest of them", Unit.SECONDS),
    "outbox_overdue_seconds": Sign("A letter is overdue by", Unit.SECONDS),
    "circuit_open_seconds": Sign("Automatic letters held back for", Unit.SECONDS),
    "letters_uncertain": Sign("Letters perhaps sent"),
    "letters_held": Sign("Letters held"),
    "letters_failed": Sign("Letters that could not be delivered"),
    "disk_free_bytes": Sign("Disk free", Unit.BYTES),
    "database_bytes": Sign("Size of the database", Unit.BYTES),
}
# The first limit of a sign that is reached counts: the worse ones stand first. Numbers from failures.md 6 and
# mail.md 3.10 (the mailbox: 10 minutes, the worker: 8).
LIMITS: tuple[Limit, ...] = (
    Limit(
        LAST_READ, Level.DOWN, "The mailbox {of} was last read {value} ago.",
        "Run rightsdesk check: it tries the log-in and says what to mend.", least=10 * MINUTE + 1,
    ),
    Limit(
        LAST_READ_JUNK, Level.WRONG, "The junk folder of a mailbox ({of}) was last read {value} ago.",
        "See whether it is still there under its name: mailboxes.junk names another one, or leaves it.",
        least=10 * MINUTE + 1,
    ),
    Limit(
        "mailbox_login_refused", Level.WRONG, "The mail server refuses to let us into the mailbox {of}.",
        "Renew its password or its token in the configuration, then run rightsdesk check.", least=1,
    ),
    Limit(
        "mailbox_uids_behind", Level.WRONG, "The mailbox {of} holds {value} mails or more that are not fetched yet.",
        "It catches up by itself while the worker runs; look again in an hour.", least=5000,
    ),
    Limit(
        "mailbox_mails_missed", Level.WRONG, "In the mailbox {of} the nightly look found {value} that polling missed.",
        "It is read in. Tell whoever looks after the mail server: a restore or a fault of it may be the cause.",
        least=1,
    ),
    Limit(
        "token_refused", Level.WRONG, "The token of the {of} cannot be renewed.",
        "Run rightsdesk check: it says why. Often somebody must log in anew (rightsdesk mailbox login).", least=1,
    ),
    Limit(
        "token_run_out_seconds", Level.WRONG, "The token of the {of} ran out {value} ago.",
        "Run rightsdesk check: it asks for a new one and says what keeps the worker from it.", least=15 * MINUTE,
    ),
    Limit(
        "canary_missing_seconds", Level.WRONG, "The letter that the desk wrote to itself {value} ago has not arrived.",
        "Run rightsdesk check-mail: it says which way is blocked.", least=5 * MINUTE,
    ),
    Limit(
        "worker_silent_seconds", Level.DOWN, "No worker has shown a sign of life for {value}.",
        "Start it again (rightsdesk run), and look into its log for why it ended or hangs.", least=8 * MINUTE,
    ),
    Limit(
        "clock_skew_seconds", Level.WRONG, "The clocks of the desk's machines are {value} apart.",
        "Let all of them follow a time server: deadlines and claims hang on it.", least=MINUTE,
    ),
    Limit(
        "spool_oldest_seconds", Level.WRONG, "The first message in the spool has waited {value} to be read.",
        "Look into the worker's log for why triage does not go on.", least=30 * MINUTE,
    ),
    Limit(
        "quarantined", Level.WRONG, "{value} messages are in quarantine.",
        "So many have one cause: look at some of them under Quarantine, mend it, and have them tried again.",
        least=25,
    ),
    Limit(
        "quarantined", Level.NOTE, "{value} in quarantine: nobody could read them.",
        "Look at them under Quarantine, and have them tried again or make their ticket by hand.", least=1,
    ),
    Limit(
        "outbox_overdue_seconds", Level.WRONG, "A letter that should have left {value} ago is still here.",
        "Run rightsdesk check: it tries the mail server. Then look into the worker's log.", least=30 * MINUTE,
    ),
    Limit(
        "circuit_open_seconds", Level.WRONG,
        "Automatic letters have waited for {value}: too many came back, or were answered by machines.",
        "Look at Letters stuck or held: somebody may write in strangers' names. It ends by itself.", least=1,
    ),
    Limit(
        "letters_uncertain", Level.NOTE, "{value} perhaps sent: the mail server fell silent at the end.",
        "Look whether they arrived, then say so under Letters stuck or held.", least=1,
    ),
    Limit(
        "letters_held", Level.NOTE, "{value} held back by the limits on automatic letters.",
        "Send or drop them under Letters stuck or held.", least=1,
    ),
    Limit(
        "letters_failed", Level.NOTE, "{value} could not be delivered.",
        "Reach the person another way: see Letters stuck or held.", least=1,
    ),
    Limit(
        "disk_free_bytes", Level.WRONG, "The disk has {value} left.",
        "Make room: once it is full nothing is taken in any more.", under=500 * MB,
    ),
)  # fmt: skip


def findings(measures: Iterable[Measure]) -> tuple[Finding, ...]:
    """What is not as it should be, the worst first; of each measure the first limit that it reaches."""
    found = [finding for measure in measures if (finding := _finding(measure)) is not None]
    return tuple(sorted(found, key=lambda one: -one.level))


def is_down(found: Iterable[Finding]) -> bool:
    return any(one.level is Level.DOWN for one in found)


def wrong(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that everybody at the desk is told of."""
    return tuple(one for one in found if one.level >= Level.WRONG)


def spoken(value: float, unit: Unit) -> str:
    """A value in words that need no table: two days, 11 minutes, 1.5 GB."""
    if unit is Unit.SECONDS:
        steps = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1, "second"))
        size, word = next((step for step in steps if value >= 2 * step[0]), (1, "second"))
        number = int(value // size)
        return f"{number} {word}" if number == 1 else f"{number} {word}s"
    if unit is Unit.BYTES:
        return f"{value / GB:.1f} GB" if value >= GB else f"{value / MB:.0f} MB"
    return f"{value:.0f}"


def _finding(measure: Measure) -> Finding | None:
    limits = (limit for limit in LIMITS if limit.sign == measure.sign and limit.is_reached(measure.value))
    limit = next(limits, None)
    if limit is None:
        return None
    says = limit.says.format(of=measure.of, value=spoken(measure.value, SIGNS[measure.sign].unit))
    return Finding(f"{measure.sign} {measure.of}".strip(), limit.level, says, limit.mend)
