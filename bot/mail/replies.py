"""The text of a letter goes in; out come its spans, each with whose words it holds. Nothing is ever deleted."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from bot.mail.markup.containers import Container, Mark
from bot.mail.quotes.attributions import attribution, begins_original
from bot.mail.quotes.lines import Is, Line, lines_of, mark_new, quote_follows, rule_above
from bot.mail.quotes.signatures import SIGNATURE_LINES, mark_signatures
from bot.mail.quotes.wraps import mark_tails
from models.rules.reading import Span

ANSWER_WORDS = 4

# A thumb up is an answer too.
_WORD = re.compile("\\w|[\u2190-\u2bff\U0001f300-\U0001faff]")
# Chinese, Japanese and Korean are written without blanks: about two characters are a word.
_WORDS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{1,2}|[^\\s\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")


def new_spans(text: str, marked: Sequence[Mark] = ()) -> tuple[tuple[int, int], ...]:
    """What the person newly wrote."""
    return new_of(spans_of(text, marked))


def new_of(spans: Sequence[Span]) -> tuple[tuple[int, int], ...]:
    return tuple((one.start, one.end) for one in spans if one.kind is Is.NEW)


def spans_of(text: str, marked: Sequence[Mark] = ()) -> tuple[Span, ...]:
    """The whole text in order, but for blank lines. New is all but quotes, signature and footers; with the quotes
    where an answer stands between them, and everything where nothing is left. ``marked`` are spans of the text that
    the letter's HTML sets apart."""
    lines = lines_of(text)
    marks = [Is.NEW] * len(lines)
    _mark_quotes(lines, marks)
    mark_tails(lines, marks)
    _mark_containers(lines, marks, marked)
    mark_signatures(lines, marks)
    if not _says_something(lines, marks):
        return _whole(text)
    if _interleaved(lines, marks):
        marks = [Is.NEW if mark is Is.QUOTE else mark for mark in marks]
    return _spans(lines, marks)


def _says_something(lines: list[Line], marks: list[Is]) -> bool:
    return any(mark is Is.NEW and _WORD.search(line.text) for line, mark in zip(lines, marks, strict=True))


def _whole(text: str) -> tuple[Span, ...]:
    stripped = text.strip()
    start = text.find(stripped)
    return (Span(start, start + len(stripped), Is.NEW),) if stripped else ()


def _mark_quotes(lines: list[Line], marks: list[Is]) -> None:
    for number, line in enumerate(lines):
        if line.quoted:
            marks[rule_above(lines, number)] = marks[number] = Is.QUOTE
        elif length := attribution(lines, number):
            first = number + 1 - length
            marks[first : number + 1] = [Is.QUOTE] * length
            if not quote_follows(lines, number + 1):
                return _mark_rest(marks, first)
        elif begins_original(lines, number):
            return _mark_rest(marks, rule_above(lines, number))
    return None


def _mark_rest(marks: list[Is], start: int) -> None:
    marks[start:] = [Is.QUOTE] * (len(marks) - start)


def _mark_containers(lines: list[Line], marks: list[Is], marked: Sequence[Mark]) -> None:
    for start, end, kind in marked:
        inside = [number for number, line in enumerate(lines) if start <= line.start and line.end <= end]
        if kind is Container.ORIGINAL and inside:
            _mark_rest(marks, rule_above(lines, inside[0]))
        elif kind is Container.ATTRIBUTION:
            mark_new(marks, inside, Is.QUOTE)
        elif kind is Container.SIGNATURE and sum(not lines[n].blank for n in inside) <= SIGNATURE_LINES:
            mark_new(marks, inside, Is.SIGNATURE)


def _interleaved(lines: list[Line], marks: list[Is]) -> bool:
    """Four words of one's own or more between quotes, or above a quote and below it: without the quotes they cannot be
    understood. An answer that stands below the whole of what it answers can."""
    first = next((n for n, line in enumerate(lines) if line.quoted), None)
    if first is None:
        return False
    own = [n for n, mark in enumerate(marks) if mark is Is.NEW and not lines[n].blank]
    below = [n for n in own if n > first]
    if sum(len(_WORDS.findall(lines[n].head)) for n in below) < ANSWER_WORDS:
        return False
    return own[0] < first or any(line.quoted for line in lines[below[0] :])


def _spans(lines: list[Line], marks: list[Is]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for kind, group in groupby(zip(lines, marks, strict=True), lambda pair: pair[1]):
        spoken = [line for line, _mark in group if not line.blank]
        if not spoken:
            continue
        first, last = spoken[0], spoken[-1]
        span = Span(first.end - len(first.text.lstrip()), last.start + len(last.text.rstrip()), kind)
        if spans and spans[-1].kind is kind is not Is.NEW:  # blank lines do not part one quote from the next
            span = replace(spans.pop(), end=span.end)
        spans.append(span)
    return tuple(spans)
