"""Why a letter did not arrive, in a status, a code or words; whether it is lost, and whether its address is dead."""

import re

from bot.mail.quotes.phrases import any_of
from bot.mail.reading.headers import Headers

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45])\d\d[ :-]")
# A full mailbox may be emptied, and what a policy refuses says nothing of the address (RFC 3463, 3.3 and 3.8).
_MAY_CHANGE = re.compile(r"2\.[23]|7\.\d+")
# "Bad destination mailbox address", and how Exchange says the same of its own (RFC 3463, 3.2).
_UNKNOWN = re.compile(r"5\.1\.(?:1|10)")
# Some servers give the status of a policy for an address that is none.
_NO_SUCH_USER = re.compile(r"no such user|user unknown|unknown user|user not found", re.IGNORECASE)
_NO_SUCH = re.compile(
    any_of(
        r"(?:user|recipient|host|domain|local[- ]part) unknown|unknown (?:user|recipient|host|domain|local)",
        r"no such (?:\w+ )?(?:user|mailbox|address)|no mailbox here|no valid recipient",
        r"(?:does not|doesn't) (?:exist|have)|not (?:found|listed|recogni[sz]ed)|unroute?able address|non-?existent",
        r"invalid (?:final delivery userid|mailbox|recipient)|account is disabled",
        r"(?:address|addressee) (?:unknown|invalid|not found)|invalid (?:address|user|account)",
        r"account (?:closed|has been disabled|not found)|not a (?:known|valid) (?:user|mailbox|recipient)",
        r"unknown (?:account|address)|no such (?:recipient|person)|(?:user|address) not known",
        r"no longer (?:accepts|valid|in use|active|available)",
        r"unbekannt|existiert nicht|nicht im .{1,40} aufgeführt|no figura|n'existe pas|inconnue?\b",
        r"no existe|desconocid[oa]|inesistente|non esiste|sconosciut[oa]|neexistuje|neznám[ýáé]",
        r"bestaat niet|onbekend|não existe|desconhecid[oa]|nie istnieje|nieznan[ay]|nie ma takiego",
        r"finns inte|okänd|ukendt|ukjent|не существует|не найден|неизвестн",
        r"存在しません|見つかりません|不明|不存在|找不到|查无此",
    ),
    re.IGNORECASE,
)
_FULL = re.compile(
    r"quota|mailbox (?:is )?full|storage allocation|exceed(?:s|ed) (?:the )?(?:allowed|local)"
    r"|postfach.{0,20}voll|pleine|llen[ao]\b|pien[ao]\b|vol\b|chei[ao]\b|pełn[ay]|přeplněn|full\b",
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


def is_lost(group: Headers) -> bool:
    """Of the fields of a recipient: what is delayed (4.x.x) may still arrive."""
    action = group.first("action", []).lower().partition(" ")[0].strip(";")
    status = _STATUS.search(group.first("status", []))
    if action in ("delayed", "delivered", "relayed", "expanded"):
        return False
    return status[1] == "5" if status else action == "failed"


def is_dead(group: Headers) -> bool:
    """A status of x.0.0 tells no more than its class (RFC 3463, 3.1): then the server's own words may."""
    status = _STATUS.search(group.first("status", []))
    said = group.first("diagnostic-code", [])
    if status is not None and status[2] != "0.0":
        return _for_good(status, said)
    named = _STATUS.search(said)
    return _for_good(named, said) if named is not None and named[2] != "0.0" else not _spares_address(said)


def is_unknown(group: Headers) -> bool:
    status = _STATUS.search(group.first("status", []))
    return status is not None and _UNKNOWN.fullmatch(status[0]) is not None


def by_words(said: str) -> tuple[bool, bool, bool]:
    """Whether the address is dead, whether the letter is lost, and whether there is no such address: by the status,
    else by words and SMTP's code."""
    hard, lost = _hard_and_lost(said)
    status = _STATUS.search(said)
    unknown = lost and (_UNKNOWN.fullmatch(status[0]) if status else _NO_SUCH.search(said)) is not None
    return hard, lost, unknown and hard


def _hard_and_lost(said: str) -> tuple[bool, bool]:
    status, code = _STATUS.search(said), _CODE.search(said)
    if status is not None and (status[2] != "0.0" or not _spares_address(said)):
        return _for_good(status, said), status[1] == "5"
    refused = _NO_SUCH.search(said) is not None or (code is not None and code[1] == "5")
    full = _FULL.search(said) is not None
    return refused and not _spares_address(said), refused or (full and not _TRIED_AGAIN.search(said))


def _for_good(status: re.Match[str], said: str) -> bool:
    if status[1] != "5":
        return False
    return not _MAY_CHANGE.fullmatch(status[2]) or (status[2][0] == "7" and _NO_SUCH_USER.search(said) is not None)


def _spares_address(said: str) -> bool:
    """Whether the words blame a full mailbox or a policy rather than the address."""
    return _FULL.search(said) is not None or (_UNWANTED.search(said) is not None and not _NO_SUCH.search(said))
