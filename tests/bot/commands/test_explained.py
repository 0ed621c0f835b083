"""How a letter's reading is shown to a person at a terminal."""

import click

from bot.commands import explained
from models.rules.kinds import Action, Field, Kind
from models.rules.reading import Found, Place, Reading, Verdict
from models.rules.routing import Route

TEXT = "We left 3 Mill Lane. It is 14 Quarry Hill now. Thank you."
READING = Reading(sender="ada@example.net", subject="Moved", text=TEXT, new=((0, len(TEXT)),))
STREET = Found(Action.SET, Field.STREET, "3 Mill Lane", "14 Quarry Hill", None, Place.TEXT, 27, 41, 0.93)


def verdict(*decided: Kind, score: float = 0.97) -> Verdict:
    scores = {kind: score if kind in decided else 0.001 for kind in Kind}
    return Verdict("en", scores, decided, passages=((0, 46),))


def shown(*found: Found, kind: Kind = Kind.RECTIFICATION, way: Route = Route.AUTO) -> list[str]:
    return list(explained.lines(READING, verdict(kind), found, way))


def test_the_letter_is_shown_whole_with_its_values_and_reasons_marked() -> None:
    whole = shown(STREET)[-1]
    assert click.unstyle(whole) == TEXT
    assert click.style("14 Quarry Hill", fg="green", bold=True, underline=True) in whole
    assert click.style("3 Mill Lane", fg="red", bold=True, underline=True) in whole
    assert whole.endswith(" Thank you.")


def test_what_would_change_is_said_in_words() -> None:
    plain = "\n".join(click.unstyle(line) for line in shown(STREET))
    assert "street 3 Mill Lane → 14 Quarry Hill  93%" in plain
    assert "rectification ███████████████████ 97%" in " ".join(plain.split())
    assert "goes on by itself" in plain
    assert "erasure" not in plain


def test_by_which_rule_a_kind_is_certain_is_said() -> None:
    told = explained.lines(READING, verdict(Kind.OPT_OUT), (), Route.AUTO, certain="one word")
    assert "why one word" in " ".join(click.unstyle("\n".join(told)).split())


def test_what_is_to_go_and_what_is_not_said_are_told_apart() -> None:
    gone = Found(Action.REMOVE, Field.PHONE, "0161 496 0182", None, None, Place.TEXT, 0, 0, 0.9)
    unsaid = Found(Action.SET, Field.EMAIL, None, None, None, Place.TEXT, 0, 0, 0.6)
    stored = Found(Action.SET, Field.PHONE, None, "0161 496 0999", "+441614960999", Place.TEXT, 0, 0, 0.8)
    plain = "\n".join(click.unstyle(line) for line in shown(gone, unsaid, stored, way=Route.PERSON))
    assert "phone 0161 496 0182 is to go" in plain
    assert "email ? → ?" in plain
    assert "? → 0161 496 0999 (stored as +441614960999)" in plain
    assert "a person looks at it first" in plain
