"""The figures of the classifier: what counts as the same correction, and what stands in the JSON."""

import json
from collections.abc import Sequence
from itertools import count

import pytest

from bot.classifier.comparison import Counts, compare
from bot.classifier.corpus_rows import Label, Row
from bot.classifier.evaluation import evaluate
from bot.classifier.shares import retrieval, shares, wilson
from models.rules.kinds import Action, Field, Kind
from models.rules.reading import Found, Record, Verdict, Writing

HIT, MISS = Counts(1, 1, 1), Counts(0, 1, 1)
NAME, GIVEN, FAMILY = Field.NAME, Field.GIVEN_NAME, Field.FAMILY_NAME
WHOLE = "Ulmenweg 7, 50667 Köln"
PARTS = [(Field.STREET, "Ulmenweg 7"), (Field.POSTAL_CODE, "50667"), (Field.CITY, "Köln")]


def found(field: Field, new: str | None, *, old: str | None = None, normal: str | None = None) -> Found:
    return Found(Action.SET, field, old, new, normal)


def label(field: Field, new: str | None, *, old: str | None = None) -> Label:
    return Label(Action.SET, field, old, new)


@pytest.mark.parametrize(
    ("one", "other", "counts"),
    [
        pytest.param(found(Field.CITY, "KÖLN"), label(Field.CITY, "Köln"), HIT, id="case"),
        pytest.param(found(Field.CITY, "Gro\u00dfau"), label(Field.CITY, "GROSSAU"), HIT, id="case of a sharp s"),
        pytest.param(found(Field.CITY, "Ko\u0308ln"), label(Field.CITY, "K\u00f6ln"), HIT, id="composed accents"),
        pytest.param(found(Field.CITY, "Koln"), label(Field.CITY, "Köln"), MISS, id="a missing accent"),
        pytest.param(found(Field.CITY, " Bad\n  Ems "), label(Field.CITY, "Bad Ems"), HIT, id="white space"),
        pytest.param(found(Field.CITY, "Köln"), label(Field.STREET, "Köln"), MISS, id="another field"),
        pytest.param(found(Field.PHONE, "+44 (7700) 900-482"), label(Field.PHONE, "+447700900482"), HIT, id="phone"),
        pytest.param(found(Field.PHONE, "7700 900482"), label(Field.PHONE, "7700 900483"), MISS, id="other digits"),
        pytest.param(found(Field.PHONE, "0044 7700 900482"), label(Field.PHONE, "+447700900482"), HIT, id="00 is +"),
        pytest.param(
            found(Field.DATE_OF_BIRTH, "3. Mai 1980", normal="1980-05-03"),
            label(Field.DATE_OF_BIRTH, "1980-05-03"),
            HIT,
            id="the normal form",
        ),
        pytest.param(found(Field.PHONE, None), label(Field.PHONE, None), HIT, id="no value on either side"),
        pytest.param(found(Field.PHONE, None), label(Field.PHONE, "7700 900482"), MISS, id="value not found"),
    ],
)
def test_new_values_agree_as_the_contract_says(one: Found, other: Label, counts: Counts) -> None:
    assert compare([one], [other], with_old=False) == counts


def test_the_old_value_counts_only_where_it_is_asked_for() -> None:
    one, other = found(Field.CITY, "Köln", old="Bonn"), label(Field.CITY, "Köln", old="Mainz")
    assert compare([one], [other], with_old=False) == HIT
    assert compare([one], [other], with_old=True) == MISS


def test_an_address_in_parts_is_the_address_in_one() -> None:
    assert compare([found(*part) for part in PARTS], [label(Field.ADDRESS, WHOLE)], with_old=True) == HIT
    assert compare([found(Field.ADDRESS, WHOLE)], [label(*part) for part in PARTS], with_old=True) == HIT


def test_an_address_that_lacks_a_part_is_another_address() -> None:
    assert compare([found(*part) for part in PARTS[:2]], [label(Field.ADDRESS, WHOLE)], with_old=False) == MISS


def test_parts_on_both_sides_are_counted_one_by_one() -> None:
    given = [found(*part) for part in PARTS[:2]]
    assert compare(given, [label(*part) for part in PARTS], with_old=False) == Counts(2, 2, 3)


def test_a_name_in_two_parts_is_the_name_in_one() -> None:
    halves = [found(FAMILY, "Lindqvist"), found(GIVEN, "Maja")]
    assert compare(halves, [label(NAME, "Maja Lindqvist")], with_old=False) == HIT


def test_what_is_found_once_meets_one_label_and_a_label_is_met_once() -> None:
    assert compare([found(Field.CITY, "Köln")] * 2, [label(Field.CITY, "Köln")], with_old=False) == Counts(1, 2, 1)
    assert compare([found(Field.CITY, "Köln")], [label(Field.CITY, "Köln")] * 2, with_old=False) == Counts(1, 1, 2)


@pytest.mark.parametrize(
    ("share", "of", "low", "high"),
    [
        pytest.param(0.5, 0, 0.0, 1.0, id="nothing seen"),
        pytest.param(1.0, 10, 0.7225, 1.0, id="ten of ten"),
        pytest.param(0.0, 10, 0.0, 0.2775, id="none of ten"),
        pytest.param(0.5, 100, 0.4038, 0.5962, id="half of a hundred"),
    ],
)
def test_the_interval_of_a_share(share: float, of: int, low: float, high: float) -> None:
    assert wilson(share, of) == (low, high)


