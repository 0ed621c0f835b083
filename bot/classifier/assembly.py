"""Makes corrections of candidates, the customer's record having the casting vote."""

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from bot.classifier.assignment import Pair, paired
from bot.classifier.normal import normalise
from bot.classifier.on_file import held_against, plain, with_held
from bot.classifier.swaps import swapped
from models.rules.kinds import Field
from models.rules.reading import Candidate, Found, Record, Verdict, Writing

# A record has no more fields than this; a hostile letter names thousands.
_MOST = 20
_FIRST_LINE = re.compile(r"([^\d\n,]+)[\n,]\s*(?=\S)")


def assemble(writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
    """The corrections that the message states, in the order of their passages."""
    held = record or {}
    seen = held_against(_once(verdict.values), held)
    whole = [_found(pair) for pair in paired(seen)] or ([verdict.asked] if verdict.asked else [])
    names = _names_of(writing, held)
    said = [with_held(_without_name(found, names), writing, held) for found in swapped(whole, writing, held)]
    return [replace(found, normal=_normal(found, verdict.language, record)) for found in said[:_MOST]]


def _once(candidates: Iterable[Candidate]) -> list[Candidate]:
    """A value that is said twice is meant once: where it is likelier to be a value."""
    seen: dict[str, Candidate] = {}
    for one in candidates:
        known = seen.get(plain(one.words))
        if known is None or one.roles[0] < known.roles[0]:
            seen[plain(one.words)] = one
    return list(seen.values())


def _found(pair: Pair) -> Found:
    shown = pair.new or pair.old
    assert shown is not None  # noqa: S101  a pair has a side at least
    score = min(math.exp(min(0.0, max(one.roles[1:]))) for one in (pair.old, pair.new) if one)
    return Found(
        action=pair.action,
        field=pair.field,
        old=pair.old.words if pair.old else None,
        new=pair.new.words if pair.new else None,
        normal=None,
        where=shown.where,
        start=shown.start,
        end=shown.end,
        score=round(score, 4),
    )


def _names_of(writing: Writing, record: Record) -> list[str]:
    """What the person may write above their address: as they sign, and as they stand on file."""
    parts = [record.get(Field.GIVEN_NAME), record.get(Field.FAMILY_NAME)]
    names = (writing.name, record.get(Field.NAME), " ".join(filter(None, parts)))
    return [name for name in names if name and " " in name]


def _normal(found: Found, language: str, record: Record | None) -> str | None:
    return normalise(found.field, found.new, language=language, record=record)


def _without_name(found: Found, names: Iterable[str]) -> Found:
    """A person writes an address as on an envelope: the line with their own name is no part of it."""
    line = _FIRST_LINE.match(found.new or "") if found.field in {Field.ADDRESS, Field.STREET} else None
    if line is None or not any(_words(name) <= _words(line[1]) for name in names):
        return found
    return replace(found, new=(found.new or "")[line.end() :], start=found.start + line.end())


def _words(name: str) -> set[str]:
    return set(unicodedata.normalize("NFC", name).casefold().split())
