"""Lays the new parts of a writing out as one text, and finds the way back from there to the letter."""

import re
from bisect import bisect_right
from dataclasses import dataclass

from models.rules.reading import JUDGED, Place, Writing

_LONGEST_SUBJECT = 1_000
_GAP = "\n\n"
_LONGEST_WORD = 200
_RUN = re.compile(rf"\S{{{2 * _LONGEST_WORD},}}")


@dataclass(frozen=True)
class _Piece:
    at: int
    place: Place
    start: int
    end: int


class Sheet:
    """Subject, blank line, new spans: the text that the pipeline sees."""

    def __init__(self, writing: Writing) -> None:
        self._pieces: list[_Piece] = []
        self._parts: list[str] = []
        self._length = 0
        self._add(writing.subject, Place.SUBJECT, 0, min(len(writing.subject), _LONGEST_SUBJECT))
        for start, end in writing.new:
            # 63,000 tokens cost spaCy half a gigabyte.
            self._add(writing.text, Place.TEXT, start, min(end, start + JUDGED - self._length))
        self.text = _RUN.sub(_broken, _GAP.join(self._parts))

    def _add(self, source: str, place: Place, start: int, end: int) -> None:
        part = source[start:end]
        if not part.strip():
            return
        self._pieces.append(_Piece(self._length, place, start, end))
        self._parts.append(part)
        self._length += len(part) + len(_GAP)

    def locate(self, start: int, end: int) -> tuple[Place, int, int] | None:
        """Where a passage of the sheet stands in the writing; none where it runs over the edge of a part."""
        number = bisect_right([piece.at for piece in self._pieces], start) - 1
        if number < 0:
            return None
        piece = self._pieces[number]
        begin, finish = piece.start + start - piece.at, piece.start + end - piece.at
        return (piece.place, begin, finish) if finish <= piece.end else None


def _broken(run: re.Match[str]) -> str:
    """Letter for letter as long, but in words: one of 64,000 brackets would cost the tokenizer half a minute."""
    words = run[0]
    return "".join(words[at : at + _LONGEST_WORD - 1] + " " for at in range(0, len(words), _LONGEST_WORD))[
        : len(words)
    ]
