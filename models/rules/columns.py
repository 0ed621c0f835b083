"""Fits a correction to the columns a shop keeps: a whole address into its parts, a whole name into two."""

from collections.abc import Iterator, Set
from dataclasses import replace

from models.rules.kinds import PARTS, Action, Field
from models.rules.parts import Part, spots_of, words_of
from models.rules.reading import Found, Record


def fitted(found: Found, kept: Set[Field | None], record: Record) -> Iterator[Found]:
    """The same correction where the shop keeps the value whole, else one for each column that it changes."""
    said = found.old if found.action is Action.REMOVE else found.new
    if not said or found.field in kept or kept.isdisjoint(PARTS.get(found.field, ())):
        yield found
        return
    spots = _spots(found.field, said, record)
    words = words_of(said, spots)
    was = words_of(found.old or "", _spots(found.field, found.old or "", record))
    for field, start, end in spots:
        new = None if found.action is Action.REMOVE else words.get(field)
        if field in kept and new != was.get(field):
            start, end = found.start + start, found.start + end
            yield replace(found, field=field, old=was.get(field), new=new, normal=None, start=start, end=end)


def _spots(whole: Field, text: str, record: Record) -> list[Part]:
    """As the record holds it apart, else as such values mostly come apart."""
    return (whole is Field.NAME and _held_apart(text, record)) or spots_of(whole, text)


def _held_apart(name: str, record: Record) -> list[Part]:
    """A name that ends in the family name on file, or begins with the given one, comes apart there."""
    given, family = (_held(record, field) for field in (Field.GIVEN_NAME, Field.FAMILY_NAME))
    folded = name.casefold()
    if len(folded) != len(name):
        return []
    if family and folded.endswith(f" {family}"):
        cut = len(name) - len(family)
    elif given and folded.startswith(f"{given} "):
        cut = len(given) + 1
    else:
        return []
    return [(Field.GIVEN_NAME, 0, cut - 1), (Field.FAMILY_NAME, cut, len(name))]


def _held(record: Record, field: Field) -> str:
    return (record.get(field) or "").casefold()
