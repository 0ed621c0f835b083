"""Which way a message goes: by itself, to a person, or aside; and which state its requests begin in."""

import re
from collections.abc import Iterable
from enum import StrEnum

from models.rules.identity import needs_proof
from models.rules.kinds import RIGHTS, Auto, Kind
from models.rules.lifecycle import State
from models.rules.reading import Verdict


class Route(StrEnum):
    AUTO = "auto"
    PERSON = "person"
    SET_ASIDE = "set_aside"


def route(verdict: Verdict, auto: Auto | None, *, threshold: float) -> Route:
    """A person's message is never set aside; a bulk-marked right is looked at by a person, for groups and forwarders
    stamp people's mail."""
    if auto in {Auto.LIST, Auto.NOTIFICATION}:
        return Route.PERSON if RIGHTS & set(verdict.decided) else Route.SET_ASIDE
    if auto is not None:
        return Route.SET_ASIDE
    return Route.AUTO if 1 - _doubt(verdict) >= threshold else Route.PERSON


def looked_at(way: Route) -> Route:
    """The way of what could not be read whole: a person sees what the desk did not."""
    return Route.PERSON if way is Route.AUTO else way


# As little as lets half a right in a hundred pass unseen, of writers whom the classifier never read.
_ERRS = 1.15
# A right that nobody looks at costs more than a question to staff.
_PASSED_OVER = 5.0


def _doubt(verdict: Verdict) -> float:
    """0 to 1: that the kinds are not just these; where no right was decided, above all that the likeliest is one."""
    rights = [score for kind, score in verdict.scores.items() if kind in RIGHTS]
    passed_over = 0.0 if RIGHTS & set(verdict.decided) else max(rights, default=0.0)
    return min(1.0, max(_ERRS * (1 - verdict.confidence), _PASSED_OVER * passed_over))


def begins_in(kind: Kind) -> State:
    """The state of a request whose kind is certain."""
    if kind is Kind.OPT_OUT:
        return State.APPLYING
    return State.AWAITING_PROOF if needs_proof(kind) else State.IN_REVIEW


_THANKS = re.compile(
    r"\b(thanks?|thank you|cheers|great|perfect|danke|vielen dank|prima|super|merci|parfait|grazie|perfetto|gracias|"
    r"obrigad[oa]|dank je|bedankt|dzięk\w+|děkuj\w+|tack)\b",
    re.IGNORECASE,
)
_A_FEW_WORDS = 25


def is_bare_thanks(text: str) -> bool:
    """A short word of thanks that asks for nothing."""
    return bool(_THANKS.search(text)) and "?" not in text and len(text.split()) <= _A_FEW_WORDS


_NAMES_OTHER = re.compile(
    r"[\w.+-]+@[\w-]+\.\w+|\b(?:customer|account|client|member|kunden?|konto|compte|cliente|conto)\b\W{0,3}"
    r"(?:no|nr|num\w*|id|n°|#)?\W{0,3}\d{3,}",
    re.IGNORECASE,
)


def others_named(texts: Iterable[str], own: Iterable[str]) -> list[str]:
    """The addresses that are not the writer's and the numbers of customers that these texts name, in their order."""
    known = {address.lower() for address in own}
    hits = [hit for text in texts for hit in _NAMES_OTHER.findall(text)]
    names = [hit.rstrip(".") if "@" in hit else re.findall(r"\d+", hit)[-1] for hit in hits]
    return [name for name in dict.fromkeys(names) if name.lower() not in known]


def names_other(text: str, own: Iterable[str]) -> bool:
    """Whether a message names an address that is not the writer's, a customer number or an account."""
    return bool(others_named([text], own))
