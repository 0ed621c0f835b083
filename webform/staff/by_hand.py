"""What staff take down from a letter, a call or a visit goes in; out comes a message in the spool like any other."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, make_response, redirect, request
from werkzeug import Response
from werkzeug.datastructures import MultiDict

from models.customers.values import refusal
from models.rules.kinds import Field, Kind
from models.rules.permissions import NotAllowedError
from models.rules.references import named_in
from models.rules.submission import Submission
from models.services import audit, clocks
from models.services.arrival import intake, parcels
from models.services.arrival.parcels import NotShutInError
from webform import forms, speech
from webform.context import the_desk
from webform.row_numbers import number as number_in
from webform.staff import frame, kept, quarantine, readable
from webform.staff.members import current_actor

pages = Blueprint("by_hand", __name__)

WAYS = {
    "letter": "a letter", "phone": "a call", "counter": "a visit at the counter",
    "mail": "a mail that the desk could not read",
}  # fmt: skip
LINES = 3
READ_MEANWHILE = "Somebody had the desk try that message again meanwhile: nothing was done. Look at the quarantine."
AGAIN = "You had been logged out: nothing was done. What you typed is here again; look, and press again."


@dataclass(frozen=True)
class Taken:
    """The form as filled in: the submission as typed, how it came, when, and in which language; ``spool`` is the
    message in quarantine that it is taken down from."""

    typed: forms.Typed
    way: str
    received: str
    language: str = ""
    spool: int | None = None


@pages.get("/new")
def show() -> Response:
    typed = kept.form("/staff/new")
    if typed is None:
        number = request.args.get("spool", type=number_in)
        return _page(Taken(forms.Typed(), "letter", frame.today().isoformat()) if number is None else _from(number))
    return kept.forget(_page(_taken(typed), wrong={"again": AGAIN}))


@pages.post("/new")
def take_down() -> Response:
    taken = _taken(request.form)
    checked, day = forms.check(taken.typed, (), language=taken.language), _day(taken.received)
    wrong = _wrong(checked, taken.typed, taken.way, day)
    if wrong or isinstance(checked, forms.Refused) or day is None:
        return _page(taken, wrong=wrong, code=422)
    try:
        reference = _spool(checked, taken, day)
    except NotAllowedError:
        return _page(taken, wrong={"role": "Your role may not take down tickets."}, code=403)
    except NotShutInError:
        return _page(taken, wrong={"again": READ_MEANWHILE}, code=409)
    except LookupError:
        abort(404)
    return redirect(f"/staff/new?made={reference}", 303)


def _taken(posted: MultiDict[str, str]) -> Taken:
    return Taken(
        forms.read(posted), posted.get("channel", ""), posted.get("received", ""), posted.get("language", ""),
        posted.get("spool", type=number_in),
    )  # fmt: skip


def _from(spool_id: int) -> Taken:
    """What of a message in quarantine can be read stands in the form already; staff read the rest themselves."""
    desk = the_desk()
    with desk.readers() as session:
        found = parcels.find(desk, session, spool_id, actor=current_actor(), now=desk.clock()) or abort(404)
    quarantine.tell_once(spool_id)
    received = clocks.day_of(desk, found.parcel.received_at).isoformat()
    return Taken(readable.typed_from(found, desk.read_mail), "mail", received, spool=spool_id)


def _spool(submission: Submission, taken: Taken, day: date) -> str:
    desk, actor = the_desk(), current_actor()
    now = desk.clock()
    # The hour is not known; noon is on that day in every zone near ours.
    noon = datetime.combine(day, time(12), ZoneInfo(desk.config.desk.timezone)).astimezone(UTC)
    take: Callable[..., str] = intake.by_hand
    if taken.spool is not None:
        take = partial(parcels.take_down, spool_id=taken.spool)
    with desk.sessions.begin() as session:
        reference = take(
            desk, session, submission, received_at=min(noon, now), actor=actor, now=now,
            reference=desk.new_reference(),
        )  # fmt: skip
        detail = {"reference": reference, "way": taken.way}
        audit.record(session, audit.DESK, "way of a ticket by hand", by=actor.by, now=now, detail=detail)
    return reference


def _page(taken: Taken, *, wrong: dict[str, str] | None = None, code: int = 200) -> Response:
    with the_desk().readers() as session:
        counted = frame.counts(session)
    blank = [forms.TypedLine()] * max(0, LINES - len(taken.typed.lines))
    html = frame.shown(
        "staff/new.html", title="New ticket by hand", counted=counted, current="/staff/new", taken=taken,
        typed=taken.typed, lines=[*taken.typed.lines, *blank], wrong=wrong or {}, ways=WAYS, kinds=tuple(Kind),
        fields=tuple(Field), made=named_in(request.args.get("made", "")),
    )  # fmt: skip
    return make_response(html, code)


def _day(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if day <= frame.today() else None


def _unsound(typed: forms.Typed) -> dict[str, str]:
    """Values that their fields cannot hold, by the line that they stand in."""
    lines = typed.lines if typed.kind == Kind.RECTIFICATION else ()
    known = [(f"line-{number}", line) for number, line in enumerate(lines) if line.field in set(Field)]
    checked = {place: refusal(Field(line.field), line.new or None) for place, line in known}
    return {place: why for place, why in checked.items() if why}


def _wrong(checked: Submission | forms.Refused, typed: forms.Typed, way: str, day: date | None) -> dict[str, str]:
    t = speech.speech()
    wrong = _unsound(typed)
    if isinstance(checked, forms.Refused):
        wrong |= {place: str(t(key)) for place, key in checked.errors.items()}
    if way not in WAYS:
        wrong["channel"] = "Say how it reached us."
    if day is None:
        wrong["received"] = "Give the day on which it reached us; it cannot lie ahead."
    return wrong
