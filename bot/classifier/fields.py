"""Says what a passage is about: by its shape, else by the nearest word that names a field."""

import re
from collections.abc import Sequence

from bot.classifier.cues import Cue
from bot.classifier.shapes import Passage
from models.rules.kinds import Field

_FAR = 120
# What has a shape is found by it; a run of words under such a cue is something else.
_SHAPED = {Field.EMAIL, Field.PHONE, Field.VAT_ID, Field.DATE_OF_BIRTH, Field.POSTAL_CODE, Field.ADDRESS}
_WEAK = 40
_SENTENCE_ENDS = re.compile(r"[.!?;](?=\s)")


def field_of(text: str, passage: Passage, spotted: Sequence[Cue]) -> Field | None:
    """The field of a passage; none for a run of words that nothing near says anything about."""
    if passage.shape is not None:
        return passage.shape
    named = {field: distance for field, distance in _distances(text, passage, spotted).items() if field not in _SHAPED}
    if not named:
        return None
    field = min(named, key=lambda field: named[field])
    return _of_a_name(named, text[passage.start : passage.end]) if field is Field.NAME else field


def _distances(text: str, passage: Passage, spotted: Sequence[Cue]) -> dict[Field, int]:
    """How far off the nearest cue of each field stands; what follows counts as farther than what leads up to it."""
    nearest: dict[Field, int] = {}
    for cue in spotted:
        distance = passage.start - cue.end if cue.end <= passage.start else cue.start - passage.end + _WEAK
        within = _FAR if cue.end <= passage.start else 2 * _WEAK
        behind = cue.start >= passage.end and _SENTENCE_ENDS.search(text, passage.end, cue.start)
        if cue.field and 0 <= distance <= within and not behind:
            nearest[cue.field] = min(distance, nearest.get(cue.field, distance))
    return nearest


def _of_a_name(named: dict[Field, int], words: str) -> Field:
    """A single word under "name" is the part of the name that is spoken of elsewhere in reach."""
    if " " in words:
        return Field.NAME
    parts = {field: named[field] for field in (Field.GIVEN_NAME, Field.FAMILY_NAME) if field in named}
    return min(parts, key=lambda field: parts[field]) if parts else Field.FAMILY_NAME
