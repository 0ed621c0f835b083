"""HTML of a mail becomes the plain text that a reader of it sees: nothing hidden, nothing lost, quotes marked."""

import re
from collections.abc import Iterator
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.mail.charsets import clean

HTML_LIMIT = 2_000_000
DEPTH_LIMIT = 500
# A long newsletter has 10,000; HTML's own rules for repairs take minutes over some of 500,000.
TAGS_LIMIT = 20_000


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_SKIPPED = _words("head script style title template noscript object svg math select textarea audio video")
_BLOCKS = _words(
    "address article aside blockquote body center dd details div dl dt fieldset figure figcaption footer form"
    " h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul"
)
_APART = _words("p h1 h2 h3 h4 h5 h6 blockquote pre ul ol table")
_QUOTE = re.compile(r"\b(?:gmail_quote|gmail_quote_container|protonmail_quote|yahoo_quoted)\b|\byahoo_quoted_")
_QUOTE_DEPTH = 5

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0+(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)"
    r"|max-height\s*:\s*0(?:px)?\s*(?:;|!|$)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_WHITE = r"(?:#fff(?:fff)?\b|white\b|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))"
_WHITE_INK = re.compile(rf"(?:^|[;\s])color\s*:\s*{_WHITE}", re.IGNORECASE)
_PAPER = re.compile(r"background(?:-color)?\s*:\s*([^;]+)", re.IGNORECASE)
_WHITE_PAPER = re.compile(rf"\s*{_WHITE}|\s*(?:none|transparent)\b", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})(?=[\s/>])")
_SHEET = re.compile(r"<(/?)(?:style|script)\b", re.IGNORECASE)
# Elements without a content, and those whose end is left away as often as not.
_UNCOUNTED = _words(
    "area base br col embed hr img input link meta param source track wbr p li dt dd td th tr tbody thead tfoot"
    " colgroup caption option optgroup html head body script style title"
)
_SPACES = re.compile(r"[ \t\n\r\f]+")


def to_text(html: str) -> str:
    """The text, a line for a block; what a quote container holds is prefixed by ``> `` as mail does it."""
    if html.count("<") > TAGS_LIMIT:
        return _stripped(html[:HTML_LIMIT])
    root = LexborHTMLParser(_shallow(html[:HTML_LIMIT])).body
    if root is None:
        return ""
    page = _Page()
    for node, opened in _events(root, page):
        page.open(node) if opened else page.close(node)
    return page.text()


def _stripped(html: str) -> str:
    """What no person wrote by hand is only rid of its tags, its style sheets and its scripts."""
    kept, start, inside = [], 0, False
    for sheet in _SHEET.finditer(html):
        if not sheet[1] and not inside:
            kept.append(html[start : sheet.start()])
        inside, start = not sheet[1], sheet.end()
    text = re.sub(r"<[^<>]*>", "\n", "\n".join([*kept, "" if inside else html[start:]]))
    return re.sub(r"[ \t\n]*\n[ \t\n]*", "\n", clean(unescape(text))).strip()


def _shallow(html: str) -> str:
    """The same with what is nested beyond measure made flat.

    HTML's rules look up through all open elements at each block and reopen all open formatting in each paragraph:
    2 MB of ``<div>`` cost minutes, 2 MB of ``<b id=…>`` the memory.
    """
    depth = 0

    def flatten(tag: re.Match[str]) -> str:
        nonlocal depth
        if tag[2].lower() in _UNCOUNTED:
            return tag[0]
        deep = depth > DEPTH_LIMIT
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        return f" <{tag[1]}span" if deep else tag[0]

    return _TAG.sub(flatten, html) if len(html) > DEPTH_LIMIT * 4 else html


def _events(root: LexborNode, page: "_Page") -> Iterator[tuple[LexborNode, bool]]:
    """Each node as it opens and closes, without recursion: nesting of 20,000 is met in the wild."""
    node: LexborNode | None = root
    open_nodes: list[LexborNode] = []
    while node is not None:
        skipped = page.skips(node)
        if not skipped:
            yield node, True
            if (child := node.child) is not None:
                open_nodes.append(node)
                node = child
                continue
            yield node, False
        while (following := node.next) is None and open_nodes:
            node = open_nodes.pop()
            yield node, False
        node = following if open_nodes else None


