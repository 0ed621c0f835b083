"""Raw bytes off the wire go in; what the message says comes out. Pure, bounded, never raises: odd mail is mail.

But for MemoryError, which says nothing of the mail and is for whoever limits the memory.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.mail.machine import judge
from bot.mail.machines.bounces import SEARCHED, bounce_of
from bot.mail.machines.envelope import OPENING, Envelope, Ours
from bot.mail.reading.addresses import NAME_LIMIT, Address, addresses, ids, normal_id
from bot.mail.reading.attachments import attachments_of
from bot.mail.reading.authentication import is_vouched_for
from bot.mail.reading.bodies import Body, body_of, content_of
from bot.mail.reading.charsets import clean, decode
from bot.mail.reading.headers import Headers
from bot.mail.reading.parts import Part, parse
from bot.mail.replies import new_of, new_spans, spans_of
from models import message_ids
from models.rules.kinds import Auto
from models.rules.reading import JUDGED, Reading, SpanKind

SUBJECT_LIMIT = 900
LINKS_LIMIT = 5_000
DEFECTS_LIMIT = 50
UNREADABLE = "unreadable"

_LETTERHEAD = (
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "received",
    "return-path",
    "mime-version",
    "content-type",
)
_ADDRESSED_TOO = ("cc", "delivered-to", "x-original-to", "envelope-to")


def read(
    raw: bytes,
    *,
    own_addresses: frozenset[str] = frozenset(),
    loop_id: str | None = None,
    own_lists: frozenset[str] = frozenset(),
    is_own_id: Callable[[str, Collection[str]], bool] | None = None,
    authserv_id: str = "",
) -> Reading:
    """What the message says; a message of which nothing can be read has the defect ``unreadable`` and no sender.

    ``authserv_id`` is whose Authentication-Results are trusted; empty: nobody's, and nobody is asked.
    """
    defects: list[str] = []
    try:
        root = parse(raw, defects)
        if not any(name in root.headers for name in _LETTERHEAD):
            return _unreadable(raw, [*defects, UNREADABLE])
        ours = Ours(own_addresses, loop_id, own_lists, is_own_id)
        verified = _verified(root.headers, authserv_id) if authserv_id else None
        return replace(_reading(raw, root, ours, defects), verified=verified)
    except MemoryError:  # whoever set the limit says so
        raise
    except Exception as error:  # whatever a stranger finds to send, the mail behind it is still to be read
        return _unreadable(raw, [*defects, UNREADABLE, type(error).__name__])


def _reading(raw: bytes, root: Part, ours: Ours, defects: list[str]) -> Reading:
    headers = root.headers
    sender = _sender(headers, defects)
    body = body_of(root, defects)
    envelope = _envelope(raw, root, sender.address, body.text[:OPENING], defects)
    auto, reason = judge(envelope, ours)
    spans = spans_of(body.text, body.marks)
    new = new_of(spans)
    defects += _too_much(body, new)
    replied_to = ids(headers.first("in-reply-to", defects))
    return Reading(
        sender=sender.address,
        sender_name=sender.name,
        reply_to=next((a.address for a in addresses(headers.first("reply-to", defects), defects)), None),
        to=envelope.to,
        addressed_to=_addressed_to(headers, envelope.to),
        return_path=_return_path(headers),
        subject=envelope.subject,
        date=_date(headers, defects),
        message_id=envelope.message_id,
        in_reply_to=replied_to[0] if replied_to else None,
        references=tuple(ids(headers.first("references", defects))),
        quoted_ids=_quoted_ids(root, body, auto),
        text=body.text,
        new=new,
        apart=tuple(one for one in spans if one.kind is not SpanKind.NEW),
        html=body.html,
        attachments=attachments_of(root, defects),
        auto=auto,
        auto_reason=reason,
        bounce=bounce_of(root, body.text, ours.loop_id) if auto is Auto.BOUNCE else None,
        defects=_listed(defects),
    )


def _too_much(body: Body, new: Sequence[tuple[int, int]]) -> Iterator[str]:
    html = body.html or ""
    if max(body.text.count("://"), html.count("<a ") + html.count("<A ")) > LINKS_LIMIT:
        yield "too-many-links"
    if sum(end - start for start, end in new) > JUDGED:
        yield "judged-in-part"


def _quoted_ids(root: Part, body: Body, auto: Auto | None) -> tuple[str, ...]:
    """Ids of our letters in the HTML of an answer; in a report, in that of the letter which it gives back."""
    if auto is not Auto.BOUNCE:
        return tuple(message_ids.quoted_in(body.html or ""))
    back = [part for part in root.walk() if part.type in ("message/rfc822", "message/global")]
    letters = [parse(content_of(part, []), []) for part in back]
    pages = [part for tree in (root, *letters) for part in tree.walk() if part.type == "text/html"]
    octets = b"\n".join(content_of(page, [])[:SEARCHED] for page in pages)
    return tuple(message_ids.quoted_in(octets.decode("ascii", "replace")))


def _sender(headers: Headers, defects: list[str]) -> Address:
    values = headers.all("from", defects)
    if len(values) > 1:
        defects.append("from-twice")
    found = [address for value in values for address in addresses(value, defects)]
    if not found:
        defects.append("from-invalid" if values else "from-missing")
        return Address("", "")
    if len({address.address for address in found}) > 1:
        defects.append("from-several")
    return Address(found[0].name[:NAME_LIMIT], found[0].address)


def _verified(headers: Headers, authserv_id: str) -> bool:
    """Only for a mail with one author, written so that nobody can read another one (RFC 7489, 6.6.1)."""
    values, doubts = headers.all("from", []), list[str]()
    authors = [address for value in values for address in addresses(value, doubts)]
    if len(values) != 1 or len(authors) != 1 or doubts:
        return False
    return is_vouched_for(headers.listed, authors[0].address, authserv_id)


def _envelope(raw: bytes, root: Part, sender: str, opening: str, defects: list[str]) -> Envelope:
    subject = root.headers.text("subject", defects)
    if len(subject) > SUBJECT_LIMIT:
        defects.append("subject-too-long")
    message_id = normal_id(root.headers.first("message-id", defects))
    if not message_id:
        defects.append("message-id-missing")
        message_id = _made_id(raw, sender)
    report = root.parameters.given.get("report-type", "").lower() or _reported(root)
    to = tuple(a.address for value in root.headers.all("to", defects) for a in addresses(value, defects))
    return Envelope(
        root.headers,
        sender,
        to,
        subject[:SUBJECT_LIMIT],
        message_id,
        root.parameters.value,
        report,
        frozenset(part.type for part in root.walk()),
        opening,
    )


def _addressed_to(headers: Headers, to: tuple[str, ...]) -> tuple[str, ...]:
    """Every address by which the message reached us, for finding a signed one."""
    others = (a.address for name in _ADDRESSED_TOO for value in headers.all(name, []) for a in addresses(value, []))
    return tuple(dict.fromkeys((*to, *others)))


def _return_path(headers: Headers) -> str | None:
    """As the last server on the way wrote it down (RFC 5321, 4.4)."""
    if "return-path" not in headers:
        return None
    return next((a.address for a in addresses(headers.first("return-path", []), [])), "")


def _reported(root: Part) -> str:
    """What a report without its type is about: its second part says it (RFC 6522)."""
    kinds = [part.type.removeprefix("message/") for part in root.children]
    return next((kind for kind in kinds if kind in ("disposition-notification", "feedback-report")), "")


def _made_id(raw: bytes, sender: str) -> str:
    """The same for the same bytes, so that a mail which comes again is known again."""
    return f"gen-{hashlib.sha256(raw).hexdigest()[:32]}@{sender.rpartition('@')[2] or 'unknown.invalid'}"


def _date(headers: Headers, defects: list[str]) -> datetime | None:
    value = headers.first("date", defects)
    if not value:
        defects.append("date-missing")
        return None
    try:
        date = parsedate_to_datetime(value[:100])
        # "-0000" says UTC, of an unknown place (RFC 5322, 3.3).
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC).astimezone(date.tzinfo)
    except (ValueError, TypeError, IndexError, OverflowError):
        defects.append("date-invalid")
        return None


def _unreadable(raw: bytes, defects: list[str]) -> Reading:
    text = "" if b"\0" in raw[:4096] else clean(decode(raw[:65_536], None)[0])
    return Reading(message_id=_made_id(raw, ""), text=text, new=new_spans(text), defects=_listed(defects))


def _listed(defects: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(defects))[:DEFECTS_LIMIT]
