"""Headers of a message go in; which machine wrote it, if one did, comes out with the reason."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from bot.mail.charsets import clean_line
from bot.mail.headers import Headers
from bot.mail.phrases import AUTOMATIC, AWAY
from models.rules.addresses import without_plus
from models.rules.kinds import Auto


@dataclass(frozen=True)
class Ours:
    """By what the desk knows its own mail, and the lists whose stamps count for nothing."""

    addresses: frozenset[str]
    loop_id: str | None
    lists: frozenset[str]
    is_own_id: Callable[[str, Collection[str]], bool] | None


@dataclass(frozen=True)
class Envelope:
    """What the rules look at, decoded once; ``type`` and ``report`` are of the Content-Type."""

    headers: Headers
    sender: str
    to: tuple[str, ...]
    subject: str
    message_id: str
    type: str
    report: str

    def value(self, name: str) -> str:
        # Most of the names that are asked for stand in no mail.
        return clean_line(self.headers.first(name, [])).lower() if name in self.headers else ""

    def values(self, name: str) -> list[str]:
        return [clean_line(value).lower() for value in self.headers.all(name, [])]


Rule = Callable[[Envelope, Ours], str | None]

_NO_REPLY = re.compile(
    r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|not?[-_.]?answer|ne[-_.]?pas[-_.]?repondre|keine[-_.]?antwort|nicht[-_.]?antworten"
    r"|no[-_.]?responder|non[-_.]?rispondere|bounces?|notifications?)(?![a-z])|[\w.+-]*[-_.+](?:no-?reply|donotreply)(?![a-z])"
)
_DAEMON = re.compile(r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|maildelivery)(?:$|[+-])")
_FAILED = re.compile(
    r"\s*(?:delivery (?:failure|status)|undeliverable|undelivered mail returned"
    r"|mail delivery (?:failed|failure|system)|returned mail|failure notice|nondeliverable"
    r"|unzustellbar|nicht zustellbar|non remis|échec de (?:la )?remise|no se puede entregar"
    r"|mancat[ao] (?:consegna|recapito)|non recapitabile|onbestelbaar|niet bestelbaar|não (?:foi )?entregue"
    r"|nie można dostarczyć|niedostarczon|nedoručiteln|zprávu se nepodařilo doručit|det gick inte att leverera)",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"\([^()]*\)")
_ID = re.compile(r"<([^<>]*)>")
_REPLY_MARKS = (
    "x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-mail-autoreply", "x-autoresponse",
    "x-auto-reply", "x-autoreply-to", "x-vacation", "x-ms-exchange-inbox-rules-loop",
)  # fmt: skip


def judge(envelope: Envelope, ours: Ours) -> tuple[Auto | None, str | None]:
    """The first rule that speaks, in the order own, bounce, auto-reply, list, notification."""
    for auto, rule in RULES:
        if (reason := rule(envelope, ours)) is not None:
            return auto, reason
    return None, None


def _own_loop(envelope: Envelope, ours: Ours) -> str | None:
    if ours.loop_id is None or ours.loop_id.lower() not in envelope.values("x-rightsdesk-loop"):
        return None
    return "X-Rightsdesk-Loop is ours"


def _own_id(envelope: Envelope, ours: Ours) -> str | None:
    signed = ours.is_own_id is not None and ours.is_own_id(envelope.message_id, envelope.to)
    return "Message-ID is ours" if signed else None


def _own_sender(envelope: Envelope, ours: Ours) -> str | None:
    own = {address.lower() for address in ours.addresses}
    return (
        "From is our own address" if {envelope.sender.lower(), without_plus(envelope.sender).lower()} & own else None
    )


def _report(envelope: Envelope, ours: Ours) -> str | None:
    is_report = envelope.type == "multipart/report" and envelope.report in ("delivery-status", "")
    return "delivery report" if is_report or envelope.type == "message/delivery-status" else None


def _failed_recipients(envelope: Envelope, ours: Ours) -> str | None:
    return "X-Failed-Recipients" if "x-failed-recipients" in envelope.headers else None


def _daemon(envelope: Envelope, ours: Ours) -> str | None:
    if _other_report(envelope):
        return None
    name = envelope.sender.rpartition("@")[0].lower()
    # People write from postmaster@ too, where a firm is small.
    second_sign = _FAILED.match(envelope.subject) or _auto_submitted(envelope, ours)
    if _DAEMON.match(name) or (name == "postmaster" and second_sign):
        return "From is a mail server"
    return "From is empty" if envelope.value("from").endswith("<>") else None


def _null_return_path(envelope: Envelope, ours: Ours) -> str | None:
    """RFC 3834 gives automatic answers the same return path: what calls itself one is looked at by the next rules."""
    if envelope.value("return-path") != "<>" or _other_report(envelope):
        return None
    return None if _auto_submitted(envelope, ours) or _reply_mark(envelope, ours) else "Return-Path is <>"


def _failure_subject(envelope: Envelope, ours: Ours) -> str | None:
    """A subject proves nothing alone: people write about undeliverable parcels."""
    failed = _FAILED.match(envelope.subject) and envelope.value("return-path") == "<>"
    return "subject of a delivery failure" if failed and not _other_report(envelope) else None


def _other_report(envelope: Envelope) -> bool:
    return envelope.type == "multipart/report" and envelope.report in ("disposition-notification", "feedback-report")


def _auto_submitted(envelope: Envelope, ours: Ours) -> str | None:
    """RFC 3834: the word before parameters and comments."""
    for value in envelope.values("auto-submitted"):
        word = _COMMENT.sub("", value).partition(";")[0].strip()
        if word and word != "no":
            return f"Auto-Submitted: {word[:40]}"
    return None


def _reply_mark(envelope: Envelope, ours: Ours) -> str | None:
    for name in _REPLY_MARKS:
        if envelope.value(name) not in ("", "no", "false", "0"):
            return "-".join(word.capitalize() for word in name.split("-"))
    return None


def _autogenerated(envelope: Envelope, ours: Ours) -> str | None:
    marks = {
        "x-autogenerated": "reply",
        "x-fc-machinegenerated": "true",
        "x-amazon-mail-relay-type": "notification",
        "delivered-to": "autoresponder",
    }
    return next((name for name, word in marks.items() if envelope.value(name) == word), None)


def _absence(envelope: Envelope, ours: Ours) -> str | None:
    """Groupware that sets no header says it in the subject, before the one that it answers."""
    away = AWAY.match(envelope.subject) and "in-reply-to" in envelope.headers
    return "subject of an automatic reply" if away or AUTOMATIC.match(envelope.subject) else None


def _precedence_reply(envelope: Envelope, ours: Ours) -> str | None:
    return _precedence(envelope, ours, ("auto_reply", "auto-reply"))


def _list_id(envelope: Envelope, ours: Ours) -> str | None:
    return "List-Id" if "list-id" in envelope.headers and not _by_own_list(envelope, ours) else None


def _list_unsubscribe(envelope: Envelope, ours: Ours) -> str | None:
    return "List-Unsubscribe" if "list-unsubscribe" in envelope.headers and not _by_own_list(envelope, ours) else None


def _precedence_list(envelope: Envelope, ours: Ours) -> str | None:
    return _precedence(envelope, ours, ("list", "bulk", "junk"))


def _precedence(envelope: Envelope, ours: Ours, words: tuple[str, ...]) -> str | None:
    if _by_own_list(envelope, ours):
        return None
    given = [*envelope.values("precedence"), *envelope.values("x-precedence")]
    return next((f"Precedence: {word}" for word in given if word in words), None)


def _by_own_list(envelope: Envelope, ours: Ours) -> bool:
    """Our own group or forwarder stamps people's mail too: its List-* and Precedence say nothing of the writer."""
    own = {name.lower().strip("<> ") for name in ours.lists}
    stamped = [(_ID.findall(value) or [value])[-1].strip() for value in envelope.values("list-id")]
    return bool(stamped) and all(name in own for name in stamped)


