"""Which way a message goes: without a person only where little can be wrong, and least where a right may be missed."""

import pytest

from models.rules.kinds import Auto, Kind
from models.rules.reading import Verdict
from models.rules.routing import Route, route


def verdict(decided: Kind, sure: float, beside: Kind, likely: float) -> Verdict:
    scores = dict.fromkeys(Kind, 0.0) | {decided: sure, beside: likely}
    return Verdict("en", scores, (decided,))


@pytest.mark.parametrize(
    ("read", "way"),
    [
        pytest.param(verdict(Kind.ACCESS, 0.9, Kind.OTHER, 0.1), Route.AUTO, id="a right, sure enough"),
        pytest.param(verdict(Kind.ACCESS, 0.8, Kind.OTHER, 0.1), Route.PERSON, id="a right, too little sure"),
        pytest.param(verdict(Kind.ACCESS, 0.86, Kind.OTHER, 0.1), Route.PERSON, id="a right, hardly sure enough"),
        pytest.param(verdict(Kind.ACCESS, 0.9, Kind.ERASURE, 0.2), Route.PERSON, id="perhaps another right as well"),
        pytest.param(verdict(Kind.ACCESS, 0.9, Kind.ERASURE, 0.1), Route.AUTO, id="hardly another right"),
        pytest.param(verdict(Kind.OTHER, 0.9, Kind.ERASURE, 0.02), Route.AUTO, id="hardly a right at all"),
        pytest.param(
            verdict(Kind.OTHER, 0.9, Kind.ERASURE, 0.035), Route.PERSON, id="a right that may be passed over"
        ),
    ],
)
def test_a_person_looks_where_something_may_be_wrong(read: Verdict, way: Route) -> None:
    assert route(read, None, threshold=0.85) is way


def test_who_wants_nothing_looked_at_is_heeded() -> None:
    assert route(verdict(Kind.OTHER, 0.1, Kind.ERASURE, 0.9), None, threshold=0.0) is Route.AUTO


@pytest.mark.parametrize("auto", list(Auto))
@pytest.mark.parametrize("decided", [Kind.OTHER, Kind.ERASURE])
def test_of_machine_mail_only_a_right_that_a_list_carries_is_looked_at(auto: Auto, decided: Kind) -> None:
    looked_at = decided is Kind.ERASURE and auto in {Auto.LIST, Auto.NOTIFICATION}
    read = verdict(decided, 1.0, Kind.ACCESS, 0.0)
    assert route(read, auto, threshold=0.85) is (Route.PERSON if looked_at else Route.SET_ASIDE)
