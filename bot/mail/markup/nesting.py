"""Which elements are open at a place of HTML: what a start tag ends unsaid, what an end tag ends beside its own.

The rules of HTML's tree construction (WHATWG, 13.2.6) that change what a reader sees, each at a constant cost.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Generic, TypeVar

Opened = TypeVar("Opened")


def names(words: str) -> frozenset[str]:
    return frozenset(words.split())


BLOCKS = names(
    "address article aside blockquote body center dd details div dl dt fieldset figure figcaption footer form"
    " h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul"
)
# What no mail program shows as text.
UNREAD = names("script style title template noscript object svg math select textarea audio video")
_CELLS = ("td", "th")
_PARTS = (*_CELLS, "tr", "tbody", "thead", "tfoot")
# What ends where such an element begins, and the elements that keep it open.
_ENDED_BY = {
    "li": (("li",), ("ul", "ol")),
    "dt": (("dt", "dd"), ("dl",)),
    "dd": (("dt", "dd"), ("dl",)),
    "td": (_CELLS, ("table",)),
    "th": (_CELLS, ("table",)),
    "tr": ((*_CELLS, "tr"), ("table",)),
    "tbody": (_PARTS, ("table",)),
    "thead": (_PARTS, ("table",)),
    "tfoot": (_PARTS, ("table",)),
}
_PARAGRAPH = (("p",), (*_CELLS, "table", "caption", "button", "object"))


class Nesting(Generic[Opened]):
    """A stack that knows where the last element of each name stands; ``closed`` hears of each that ends."""

    def __init__(self, closed: Callable[[Opened], None]) -> None:
        self._closed = closed
        # With each element where the one of its name and the block before it stand.
        self._open: list[tuple[str, Opened | None, int, int]] = []
        self._last: dict[str, int] = defaultdict(lambda: -1)
        self._last_block = -1

    def make_room(self, name: str) -> None:
        """Ends what a start tag of this name ends unsaid."""
        if name in BLOCKS and self._last["p"] >= 0:
            self._end_any(*_PARAGRAPH)
        if name in _ENDED_BY:
            self._end_any(*_ENDED_BY[name])

    def is_open(self, name: str) -> bool:
        """An element that changes nothing counts in one of its own name alone, whose end its end would be."""
        return self._last[name] >= 0

    def push(self, name: str, opened: Opened | None) -> None:
        place = len(self._open)
        self._open.append((name, opened, self._last[name], self._last_block))
        self._last[name] = place
        if name in BLOCKS:
            self._last_block = place

    def close(self, name: str) -> bool:
        """Ends the last open element of the name and all in it; False where none is open that may be ended here."""
        place = self._last[name]
        if place < 0 or (place < len(self._open) - 1 and place < self._kept_by(name)):
            return False
        self._end_from(place)
        return True

    def close_all(self) -> None:
        self._end_from(0)

    def _kept_by(self, name: str) -> int:
        """The place up to which an end tag of the name ends nothing."""
        if name == "table" or name in UNREAD:
            return -1
        if name in _PARTS:
            return self._last["table"]
        if name in BLOCKS:
            return max(self._last["td"], self._last["th"])
        return self._last_block

    def _end_any(self, names: tuple[str, ...], kept_by: tuple[str, ...]) -> None:
        last = self._last.__getitem__
        boundary = max(map(last, kept_by)) if len(kept_by) > 1 else last(kept_by[0])
        opened = [place for place in map(last, names) if place > boundary]
        if opened:
            self._end_from(min(opened))

    def _end_from(self, place: int) -> None:
        while len(self._open) > place:
            name, opened, self._last[name], self._last_block = self._open.pop()
            if opened is not None:
                self._closed(opened)