def _no_reply(envelope: Envelope, ours: Ours) -> str | None:
    return "no-reply sender" if _NO_REPLY.match(envelope.sender.rpartition("@")[0].lower()) else None


def _feedback_id(envelope: Envelope, ours: Ours) -> str | None:
    return "Feedback-ID" if "feedback-id" in envelope.headers else None


def _receipt(envelope: Envelope, ours: Ours) -> str | None:
    if envelope.report == "feedback-report" or envelope.type == "message/feedback-report":
        return "feedback report"
    receipt = envelope.report == "disposition-notification" or envelope.type == "message/disposition-notification"
    return "read receipt" if receipt else None


RULES: tuple[tuple[Auto, Rule], ...] = (
    (Auto.OWN, _own_loop),
    (Auto.OWN, _own_id),
    (Auto.OWN, _own_sender),
    (Auto.BOUNCE, _report),
    (Auto.BOUNCE, _failed_recipients),
    (Auto.BOUNCE, _daemon),
    (Auto.BOUNCE, _failure_subject),
    (Auto.BOUNCE, _null_return_path),
    (Auto.AUTO_REPLY, _auto_submitted),
    (Auto.AUTO_REPLY, _reply_mark),
    (Auto.AUTO_REPLY, _autogenerated),
    (Auto.AUTO_REPLY, _precedence_reply),
    (Auto.AUTO_REPLY, _absence),
    (Auto.LIST, _list_id),
    (Auto.LIST, _list_unsubscribe),
    (Auto.LIST, _precedence_list),
    (Auto.NOTIFICATION, _receipt),
    (Auto.NOTIFICATION, _no_reply),
    (Auto.NOTIFICATION, _feedback_id),
)
