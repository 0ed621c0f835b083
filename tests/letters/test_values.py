"""How values of customers and of staff stand in a letter, and what they cannot do in it."""

import pytest

from models import letters
from models.letters import Letter

Facts = dict[str, object]


def written(name: str, language: str, facts: Facts, /, **other: object) -> Letter:
    return letters.write(name, language, {**facts, **other})


def test_a_change_shows_before_and_after(facts: Facts) -> None:
    text = written("corrected", "de", facts).text
    assert "Straße\n  bisher: Alte Gasse 3\n  jetzt: Neue Gasse 5\n" in text
    assert "Telefon\n  bisher: endet auf 17\n  jetzt: entfernt (in einem anderen unserer Systeme geändert)\n" in text


def test_an_undone_change_shows_what_holds_again(facts: Facts) -> None:
    text = written("undone", "de", facts).text
    assert "Straße\n  zurückgenommen: Neue Gasse 5\n  jetzt wieder: Alte Gasse 3\n" in text


def test_a_sensitive_value_stands_nowhere(facts: Facts) -> None:
    for name in ("corrected", "undone"):
        letter = written(name, "de", facts)
        assert "1234517" not in letter.text + letter.html


@pytest.mark.parametrize(
    ("value", "shown"),
    [("+49 30 1234517", "ends in 17"), ("DE89 3704 0044", "ends in 44"), ("12345", "not shown here"),
     ("", "not shown here"), ("1980-05-17.", "ends in 17")],
    ids=["phone", "account", "too short", "empty", "full stop"],
)  # fmt: skip
def test_a_masked_value_shows_its_end(value: str, shown: str) -> None:
    assert letters.masked(value, "en") == shown


def test_a_value_stays_text_in_html(facts: Facts) -> None:
    facts["changes"] = [{"label": "x", "before": "<img src=x>", "after": "a & b", "elsewhere": False}]
    html = written("corrected", "en", facts, answer="<script>", name="<b>").html
    assert "<img" not in html
    assert "<b>" not in html
    assert "&lt;img src=x&gt;" in html
    assert "a &amp; b" in html


def test_staff_may_write_braces_and_control_characters(facts: Facts) -> None:
    letter = written("answer", "en", facts, answer="{{ 7 * 7 }}\x020\x03 {% raw %}\u202egnp")
    assert "{{ 7 * 7 }} 0  {% raw %} gnp" in letter.text


MARK = "abcDEF_-12345678"


def test_a_mark_of_a_link_in_a_value_is_none(facts: Facts) -> None:
    letter = written("answer", "en", facts, answer=f"see ~{MARK}~ and ~x~", name=f"~{MARK}~", subject=f"~{MARK}~2~")
    assert f"~{MARK}~" not in letter.subject + letter.text + letter.html
    assert "~x~" in letter.text
