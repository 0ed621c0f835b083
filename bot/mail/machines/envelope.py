"""What the rules about machines look at, decoded once, and what several of them ask."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from bot.mail.reading.charsets import clean_line
from bot.mail.reading.headers import Headers

# How far into a text the rules look, in code points: what a program says of itself stands at the top.
OPENING = 4096

_COMMENT = re.compile(r"\([^()]*\)")
# As servers write it down: Postfix's own name for it, and that which qmail gives to what it cannot give back.
_NULL_PATH = re.compile(r"<>|<?mailer-daemon(?:@[^<>\s]{0,255})?>?|<?#@\[\]>?")
_ID = re.compile(r"<([^<>]*)>")
# The programs in which people write; a server's report names none of them, nor any other by User-Agent.
_PEOPLES_PROGRAM = re.compile(
    r".{0,40}(?:outlook|thunderbird|apple mail|iphone mail|ipad mail|evolution|the bat|eudora|pegasus|claws|sylpheed"
    r"|mutt|foxmail|qqmail|squirrelmail|roundcube|horde|yahoomail|k-9|becky|airmail|windows live|windows mail)"
)
# An answer or a forward, as mail programs put it before a subject.
_ANSWERS = re.compile(
    r"(?:\[[^\[\]]{1,40}\]\s*)*(?:re|aw|sv|vs|antw|odp|ynt|res|r|rif|fwd?|fw|wg|tr|rv|i|enc|vb|vl|pd|doorst)(?:\[\d{1,3}\])?\s?[:：]"
    r"|(?:回复|答复|转发|返信|転送)\s?[:：]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Ours:
    """By what the desk knows its own mail, and the lists whose stamps count for nothing."""

    addresses: frozenset[str]
    loop_id: str | None
    lists: frozenset[str]
    is_own_id: Callable[[str, Collection[str]], bool] | None


@dataclass(frozen=True)
class Envelope:
    """``type`` and ``report`` are of the Content-Type, ``kinds`` of all parts, ``opening`` is of the text."""

    headers: Headers
    sender: str
    to: tuple[str, ...]
    subject: str
    message_id: str
    type: str
    report: str
    kinds: frozenset[str] = frozenset()
    opening: str = ""

    def value(self, name: str) -> str:
        # Most of the names that are asked for stand in no mail.
        return clean_line(self.headers.first(name, [])).lower() if name in self.headers else ""

    def values(self, name: str) -> list[str]:
        return [clean_line(value).lower() for value in self.headers.all(name, [])]

    @property
    def mailbox(self) -> str:
        """The sender's address before the @."""
        return self.sender.rpartition("@")[0].lower()

    @property
    def no_way_back(self) -> bool:
        """Reports and automatic answers carry the null return path; nobody may answer them (RFC 5321, 4.5.5)."""
        return _NULL_PATH.fullmatch(self.value("return-path")) is not None

    @property
    def from_peoples_program(self) -> bool:
        return "user-agent" in self.headers or _PEOPLES_PROGRAM.match(self.value("x-mailer")) is not None

    @property
    def answers(self) -> bool:
        """Whether the subject says that it answers or passes on another mail."""
        return _ANSWERS.match(self.subject) is not None

    @property
    def own_words(self) -> str:
        """What opens the text, up to the first quote."""
        return self.opening.partition("\n>")[0]

    @property
    def has_list_fields(self) -> bool:
        return "list-id" in self.headers or "list-unsubscribe" in self.headers


Rule = Callable[[Envelope, Ours], str | None]


def auto_submitted(envelope: Envelope, ours: Ours) -> str | None:
    """RFC 3834: the word before parameters and comments."""
    for value in envelope.values("auto-submitted"):
        word = _COMMENT.sub("", value).partition(";")[0].strip()
        if word and word != "no":
            return f"Auto-Submitted: {word[:40]}"
    return None


def precedence(envelope: Envelope, ours: Ours, words: tuple[str, ...]) -> str | None:
    if by_own_list(envelope, ours):
        return None
    given = [*envelope.values("precedence"), *envelope.values("x-precedence")]
    return next((f"Precedence: {word}" for word in given if word in words), None)


def by_own_list(envelope: Envelope, ours: Ours) -> bool:
    """Our own group or forwarder stamps people's mail too: its List-* and Precedence say nothing of the writer."""
    own = {name.lower().strip("<> ") for name in ours.lists}
    stamped = [(_ID.findall(value) or [value])[-1].strip() for value in envelope.values("list-id")]
    return bool(stamped) and all(name in own for name in stamped)
