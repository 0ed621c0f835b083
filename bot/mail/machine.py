"""Headers of a message go in; which machine wrote it, if one did, comes out with the reason."""

from bot.mail.machines.autoreplies import (
    automatic_subject,
    inbox_rule,
    precedence_reply,
    reply_mark,
    responder,
    responds,
    says_so,
)
from bot.mail.machines.envelope import Envelope, Ours, Rule, auto_submitted, by_own_list, precedence
from bot.mail.machines.phrases import NO_REPLY
from bot.mail.machines.reports import (
    daemon,
    delivery_report,
    failure,
    receipt,
    refused_by_list,
    report_alone,
    report_mark,
    servers_letter,
)
from models.rules.addresses import without_plus
from models.rules.kinds import Auto


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


def _list_id(envelope: Envelope, ours: Ours) -> str | None:
    return "List-Id" if "list-id" in envelope.headers and not by_own_list(envelope, ours) else None


def _list_unsubscribe(envelope: Envelope, ours: Ours) -> str | None:
    return "List-Unsubscribe" if "list-unsubscribe" in envelope.headers and not by_own_list(envelope, ours) else None


def _precedence_list(envelope: Envelope, ours: Ours) -> str | None:
    return precedence(envelope, ours, ("list", "bulk", "junk"))


def _no_reply(envelope: Envelope, ours: Ours) -> str | None:
    return "no-reply sender" if NO_REPLY.match(envelope.mailbox) else None


def _cron(envelope: Envelope, ours: Ours) -> str | None:
    return "X-Cron-Env" if "x-cron-env" in envelope.headers else None


def _feedback_id(envelope: Envelope, ours: Ours) -> str | None:
    return "Feedback-ID" if "feedback-id" in envelope.headers else None


def _null_return_path(envelope: Envelope, ours: Ours) -> str | None:
    """Nobody may answer it (RFC 5321, 4.5.5), yet broken gateways set it on people's mail: as a notification what
    asks for a right still reaches a person."""
    return "Return-Path is <>" if envelope.no_way_back else None


RULES: tuple[tuple[Auto, Rule], ...] = (
    (Auto.OWN, _own_loop),
    (Auto.OWN, _own_id),
    (Auto.OWN, _own_sender),
    (Auto.BOUNCE, delivery_report),
    (Auto.BOUNCE, report_mark),
    (Auto.BOUNCE, daemon),
    (Auto.BOUNCE, failure),
    (Auto.BOUNCE, servers_letter),
    (Auto.BOUNCE, report_alone),
    (Auto.BOUNCE, refused_by_list),
    (Auto.AUTO_REPLY, auto_submitted),
    (Auto.AUTO_REPLY, reply_mark),
    (Auto.AUTO_REPLY, responder),
    (Auto.AUTO_REPLY, inbox_rule),
    (Auto.AUTO_REPLY, precedence_reply),
    (Auto.AUTO_REPLY, automatic_subject),
    (Auto.AUTO_REPLY, says_so),
    (Auto.AUTO_REPLY, responds),
    (Auto.LIST, _list_id),
    (Auto.LIST, _list_unsubscribe),
    (Auto.LIST, _precedence_list),
    (Auto.NOTIFICATION, receipt),
    (Auto.NOTIFICATION, _no_reply),
    (Auto.NOTIFICATION, _feedback_id),
    (Auto.NOTIFICATION, _cron),
    (Auto.NOTIFICATION, _null_return_path),
)
