"""By what an automatic reply is known: headers that only programs set, and where there are none, its words."""

import re

from bot.mail.machines.envelope import Envelope, Ours, by_own_list, precedence
from bot.mail.machines.phrases import (
    ABSENCE,
    AUTOMATIC,
    AWAY,
    AWAY_BEHIND,
    AWAY_UNTIL,
    NO_REPLY,
    RESPONDER,
    RESPONDS,
    SAYS_SO,
)

# The headers of responders are many and none is a standard: their names say what they are. X-Auto-Response-Suppress
# asks others for no answer and says nothing of its own mail (MS-OXCMAIL).
_NAME = re.compile(
    r"auto[-_]?(?:repl|respon|answer|generat)|vacation|holiday-?reply|machine-?generated"
    # Those who ask strangers to prove that they are people.
    r"|x-boxtrapper|x-bluebottle-request|x-choicemail-registration|x-spamarrest-noauth|x-askversion"
)
_NOTHING = ("", "no", "none", "false", "0")
# A header's name, and what its value begins with where a program answered.
_MARKS = (
    ("x-amazon-mail-relay-type", re.compile(r"notification")),
    ("x-post-messageclass", re.compile(r".*autoresponder")),
    ("x-mailer", re.compile(r".*(?:auto-?respon|auto-?reply|vacation)")),
    ("delivered-to", re.compile(r"autoresponder\b")),
    ("delivered-by-the-graces-of", re.compile(r".*vacation")),
    ("x-mailscanner", re.compile(r"generated")),
    ("x-freescout-mail-type", re.compile(r"auto\.reply")),
)
# Code points at the top of an answer, where who is away says so.
_FIRST = 400
# On people's mail these are rare, and say nothing alone.
_BESIDE = ("x-auto-response-suppress", "x-loop")


def reply_mark(envelope: Envelope, ours: Ours) -> str | None:
    for name in filter(_NAME.search, envelope.headers.fields):
        if "suppress" not in name and any(value not in _NOTHING for value in envelope.values(name)):
            return _written(name)
    return next((_written(name) for name, said in _MARKS if any(map(said.match, envelope.values(name)))), None)


def inbox_rule(envelope: Envelope, ours: Ours) -> str | None:
    """Exchange's rules answer, and they forward and redirect what people write, with the same two headers: an answer
    comes from the mailbox whose rule it was, or asks for no answer."""
    if envelope.answers and not envelope.value("in-reply-to"):
        return None
    by_rule = envelope.value("x-ms-exchange-inbox-rules-loop")
    agent = envelope.value("x-ms-exchange-generated-message-source") == "mailbox rules agent"
    silent = "all" in envelope.value("x-auto-response-suppress")
    answered = bool(by_rule) and (silent or by_rule.strip("<>") == envelope.sender.lower())
    return "by a rule of an Exchange mailbox" if answered or (agent and silent) else None


def _written(name: str) -> str:
    return "-".join(word.capitalize() for word in name.split("-"))


def responder(envelope: Envelope, ours: Ours) -> str | None:
    return "From is a responder" if RESPONDER.match(envelope.mailbox) else None


def precedence_reply(envelope: Envelope, ours: Ours) -> str | None:
    return precedence(envelope, ours, ("auto_reply", "auto-reply"))


def automatic_subject(envelope: Envelope, ours: Ours) -> str | None:
    """Groupware that sets no header says it in the subject, before the one that it answers."""
    if _is_listed(envelope, ours):
        return None
    answers = "in-reply-to" in envelope.headers or _sent_by_program(envelope, ours)
    said = AUTOMATIC.match(envelope.subject) or (answers and AWAY.match(envelope.subject))
    said = said or (_wants_no_answer(envelope, ours) and AWAY_BEHIND.search(envelope.subject))
    said = said or (envelope.no_way_back and AWAY_UNTIL.match(envelope.subject))
    return "subject of an automatic reply" if said else None


def says_so(envelope: Envelope, ours: Ours) -> str | None:
    """People paste what they were sent: the sentence counts beside a sign that no person's program gives."""
    if _is_listed(envelope, ours) or not _sent_by_program(envelope, ours):
        return None
    return "says that it is an automatic reply" if SAYS_SO.search(envelope.opening) else None


def responds(envelope: Envelope, ours: Ours) -> str | None:
    """People write of absences too: an answer to us that came without a way back, or as bulk, is a responder's."""
    answers = "in-reply-to" in envelope.headers or envelope.answers
    if not answers or _is_listed(envelope, ours) or not _wants_no_answer(envelope, ours):
        return None
    own = envelope.own_words
    away = envelope.no_way_back and ABSENCE.search(own, 0, _FIRST) is not None
    return "answers alone, by its words" if away or RESPONDS.search(own) else None


def _sent_by_program(envelope: Envelope, ours: Ours) -> bool:
    beside = any(name in envelope.headers for name in _BESIDE)
    return _wants_no_answer(envelope, ours) or beside or NO_REPLY.match(envelope.mailbox) is not None


def _wants_no_answer(envelope: Envelope, ours: Ours) -> bool:
    return envelope.no_way_back or precedence(envelope, ours, ("bulk", "junk", "list")) is not None


def _is_listed(envelope: Envelope, ours: Ours) -> bool:
    """A newsletter may write of absences: a list's stamp counts for more than words."""
    return envelope.has_list_fields and not by_own_list(envelope, ours)
