"""Facts in; out, facts as a letter may say them: no control characters, dates written out, line breaks where due."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from models.letters.forms import FREE_FACTS, LetterError

# Controls, bidirectional overrides (they reorder what is read) and lone surrogates (no charset can carry them).
_UNSPEAKABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_LINES = re.compile(r"[ \n]*\n[ \n]*")
# Delivery puts the token of link n where ``~n~`` stands: only a link may hold such a mark.
_MARK = re.compile(r"~(?=[A-Za-z0-9_-]{16}~)")
_LINK = re.compile(r"https?://[A-Za-z0-9_.~:/-]+")


def cleaned(letter: str, facts: Mapping[str, object], written: Callable[[date], str]) -> dict[str, object]:
    """The same facts, safe to be put into a letter; links are checked and never altered."""
    clean = {fact: _value(value, written, free=fact in FREE_FACTS) for fact, value in facts.items() if fact != "links"}
    if "links" in facts:
        clean["links"] = _links(letter, facts["links"])
    return clean


def one_line(text: str) -> str:
    return _LINES.sub(" ", _spoken(text)).strip()


def _value(value: object, written: Callable[[date], str], *, free: bool = False) -> object:
    if isinstance(value, str):
        return _spoken(value).strip() if free else one_line(value)
    if isinstance(value, date):
        return written(value)
    if isinstance(value, Mapping):
        return {key: _value(inner, written) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_value(inner, written) for inner in value]
    return value


def _spoken(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isprintable():
        text = _UNSPEAKABLE.sub(" ", text)
    return _MARK.sub("\u223c", text) if "~" in text else text


def _links(letter: str, links: object) -> dict[str, str]:
    if not isinstance(links, Mapping):
        raise LetterError(letter, "the fact “links”", "must map a purpose to a link")
    for purpose, link in links.items():
        if not isinstance(link, str) or not _LINK.fullmatch(link):
            raise LetterError(letter, f"the link “{purpose}”", "has characters that a letter may not carry")
    return dict(links)
