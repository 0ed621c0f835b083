"""What a raw message says once parsed, and what the classifier makes of it: the values that pass between the parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from models.rules.kinds import Action, Auto, Field, Kind

OVER_LIMITS = frozenset(
    [
        "headers-too-long",
        "html-too-long",
        "judged-in-part",
        "text-too-long",
        "too-deep",
        "too-many-attachments",
        "too-many-links",
        "too-many-parts",
        "too-much-content",
    ]
)
"""Defects that say: the mail holds more than was read of it, or more than the classifier was given."""
JUDGED = 64_000
"""Code points of what a person wrote that the classifier is given: nobody asks for their rights on page thirty."""


class NotReadError(Exception):
    """A mail is too much to be read, or cannot be read now; the text says which, in words for staff."""


@dataclass(frozen=True)
class Attachment:
    """A file that came with a message; ``content`` is as decoded, ``name`` cleaned of paths and controls.

    ``cid`` is the Content-ID by which the HTML of the same mail may show it; ``measured`` the size in octets of a
    content that was left behind.
    """

    name: str
    type: str
    content: bytes
    cid: str = ""
    measured: int | None = None

    @property
    def size(self) -> int:
        return len(self.content) if self.measured is None else self.measured

    def without_content(self) -> "Attachment":
        return replace(self, content=b"", measured=self.size)


@dataclass(frozen=True)
class Bounce:
    """A delivery report: whom our letter did not reach, and the Message-ID of that letter.

    ``hard``: the address will take none. ``lost``: this one will not be tried again, for a full mailbox or a policy
    refuses a letter for good that the address itself would take. ``unknown``: there is no such address (5.1.1).
    ``reference`` is the ticket that the subject names of what was returned, where it bears the mark of our letters.
    """

    hard: bool
    recipient: str | None
    original: str | None
    lost: bool = True
    unknown: bool = False
    reference: str | None = None


class SpanKind(StrEnum):
    """Whose words a stretch of a letter holds: the person's new ones, or what their programs and firms put there."""

    NEW = "reply"
    QUOTE = "quote"
    SIGNATURE = "signature"
    DISCLAIMER = "disclaimer"


@dataclass(frozen=True, order=True)
class Span:
    """``start`` and ``end`` in code points of the text."""

    start: int
    end: int
    kind: SpanKind


@dataclass(frozen=True)
class Reading:
    """A message as read. Addresses are lower-cased in the domain; ids stand without angle brackets.

    ``new`` holds the spans (start, end in code points of ``text``) that the person newly wrote: all of ``text`` but
    what ``apart`` holds, its quotes, signature and disclaimer. ``subject_is_ours``: the subject is that of a letter of
    the desk, come back with an answer. ``verified``: our mail server says that the sender's domain vouches for the
    sender; None where it was not asked. ``addressed_to`` are all addresses by which it reached us, ``return_path`` is
    its envelope's sender: "" for the empty one, None where nobody wrote it down. ``quoted_ids`` look like those of
    letters of ours that it quotes.
    """

    sender: str = ""
    sender_name: str = ""
    reply_to: str | None = None
    to: tuple[str, ...] = ()
    addressed_to: tuple[str, ...] = ()
    return_path: str | None = None
    subject: str = ""
    date: datetime | None = None
    message_id: str = ""
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    quoted_ids: tuple[str, ...] = ()
    text: str = ""
    new: tuple[tuple[int, int], ...] = ()
    apart: tuple[Span, ...] = ()
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    auto: Auto | None = None
    auto_reason: str | None = None
    bounce: Bounce | None = None
    defects: tuple[str, ...] = ()
    subject_is_ours: bool = False
    verified: bool | None = None

    @property
    def new_text(self) -> str:
        return "\n".join(self.text[start:end] for start, end in self.new).strip()

    @property
    def in_part(self) -> bool:
        """Whether the mail holds more than was read of it."""
        return not OVER_LIMITS.isdisjoint(self.defects)

    def without_files(self) -> "Reading":
        """What is recorded of it: no HTML, and of the files all but their contents."""
        return replace(self, html=None, attachments=tuple(file.without_content() for file in self.attachments))


@dataclass(frozen=True)
class Writing:
    """What the classifier reads of a message: subject, text, the spans of it that are new, and its sender's name."""

    subject: str
    text: str
    new: tuple[tuple[int, int], ...]
    name: str = ""


class Place(StrEnum):
    SUBJECT = "subject"
    TEXT = "text"


@dataclass(frozen=True)
class Found:
    """A correction as the message states it: passages as written, ``normal`` the form to be stored.

    ``start`` and ``end`` are code points of ``new`` (else of ``old``) in ``where``.
    """

    action: Action
    field: Field
    old: str | None
    new: str | None
    normal: str | None
    where: Place = Place.TEXT
    start: int = 0
    end: int = 0
    score: float = 1.0


@dataclass(frozen=True)
class Candidate:
    """A passage that could be a value, with the logarithms of how likely each role and each field of it is, in the
    order of the classifier's heads."""

    where: Place
    start: int
    end: int
    words: str
    roles: tuple[float, ...]
    fields: tuple[float, ...]


@dataclass(frozen=True)
class Verdict:
    """What the classifier thinks: a score for each kind, the kinds it decides for (at least one), the language.

    ``values`` are candidates that ``Classifier.corrections`` turns into corrections, ``asked`` what is to be changed
    where none of them is a value; both opaque to others.
    """

    language: str
    scores: Mapping[Kind, float]
    decided: tuple[Kind, ...]
    values: tuple[Candidate, ...] = ()
    asked: Found | None = None
    passages: tuple[tuple[int, int], ...] = field(default=())

    @property
    def confidence(self) -> float:
        """How sure the least certain answer is: that a kind decided for is asked for, that another one is not."""
        return min(score if kind in self.decided else 1 - score for kind, score in self.scores.items())


LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "sv")
"""Those that people are read in, and that a desk may write in."""
UNKNOWN_LANGUAGE = "unknown"

Record = Mapping[Field, str | None]
"""A customer's row by field, as the shop holds it; what a correction is read against."""
