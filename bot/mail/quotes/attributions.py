"""Where a quote is announced: "On … wrote:", a dashed title, a block of headers. Words and their order alone."""

import re

from bot.mail.quotes.header_blocks import header_block, header_table, names_sender
from bot.mail.quotes.lines import Line, quote_follows, rule_above
from bot.mail.quotes.phrases import ANSWER_ABOVE, ORIGINAL, OWN_WROTE, QUOTING, WROTE
from bot.mail.quotes.signs import ADDRESS, DATE, TIME

ATTRIBUTION_LINES = 4
ATTRIBUTION_WORDS = 22
ANSWER_ABOVE_WORDS = 14
OUTLOOKS_RULE = 20

_TITLE = re.compile(r"\s*[-_=*‐–—]{2,}\s*(\S.{3,200}?)\s*[-_=*‐–—]{2,}\s*")
_APPLE_TITLE = re.compile(r"\s*(\S.{3,80}?)\s*:\s*")
# GroupWise: ">>> Ada Quint <ada@…> 02.03.2009 09:41 >>>".
_ARROWS = re.compile(r"\s*>>> (\S.{3,200}) >>>\s*")
# "<ada@…> wrote:", with which no person's sentence ends. Outlook writes "<ada@…<mailto:ada@…>>".
_BRACKETED = re.compile(r"[<\[(][^\s@<>]{1,64}@[^\s@<>]{1,100}(?:<mailto:[^<>]{1,200}>)?[>\])][\s,]*")
# Gmail until 2013: "2013/3/2 Ada Quint <ada@…>".
_DATE_FIRST = re.compile(r"\s*\d{4}[-/]\d{1,2}[-/]\d{1,2}\s.{0,150}<[^\s@<>]+@[^\s@<>]+>\s*")
# A name of a person or a firm, and the small words that stand in one or go with the word for writing.
_NAME_WORDS = 5
_PARTICLES = frozenset(
    ["via", "von", "van", "de", "der", "den", "da", "di", "du", "del", "la", "le", "el", "hat", "ha", "a"]
)
# No program says to whom somebody wrote.
_TO_ME = frozenset(["me", "us", "mir", "uns", "moi", "nous", "mij", "ons", "mig", "oss", "mi", "nam", "mně", "nám"])
_NUMBER = re.compile(r"\d")
# "On Monday …", where the date has no year.
_BEGINS = re.compile(r"\s*(?:on|at|am|le|el|il|em|op|den|dne|dnia|w dniu)\s", re.IGNORECASE)
_STAMP_END = 12


def attribution(lines: list[Line], number: int) -> int:
    """How many lines up to here are "On … wrote:", 0 for none. A date alone proves nothing: letters hold dates too."""
    line = lines[number]
    if not line.head.rstrip().endswith((":", "：")):
        return int(_lacks_colon(line.head) and quote_follows(lines, number + 1))
    follows = quote_follows(lines, number + 1)
    joined = ""
    for length in range(1, min(ATTRIBUTION_LINES, number + 1) + 1):
        line = lines[number + 1 - length]
        if line.blank or (line.quoted and not line.head.startswith(">>> ")):
            break
        joined = f"{line.head.strip()} {joined}".strip()
        if DATE.search(joined) and _attributes(joined, follows):
            return length + _lines_above(lines, number - length)
    undated = _undated(lines[number].head, follows)
    return undated + _name_above(lines, number) if undated else 0


def _lacks_colon(text: str) -> bool:
    if _DATE_FIRST.fullmatch(text):
        return True
    told = DATE.search(text) and TIME.search(text) and WROTE.search(text) and not OWN_WROTE.search(text)
    return bool(told) and len(text.split()) <= ATTRIBUTION_WORDS // 2


def begins_original(lines: list[Line], number: int) -> bool:
    """Whether all that stands from this line on is an answered or forwarded mail, quoted without marks."""
    line = lines[number]
    if line.blank:
        return False
    if _asks_above(line.head):
        return True
    if title := _TITLE.fullmatch(line.head):
        return _announces(title[1]) or header_block(lines, number + 1)
    if arrows := _ARROWS.fullmatch(line.head):
        return ADDRESS.search(arrows[1]) is not None or DATE.search(arrows[1]) is not None
    if ORIGINAL.fullmatch(line.head.strip()) and names_sender(lines, number + 1):
        return True
    if ":" not in line.head and "：" not in line.head:
        return header_table(lines, number)
    if (title := _APPLE_TITLE.fullmatch(line.head)) and ORIGINAL.fullmatch(title[1]):
        return names_sender(lines, number + 1) or quote_follows(lines, number + 1)
    return header_block(lines, number, ruled=_is_ruled(lines, number)) or _goes_on(line.head)


