"""Pure pieces of the pages: what changed in a value, marked passages, what a masked reader sees, words for days."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from models.rules.reading import Span, SpanKind
from models.services.pages.desk_page import Mark, MessageView
from models.services.pages.shown import masked, masked_address, without_links, without_values
from webform.staff import passages, wording

MESSAGE = MessageView(
    id=1, at=datetime(2031, 1, 1, tzinfo=UTC), sender="", sender_name="", to="", subject="",
    text="Hi, put <14> Hill.\n> old\nBye", new=((0, 18), (25, 28)), reasons=(), marks=(Mark(8, 12, 7),),
    auto=None, defects=(), attachments=(), has_raw=False, is_mail=False, proven=True,
    verified=None, looks_related=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "was", "will"),
    [
        ("3 Mill Lane", "14 Quarry Hill", "<del>3 Mill Lane</del>", "<ins>14 Quarry Hill</ins>"),
        ("0011", "0017", "001<del>1</del>", "001<ins>7</ins>"),
        ("3 Mill Lane", "5 Mill Lane", "<del>3</del> Mill Lane", "<ins>5</ins> Mill Lane"),
        ("Ada", "Ada Quint", "<del>Ada</del>", "<ins>Ada Quint</ins>"),
        ("a@b.example", "a@c.example", "a@<del>b</del>.example", "a@<ins>c</ins>.example"),
        ("<b>", "<b>", "&lt;b&gt;", "&lt;b&gt;"),
        ("x", "", "<del>x</del>", ""),
    ],
)
def test_what_changed_is_marked(before: str, after: str, was: str, will: str) -> None:
    assert passages.was(before, after) == was
    assert passages.will(before, after) == will


def test_each_stretch_that_is_not_new_is_folded_by_its_kind() -> None:
    text = "Please.\n-- \nAda\n\n> old\n\nThis e-mail is private.\nBye"
    apart = (
        Span(8, 15, SpanKind.SIGNATURE), Span(17, 22, SpanKind.QUOTE), Span(24, 47, SpanKind.DISCLAIMER)
    )  # fmt: skip
    shown = passages.parts(replace(MESSAGE, text=text, new=((0, 7), (48, 51)), apart=apart, marks=()))
    assert [(str(part.html), part.kind) for part in shown] == [
        ("Please.", SpanKind.NEW),
        ("-- \nAda", SpanKind.SIGNATURE),
        ("&gt; old", SpanKind.QUOTE),
        ("This e-mail is private.", SpanKind.DISCLAIMER),
        ("Bye", SpanKind.NEW),
    ]


def test_what_older_rows_do_not_tell_apart_is_folded_as_a_quote() -> None:
    shown = passages.parts(MESSAGE)
    assert [(part.html, part.folded) for part in shown] == [
        ('Hi, put <mark id="passage-7">&lt;14&gt;</mark> Hill.', False),
        ("\n&gt; old\n", True),
        ("Bye", False),
    ]


@pytest.mark.parametrize(
    "marks",
    [(Mark(16, 22, 7),), (Mark(40, 50, 7),), (Mark(5, 5, 7),), (Mark(8, 12, 7), Mark(9, 11, 8))],
    ids=["across the end of a stretch", "beyond the text", "empty", "one within another"],
)
def test_a_mark_that_does_not_fit_loses_no_text(marks: tuple[Mark, ...]) -> None:
    shown = "".join(part.html for part in passages.parts(replace(MESSAGE, marks=marks)))
    text = shown.replace('<mark id="passage-7">', "").replace("</mark>", "")
    assert text == "Hi, put &lt;14&gt; Hill.\n&gt; old\nBye"


def test_the_sentences_that_it_was_sorted_by_are_underlined_with_the_passages_in_them() -> None:
    shown = passages.parts(replace(MESSAGE, reasons=((4, 10), (25, 28))))
    assert [part.html for part in shown] == [
        'Hi, <u class="why">put <mark id="passage-7">&lt;14&gt;</mark></u> Hill.',
        "\n&gt; old\n",
        '<u class="why">Bye</u>',
    ]


@pytest.mark.parametrize("reason", [(16, 22), (40, 50), (5, 5)])
def test_a_reason_that_does_not_fit_loses_no_text(reason: tuple[int, int]) -> None:
    assert passages.parts(replace(MESSAGE, reasons=(reason,))) == passages.parts(MESSAGE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nhttps://desk.example/proof/~abc~\nb", "a\n[link]\nb"),
        ("see https://desk.example/download/abcdefgh.ABCDEFGHIJKL_-9 now", "see [link] now"),
        ("https://desk.example:8000/staff/link/abcdefgh.ABCDEFGHIJKL", "[link]"),
        ("https://example.net/proof/of-concept", "https://example.net/proof/of-concept"),
        ("about ~5 or ~6", "about ~5 or ~6"),
    ],
)
def test_no_link_that_is_a_right_is_shown(text: str, shown: str) -> None:
    assert without_links(text) == shown


def test_a_masked_reader_sees_the_end_of_long_values_only() -> None:
    assert (masked("+44 20 7946 0017"), masked("Leeds")) == ("•••• 0017", "••••")
    assert masked_address("ada@example.net") == "a•••@example.net"
    text = "ADA QUINT lives with Adalbert at 14 Quarry Hill"
    assert without_values(text, ["Ada Quint", "Ada", "14 Quarry Hill", None, "at"]) == (
        "•••• UINT lives with Adalbert at •••• Hill"
    )


@pytest.mark.parametrize(("days", "tone"), [(-1, "late"), (0, "soon"), (3, "soon"), (4, "")])
def test_a_due_day_has_its_tone(days: int, tone: str) -> None:
    assert wording.due(date(2031, 1, 10 + days), today=date(2031, 1, 10)).tone == tone
