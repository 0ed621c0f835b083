"""By what a delivery report is known, and the reports that are none: read receipts and complaints.

Only a server can write one part of the signs (where the mail comes from); the other part (what it says) people
forward, quote and paste. Except for what no person's program makes, a report needs one sign of each.
"""

import re

from bot.mail.machines.envelope import OPENING, Envelope, Ours, auto_submitted
from bot.mail.machines.failures import (
    BEGINS,
    CODES,
    DAEMON,
    FAILED,
    REFUSED_BY_LIST,
    RETURNED,
    SAYS_FAILED,
    SERVER,
    SERVER_NAME,
    TRANSCRIPT,
    UNDELIVERED,
)
from bot.mail.machines.phrases import AUTOMATIC, AWAY

_STATUSES = frozenset(("message/delivery-status", "message/global-delivery-status"))
_GIVEN_BACK = frozenset(("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"))
# Set by the server of that name on nothing but its reports.
_MARKS = {
    "x-failed-recipients": "X-Failed-Recipients",
    "x-mddsn-message": "X-MDDSN-Message",
    "x-ms-exchange-message-is-ndr": "X-MS-Exchange-Message-Is-Ndr",
    "x-mx-bounce": "X-MX-Bounce",
}
_COMPLAINT = re.compile(r"\s*complaint about message from \d{1,3}\.\d{1,3}\.\d", re.IGNORECASE)
# Servers tell, people ask; an address of a page may hold a question mark, and what a letter asks is its own.
_LETTER = re.compile(r"^[ \t]*(?:Return-Path|Received|Message-ID|From):", re.IGNORECASE | re.MULTILINE)
_ASKS = re.compile(r"[?？](?=[\s\"'”»)]|\Z)")


def delivery_report(envelope: Envelope, ours: Ours) -> str | None:
    """RFC 3464."""
    is_report = envelope.type == "multipart/report" and envelope.report in ("delivery-status", "")
    return "delivery report" if is_report or envelope.type in _STATUSES else None


def report_mark(envelope: Envelope, ours: Ours) -> str | None:
    return next((told for name, told in _MARKS.items() if name in envelope.headers), None)


def daemon(envelope: Envelope, ours: Ours) -> str | None:
    if other_report(envelope):
        return None
    if DAEMON.match(envelope.mailbox):
        return "From is a mail server"
    return "From is empty" if envelope.value("from").endswith("<>") else None


def failure(envelope: Envelope, ours: Ours) -> str | None:
    """One sign of where it comes from, one of what it says."""
    if other_report(envelope):
        return None
    automatic = auto_submitted(envelope, ours) is not None
    server = SERVER.match(envelope.mailbox) is not None
    if server and (automatic or envelope.no_way_back) and not _is_reply(envelope):
        return "From is a mail server"
    named = SERVER_NAME.match(envelope.headers.text("from", [])) is not None
    if (automatic or named or not envelope.sender) and (told := _told(envelope)):
        return told
    if named:
        return None if automatic else _given_back(envelope)
    return _without_way_back(envelope, automatic) if envelope.no_way_back else None


def _without_way_back(envelope: Envelope, automatic: bool) -> str | None:
    """Broken gateways set the null return path on people's mail too."""
    if envelope.kinds & _STATUSES:
        return "status of a delivery"
    if _is_a_persons(envelope) or _asks(envelope):
        return None
    return _told(envelope) or (None if automatic else _given_back(envelope))


def servers_letter(envelope: Envelope, ours: Ours) -> str | None:
    """From the address of a server, at which people write too: of a report's own signs one that people do not make.

    Old servers write with no other sign of where it comes from, and gateways take the null return path away.
    """
    if _is_a_persons(envelope):
        return None
    if SERVER.match(envelope.mailbox) is None:
        return _scanners(envelope)
    returned = RETURNED.match(envelope.subject) is not None
    begins = BEGINS.match(envelope.opening) is not None
    if _asks(envelope) and not (returned and begins):
        return None
    if returned:
        return "a server's, subject of a delivery failure"
    failed = FAILED.match(envelope.subject) is not None
    signs = (failed, begins, SAYS_FAILED.search(envelope.opening) is not None, bool(envelope.kinds & _GIVEN_BACK))
    told = envelope.kinds & _STATUSES or ((failed or begins) and sum(signs) > 1)
    return "a server's, tells of a failed delivery" if told else None


