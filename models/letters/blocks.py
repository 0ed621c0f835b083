"""A rendered template in, its blocks out (paragraph, link, points, table); with them, what a template may call."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from models.letters.forms import LetterError
from models.letters.words import Words
from models.rules.kinds import Kind

# What the layout gets of a block: its shape, its head, its content; a tuple, since the sandbox checks each attribute.
Parts = tuple[str, str | tuple[str, ...], str | tuple[object, ...]]


@dataclass(frozen=True)
class Paragraph:
    lines: tuple[str, ...]

    def plain(self) -> str:
        return "\n".join(self.lines)

    def parts(self) -> Parts:
        return "paragraph", "", self.lines


@dataclass(frozen=True)
class Link:
    """In the text part a link has its line for itself."""

    label: str
    url: str
    colon: str
    button: bool

    def plain(self) -> str:
        return f"{self.label}{self.colon}\n{self.url}"

    def parts(self) -> Parts:
        return "button" if self.button else "link", self.label, self.url


@dataclass(frozen=True)
class Points:
    title: str
    lines: tuple[str, ...]
    colon: str

    def plain(self) -> str:
        title = f"{self.title}{self.colon}\n" if self.title else ""
        return title + "\n".join(f"- {line}" for line in self.lines)

    def parts(self) -> Parts:
        return "points", self.title, self.lines


@dataclass(frozen=True)
class Table:
    """Each row begins with what it is about; the headings name its cells."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    colon: str

    def plain(self) -> str:
        return "\n\n".join(map(self._row, self.rows))

    def parts(self) -> Parts:
        return "table", self.headings, tuple((row[0], row[1:]) for row in self.rows)

    def _row(self, row: tuple[str, ...]) -> str:
        cells = zip(self.headings[1:], row[1:], strict=True)
        return "\n".join([row[0], *(f"  {heading}{self.colon} {cell}" for heading, cell in cells)])


Block = Paragraph | Link | Points | Table

# Facts are clean of control characters, so nobody but a template can set a block.
_PLACE = re.compile("\x02(\\d+)\x03|\n[ \t]*\n")


@dataclass(frozen=True)
class Sheet:
    """One letter while its template is rendered; its public methods are what templates may call."""

    letter: str
    words: Words
    facts: Mapping[str, object]
    blocks: list[Block] = field(default_factory=list)

    def button(self, purpose: str, label: str) -> str:
        return self._put(Link(label, self._url(purpose), self.words["colon"], button=True))

    def link(self, purpose: str, label: str) -> str:
        return self._put(Link(label, self._url(purpose), self.words["colon"], button=False))

    def free(self, text: str) -> str:
        """What staff wrote, paragraph by paragraph, line by line."""
        parts = (part for part in re.split(r"\n[ \t]*\n", text) if part.strip())
        return "".join(self._put(Paragraph(tuple(part.strip("\n").split("\n")))) for part in parts)

    def points(self, lines: str | Iterable[str], title: str = "") -> str:
        lines = (lines,) if isinstance(lines, str) else tuple(lines)
        return self._put(Points(title, lines, self.words["colon"]))

    def kind_labels(self, kinds: Iterable[str]) -> list[str]:
        """In the order of the table, each once: two ways to ask for the same give the same letter."""
        asked = set(kinds)
        return [self.words.kinds[kind] for kind in Kind if kind in asked]

    def changes_table(self, changes: Iterable[Mapping[str, object]]) -> str:
        rows = tuple((str(c["label"]), self._before(c), self._after(c)) for c in changes)
        return self._table(("change", "before", "now"), rows)

    def undone_table(self, changes: Iterable[Mapping[str, object]]) -> str:
        rows = tuple((str(c["label"]), self._after(c), self._before(c)) for c in changes)
        return self._table(("change", "taken_back", "again"), rows)

    def declined_table(self, declined: Iterable[Mapping[str, object]]) -> str:
        rows = tuple((str(d["label"]), self._value(d, "value", "removed"), self._reason(d)) for d in declined)
        return self._table(("change", "wished", "reason"), rows)

    def remedies(self) -> str:
        """GDPR Art. 12(4): complaint to a supervisory authority, and a judicial remedy."""
        authority = self.facts.get("authority")
        if not authority:
            raise LetterError(self.letter, "the fact “authority”", "is missing or empty")
        return self.words["remedies"].format(authority=authority, basis=self.basis(12, 4))

    def basis(self, article: int, paragraph: int | None = None) -> str:
        return self.words.basis(str(self.facts["law"]), article, paragraph)

    def read(self, body: str) -> list[Block]:
        """The blocks of a rendered template: its paragraphs, and what its functions set between them."""
        found: list[Block] = []
        start = 0
        for place in _PLACE.finditer(body):
            found += _paragraph(body[start : place.start()])
            found += [self.blocks[int(place[1])]] if place[1] else []
            start = place.end()
        return found + _paragraph(body[start:])

    def _put(self, block: Block) -> str:
        self.blocks.append(block)
        return f"\x02{len(self.blocks) - 1}\x03"

    def _table(self, headings: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
        return self._put(Table(tuple(self.words[heading] for heading in headings), rows, self.words["colon"]))

    def _url(self, purpose: str) -> str:
        links = self.facts["links"]
        if not isinstance(links, Mapping) or purpose not in links:
            raise LetterError(self.letter, f"the link “{purpose}”", "is missing")
        return str(links[purpose])

    def _before(self, change: Mapping[str, object]) -> str:
        return self._value(change, "before", "empty")

    def _after(self, change: Mapping[str, object]) -> str:
        value = self._value(change, "after", "removed")
        return f"{value} ({self.words['elsewhere']})" if change["elsewhere"] else value

    def _value(self, change: Mapping[str, object], side: str, none: str) -> str:
        value = change[side]
        if value is None or value == "":
            return self.words[none]
        return self.words.masked(str(value)) if change.get("masked") else str(value)

    def _reason(self, declined: Mapping[str, object]) -> str:
        reason = declined["reason"]
        if not reason:
            raise LetterError(self.letter, "the fact “declined.reason”", "is missing or empty")
        return str(reason)


def _paragraph(prose: str) -> list[Block]:
    spoken = " ".join(filter(None, map(str.strip, prose.split("\n"))))
    return [Paragraph((spoken,))] if spoken else []
