"""A view's name, a search, a place to go on from; out comes that page of the queue."""

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, request
from sqlalchemy.orm import Session
from werkzeug import Response

from models.rules.lifecycle import CorrectionState, State
from models.rules.permissions import Right
from models.rules.references import named_in
from models.services.pages import worklist
from models.services.pages.shown import masked, without_values
from models.services.pages.worklist import CorrectionRow, Row, View
from webform.context import the_desk
from webform.staff import frame, wording
from webform.staff.members import current_actor, the_member
from webform.staff.sidebar import GROUPS

pages = Blueprint("lists", __name__)

TITLES = {name: label for _, views in GROUPS for name, label in views}
LONGEST_SEARCH = 200
ELSEWHERE = {View.QUARANTINE: "/staff/quarantine", View.STUCK: "/staff/outbox"}
"""Views that hold no requests have pages of their own."""
EMPTY = {
    View.TO_APPROVE: "Queue clear. Nothing waits to be approved.",
    View.UNCLEAR: "Every kind is clear. Nothing waits to be sorted.",
    View.PROOF: "Nobody has still to answer the mailed link.",
    View.DETAILS: "No question of ours waits for an answer.",
    View.QUESTIONS: "No question waits for an answer.",
    View.OVERDUE: "Nothing is overdue.",
    View.DUE_SOON: "Nothing is due within three days.",
    View.MINE: "Nothing is assigned to you.",
    View.UNDELIVERED: "Every letter reached its reader.",
    View.SPAM: "Nothing was taken for spam.",
    View.SET_ASIDE: "No machine has written.",
    View.DONE: "Nothing is closed yet.",
}


@dataclass(frozen=True)
class Chip:
    """The first change of a request in one line; ``more`` is how many others it has."""

    field: str
    was: str
    will: str
    more: int


@dataclass(frozen=True)
class Item:
    row: Row
    who: str
    gist: str
    due: wording.Due
    chip: Chip | None


@pages.get("/")
def show() -> str | Response:
    """Of searches only one by reference may stand in an address: names and mail addresses stay out of histories."""
    view, search = frame.chosen_view(), request.args.get("q", "").strip()[:LONGEST_SEARCH]
    if named_in(search) is None:
        search = ""
    if view in ELSEWHERE and not search:
        return redirect(ELSEWHERE[view], 303)
    return _shown(view, search, request.args.get("after"))


@pages.post("/")
def search() -> str:
    """Changes nothing; what is looked for stays out of addresses and logs."""
    sought = request.form.get("q", "").strip()[:LONGEST_SEARCH]
    return _shown(frame.chosen_view(), sought, request.form.get("after"))


def _shown(view: View, search: str, after: str | None) -> str:
    with the_desk().readers() as session:
        rows, after = page(session, view, after=after, search=search)
        counted = frame.counts(session)
    name = "Search" if search else TITLES[view]
    count = counted.get(view, 0)
    return frame.shown(
        "staff/queue.html", title=f"{name} ({count})" if count and not search else name, heading=name,
        counted=counted, current="" if search else view.value, items=items(rows), view=view, search=search,
        after=after, toast=frame.toast(), empty=_empty(view, search),
    )  # fmt: skip


def _empty(view: View, search: str) -> str:
    if not search:
        return EMPTY.get(view, "Nothing here.")
    if not current_actor().may(Right.REVEAL) and named_in(search) is None:
        return "Your role finds requests by their reference only, such as RD-7F3K2QXM."
    return f"Nothing found for “{search}” in any view."


def page(session: Session, view: View, *, after: str | None, search: str) -> tuple[list[Row], str | None]:
    mine, today = the_member().id, frame.today()
    try:
        return worklist.page(
            session, view, staff_id=mine, today=today, after=after, search=search, reader=current_actor()
        )
    except ValueError:
        abort(404)


def items(rows: list[Row]) -> list[Item]:
    """As its reader may see them: masked for those who may not reveal."""
    reveals, today = current_actor().may(Right.REVEAL), frame.today()
    return [
        _item(row, reveals, wording.due(row.due_on, today=today, closed=row.state is State.CLOSED)) for row in rows
    ]


def _item(row: Row, reveals: bool, due: wording.Due) -> Item:
    who, gist = row.requester_name or row.requester, " · ".join(filter(None, (row.subject, row.gist)))
    if not reveals:
        who, gist = masked(who), without_values(gist, values_of(row))
    live = [one for one in row.corrections if one.state is not CorrectionState.DECLINED]
    return Item(row, who, gist, due, _chip(live, reveals) if live else None)


def values_of(row: Row) -> list[str | None]:
    """All that a masked page must not show in a text of this request."""
    said = [value for one in row.corrections for value in (one.before, one.after, one.said, one.said_old)]
    return [*said, row.requester, row.requester_name, *row.requester_name.split()]


def _chip(corrections: list[CorrectionRow], reveals: bool) -> Chip:
    first = corrections[0]
    before, after = (value and (value if reveals else masked(value)) for value in (first.before, first.after))
    return Chip(
        field=wording.called(first),
        was=before or "",
        will=after or "",
        more=len(corrections) - 1,
    )