def test_each_share_has_its_ends() -> None:
    given = shares(exact=(1, 2))
    assert set(given) == {"exact", "low", "high"}
    assert given["low"]["exact"] < given["exact"] < given["high"]["exact"]


def test_f1_is_the_harmonic_mean() -> None:
    figures = retrieval(2, 4, 5)
    assert (figures["precision"], figures["recall"], figures["f1"]) == (0.5, 0.4, 0.4444)


class Scripted:
    """A classifier that says what is written in its script."""

    version = "scripted-1"

    def __init__(self, verdicts: Sequence[Verdict], corrections: Sequence[Found]) -> None:
        self._verdicts, self._corrections = verdicts, corrections

    def read(self, writings: Sequence[Writing]) -> list[Verdict]:
        return list(self._verdicts[: len(writings)])

    def corrections(self, _writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
        if Kind.RECTIFICATION not in verdict.decided:
            return []
        return [one for one in self._corrections if record or one.old is None]


def verdict(kind: Kind, score: float) -> Verdict:
    return Verdict("de", {each: score if each is kind else 0.01 for each in Kind}, (kind,))


def row(name: str, kind: Kind, labels: tuple[Label, ...] = (), record: Record | None = None) -> Row:
    return Row(name, "de", "ada", Writing("", name, ((0, len(name)),)), frozenset({kind}), labels, record)


ROWS = [
    row("moved", Kind.RECTIFICATION, (label(Field.CITY, "Köln", old="Bonn"),), {Field.CITY: "Bonn"}),
    row("stop", Kind.OPT_OUT),
    row("overlooked", Kind.ERASURE),
    row("looked at", Kind.ACCESS),
]
SCRIPT = Scripted(
    [verdict(Kind.RECTIFICATION, 0.7), verdict(Kind.OPT_OUT, 0.99), verdict(Kind.OPT_OUT, 0.98),
     verdict(Kind.OTHER, 0.4)],
    [found(Field.CITY, "Köln", old="Bonn")],
)  # fmt: skip
RETRIEVAL = {"precision", "recall", "f1", "low", "high"}


def test_the_figures_have_the_keys_of_the_contract() -> None:
    report, predictions = evaluate(ROWS, SCRIPT)
    assert set(report) - {"low", "high"} == {
        "n", "kinds", "macro_f1", "exact", "auto", "missed_rights", "language_accuracy", "corrections",
        "with_record", "messages_per_second",
    }  # fmt: skip
    assert set(report["kinds"]) == set(Kind)
    assert all(set(figures) == RETRIEVAL | {"support"} for figures in report["kinds"].values())
    assert set(report["auto"]) == {"share", "precision", "low", "high"}
    for figures in (report["corrections"], report["with_record"]):
        assert set(figures) == {"field_new", "field_old_new"}
        assert all(set(each) == RETRIEVAL for each in figures.values())
    assert json.loads(json.dumps([report, predictions])) == [report, predictions]


def test_a_prediction_has_the_keys_of_the_contract() -> None:
    _, predictions = evaluate(ROWS, SCRIPT)
    assert [each["id"] for each in predictions] == [each.id for each in ROWS]
    assert set(predictions[0]) == {"id", "language", "kinds", "decided", "route", "corrections"}
    (correction,) = predictions[0]["corrections"]
    assert correction == {
        "action": "set", "field": "city", "old": "Bonn", "new": "Köln", "normal": None, "score": 1.0
    }  # fmt: skip


def test_a_right_is_missed_only_where_no_person_looks() -> None:
    """Erasure went out as an opt-out by itself; access was not seen either, but a person has it."""
    report, _ = evaluate(ROWS, SCRIPT)
    assert report["missed_rights"] == 0.25
    assert (report["auto"]["share"], report["auto"]["precision"]) == (0.5, 0.5)
    assert report["exact"] == 0.5


def test_a_kind_that_nobody_asked_for_does_not_count_in_the_mean() -> None:
    report, _ = evaluate(ROWS, SCRIPT)
    assert report["kinds"]["portability"]["support"] == 0
    assert report["macro_f1"] == pytest.approx((1.0 + 0.6667 + 0 + 0) / 4, abs=1e-4)


def test_corrections_are_measured_with_the_record_and_without() -> None:
    report, _ = evaluate(ROWS, SCRIPT)
    assert report["corrections"]["field_new"]["recall"] == 0.0
    assert report["with_record"]["field_old_new"]["f1"] == 1.0


def test_only_messages_with_a_record_are_measured_with_the_record() -> None:
    bare = row("moved too", Kind.RECTIFICATION, (label(Field.CITY, "Ems"),))
    script = Scripted([verdict(Kind.RECTIFICATION, 0.7)] * 2, [found(Field.CITY, "Köln", old="Bonn")])
    report, _ = evaluate([ROWS[0], bare], script)
    assert report["with_record"]["field_new"]["recall"] == 1.0


def test_speed_is_messages_by_the_time_taken() -> None:
    ticks = count(10, 2)
    report, _ = evaluate(ROWS, SCRIPT, timer=lambda: float(next(ticks)))
    assert report["messages_per_second"] == 2.0


def test_nothing_to_measure_is_no_fault() -> None:
    report, predictions = evaluate([], SCRIPT)
    assert (report["n"], report["macro_f1"], report["exact"], predictions) == (0, 0.0, 0.0, [])
    assert (report["low"]["exact"], report["high"]["exact"]) == (0.0, 1.0)
