"""HTML of a mail becomes the plain text that a reader of it sees: nothing hidden, nothing lost, quotes marked."""

import re
from typing import NamedTuple

from bot.mail.markup.containers import Container, Mark
from bot.mail.markup.looks import Look, Looks
from bot.mail.markup.nesting import UNREAD, Nesting
from bot.mail.markup.tags import pieces
from bot.mail.reading.charsets import clean

HTML_LIMIT = 2_000_000

_QUOTE_DEPTH = 5
_SPACES = re.compile(r"[ \t\n\r\f]+")


class Page(NamedTuple):
    """``marks`` are the spans of the text that the mail program set apart, in their order."""

    text: str
    marks: tuple[Mark, ...] = ()


class _Open(NamedTuple):
    """``white_paper`` is that of what is around it; ``line`` the one in which it begins."""

    look: Look
    skipped: bool
    white_paper: bool
    quotes: int
    line: int


def to_text(html: str) -> Page:
    """The text, a line for a block; what a quote container holds is prefixed by ``> `` as mail does it."""
    html = html[:HTML_LIMIT]
    writer = _Writer(blockquotes=html.lower().count("<blockquote"))
    for text, tag, content in pieces(html):
        if text:
            writer.write(text)
        if tag:
            writer.tag(tag, content)
    return writer.page()


class _Writer:
    """The lines so far, what is open around the next one, and how deep in quotes it stands."""

    def __init__(self, *, blockquotes: int) -> None:
        self._blockquotes_left = blockquotes
        self._lines: list[str] = []
        self._line: list[str] = []
        self._marks: list[tuple[int, int, Container]] = []
        self._looks = Looks()
        self._nesting: Nesting[_Open | Look] = Nesting(self._close)
        self._skipped, self._white_paper, self._quotes, self._verbatim = 0, True, 0, 0
        self._gap, self._last_depth = False, 0

    def tag(self, typed: str, content: str) -> None:
        look = self._looks.of(typed)
        if look.closing:
            if not self._nesting.close(look.name):
                self._end_unopened(look.name)
        elif look.void:
            self._place(look)
        elif look.block or look.cell:
            self._nesting.make_room(look.name)
            self._nesting.push(look.name, self._opened(look))
        elif not look.plain or self._nesting.is_open(look.name):
            if look.name == "style":
                self._looks.add_sheet(content)
            self._nesting.push(look.name, self._opened(look))

    def write(self, text: str) -> None:
        if self._skipped:
            return
        if not self._verbatim:
            self._line.append(text)
            return
        first, *others = clean(text).split("\n")
        self._line.append(first)
        for line in others:
            self._end_line(even_empty=True)
            self._line.append(line)

    def page(self) -> Page:
        self._nesting.close_all()
        self._end_line()
        return _finished(self._lines, self._marks)

    def _opened(self, look: Look) -> _Open | Look | None:
        """What is to be undone where the element ends; of a plain one that is no more than a line."""
        if look.plain:
            if not self._skipped and (look.block or look.cell):
                self._begin(look)
            return look if look.block else None
        return self._changed(look)

    def _changed(self, look: Look) -> _Open:
        skipped = look.name in UNREAD or look.hidden or self._is_white_on_white(look)
        self._blockquotes_left -= look.name == "blockquote"
        if not (skipped or self._skipped):
            self._begin(look)
        opened = _Open(look, skipped, self._white_paper, self._is_quote(look), len(self._lines))
        self._skipped += skipped
        self._quotes += opened.quotes
        self._white_paper = self._white_paper if look.white_paper is None else look.white_paper
        return opened

    def _begin(self, look: Look) -> None:
        if look.block:
            self._end_line(blank=look.apart)
        elif look.cell and self._line:
            self._line.append(" ")
        if look.name == "li":
            self._line.append("- ")
        self._verbatim += look.name == "pre"

    def _place(self, look: Look) -> None:
        if self._skipped or look.hidden:
            return
        if look.name == "br":
            self._end_line(even_empty=True)
        elif look.name == "hr":
            self._end_line()
        elif look.name == "img" and look.words:
            self._line.append(look.words)

    def _is_quote(self, look: Look) -> bool:
        """A container of answers without any quote in it is a forwarded mail."""
        return look.container is Container.QUOTE or (
            look.container is Container.ANSWERS and not self._blockquotes_left
        )

    def _is_white_on_white(self, look: Look) -> bool:
        """A white text on a dark paper, its own or an outer one, is a button."""
        paper = self._white_paper if look.white_paper is None else look.white_paper
        return look.white_ink and paper

    def _end_unopened(self, name: str) -> None:
        """Browsers take these for a whole paragraph and a whole line break."""
        if name in ("p", "br") and not self._skipped:
            self._end_line(blank=name == "p", even_empty=name == "br")

    def _close(self, opened: _Open | Look) -> None:
        if isinstance(opened, _Open):
            self._undo(opened)
        elif not self._skipped:
            self._end_line(blank=opened.apart)

    def _undo(self, opened: _Open) -> None:
        look = opened.look
        self._skipped -= opened.skipped
        shown = not (opened.skipped or self._skipped)
        if shown and look.block:
            self._end_line()
        if shown:
            self._verbatim -= look.name == "pre"
            self._mark(look.container, opened.line)
        self._quotes -= opened.quotes
        self._white_paper = opened.white_paper
        if shown and look.apart:
            self._end_line(blank=True)

    def _mark(self, kind: Container | None, start: int) -> None:
        """A place among original mails counts where nothing around it is quoted as a whole."""
        if kind in (Container.ORIGINAL, Container.ATTRIBUTION, Container.SIGNATURE) and not self._quotes:
            self._marks.append((start, len(self._lines) + bool(self._line), kind))

    def _end_line(self, *, blank: bool = False, even_empty: bool = False) -> None:
        if self._line or even_empty:
            text = "".join(self._line)
            even_empty = even_empty or "\xa0" in text
            text = text.rstrip() if self._verbatim else _SPACES.sub(" ", text).strip().replace("\xa0", " ")
            self._line.clear()
            if text or even_empty:
                self._add_line(text)
        self._gap = self._gap or (blank and bool(self._lines) and bool(self._lines[-1].strip("> ")))

    def _add_line(self, text: str) -> None:
        """A distance stands between two lines, in the quote that both are in."""
        depth = min(self._quotes, _QUOTE_DEPTH)
        if self._gap and text:
            self._lines.append(("> " * min(depth, self._last_depth)).rstrip())
        self._lines.append(f"{'> ' * depth}{text}".rstrip())
        self._gap, self._last_depth = False, depth


def _finished(lines: list[str], marked: list[tuple[int, int, Container]]) -> Page:
    """At most one empty line after another, none at either end; the marks by code points."""
    kept: list[str] = []
    places = [0]
    length = 0
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
            length += len(line) + 1
        places.append(length)
    text = "\n".join(kept).rstrip()
    # The line in which a mark ends may turn out to be none.
    last = len(lines)
    spans = [
        Mark(places[min(start, last)], min(places[min(end, last)], len(text)), kind) for start, end, kind in marked
    ]
    return Page(text, tuple(sorted(span for span in spans if span.start < len(text))))