class _Page:
    """The text so far, the paper that it is written on, and how deep in quotes it stands."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes = self._verbatim = 0
        self._papers: list[bool] = [True]

    def skips(self, node: LexborNode) -> bool:
        tag = node.tag or ""
        if tag in _SKIPPED or tag == "-comment":
            return True
        if tag.startswith("-"):
            return False
        attributes = node.attributes
        if not attributes:
            return False
        style = attributes.get("style") or ""
        return "hidden" in attributes or bool(style and (_HIDDEN.search(style) or self._invisible(style)))

    def open(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag == "-text":
            self._write(node.text_content or "")
            return
        if tag in _BLOCKS:
            self._end_line(blank=_is_apart(node))
        attributes = node.attributes
        self._quotes += _quotes(node)
        self._verbatim += tag == "pre"
        self._papers.append(_paper(attributes, self._papers[-1]))
        if tag == "br":
            self._end_line(blank=False, even_empty=True)
        elif tag in ("td", "th") and self._line:
            self._line.append(" ")
        elif tag == "li":
            self._line.append("- ")
        elif tag == "img" and (words := attributes.get("alt")):
            self._line.append(_SPACES.sub(" ", words))

    def close(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag.startswith("-"):
            return
        if tag in _BLOCKS:
            self._end_line(blank=_is_apart(node))
        self._quotes -= _quotes(node)
        self._verbatim -= tag == "pre"
        self._papers.pop()

    def text(self) -> str:
        self._end_line(blank=False)
        return re.sub(r"\n{3,}", "\n\n", clean("\n".join(self._lines))).strip()

    def _write(self, text: str) -> None:
        if self._verbatim:
            first, *others = clean(text).split("\n")
            self._line.append(first)
            for line in others:
                self._end_line(blank=False, even_empty=True)
                self._line.append(line)
        else:
            self._line.append(_SPACES.sub(" ", text))

    def _end_line(self, *, blank: bool, even_empty: bool = False) -> None:
        text = "".join(self._line)
        even_empty = even_empty or "\xa0" in text
        text = text.rstrip() if self._verbatim else _SPACES.sub(" ", text).strip().replace("\xa0", " ")
        self._line.clear()
        prefix = "> " * min(self._quotes, _QUOTE_DEPTH)
        if text or even_empty:
            self._lines.append(f"{prefix}{text}".rstrip())
        if blank and self._lines and self._lines[-1].strip("> "):
            self._lines.append(prefix.rstrip())

    def _invisible(self, style: str) -> bool:
        """White on white. A white text on a dark paper, its own or an outer one, is a button."""
        if not _WHITE_INK.search(style):
            return False
        own = _PAPER.search(style)
        return bool(_WHITE_PAPER.match(own[1])) if own else self._papers[-1]


def _is_apart(node: LexborNode) -> bool:
    """Outlook's paragraphs are lines: the blank ones between them hold a blank."""
    return node.tag in _APART and "MsoNormal" not in (node.attributes.get("class") or "")


def _quotes(node: LexborNode) -> int:
    tag, attributes = node.tag or "", node.attributes
    if tag not in ("blockquote", "div") or not attributes:
        return 0
    cited = tag == "blockquote" and (attributes.get("type") or "").lower() == "cite"
    return int(cited or attributes.get("name") == "quote" or _quotes_by_class(node, attributes.get("class") or ""))


def _quotes_by_class(node: LexborNode, classes: str) -> bool:
    """Gmail's container holds the quotes and, between them, what is answered to each."""
    if not _QUOTE.search(classes):
        return False
    return node.tag != "div" or "gmail_" not in classes or node.css_first("blockquote") is None


def _paper(attributes: dict[str, str | None], outer: bool) -> bool:
    """Whether what is written inside stands on white."""
    if not attributes:
        return outer
    if colour := attributes.get("bgcolor"):
        return bool(_WHITE_PAPER.match(colour))
    own = _PAPER.search(attributes.get("style") or "")
    return bool(_WHITE_PAPER.match(own[1])) if own else outer