def _is_ruled(lines: list[Line], number: int) -> bool:
    above = lines[rule_above(lines, number)].head.strip()
    return len(above) >= OUTLOOKS_RULE and above == "_" * len(above)


def _announces(title: str) -> bool:
    """Between dashes stands what Outlook calls it, or, with Notes and Zoho, who wrote."""
    wrote = WROTE.search(title) and (ADDRESS.search(title) or (DATE.search(title) and TIME.search(title)))
    return ORIGINAL.fullmatch(title) is not None or bool(wrote)


def _asks_above(text: str) -> bool:
    """The line above which a help desk asks people to write; a longer one tells of such a line."""
    return ANSWER_ABOVE.match(text) is not None and len(text.split()) <= ANSWER_ABOVE_WORDS


def _goes_on(text: str) -> bool:
    """Yahoo's phones write the quote into the line of the attribution itself."""
    bracketed = _BRACKETED.search(text)
    if bracketed is None:
        return False
    before, after = text[: bracketed.start()], text[bracketed.end() :]
    wrote = WROTE.match(after)
    if not (wrote or WROTE.search(before)) or after[wrote.end() if wrote else 0 :].lstrip()[:1] not in (":", "："):
        return False
    dated = DATE.search(before) is not None and TIME.search(before) is not None
    return dated and OWN_WROTE.search(before) is None and len(before.split()) <= ATTRIBUTION_WORDS


def _lines_above(lines: list[Line], number: int) -> int:
    """1 where the date stands below who wrote: "Ada Quint <ada@…> escreveu"; and where a title stands above it all."""
    above = lines[number].head.rstrip() if number >= 0 else ""
    title = _TITLE.fullmatch(above)
    named = ADDRESS.search(above) is not None and WROTE.search(above) is not None
    return int(named or (title is not None and ORIGINAL.fullmatch(title[1]) is not None))


def _name_above(lines: list[Line], number: int) -> int:
    """1 where the word for writing stands alone, and who wrote above it."""
    alone = WROTE.fullmatch(lines[number].head.strip(" :：")) is not None
    above = lines[number - 1] if number else None
    return int(alone and above is not None and not above.quoted and ADDRESS.search(above.head) is not None)


def _attributes(joined: str, quote_follows: bool) -> bool:
    address, time, wrote = ADDRESS.search(joined), TIME.search(joined), WROTE.search(joined)
    if len(joined.split()) > ATTRIBUTION_WORDS + 8 * bool(address):
        return False
    if OWN_WROTE.search(joined):
        return False
    if quote_follows:
        return bool(wrote or address or time)
    return bool(address and (wrote or time)) and _ends_as_programs_do(joined)


def _ends_as_programs_do(joined: str) -> bool:
    """Without a mark of quoting below, a person may be telling who wrote what and when: a program ends with the word
    for it, with the address or with the time, and puts the address into brackets or right beside that word."""
    said = joined.rstrip(" :：")
    wrote = _wrote_last(said)
    brackets = list(_BRACKETED.finditer(said))
    if brackets:
        rest = said[brackets[-1].end() :]
        return wrote is not None or not rest or TIME.search(rest[-_STAMP_END:]) is not None
    if wrote is not None:
        return ADDRESS.search(said[: wrote.start()].rstrip(" ,").rpartition(" ")[2]) is not None
    before, _, last = said.rpartition(" ")
    return ADDRESS.fullmatch(last) is not None and any(m.end() == len(before.rstrip()) for m in WROTE.finditer(before))


def _wrote_last(said: str) -> re.Match[str] | None:
    return next((wrote for wrote in WROTE.finditer(said) if wrote.end() == len(said)), None)


def _undated(text: str, follows: bool) -> int:
    """ "Ada Quint <ada@…> wrote:"; above a quote the name alone will do, or what a program says in its language."""
    if OWN_WROTE.search(text) or len(text.split()) > ATTRIBUTION_WORDS:
        return 0
    said = text.rstrip(" :：")
    wrote = _wrote_last(said)
    named = wrote is not None and _is_name(_BRACKETED.sub("", said[: wrote.start()]))
    if not follows:
        return int(named and _BRACKETED.search(said) is not None)
    told = WROTE.search(text) is not None and (_BEGINS.match(text) or ADDRESS.search(text) or _NUMBER.search(text))
    to_me = said.rpartition(" ")[2].lower() in _TO_ME
    return int(named or bool(told and not to_me) or QUOTING.match(text) is not None)


def _is_name(text: str) -> bool:
    words = [word for word in text.split() if word.lower() not in _PARTICLES]
    return len(words) <= _NAME_WORDS and not any(word[0].islower() for word in words)
