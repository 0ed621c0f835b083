"""A delivery report as parts goes in; whom the letter did not reach, for good or not, and which letter, comes out."""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.mail.reading.addresses import ids, normal_address, normal_id
from bot.mail.reading.bodies import content_of
from bot.mail.reading.charsets import decode
from bot.mail.reading.headers import Headers, split_head
from bot.mail.reading.parts import Part
from models.rules.reading import Bounce
from models.rules.references import named_in

SEARCHED = 64 * 1024

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45])\d\d[ :-]")
# A full mailbox may be emptied, and what a policy refuses says nothing of the address (RFC 3463, 3.3 and 3.8).
_MAY_CHANGE = re.compile(r"2\.[23]|7\.\d+")
# "Bad destination mailbox address", and how Exchange says the same of its own (RFC 3463, 3.2).
_UNKNOWN = re.compile(r"5\.1\.(?:1|10)")
_NO_SUCH = re.compile(
    r"user unknown|unknown user|no such (?:user|mailbox|address)|(?:does not|doesn't) (?:exist|have)"
    r"|unroute?able address|not (?:found|listed)|unbekannt|existiert nicht|n'existe pas|inconnu|no existe|inesistente"
    r"|non esiste|bestaat niet|não existe|nie istnieje|neexistuje|finns inte",
    re.IGNORECASE,
)
_FULL = re.compile(
    r"quota|mailbox (?:is )?full|storage allocation|postfach.{0,20}voll|pleine|llen[ao]\b|pien[ao]\b|vol\b|chei[ao]\b"
    r"|pełn[ay]|přeplněn|full\b",
    re.IGNORECASE,
)
_UNWANTED = re.compile(
    r"spam|\bblock(?:ed|list)|black ?list|polic(?:y|ies)|reputation|unsolicited|dmarc"
    r"|not (?:authori[sz]ed|permitted|allowed)|richtlinie|abgelehnt|indésirable|politique|no deseado|política"
    r"|indesiderat|beleid|ongewenst|niechcian|nevyžádan|oönskad",
    re.IGNORECASE,
)
_TRIED_AGAIN = re.compile(
    r"will (?:be (?:re)?tried|keep|continue)|warning|delayed|not yet|still being|weiterhin|verzögert|retardé|reintent",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"^[ \t>]*Subject:(.*)", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID = re.compile(r"^[ \t>]*Message-ID:\s*<([^<>\s]+)>", re.IGNORECASE | re.MULTILINE)
# At the beginning of a line, behind a bullet or a label.
_RECIPIENT = re.compile(
    r"^[ \t]*(?:Final-Recipient:\s*[\w-]+;\s*|(?:failed |your message )?(?:to|address|recipient)s?:\s*"
    r"|>>>\s*|[*•-]{1,2}\s+)?[<\"]?([^\s<>:;,\"]+@[^\s<>:;,\"]+)[>\"]?",
    re.IGNORECASE | re.MULTILINE,
)
# Where a letter begins that is given back in the text.
_GIVEN_BACK = re.compile(
    r"^(?:Return-Path|Received|Message-ID|MIME-Version|DKIM-Signature|From|Date):", re.IGNORECASE | re.MULTILINE
)
_ORIGINALS = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
)


def bounce_of(root: Part, text: str, loop_id: str | None) -> Bounce:
    """By the machine-readable part (RFC 3464) where there is one, else by what the text says.

    ``loop_id`` is the mark of our own letters: without it what is returned is none of ours.
    """
    parts = list(root.walk())
    returned = _returned(parts)
    bounce = _judged(root, parts, text, returned)
    return replace(bounce, reference=_reference(returned, text, loop_id))


def _judged(root: Part, parts: list[Part], text: str, returned: list[Headers]) -> Bounce:
    statuses = [part for part in parts if part.type in ("message/delivery-status", "message/global-delivery-status")]
    groups = [group for part in statuses for group in _groups(part)]
    original = _original(root, returned, text)
    reported = [group for group in groups if "action" in group or "final-recipient" in group]
    if not reported:
        return _from_text(root, text, original)
    lost = next((group for group in reported if _is_lost(group)), None)
    group = lost if lost is not None else reported[0]
    hard = lost is not None and _is_dead(lost)
    status = _STATUS.search(lost.first("status", [])) if lost is not None else None
    unknown = status is not None and _UNKNOWN.fullmatch(status[0]) is not None
    return Bounce(hard, _recipient(group), original, lost is not None, unknown)


