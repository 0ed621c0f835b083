"""A delivery report as parts goes in; whom the letter did not reach, for good or not, and which letter, comes out."""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.mail.machines.reasons import by_words, is_dead, is_lost, is_unknown
from bot.mail.reading.addresses import ids, normal_address, normal_id
from bot.mail.reading.bodies import content_of
from bot.mail.reading.charsets import decode
from bot.mail.reading.headers import Headers, split_head
from bot.mail.reading.parts import Part
from models.rules.reading import Bounce
from models.rules.references import named_in

SEARCHED = 64 * 1024

_SUBJECT = re.compile(r"^[ \t>]*Subject:(.*)", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID = re.compile(r"^[ \t>]*(?:X-)?(?:Original-)?Message-ID:\s*<([^<>\s]+)>", re.IGNORECASE | re.MULTILINE)
# At the beginning of a line, behind a bullet or a label.
_RECIPIENT = re.compile(
    r"^[ \t]{0,40}(?:Final-Recipient:\s*[\w-]+;\s*"
    r"|(?:Error-|[\w ]{0,60}\b)(?:to|for|user|address|recipient)s?:\s*(?:\[SMTP:)?"
    r"|>>>\s*|[*•-]{1,2}\s+)?[<\"]?([^\s<>:：;,\"\[\]]+@[^\s<>:：;,\"\[\]]+)[>\"\]]?",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
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
        return _from_text(root, text, returned, original)
    lost = next((group for group in reported if is_lost(group)), None)
    recipient = _recipient(reported[0] if lost is None else lost) or _named(root, text, returned)
    if lost is None:
        return Bounce(False, recipient, original, False)
    return Bounce(is_dead(lost), recipient, original, True, is_unknown(lost))


def _groups(part: Part) -> Iterator[Headers]:
    """The fields for the message, then those for each recipient, apart by blank lines."""
    rest = content_of(part, [])[:SEARCHED].strip(b"\r\n")
    for block in re.split(rb"\r?\n[ \t]*\r?\n", rest):
        yield split_head(block.strip(b"\r\n"), [])[0]


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


def _from_text(root: Part, text: str, returned: list[Headers], original: str | None) -> Bounce:
    """qmail, Exim and others write prose: the status or the SMTP code in it decides."""
    whole = text[:SEARCHED] or decode(root.body[:SEARCHED], None)[0]
    hard, lost, unknown = by_words(_before_the_letter(whole))
    return Bounce(hard, _named(root, whole, returned), original, lost, unknown)


def _named(root: Part, text: str, returned: list[Headers]) -> str | None:
    """Whom the letter did not reach: as a header says, or a line of the text, else to whom the letter was."""
    whole = text[:SEARCHED]
    said = _before_the_letter(whole)
    failed = root.headers.first("x-failed-recipients", []).partition(",")[0]
    lines = (found[1] for found in (_RECIPIENT.search(said), _RECIPIENT.search(whole)) if found)
    letters = [headers.first("to", []) for headers in returned]
    # Not to whom, nor from whom the report is.
    heads = " ".join(root.headers.first(name, []) for name in ("to", "from")).lower()
    others = (found[0] for found in _ADDRESS.finditer(said) if found[0].lower() not in heads)
    named = (normal_address(one) for one in (failed, *lines, *_only(letters), next(others, "")))
    return next((address for address in named if address is not None), None)


def _only(letters: list[str]) -> list[str]:
    found = [address[0] for letter in letters for address in _ADDRESS.finditer(letter[:SEARCHED])]
    return found if len(found) == 1 else []


def _before_the_letter(text: str) -> str:
    """What the server says: our own letter behind it may hold any word."""
    begin = _GIVEN_BACK.search(text)
    return (text[: begin.start()].strip() if begin else "") or text
