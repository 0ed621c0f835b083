"""A request as typed goes in; out comes the exact letter that would go, or why there is none yet."""

from dataclasses import dataclass

from models.letters import LetterError, languages
from models.rules.kinds import Kind
from models.rules.lifecycle import State
from models.services.deciding import review
from models.services.pages.desk_page import RequestPage
from models.services.pages.shown import without_links
from webform.context import the_desk
from webform.staff import wording
from webform.staff.typed import Typed

NAMES = {
    "corrected": "The letter that goes out",
    "declined": "The letter that declines",
    "ask": "The letter that asks",
    "answer": "The answer that goes out",
    "package": "The letter that goes out",
}

_USUAL = {Kind.RECTIFICATION: "corrected", Kind.ACCESS: "package"}
FIRST = {
    "declined": ("reason", "Write the reason first: the letter gives it."),
    "ask": ("question", "Write the question first: the letter asks it."),
    "answer": ("text", "Write the answer first: it is the letter."),
}
"""The field that a letter cannot be written without, and what to say while it is blank."""
UNTICKED = "A line is not ticked: say below it why, for the letter says so too."


@dataclass(frozen=True)
class Draft:
    """``text`` is blank where no letter can be shown; ``why`` says then what it waits for."""

    name: str = ""
    title: str = ""
    language: str = ""
    subject: str = ""
    text: str = ""
    why: str = ""


NO_DRAFT = Draft()


def draft(page: RequestPage, typed: Typed | None, letter: str) -> Draft:
    """The letter asked for, else that of the usual decision."""
    name = letter if letter in NAMES else _usual(page)
    if not name:
        return NO_DRAFT
    waits = _waits_for(page, typed, name)
    if waits:
        return Draft(name, NAMES[name], why=waits)
    try:
        return _written(page, typed, name)
    except LetterError as error:
        return Draft(name, NAMES[name], why=f"{str(error)[:1].upper()}{str(error)[1:]}.")


def _waits_for(page: RequestPage, typed: Typed | None, name: str) -> str:
    """What staff have still to write before there is a letter to show."""
    if name == "corrected":
        unticked = typed is not None and typed.ticked is not None and not page.undecided <= typed.ticked
        return UNTICKED if unticked and typed and not typed.either("reason-lines", "reason") else ""
    if name not in FIRST:
        return ""
    field, why = FIRST[name]
    return "" if typed is not None and typed.text(field) else why


def _usual(page: RequestPage) -> str:
    return _USUAL.get(page.row.kind, "") if page.row.state is State.IN_REVIEW else ""


def _written(page: RequestPage, typed: Typed | None, name: str) -> Draft:
    texts = typed or Typed(page.row.version)
    desk = the_desk()
    language = wording.language(desk.config.desk.language_for(page.row.language, languages()))
    # Decided here only to be shown: nothing of it is flushed, and the session ends without a commit.
    with desk.readers() as session, session.no_autoflush:
        letter = review.preview(
            desk, session, page.row.request, letter=name, now=desk.clock(), ticked=texts.ticked, values=texts.values,
            reason=texts.either("reason-lines", "reason") if name == "corrected" else texts.text("reason"),
            text=texts.text("question" if name == "ask" else "text"),
        )  # fmt: skip
    return Draft(name, NAMES[name], language, letter.subject, without_links(letter.text))
