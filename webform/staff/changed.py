"""A page that grew stale and the request as it is now go in; out comes what changed, beside what was typed."""

from collections.abc import Iterator
from dataclasses import dataclass

from models.services.pages import opened
from models.services.pages.desk_page import RequestPage
from webform.staff import wording
from webform.staff.typed import Typed

LATEST = 3
"""How many events are told where the page did not say which it had shown."""


@dataclass(frozen=True)
class Changed:
    """A line of the table: as it was shown, as it is, as it was typed."""

    field: str
    was: str
    now: str
    yours: str


def lines(page: RequestPage, typed: Typed) -> list[Changed]:
    return list(_lines(page, typed))


def events(page: RequestPage, typed: Typed) -> list[str]:
    """What happened since the page was shown, in the words of the audit log."""
    since = page.events[-LATEST:] if typed.seen is None else page.events[typed.seen :]
    return [
        f"{event.what}, by {event.by}, {wording.moment(event.at)}"
        for event in since
        if not event.what.startswith(opened.REQUEST)
    ]


def _lines(page: RequestPage, typed: Typed) -> Iterator[Changed]:
    for one in page.row.corrections:
        now, was = one.after or "", typed.was.get(one.id)
        yours = typed.changed(one.id, "")
        if (was is None and typed.was) or (was is not None and was != now):
            yield Changed(wording.called(one), was or "", now, yours)
    shown = typed.text("was-kind")
    if shown and shown != page.row.kind:
        yield Changed("kind", wording.KINDS.get(shown, shown), wording.KINDS[page.row.kind], "")  # type: ignore[call-overload]
    state = typed.text("was-state")
    if state and state != page.row.state:
        yield Changed("state", wording.STATES.get(state, state), wording.STATES[page.row.state], "")  # type: ignore[call-overload]
