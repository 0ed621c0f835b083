"""What keeps the desk from writing to machines, and to people twice: why a letter waits, and when (mail.md 3.4)."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from models.rules.references import without_reply_mark


class Held(StrEnum):
    """Why an automatic letter waits for staff."""

    LIMIT = "limit"
    ADDRESS = "address"
    REPEAT = "repeat"
    OLD = "old"
    CIRCUIT = "circuit"
    UNKNOWN = "unknown"


UNREAD = (
    r"(?:no[nt]?|do[-_.]?not|don[-_.]?t|ne[-_.]?pas|nicht|keine|niet|geen|nao|nie|svara)[-_.]?"
    r"(?:reply|answer(?!\.)|respond\w*|repond\w*|antwort\w*|rispond\w*|beantwoord\w*|antwoord|odpowiad\w*|inte)"
    r"|neodpovid\w*"
)
"""How a local part says itself that nobody reads what comes back, in the languages we meet."""
NO_ANSWER = {
    r"mailer-?daemon|mail-?daemon|postmaster": "gives letters back (RFC 2142, RFC 5321 4.5.1)",
    r"abuse": "takes complaints about mail (RFC 2142)",
    r"root|daemon": "an account of a machine",
    r"listserv|majordomo|mailman|(?:owner|bounces?)-.+|bounces?": "the program behind a list",
    rf"(?:.+[-_.])?(?:{UNREAD}).*": "says itself that nobody reads it",
}
"""Local parts to which no letter goes by itself, each with the reason; what follows a plus counts for nothing."""
_NO_ANSWER = re.compile("|".join(f"(?:{pattern})" for pattern in NO_ANSWER), re.IGNORECASE)

ANSWERED_ENOUGH = 2
"""So many automatic letters went to an address: when it says the same once more a machine may answer there."""
REPEATED_WITHIN = timedelta(hours=24)
SUBJECT_WITHIN = timedelta(minutes=180)
"""Within which the same body is a repeat, and the same subject; the letters count within the same time."""

OLD_AFTER = timedelta(days=3)
"""What had lain in a mailbox for longer when the desk began to read it there is nobody's news (failures.md 14)."""

SILENT = timedelta(days=60)
"""How long nothing automatic goes to an address of which a mail server said 5.1.1."""

CIRCUIT_LOOKS_BACK = timedelta(hours=1)
CIRCUIT_COUNTS_FROM = 50
_BEARABLE = 1 / 5

_COMPARED = 64_000
_WORD = re.compile(r"\w+")


def takes_no_answer(address: str) -> bool:
    local = address.rpartition("@")[0].partition("+")[0]
    return not local or _NO_ANSWER.fullmatch(local) is not None


def circuit_opens(letters: int, lost: int) -> bool:
    """Whether too many of the last hour's letters came back, or were answered by machines."""
    return letters >= CIRCUIT_COUNTS_FROM and lost > letters * _BEARABLE


def body_digest(text: str, files: Iterable[tuple[str, int]]) -> str | None:
    """By what a repeat is known: the words, whatever case, spacing and punctuation, and the names and sizes of files.

    None where nothing was said.
    """
    words = " ".join(_WORD.findall(unicodedata.normalize("NFKC", text[:_COMPARED]).casefold()))
    said = "\0".join([words, *(f"{name} {size}" for name, size in files)])
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest() if said else None


def subject_alike(subject: str) -> str:
    """A subject as it is compared with another."""
    return " ".join(without_reply_mark(subject).casefold().split())
