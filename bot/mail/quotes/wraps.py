"""Quoted lines that a program on the way wrapped: their tails stand without a mark between lines that have one."""

import re

from bot.mail.quotes.lines import Is, Line, mark_new

# Programs wrap at 72 to 80 characters.
WRAPPED_AT, TAIL = 62, 42

_GOES_ON = re.compile(r".*[^\s.!?:;…]\s*", re.DOTALL)


def mark_tails(lines: list[Line], marks: list[Is]) -> None:
    """Only below what the person says, where nothing but tails stands between quoted lines and nothing behind them:
    a short answer might look like a tail."""
    quoted = [number for number, line in enumerate(lines) if line.quoted]
    own = [number for number, mark in enumerate(marks) if mark is Is.NEW and not lines[number].blank]
    if not quoted or not own or own[0] > quoted[0]:
        return
    between = [number for number in own if quoted[0] < number < quoted[-1]]
    behind = next((lines[number] for number in own if number > quoted[-1]), None)
    added = behind is None or behind.is_rule or behind.text == "-- "
    if added and all(_is_tail(lines, number) for number in between):
        mark_new(marks, between, Is.QUOTE)


def _is_tail(lines: list[Line], number: int) -> bool:
    above, line, below = lines[number - 1], lines[number].head, lines[number + 1]
    if not (above.quoted and below.quoted) or len(line) > TAIL or len(above.text) < WRAPPED_AT:
        return False
    return line[:1].islower() and _GOES_ON.fullmatch(above.head) is not None
