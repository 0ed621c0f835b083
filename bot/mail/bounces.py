"""A delivery report as parts goes in; whom the letter did not reach, for good or not, and which letter, comes out."""

import re
from collections.abc import Iterator

from bot.mail.addresses import ids, normal_address, normal_id
from bot.mail.bodies import content_of
from bot.mail.charsets import decode
from bot.mail.headers import Headers, split_head
from bot.mail.parts import Part
from models.rules.reading import Bounce

SEARCHED = 64 * 1024

_STATUS = re.compile(r"(?<![\d.])([245])\.\d{1,3}\.\d{1,3}(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45])\d\d[ -]")
_MESSAGE_ID = re.compile(r"^[ \t>]*Message-ID:\s*<([^<>\s]+)>", re.IGNORECASE | re.MULTILINE)
_RECIPIENT = re.compile(
    r"^[ \t]*(?:Final-Recipient:\s*\w+;\s*|To:\s*)?<?([^\s<>:;,]+@[^\s<>:;,]+)>?", re.IGNORECASE | re.MULTILINE
)
_ORIGINALS = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
)


def bounce_of(root: Part, text: str) -> Bounce:
    """By the machine-readable part (RFC 3464) where there is one, else by what the text says."""
    parts = list(root.walk())
    statuses = [part for part in parts if part.type in ("message/delivery-status", "message/global-delivery-status")]
    groups = [group for part in statuses for group in _groups(part)]
    original = _original(root, parts, text)
    reported = [group for group in groups if "action" in group or "final-recipient" in group]
    if not reported:
        return _from_text(root, text, original)
    failed = next((group for group in reported if _is_failure(group)), None)
    group = failed if failed is not None else reported[0]
    return Bounce(failed is not None, _recipient(group), original)


def _groups(part: Part) -> Iterator[Headers]:
    """The fields for the message, then those for each recipient, apart by blank lines."""
    rest = content_of(part, [])[:SEARCHED].strip(b"\r\n")
    for block in re.split(rb"\r?\n[ \t]*\r?\n", rest):
        yield split_head(block.strip(b"\r\n"), [])[0]


def _is_failure(group: Headers) -> bool:
    """Failed for good: what is delayed (4.x.x) may still arrive."""
    action = group.first("action", []).lower().partition(" ")[0].strip(";")
    status = _STATUS.search(group.first("status", []))
    if action in ("delayed", "delivered", "relayed", "expanded"):
        return False
    return status[1] == "5" if status else action == "failed"


def _recipient(group: Headers) -> str | None:
    value = group.first("final-recipient", []) or group.first("original-recipient", [])
    return normal_address(value.rpartition(";")[2])


def _original(root: Part, parts: list[Part], text: str) -> str | None:
    """Our letter's id: in what was returned of it, else in the report's own threading headers, else in its text."""
    for part in parts:
        if part.type in _ORIGINALS:
            headers, _body = split_head(content_of(part, [])[:SEARCHED].lstrip(b"\r\n"), [])
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
    said = text[:SEARCHED] or decode(root.body[:SEARCHED], None)[0]
    class_ = _STATUS.search(said) or _CODE.search(said)
    named = normal_address(root.headers.first("x-failed-recipients", []).partition(",")[0])
    if named is None and (found := _RECIPIENT.search(said)):
        named = normal_address(found[1])
    return Bounce(class_ is not None and class_[1] == "5", named, original)
