"""Letters, calls and visits that staff take down."""

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from models.desk import Desk
from models.rules.kinds import Channel, Kind
from models.rules.submission import Submission
from models.spool import Spool
from tests.services.rows import ADA
from tests.webform.staff.conftest import Member

LETTER: dict[str, Any] = {
    "channel": "letter", "received": "2031-01-20", "email": ADA, "name": "Ada Quint", "kind": "rectification",
    "language": "en", "message": "On paper, in blue ink.", "field": ["street", "", ""], "old": ["3 Mill Lane", "", ""],
    "new": ["14 Quarry Hill", "", ""],
}  # fmt: skip


def _spooled(desk: Desk) -> list[Spool]:
    with desk.readers() as session:
        return list(session.scalars(sa.select(Spool).options(sa.orm.undefer(Spool.raw))))


def test_a_letter_is_taken_down_with_the_day_on_which_it_came(desk: Desk, grace: Member) -> None:
    grace.open("/staff/new")
    answer = grace.post("/staff/new", **LETTER)
    (parcel,) = _spooled(desk)
    assert answer.location == f"/staff/new?made={parcel.reference}"
    assert f"Taken down as <b>{parcel.reference}</b>" in grace.open(answer.location).text
    assert parcel.channel is Channel.HAND
    assert parcel.received_at == datetime.fromisoformat("2031-01-20T11:00:00+00:00")
    assert parcel.raw is not None
    typed = Submission.from_bytes(desk.keys.unseal(parcel.raw))
    assert (typed.kind, typed.email, typed.message) == (Kind.RECTIFICATION, ADA, "On paper, in blue ink.")
    assert [(line.field, line.old, line.new) for line in typed.lines] == [("street", "3 Mill Lane", "14 Quarry Hill")]


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"channel": "pigeon"}, "channel"),
        ({"received": "2031-02-01"}, "received"),
        ({"received": "soon"}, "received"),
        ({"email": "ada"}, "email"),
        ({"kind": ""}, "kind"),
        ({"field": ["", "", ""]}, "line-0"),
        ({"field": ["phone", "", ""]}, "line-0"),
    ],
    ids=["no way", "a day that lies ahead", "no day", "no address", "no kind", "a line about nothing", "no phone"],
)
def test_what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost(
    desk: Desk, grace: Member, wrong: dict[str, Any], place: str
) -> None:
    grace.open("/staff/new")
    page = grace.post("/staff/new", **{**LETTER, **wrong})
    assert page.status_code == 422
    assert f'id="{place}-wrong"' in page.text
    for words in ("On paper, in blue ink.", 'value="14 Quarry Hill"', 'value="Ada Quint"'):
        assert words in page.text
    assert _spooled(desk) == []


def test_a_viewer_takes_nothing_down(desk: Desk, vera: Member) -> None:
    vera.open("/staff/new")
    page = vera.post("/staff/new", **LETTER)
    assert page.status_code == 403
    assert "On paper, in blue ink." in page.text
    assert _spooled(desk) == []