def _scanners(envelope: Envelope) -> str | None:
    """McAfee's scanner names every part of its report, so that none of its words are the text of the mail."""
    scanned = "x-nai-header" in envelope.headers and envelope.kinds & _STATUSES and FAILED.match(envelope.subject)
    return "a scanner's, tells of a failed delivery" if scanned else None


def report_alone(envelope: Envelope, ours: Ours) -> str | None:
    """Whoever it comes from: a report from its subject to its end, which nobody has put a word before."""
    if not FAILED.match(envelope.subject) or _is_a_persons(envelope) or _asks(envelope):
        return None
    begins = not envelope.opening.strip() or BEGINS.match(envelope.opening) is not None
    whole = envelope.kinds & (_STATUSES | _GIVEN_BACK) or TRANSCRIPT.search(envelope.opening)
    return "a report and nothing else" if begins and whole else None


def refused_by_list(envelope: Envelope, ours: Ours) -> str | None:
    """fml's refusals bear Precedence: bulk as its posts do, which it counts."""
    if "x-mlserver" not in envelope.headers or "x-ml-count" in envelope.headers:
        return None
    return "a list did not take it" if REFUSED_BY_LIST.match(envelope.subject) else None


def _is_a_persons(envelope: Envelope) -> bool:
    """A list's and the reports that are no bounces among them."""
    return other_report(envelope) or envelope.has_list_fields or envelope.from_peoples_program or envelope.answers


def _asks(envelope: Envelope) -> bool:
    letter = _LETTER.search(envelope.opening)
    return _ASKS.search(envelope.opening, 0, letter.start() if letter else OPENING) is not None


def _told(envelope: Envelope) -> str | None:
    if FAILED.match(envelope.subject):
        return "subject of a delivery failure"
    return "status of a delivery" if envelope.kinds & _STATUSES else None


def _given_back(envelope: Envelope) -> str | None:
    """Responders and lists use the null return path too."""
    if envelope.has_list_fields or _is_reply(envelope):
        return None
    if envelope.kinds & _GIVEN_BACK:
        return "a server's, gives a letter back"
    own = envelope.own_words
    # Whoever tells of a code names the address as well.
    coded = "@" in own and CODES.search(own) is not None
    return "a server's, tells of a failed delivery" if coded or UNDELIVERED.search(own) else None


def _is_reply(envelope: Envelope) -> bool:
    return bool(AUTOMATIC.match(envelope.subject) or AWAY.match(envelope.subject))


def other_report(envelope: Envelope) -> bool:
    """Those that are no bounces, a copy for Exchange's journal among them."""
    if "x-ms-journal-report" in envelope.headers or _complaint(envelope):
        return True
    return envelope.type == "multipart/report" and envelope.report == "disposition-notification"


def receipt(envelope: Envelope, ours: Ours) -> str | None:
    """A read receipt (RFC 8098) or a complaint (RFC 5965)."""
    if _complaint(envelope):
        return "feedback report"
    read = envelope.report == "disposition-notification" or envelope.type == "message/disposition-notification"
    return "read receipt" if read else None


def _complaint(envelope: Envelope) -> bool:
    """RFC 5965, and Microsoft's, which has no part of its own but the letter that was complained of."""
    if envelope.report == "feedback-report" or envelope.type == "message/feedback-report":
        return True
    return bool(envelope.kinds & _GIVEN_BACK) and _COMPLAINT.match(envelope.subject) is not None
