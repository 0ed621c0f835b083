"""Messages and letters of a ticket go in; out comes the conversation by time, as its reader may see it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from models.services.pages.desk_page import LetterView, MessageView, RequestPage
from models.services.pages.shown import masked, masked_address, without_links, without_values
from models.services.pages.views import TROUBLED
from webform.context import the_desk
from webform.staff import lists, passages, wording
from webform.staff.passages import Part

OPEN = 2
"""So many of the latest are shown unfolded."""


@dataclass(frozen=True)
class Entry:
    """A message (``message``) or a letter of ours (``letter``). ``unread``: what of it the desk has not read."""

    at: str
    who: str
    address: str
    subject: str
    parts: tuple[Part, ...]
    open: bool
    unread: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    message: MessageView | None = None
    letter: LetterView | None = None


def entries(page: RequestPage, *, reveals: bool) -> list[Entry]:
    both: list[MessageView | LetterView] = [*page.messages, *page.letters]
    both.sort(key=lambda one: one.at)
    first_open = len(both) - OPEN
    shown = _shown(page, reveals=reveals)
    return [
        _received(one, shown, reveals=reveals, unfolded=number >= first_open or bool(one.marks))
        if isinstance(one, MessageView)
        else _sent(one, shown, reveals=reveals, unfolded=number >= first_open or one.state in TROUBLED)
        for number, one in enumerate(both)
    ]


def _shown(page: RequestPage, *, reveals: bool) -> Callable[[str], str]:
    """What of a text its reader may see: never a link that is a right, and values only by who may reveal them."""
    values = lists.values_of(page.row)
    return without_links if reveals else lambda text: without_values(without_links(text), values)


def _received(message: MessageView, shown: Callable[[str], str], *, reveals: bool, unfolded: bool) -> Entry:
    name = message.sender_name
    return Entry(
        at=wording.moment(message.at),
        who=name if reveals or not name else masked(name),
        address=message.sender if reveals else masked_address(message.sender),
        subject=shown(message.subject),
        parts=tuple(passages.parts(message, shown=shown)),
        open=unfolded,
        unread=[wording.NOT_READ[one] for one in message.defects if one in wording.NOT_READ],
        doubts=[one for one in message.defects if one not in wording.NOT_READ],
        message=message,
    )


def _sent(letter: LetterView, shown: Callable[[str], str], *, reveals: bool, unfolded: bool) -> Entry:
    text: Markup = escape(shown(letter.text))
    return Entry(
        at=wording.moment(letter.at),
        who=the_desk().config.desk.name,
        address=letter.to if reveals else masked_address(letter.to),
        subject=shown(letter.subject),
        parts=(Part(text),),
        open=unfolded,
        letter=letter,
    )
