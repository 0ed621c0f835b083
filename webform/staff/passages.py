"""Texts and values go in; out come pieces of safe HTML: what changed in a value, which passage a value came from."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from markupsafe import Markup, escape

from models.rules.reading import Span, SpanKind
from models.services.pages.desk_page import Mark, MessageView
from models.services.pages.shown import without_links

ALIKE = 0.6
"""Below this two values share letters by chance only, and each is shown whole."""
SHORTEST_KEPT = 2
_WORD = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Part:
    """A stretch of a message; all but what is new is folded, and shown when asked for."""

    html: Markup
    kind: SpanKind = SpanKind.NEW

    @property
    def folded(self) -> bool:
        return self.kind is not SpanKind.NEW


def was(before: str, after: str | None) -> Markup:
    """The value of before, what goes of it struck."""
    return _changed(before, after or "", "del")


def will(before: str | None, after: str) -> Markup:
    """The value of after, what comes into it marked."""
    return _changed(after, before or "", "ins")


def parts(message: MessageView, *, shown: Callable[[str], str] = without_links) -> list[Part]:
    """The text in order, its passages marked; ``shown`` says how much of a stretch its reader may see."""
    return [Part(_told(message, one.start, one.end, shown), one.kind) for one in _spans(message)]


def _changed(value: str, other: str, tag: str) -> Markup:
    mine, theirs = _tokens(value, other)
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    if matcher.ratio() < ALIKE:
        return _tagged(value, tag)
    shown, at = Markup(), 0
    for block in matcher.get_matching_blocks():
        if block.size and sum(map(len, mine[block.a : block.a + block.size])) < SHORTEST_KEPT:
            continue
        shown += _tagged("".join(mine[at : block.a]), tag)
        shown += escape("".join(mine[block.a : block.a + block.size]))
        at = block.a + block.size
    return shown


def _tokens(value: str, other: str) -> tuple[list[str], list[str]]:
    """Letters where the two are one word or number each, else words: half a word struck is hard to read."""
    if value.count(" ") == other.count(" ") and len(value) == len(other):
        return list(value), list(other)
    return _WORD.findall(value), _WORD.findall(other)


def _tagged(text: str, tag: str) -> Markup:
    return Markup(f"<{tag}>{{}}</{tag}>").format(text) if text else Markup()  # noqa: S704 (tag is one of our two)


def _spans(message: MessageView) -> Iterator[Span]:
    """All of the text in order. Blank stretches between are nobody's; what was not told apart, as in rows of before
    the kinds were kept, is a quote."""
    new = (Span(start, end, SpanKind.NEW) for start, end in message.new)
    at, end = 0, len(message.text)
    for one in (*sorted([*new, *message.apart]), Span(end, end, SpanKind.NEW)):
        for span in (Span(at, one.start, SpanKind.QUOTE), one):
            if message.text[span.start : span.end].strip():
                yield span
        at = max(at, one.end)


def _told(message: MessageView, start: int, end: int, shown: Callable[[str], str]) -> Markup:
    """A stretch with its passages marked and underlined what the reader went by; a passage lies in one or in none."""
    html, at = Markup(), start
    for first, last in message.reasons:
        crossing = [mark for mark in message.marks if mark.start < last and first < mark.end]
        first = min([first, *(mark.start for mark in crossing)])
        last = max([last, *(mark.end for mark in crossing)])
        if at <= first < last <= end:
            html += _marked(message.text, at, first, message.marks, shown)
            html += Markup('<u class="why">{}</u>').format(_marked(message.text, first, last, message.marks, shown))
            at = last
    return html + _marked(message.text, at, end, message.marks, shown)


def _marked(text: str, start: int, end: int, marks: Iterable[Mark], shown: Callable[[str], str]) -> Markup:
    html, at = Markup(), start
    for mark in marks:
        if at <= mark.start < mark.end <= end:
            html += escape(shown(text[at : mark.start]))
            passage = escape(shown(text[mark.start : mark.end]))
            html += Markup('<mark id="passage-{}">{}</mark>').format(mark.correction, passage)
            at = mark.end
    return html + escape(shown(text[at:end]))
