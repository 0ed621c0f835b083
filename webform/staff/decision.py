"""A request's number goes in; out comes the page on which it is decided: changes, letter, conversation."""

from dataclasses import dataclass

from flask import Blueprint, abort, make_response, request
from werkzeug import Response

from models.rules.identity import needs_second_person
from models.rules.kinds import Correct, Field, Kind
from models.rules.lifecycle import OPEN_CORRECTIONS, Outcome, State
from models.rules.permissions import Right
from models.services.pages import desk_page, opened, other_rows
from models.services.pages.desk_page import RequestPage
from models.services.pages.look import Look, look
from models.services.pages.other_rows import Others
from models.services.pages.shown import masked, masked_address, without_values
from webform.context import the_desk
from webform.guard import policy
from webform.staff import changed, conversation, drafts, frame, kept, lists, reentry, typed, wording
from webform.staff.lists import Item
from webform.staff.members import current_actor
from webform.staff.problem import Problem
from webform.staff.table import tables
from webform.staff.typed import Typed

pages = Blueprint("decision", __name__)

ANSWERS = (Outcome.FULFILLED, Outcome.PARTLY, Outcome.NO_DATA)
AGAIN = Problem("You had been logged out: nothing was done. What you typed is here again; look, and press again.")
CLOSINGS = (Outcome.NOT_REQUEST, Outcome.SPAM, Outcome.WITHDRAWN, Outcome.MERGED, Outcome.EXPIRED)


@dataclass(frozen=True)
class Shown:
    """How the page is shown: as it was typed, after which refusal, with which letter; ``again`` after a log-in."""

    code: int = 200
    typed: Typed | None = None
    problem: Problem | None = None
    stale: bool = False
    letter: str = ""
    sought: str = ""
    code_shown: str = ""
    again: bool = False


@pages.get("/requests/<int:request_id>")
def show(request_id: int) -> Response:
    """After a log-in with what was typed before it: shown again, and done only when pressed again."""
    form = kept.form(request.path) if current_actor().may(Right.REVEAL) else None
    if form is None or "version" not in form:
        return answer(request_id, Shown())
    return kept.forget(answer(request_id, Shown(typed=typed.read(form), problem=AGAIN, again=True)))


def answer(request_id: int, how: Shown) -> Response:
    """The page; the customer databases are asked with no transaction open."""
    desk, view, actor = the_desk(), frame.chosen_view(), current_actor()
    with desk.readers() as session:
        page = desk_page.read(session, request_id, actor=actor)
        if page is None:
            abort(404)
        rows, _ = lists.page(session, view, after=None, search="")
        counted = frame.counts(session)
        opening = opened.of(page.row.ticket, actor, request_id=request_id)
        told = opened.is_told(desk, session, opening, by=actor.by, now=desk.clock())
    seen, items = look(page, desk.stores), lists.items(rows)
    if page.row.unseen or not told:
        with desk.sessions.begin() as session:
            desk_page.record_opened(session, page.row, actor=actor, now=desk.clock(), told=told)
    others = other_rows.find(page, seen, desk.stores, sought=how.sought)
    facts = (
        _facts(page, seen, how)
        | _choices(page, how)
        | _rows(page, seen, others, how)
        | _position(page, items, counted.get(view.value))
    )
    title = f"{page.row.ticket} · {wording.KINDS[page.row.kind]}"
    html = frame.shown(
        "staff/request.html", title=title, counted=counted, current=view.value, items=items, view=view,
        toast=frame.toast(), **facts,
    )  # fmt: skip
    response = make_response(html, how.code)
    response.headers["Content-Security-Policy"] = policy(frame_src="'self'")
    return response


def _facts(page: RequestPage, seen: Look, how: Shown) -> dict[str, object]:
    """What is shown of the request, as its reader may see it."""
    row, reveals = page.row, current_actor().may(Right.REVEAL)
    name = row.requester_name or ""
    subject = row.subject or f"{wording.KINDS[row.kind]}, no subject"
    return {
        "page": page,
        "row": row,
        "due": wording.due(row.due_on, today=frame.today(), closed=row.state is State.CLOSED),
        "reveals": reveals,
        "who": name if reveals or not name else masked(name),
        "address": row.requester if reveals else masked_address(row.requester),
        "heading": subject if reveals else without_values(subject, lists.values_of(row)),
        "tables": tables(page, seen, reveals=reveals, typed=how.typed),
        "look": seen,
        "draft": drafts.draft(page, how.typed, how.letter) if reveals else drafts.NO_DRAFT,
        "conversation": conversation.entries(page, reveals=reveals),
    }


def _choices(page: RequestPage, how: Shown) -> dict[str, object]:
    """What may be done, and what came of what was tried."""
    corrections = page.row.corrections
    stale = how.stale or (how.again and how.typed is not None and how.typed.version != page.row.version)
    four_eyes = [one for one in corrections if one.correct is Correct.FOUR_EYES]
    return {
        "can": page.allowed,
        "renewals": page.renewals,
        "code_shown": how.code_shown,
        "sends": current_actor().may(Right.ANSWER),
        "typed": how.typed.texts if how.typed else {},
        "problem": how.problem,
        "stale": stale,
        "changes": changed.lines(page, how.typed) if stale and how.typed else (),
        "since": changed.events(page, how.typed) if stale and how.typed else (),
        "four_eyes": any(one.state in OPEN_CORRECTIONS for one in four_eyes),
        "second": needs_second_person(page.row.kind, sensitive=bool(four_eyes)),
        "asks_password": reentry.asks(page.row.request, page.row.version),
        "answers": ANSWERS,
        "closings": _closings(page),
        "kinds": tuple(Kind),
        "fields": tuple(Field),
        "seen": len(page.events),
    }


def _closings(page: RequestPage) -> tuple[Outcome, ...]:
    """Who was not reached by mail may have been told otherwise: what the letter said stands first then."""
    if page.row.state is not State.UNDELIVERED:
        return CLOSINGS
    meant = [one.closes for one in page.letters if one.closes and one.request == page.row.request]
    return tuple(dict.fromkeys([*reversed(meant), *ANSWERS, Outcome.REFUSED, *CLOSINGS]))


def _rows(page: RequestPage, seen: Look, others: Others, how: Shown) -> dict[str, object]:
    """Which records may be this person's, and whether staff must vouch for that."""
    foreign = bool(set(page.chosen) & {row for row, _ in others.named})
    return {
        "others": others,
        "sought": how.sought,
        "foreign": foreign and not page.vouched,
        "vouch": not page.row.proved or foreign or (not seen.named and not seen.away),
        "vouched_once": page.names.get(page.vouched_by or 0, "") if not page.vouched else "",
    }


def _position(page: RequestPage, items: list[Item], counted: int | None) -> dict[str, object]:
    """Where the request stands in its view, and what comes before and after it."""
    numbers = [item.row.request for item in items]
    at = numbers.index(page.row.request) if page.row.request in numbers else None
    # The list is a page of the view; what the view counts is all of it.
    among = max(counted or 0, len(numbers))
    if at is None:
        return {"at": None, "among": among, "before": None, "next": numbers[0] if numbers else None}
    following = numbers[at + 1] if at + 1 < len(numbers) else None
    return {"at": at + 1, "among": among, "before": numbers[at - 1] if at else None, "next": following}
