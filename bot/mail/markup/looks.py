"""A tag of HTML as typed goes in; all that counts of it for the text of a letter comes out, read off once."""

from collections.abc import Mapping
from typing import NamedTuple

from bot.mail.markup.containers import Container, container_of
from bot.mail.markup.nesting import BLOCKS, UNREAD, names
from bot.mail.markup.styles import close_paragraphs, has_no_margin, has_white_ink, has_white_paper, is_hidden
from bot.mail.markup.tags import Tag, read_tag

_VOID = names("area base br col embed hr img input link meta param source track wbr")
_APART = names("p h1 h2 h3 h4 h5 h6 blockquote pre ul ol table")
_CELLS = frozenset(["td", "th"])
# What changes how all that stands in it is read, whatever its attributes say.
_STATEFUL = UNREAD | {"pre", "blockquote"}
# A document ends where the mail does: servers add their notices behind.
_NEVER_ENDED = frozenset(["html", "body"])
_TELLING = names("style class id name hidden bgcolor alt type cite data-email")


class Look(NamedTuple):
    """``plain``: what stands in it is read as what stands around it; ``words`` are those of a picture."""

    name: str
    closing: bool
    void: bool
    block: bool
    cell: bool
    words: str
    hidden: bool
    white_ink: bool
    white_paper: bool | None
    container: Container | None
    apart: bool
    plain: bool


class Looks:
    """The looks of one document's tags, however often each comes again, under the style sheets so far."""

    def __init__(self) -> None:
        self._by_typing: dict[str, Look] = {}
        self._by_tag: dict[Tag, Look] = {}
        self._close_paragraphs: set[str] = set()

    def add_sheet(self, sheet: str) -> None:
        self._close_paragraphs.update(close_paragraphs(sheet))

    def of(self, typed: str) -> Look:
        look = self._by_typing.get(typed)
        if look is None:
            look = self._by_typing[typed] = self._of(read_tag(typed, _TELLING))
        return look

    def _of(self, tag: Tag) -> Look:
        known = self._by_tag.get(tag)
        if known is None:
            known = self._by_tag[tag] = self._looked_at(tag)
        return known

    def _looked_at(self, tag: Tag) -> Look:
        name, attributes = tag.name, dict(tag.attributes)
        signs = is_hidden(attributes), has_white_ink(attributes), has_white_paper(attributes)
        container = container_of(name, attributes)
        return Look(
            name="" if tag.closing and name in _NEVER_ENDED else name,
            closing=tag.closing,
            void=name in _VOID,
            block=name in BLOCKS,
            cell=name in _CELLS,
            words=attributes.get("alt", ""),
            hidden=signs[0],
            white_ink=signs[1],
            white_paper=signs[2],
            container=container,
            apart=name in _APART and not self._is_close(name, attributes),
            plain=name not in _STATEFUL and container is None and signs == (False, False, None),
        )

    def _is_close(self, name: str, attributes: Mapping[str, str]) -> bool:
        """Outlook's paragraphs are lines: the blank ones between them hold a blank."""
        if has_no_margin(attributes):
            return True
        classes = ["", *attributes.get("class", "").split()]
        return name == "p" and any(one.startswith("Mso") or one in self._close_paragraphs for one in classes)
