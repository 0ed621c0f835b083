"""What the style of an element says about its text: that nobody sees it, what it is written on, where lines part."""

import re
from collections.abc import Iterator, Mapping

SHEET_LIMIT = 200_000

_NOTHING = r"0+(?:\.0+)?(?:px|pt|cm|mm|in|em|rem|ex|%)?"
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all"
    rf"|(?:font-size|opacity)\s*:\s*{_NOTHING}\s*(?:;|!|$)|max-height\s*:\s*0(?:px)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_WHITE = r"(?:#fff(?:fff)?\b|white\b|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))"
_WHITE_INK = re.compile(rf"(?:^|[;\s])color\s*:\s*{_WHITE}", re.IGNORECASE)
_PAPER = re.compile(r"background(?:-color)?\s*:\s*([^;]+)", re.IGNORECASE)
_WHITE_PAPER = re.compile(rf"\s*{_WHITE}|\s*(?:none|transparent)\b", re.IGNORECASE)
# Above and below; "margin: 0 0 0 0.8ex" is Gmail's, of a quote.
_NO_MARGIN = re.compile(
    rf"(?:^|[;\s])margin(?:-bottom\s*:\s*{_NOTHING}|\s*:\s*{_NOTHING}(?:\s+[\w.]+(?:\s+{_NOTHING}(?:\s+[\w.]+)?)?)?)"
    r"\s*(?:;|!|$)",
    re.IGNORECASE,
)
_PARAGRAPH = re.compile(r"\s*p?(?:\.([\w-]+))?\s*", re.IGNORECASE)


def is_hidden(attributes: Mapping[str, str]) -> bool:
    return "hidden" in attributes or _HIDDEN.search(attributes.get("style", "")) is not None


def has_white_ink(attributes: Mapping[str, str]) -> bool:
    return _WHITE_INK.search(attributes.get("style", "")) is not None


def has_white_paper(attributes: Mapping[str, str]) -> bool | None:
    """None where the element stands on what is around it."""
    if colour := attributes.get("bgcolor"):
        return bool(_WHITE_PAPER.match(colour))
    own = _PAPER.search(attributes.get("style", ""))
    return bool(_WHITE_PAPER.match(own[1])) if own else None


def has_no_margin(attributes: Mapping[str, str]) -> bool:
    return _NO_MARGIN.search(attributes.get("style", "")) is not None


def close_paragraphs(sheet: str) -> Iterator[str]:
    """The classes whose paragraphs a style sheet sets without a distance; "" where it does so to all of them."""
    rules = [rule.rpartition("{") for rule in sheet[:SHEET_LIMIT].split("}")]
    close = [selectors for selectors, _, said in rules if _NO_MARGIN.search(said.strip())]
    for selector in ",".join(selectors.rpartition("{")[2] for selectors in close).split(","):
        if selector.strip() and (paragraph := _PARAGRAPH.fullmatch(selector)):
            yield paragraph[1] or ""
