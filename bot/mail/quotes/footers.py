"""What servers add below a letter: a firm's disclaimer, a scanner's word, a list's footer, a mail service's praise."""

import re

from bot.mail.quotes.footer_phrases import FOOTER, LIST, LISTS_NAME, PLACE, SCANNER, SERVICE
from bot.mail.quotes.lines import Is, Line, mark_new, rule_above
from bot.mail.quotes.signature_phrases import CLOSING

FOOTER_LINES = 8
ARMOUR_LINES = 4
PRAISE_LINES = 5
# Hotmail's and Yahoo's line is that long; people draw shorter ones.
PRAISE_RULE = 55

# A scanner's picture is its link alone.
_DIVIDER = re.compile(r"\s*(?:[-_=*#~–—]{2,}|<https?://[^\s<>]{1,300}>)\s*")
_RULE = re.compile(r"\s*(?:_{8,}|-{8,}|#{20,}|-- ?|-~(?:-~|--~){2,}\S*)\s*")
_WEB = re.compile(r"\S*(?:://|www\.|@)\S*")
_ORNAMENT = " \t\xa0*_([#=~-"
_ARMOUR = re.compile(r"-----(BEGIN|END) PGP (SIGNED MESSAGE|SIGNATURE)-----\s*")
_SCANNERS_TITLE = re.compile(r"\s*_{5,}\s*(\S.{3,200}?)\s*_{5,}\s*")


def mark_footers(lines: list[Line], marks: list[Is]) -> None:
    """Marks what is so far new and was added by a server, wherever a quote stands beside it."""
    _mark_armour(lines, marks)
    _mark_below_rules(lines, marks)
    _mark_paragraphs(lines, marks)


def _mark_armour(lines: list[Line], marks: list[Is]) -> None:
    """What OpenPGP writes around a signed letter (RFC 4880, 7)."""
    signature = False
    for number, line in enumerate(lines):
        armour = _ARMOUR.fullmatch(line.head)
        if armour and armour[1] == "BEGIN" and armour[2] == "SIGNED MESSAGE":
            last = min(number + ARMOUR_LINES, len(lines))
            end = next((n for n in range(number, last) if lines[n].blank), number) + 1
            mark_new(marks, range(number, end), Is.DISCLAIMER)
        signature = signature or bool(armour and armour[1] == "BEGIN" and armour[2] == "SIGNATURE")
        if signature:
            mark_new(marks, [number], Is.DISCLAIMER)
        signature = signature and not (armour and armour[1] == "END")


def _mark_below_rules(lines: list[Line], marks: list[Is]) -> None:
    """A line drawn, and below it a list's footer, or, at the end of all, praise of a mail service."""
    last = max((number for number, line in enumerate(lines) if not line.blank), default=-1)
    for number, line in enumerate(lines):
        if marks[number] is not Is.NEW:
            continue
        if (title := _SCANNERS_TITLE.fullmatch(line.head)) and SCANNER.search(title[1]):
            mark_new(marks, range(number, len(lines)), Is.DISCLAIMER)
        elif _RULE.fullmatch(line.head):
            below = _paragraph(lines, number + 1)
            if _is_added(lines, number, below, is_last=last in below):
                mark_new(marks, range(number, below.stop), Is.DISCLAIMER)


def _is_added(lines: list[Line], number: int, below: range, *, is_last: bool) -> bool:
    """Whether what stands below a rule is a server's; a person may draw lines and give addresses too."""
    said = "\n".join(lines[n].head for n in below)
    if PLACE.search(said) is None and "@" not in said:
        return False
    if LIST.search(said) or (is_last and LISTS_NAME.match(said)):
        return len(below) <= FOOTER_LINES
    long = len(lines[number].head.strip()) >= PRAISE_RULE
    return is_last and len(below) <= PRAISE_LINES and (long or SERVICE.search(_WEB.sub("", said)) is not None)


def _paragraph(lines: list[Line], number: int) -> range:
    """The lines of the paragraph there, up to a blank, a quote or a rule; of a long one no more than tells it so."""
    end = number = number + (number < len(lines) and lines[number].blank)
    while end < len(lines) and end - number <= FOOTER_LINES and not (lines[end].blank or lines[end].quoted):
        if _RULE.fullmatch(lines[end].head):
            break
        end += 1
    return range(number, end)


def _mark_paragraphs(lines: list[Line], marks: list[Is]) -> None:
    """What begins like a disclaimer, up to the end of its paragraph, below what the person says."""
    closing = next((n for n, line in enumerate(lines) if marks[n] is Is.NEW and CLOSING.match(line.head)), None)
    last_said = _last_said(lines, marks) if closing is None else closing
    inside = False
    for number, line in enumerate(lines):
        if line.blank:
            inside = False
        # Below a closing it may follow right on the sender's telephone.
        elif number > last_said and _begins_footer(lines, number, apart=closing is None):
            inside = True
            mark_new(marks, range(rule_above(lines, number, rule=_DIVIDER), number), Is.DISCLAIMER)
        if inside:
            mark_new(marks, [number], Is.DISCLAIMER)


def _last_said(lines: list[Line], marks: list[Is]) -> int:
    """Of a letter without a closing the line to which all is the person's: the last one of a paragraph that is no
    disclaimer. People too begin with "this message is confidential"; never less than the first line of all.
    """
    first = next((n for n, line in enumerate(lines) if marks[n] is Is.NEW and not line.blank), len(lines))
    said, footer = first, False
    for number, line in enumerate(lines):
        if line.blank:
            footer = False
            continue
        footer = footer or (number > first and _begins_footer(lines, number, apart=True))
        if marks[number] is Is.NEW and not footer and not _DIVIDER.fullmatch(line.head):
            said = number
    return said


def _begins_footer(lines: list[Line], number: int, *, apart: bool) -> bool:
    """``apart``: only where a blank or a divider stands above. A disclaimer's first words may be on two lines."""
    above = lines[number - 1] if number else None
    if apart and above is not None and not above.blank and _DIVIDER.fullmatch(above.head) is None:
        return False
    below = lines[number + 1].head if number + 1 < len(lines) else ""
    return FOOTER.match(f"{lines[number].head.strip(_ORNAMENT)} {below.strip()}") is not None
