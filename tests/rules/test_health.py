"""What is wrong with a desk, by its figures alone."""

import pytest

from models.rules.health import LIMITS, SIGNS, Level, Measure, Unit, findings, is_down, spoken, wrong

MINUTE = 60

CASES = [
    ("seconds_since_last_successful_poll", 10 * MINUTE, None),
    ("seconds_since_last_successful_poll", 11 * MINUTE, Level.DOWN),
    ("seconds_since_last_successful_poll_of_junk", 10 * MINUTE, None),
    ("seconds_since_last_successful_poll_of_junk", 11 * MINUTE, Level.WRONG),
    ("mailbox_login_refused", 0, None),
    ("mailbox_login_refused", 1, Level.WRONG),
    ("mailbox_uids_behind", 100, None),
    ("mailbox_mails_missed", 0, None),
    ("mailbox_mails_missed", 1, Level.WRONG),
    ("token_refused", 0, None),
    ("token_refused", 1, Level.WRONG),
    ("token_run_out_seconds", 14 * MINUTE, None),
    ("token_run_out_seconds", 16 * MINUTE, Level.WRONG),
    ("canary_missing_seconds", 4 * MINUTE, None),
    ("canary_missing_seconds", 5 * MINUTE, Level.WRONG),
    ("canary_round_trip_seconds", 99_999, None),
    ("worker_silent_seconds", 7 * MINUTE, None),
    ("worker_silent_seconds", 9 * MINUTE, Level.DOWN),
    ("clock_skew_seconds", 59, None),
    ("clock_skew_seconds", 61, Level.WRONG),
    ("spool_waiting", 99_999, None),
    ("spool_oldest_seconds", 29 * MINUTE, None),
    ("spool_oldest_seconds", 31 * MINUTE, Level.WRONG),
    ("quarantined", 0, None),
    ("quarantined", 1, Level.NOTE),
    ("quarantined", 25, Level.WRONG),
    ("outbox_overdue_seconds", 31 * MINUTE, Level.WRONG),
    ("circuit_open_seconds", 0, None),
    ("circuit_open_seconds", 60, Level.WRONG),
    ("letters_uncertain", 1, Level.NOTE),
    ("letters_held", 1, Level.NOTE),
    ("letters_failed", 1, Level.NOTE),
    ("disk_free_bytes", 499_000_000, Level.WRONG),
    ("disk_free_bytes", 501_000_000, None),
    ("database_bytes", 10**12, None),
]


@pytest.mark.parametrize(("sign", "value", "level"), CASES, ids=lambda part: str(part))
def test_each_sign_has_its_limits(sign: str, value: float, level: Level | None) -> None:
    found = findings([Measure(sign, value)])
    assert [one.level for one in found] == ([] if level is None else [level])


def test_every_limit_is_tried_here() -> None:
    tried = {(sign, level) for sign, _, level in CASES if level is not None}
    assert {(limit.sign, limit.level) for limit in LIMITS} - tried == {("mailbox_uids_behind", Level.WRONG)}
    assert {limit.sign for limit in LIMITS} <= set(SIGNS)


def test_a_finding_says_of_what_and_how_much_and_names_itself_alike_each_time() -> None:
    first, later = (
        findings([Measure("seconds_since_last_successful_poll", seconds, "support")])[0] for seconds in (660, 7300)
    )
    assert first.says == "The mailbox support was last read 11 minutes ago."
    assert later.says == "The mailbox support was last read 2 hours ago."
    assert first.name == later.name == "seconds_since_last_successful_poll support"
    assert first.mend


def test_the_worst_comes_first_and_a_note_disturbs_nobody() -> None:
    found = findings([Measure("quarantined", 2), Measure("disk_free_bytes", 1), Measure("worker_silent_seconds", 999)])
    assert [one.level for one in found] == [Level.DOWN, Level.WRONG, Level.NOTE]
    assert wrong(found) == found[:2]
    assert is_down(found)
    assert not is_down(found[1:])


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0, Unit.SECONDS, "0 seconds"), (1, Unit.SECONDS, "1 second"), (119, Unit.SECONDS, "119 seconds"),
        (120, Unit.SECONDS, "2 minutes"), (3599, Unit.SECONDS, "59 minutes"), (7200, Unit.SECONDS, "2 hours"),
        (3 * 86_400, Unit.SECONDS, "3 days"), (1_500_000_000, Unit.BYTES, "1.5 GB"), (4e8, Unit.BYTES, "400 MB"),
        (12.0, Unit.COUNT, "12"),
    ],
    ids=str,
)  # fmt: skip
def test_a_value_in_words(value: float, unit: Unit, words: str) -> None:
    assert spoken(value, unit) == words