def _groups(part: Part) -> Iterator[Headers]:
    """The fields for the message, then those for each recipient, apart by blank lines."""
    rest = content_of(part, [])[:SEARCHED].strip(b"\r\n")
    for block in re.split(rb"\r?\n[ \t]*\r?\n", rest):
        yield split_head(block.strip(b"\r\n"), [])[0]


def _is_lost(group: Headers) -> bool:
    """What is delayed (4.x.x) may still arrive."""
    action = group.first("action", []).lower().partition(" ")[0].strip(";")
    status = _STATUS.search(group.first("status", []))
    if action in ("delayed", "delivered", "relayed", "expanded"):
        return False
    return status[1] == "5" if status else action == "failed"


def _is_dead(group: Headers) -> bool:
    """A status of x.0.0 tells no more than its class (RFC 3463, 3.1): then the server's own words may."""
    status = _STATUS.search(group.first("status", []))
    if status is not None and status[2] != "0.0":
        return _for_good(status)
    said = group.first("diagnostic-code", [])
    named = _STATUS.search(said)
    return _for_good(named) if named is not None and named[2] != "0.0" else not _spares_address(said)


def _for_good(status: re.Match[str]) -> bool:
    return status[1] == "5" and not _MAY_CHANGE.fullmatch(status[2])


def _recipient(group: Headers) -> str | None:
    value = group.first("final-recipient", []) or group.first("original-recipient", [])
    return normal_address(value.rpartition(";")[2])


def _returned(parts: list[Part]) -> list[Headers]:
    """The headers of what was given back."""
    blocks = (content_of(part, [])[:SEARCHED].lstrip(b"\r\n") for part in parts if part.type in _ORIGINALS)
    return [split_head(block, [])[0] for block in blocks]


def _reference(returned: list[Headers], text: str, loop_id: str | None) -> str | None:
    """The ticket that the subject of a returned letter of ours names, in its own part or quoted in the text."""
    if loop_id is None:
        return None
    for headers in returned:
        if headers.first("x-rightsdesk-loop", []).strip().lower() == loop_id:
            return named_in(headers.text("subject", []))
    said = text[:SEARCHED]
    return next((named_in(line) for line in _SUBJECT.findall(said)), None) if loop_id in said.lower() else None


def _original(root: Part, returned: list[Headers], text: str) -> str | None:
    """Our letter's id: in what was returned of it, else in the report's own threading headers, else in its text."""
    for headers in returned:
        if found := normal_id(headers.first("message-id", [])):
            return found
    if quoted := _MESSAGE_ID.search(text[:SEARCHED]):
        return normal_id(quoted[1]) or None
    for name in ("in-reply-to", "references"):
        if given := ids(root.headers.first(name, [])):
            return given[-1]
    return None


def _from_text(root: Part, text: str, original: str | None) -> Bounce:
    """qmail, Exim and others write prose: the status or the SMTP code in it decides."""
    whole = text[:SEARCHED] or decode(root.body[:SEARCHED], None)[0]
    said = _before_the_letter(whole)
    named = normal_address(root.headers.first("x-failed-recipients", []).partition(",")[0])
    if named is None and (found := _RECIPIENT.search(said) or _RECIPIENT.search(whole)):
        named = normal_address(found[1])
    hard, lost = _by_words(said)
    status = _STATUS.search(said)
    unknown = lost and (_UNKNOWN.fullmatch(status[0]) if status else _NO_SUCH.search(said)) is not None
    return Bounce(hard, named, original, lost, unknown and hard)


def _before_the_letter(text: str) -> str:
    """What the server says: our own letter behind it may hold any word."""
    begin = _GIVEN_BACK.search(text)
    return (text[: begin.start()].strip() if begin else "") or text


def _by_words(said: str) -> tuple[bool, bool]:
    """Whether the address is dead, and whether the letter is lost: by the status, else by words and SMTP's code."""
    status, code = _STATUS.search(said), _CODE.search(said)
    if status is not None and (status[2] != "0.0" or not _spares_address(said)):
        return _for_good(status), status[1] == "5"
    refused = _NO_SUCH.search(said) is not None or (code is not None and code[1] == "5")
    full = _FULL.search(said) is not None
    return refused and not _spares_address(said), refused or (full and not _TRIED_AGAIN.search(said))


def _spares_address(said: str) -> bool:
    """Whether the words blame a full mailbox or a policy rather than the address."""
    return _FULL.search(said) is not None or (_UNWANTED.search(said) is not None and not _NO_SUCH.search(said))
