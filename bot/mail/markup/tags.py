"""HTML as it was typed becomes its texts and tags, in one pass whose cost grows with its length and nothing else.

A parser that repairs the tree as a browser does looks up through all open elements at each block: 2 MB of ``<div>`` or
``<b>`` cost it minutes or the memory. The text of a letter needs no tree, only what is open at each place.
"""

import re
from collections.abc import Collection, Iterator
from html import unescape
from typing import NamedTuple

from bot.mail.reading.charsets import clean

# A quotation mark quotes after "=" alone, or an apostrophe in a value would swallow the letter to the next one.
_ATTRIBUTES = r"""(?:=\s*+(?:"[^"]*+"|'[^']*+')|[^>=]++|=)*+"""
# Their content is no HTML. One of these that is never closed holds the rest.
_RAW = r"(script|style|title|textarea|iframe|noembed|noframes|xmp)(?=[\s/>])"


def _mark(attributes: str) -> re.Pattern[str]:
    """Groups: the name of an element that holds no HTML, its tag's end, that of any other tag, a comment's begin, a
    declaration's end."""
    return re.compile(
        rf"<(?:{_RAW}{attributes}(>)?|/?[a-z][^\s/>]*+{attributes}(>)?|(!--)|[!?][^>]*+(>)?)", re.IGNORECASE
    )


_RAW_END, _ANY_END, _COMMENT, _DECLARATION_END = 2, 3, 4, 5
_MARK = _mark(_ATTRIBUTES)
# For what follows a quoted value that ran to the end of all.
_PLAIN_MARK = _mark(r"[^>]*+")
_ATTRIBUTE = re.compile(r"""([^\s=/"'>]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>]++)))?""")
_TAG = re.compile(r"<(/?)([^\s/>]+)([^>].*)?>", re.DOTALL)


class Tag(NamedTuple):
    name: str
    closing: bool
    attributes: tuple[tuple[str, str], ...] = ()


def pieces(html: str) -> Iterator[tuple[str, str, str]]:
    """A text, its entities resolved; the tag behind it as typed; and what that holds where it is no HTML, such as a
    style sheet. Comments and declarations are left out."""
    marks, place, comments_end = _MARK, 0, True
    while (mark := marks.search(html, place)) is not None:
        (start, end), kind = mark.span(), mark.lastindex
        text, place = _text(html[place:start]), end
        if kind == _ANY_END:
            yield text, mark[0], ""
            continue
        if text:
            yield text, "", ""
        if kind == _RAW_END:
            content, place = _content(html, mark)
            yield "", mark[0], content
        elif kind == _COMMENT:
            end = html.find("-->", start + 2) if comments_end else -1
            place, comments_end = (end + 3, True) if end >= 0 else (place, False)
        elif kind != _DECLARATION_END:  # no end of it is found
            place = start
            if marks is _PLAIN_MARK:
                break
            marks = _PLAIN_MARK
    yield _text(html[place:]), "", ""


def read_tag(typed: str, telling: Collection[str]) -> Tag:
    """A tag as :func:`pieces` gives it, with the attributes that are ``telling``; of several of one name the first."""
    whole = _TAG.fullmatch(typed)
    if whole is None:
        return Tag("", False)
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(whole[3] or ""):
        if name in telling or (name := name.lower()) in telling:
            found.setdefault(name, _text(double or single or bare))
    return Tag(whole[2].lower(), bool(whole[1]), tuple(found.items()))


def _content(html: str, mark: re.Match[str]) -> tuple[str, int]:
    """What an element holds that is no HTML, and where it ends."""
    end = re.compile(rf"</{mark[1]}(?=[\s/>])", re.IGNORECASE).search(html, mark.end())
    at = end.start() if end else len(html)
    return html[mark.end() : at], at


def _text(typed: str) -> str:
    return clean(unescape(typed)) if "&" in typed else typed
