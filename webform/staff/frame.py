"""What stands around every staff page: the views with their counts, who is logged in, what the last deed did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import render_template, request
from sqlalchemy.orm import Session

from models.request import Request
from models.rules.lifecycle import State
from models.rules.permissions import Right
from models.rules.references import named_in
from models.services import clocks
from models.services.pages import worklist
from models.services.pages.worklist import View
from webform.context import the_desk
from webform.row_numbers import number as number_in
from webform.staff import sidebar, wording
from webform.staff.members import current_actor, the_member

DONE_WORDS: Mapping[str, str] = {
    "approve": "Approved {}",
    "approve-once": "{} is approved once and waits for a second person",
    "decline": "Declined {}",
    "ask": "Asked the customer about {}",
    "kind": "Kind of {} is set",
    "corrections": "Lines of {} are saved",
    "undo": "{} is being taken back",
    "identity": "Identity for {} is noted",
    "assign": "{} is assigned",
    "answer": "Answered {}",
    "close": "Closed {}",
    "elsewhere": "Noted for {} what was done elsewhere",
    "rows": "Records for {} are chosen",
    "told": "Noted for {} who was told",
    "merge": "{} is merged",
    "link": "A new link for {} goes out",
}


@dataclass(frozen=True)
class Toast:
    """What the last deed did; ``undo`` where one click takes it back."""

    text: str
    request: int
    version: int
    undo: bool


def today() -> date:
    desk = the_desk()
    return clocks.day_of(desk, desk.clock())


def chosen_view() -> View:
    """The view that the reader came from; the default where the address names none that there is."""
    name = request.values.get("view", "")
    return View(name) if name in set(View) else View.TO_APPROVE


def counts(session: Session) -> dict[str, int]:
    found = worklist.counts(session, staff_id=the_member().id, today=today())
    return {view.value: number for view, number in found.items()}


def told(done: Request, deed: str) -> dict[str, object]:
    """What the next page's address says of the deed: so that page asks the database nothing more."""
    facts: dict[str, object] = {"done": done.id, "deed": deed, "ref": done.ticket.reference, "as": done.version}
    if deed == "approve" and done.state is State.IN_REVIEW:
        facts["deed"] = "approve-once"
    return facts


def toast() -> Toast | None:
    """Read from the address of this page; the undo that it offers is checked like any other."""
    number, version = request.args.get("done", type=number_in), request.args.get("as", type=number_in)
    deed, reference = request.args.get("deed", ""), named_in(request.args.get("ref", ""))
    if number is None or version is None or reference is None or deed not in DONE_WORDS:
        return None
    undo = deed == "approve" and current_actor().may(Right.UNDO)
    return Toast(DONE_WORDS[deed].format(reference), number, version, undo)


def shown(template: str, *, title: str, counted: Mapping[str, int], current: str, **facts: object) -> str:
    """The page. ``current`` is the view, or the path, that the sidebar marks."""
    return render_template(
        template,
        title=title,
        sidebar=sidebar.groups(counted, current=current),
        words=wording,
        today=today(),
        finds_names=lambda: current_actor().may(Right.REVEAL),
        **facts,
    )
