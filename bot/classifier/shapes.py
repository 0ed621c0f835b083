"""Finds the passages of a text that could be values: by their shape, or else by capitals and quotation marks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.classifier import cues
from bot.classifier.cues import Cue
from bot.classifier.patterns import (
    ADDRESS,
    CALLED,
    DATE,
    EMAIL,
    INSTEAD,
    LEGAL,
    PARTICLES,
    PHONE,
    POSTAL,
    QUOTED,
    STREET,
    TITLES,
    TOKEN,
    VAT,
)
from models.rules.kinds import Field

_FAR = 60


@dataclass(frozen=True)
class Passage:
    """A passage that could be a value; ``shape`` is the field it looks like, or none."""

    start: int
    end: int
    shape: Field | None


def passages(text: str, spotted: Sequence[Cue]) -> list[Passage]:
    """All candidates, none overlapping: what has a stronger shape takes its letters first."""
    taken: list[Passage] = []
    for found in _in_order_of_strength(text, spotted):
        if found.end > found.start and not any(found.start < t.end and t.start < found.end for t in taken):
            taken.append(found)
    return sorted(taken, key=lambda passage: passage.start)


def _in_order_of_strength(text: str, spotted: Sequence[Cue]) -> Iterator[Passage]:
    yield from (Passage(m.start(), m.end(), Field.EMAIL) for m in EMAIL.finditer(text))
    if any(map(str.isdigit, text)):
        yield from (_trimmed(text, m, Field.ADDRESS) for m in ADDRESS.finditer(text))
        yield from _with_digits(text, spotted)
    yield from _quoted(text)
    for match in INSTEAD.finditer(text):
        yield from (Passage(match.start(group), match.end(group), None) for group in (1, 2))
    yield from _runs(text)
    if any(cue.field is Field.OTHER for cue in spotted):
        yield from _titles(text)
    yield from (Passage(m.start(1), m.end(1), None) for m in CALLED.finditer(text) if _could_be_name(m[1]))


def _with_digits(text: str, spotted: Sequence[Cue]) -> Iterator[Passage]:
    named = {cue.field for cue in spotted}
    phones = [cue.end for cue in spotted if cue.field is Field.PHONE]
    yield from (Passage(m.start(), m.end(), Field.VAT_ID) for m in VAT.finditer(text) if _digits(m[0]) >= 7)
    if Field.DATE_OF_BIRTH in named:
        yield from (Passage(m.start(), m.end(), Field.DATE_OF_BIRTH) for m in DATE.finditer(text))
    dates = [m.span() for m in DATE.finditer(text)]
    yield from (_trimmed(text, m, Field.STREET) for m in STREET.finditer(text))
    for match in PHONE.finditer(text):
        if match.span() not in dates and _is_phone(match, phones):
            yield _balanced(text, match)
    if Field.POSTAL_CODE in named:
        yield from (Passage(m.start(), m.end(), Field.POSTAL_CODE) for m in POSTAL.finditer(text))


def _is_phone(match: re.Match[str], phones: Sequence[int]) -> bool:
    """Seven digits with the beginning of a number, or with a word for telephones shortly before it."""
    if not 7 <= _digits(match[0]) <= 15:
        return False
    return match[0][0] in "+0(" or any(0 <= match.start() - end <= _FAR for end in phones)


def _balanced(text: str, match: re.Match[str]) -> Passage:
    start, end = match.span()
    if match[0].startswith("(") and ")" not in match[0]:
        start += 1
    if text[start:end].count(")") > text[start:end].count("("):
        end = text.rindex(")", start, end)
    return Passage(start, end, Field.PHONE)


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _trimmed(text: str, match: re.Match[str], shape: Field) -> Passage:
    """Without the stop of the sentence and without the words before a street that only begin a sentence."""
    start, end = match.span()
    while end > start and text[end - 1] in ".,;:!? \n" and not text[:end].endswith(("str.", "Str.")):
        end -= 1
    word = re.match(r"(\w+)\s+", text[start:end])
    while word and word[1].lower() in cues.not_names() and not re.match(r"(?:Am|An|Im|In|Zum|Zur|Auf)\b", word[1]):
        start += word.end()
        word = re.match(r"(\w+)\s+", text[start:end])
    return Passage(start, end, shape)


def _quoted(text: str) -> Iterator[Passage]:
    for match in QUOTED.finditer(text):
        group = match.lastindex or 0
        yield Passage(match.start(group), match.end(group), None)


def _runs(text: str) -> Iterator[Passage]:
    """Words in capitals that stand together: names, companies, towns."""
    run: list[re.Match[str]] = []
    for word in TOKEN.finditer(text):
        if run and (text[run[-1].end() : word.start()] != " " or _ends_sentence(run[-1][0])):
            yield from _run(text, run)
            run = []
        if word[0][0].isupper() or (run and word[0] in PARTICLES | {"&"}):
            run.append(word)
        elif run:
            yield from _run(text, run)
            run = []
    if run:
        yield from _run(text, run)


def _ends_sentence(word: str) -> bool:
    return word.endswith(".") and len(word) > 3 and not LEGAL.fullmatch(word)


def _begins_nothing(word: str) -> bool:
    """Capitalised without being part of a value: the beginning of a sentence, or the word that names the field."""
    bare = word.rstrip(".").lower()
    return bare in cues.not_names() or word == "&" or cues.names_field(bare)


def _run(text: str, run: list[re.Match[str]]) -> Iterator[Passage]:
    while run and _begins_nothing(run[0][0]):
        run = run[1:]
    while run and (run[-1][0].rstrip(".").lower() in cues.not_names() or run[-1][0] in PARTICLES | {"&"}):
        run = run[:-1]
    if not run or len(run) > 6:
        return
    start, end = run[0].start(), run[-1].end()
    legal = LEGAL.match(run[-1][0])
    end -= len(text[start:end]) - len(text[start:end].rstrip("."))
    if legal and legal[0].endswith(".") and legal[0].count(".") > 1:
        end += 1
    yield Passage(start, end, Field.COMPANY if legal and len(run) > 1 else None)


def _titles(text: str) -> Iterator[Passage]:
    """A title is a value only beside another one: "not Mrs but Mr"."""
    found = list(TITLES.finditer(text))
    if len({match[0] for match in found}) > 1:
        yield from (Passage(match.start(), match.end(), Field.OTHER) for match in found)


def _could_be_name(words: str) -> bool:
    return not any(word in cues.not_names() for word in words.lower().split())
