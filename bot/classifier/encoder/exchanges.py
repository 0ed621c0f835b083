"""Puts the values of one message into another: the same words around values of other people."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.classifier.corpus_rows import Label, Row
from models.rules.kinds import Action, Field
from models.rules.reading import Writing

_SHORTEST = 3
Form = tuple[str, Action, Field, bool, bool]
Pool = Mapping[Form, Sequence[Label]]
NewSpans = Callable[[str], tuple[tuple[int, int], ...]]


def pool(rows: Sequence[Row]) -> Pool:
    """The corrections of all messages by language and by which sides they give."""
    found: dict[Form, list[Label]] = {}
    for row in rows:
        for label in row.labels:
            if _is_whole(label):
                found.setdefault(_form(row, label), []).append(label)
    return found


def exchanged(row: Row, others: Pool, new_spans: NewSpans, chance: random.Random) -> Row:
    """The message with its values replaced, each by one of the same field and language; sides stay together, for a
    wrong spelling and the right one belong to each other."""
    labels, writing = list(row.labels), row.writing
    for number, label in enumerate(labels):
        given = others.get(_form(row, label), ())
        if _is_whole(label) and given:
            other = chance.choice(given)
            table = {old: new for old, new in ((label.old, other.old), (label.new, other.new)) if old and new}
            writing = _replaced(writing, table, new_spans)
            labels[number] = other
    # Where a value of one label stood within another's, the message no longer says what its labels do.
    whole = f"{writing.subject}\n{writing.text}"
    fits = all(value in whole for label in labels for value in (label.old, label.new) if value)
    return replace(row, writing=writing, labels=tuple(labels)) if fits else row


def _form(row: Row, label: Label) -> Form:
    return row.language, label.action, label.field, label.old is not None, label.new is not None


def _is_whole(label: Label) -> bool:
    """A letter or two of a value are spoken of by the words around them."""
    return all(len(value) >= _SHORTEST for value in (label.old, label.new) if value)


def _replaced(writing: Writing, table: Mapping[str, str], new_spans: NewSpans) -> Writing:
    if not table:
        return writing
    longest_first = sorted(table, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(value)}(?!\w)" for value in longest_first))
    text = pattern.sub(lambda found: table[found[0]], writing.text)
    subject = pattern.sub(lambda found: table[found[0]], writing.subject)
    return replace(writing, subject=subject, text=text, new=new_spans(text))
