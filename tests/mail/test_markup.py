"""HTML as text: what a reader sees and no more, whatever its size and however it is broken."""

# ruff: noqa: E501 (a letter is one value; cut up it could not be read)

import sys
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mail.markup.containers import Container
from bot.mail.markup.page import Page, to_text

ROWS = "<tr><td><a href=x>cell</a></td></tr>" * 5000
SEEN = {
    "blocks are lines": ("<div>a</div><div>b<br>c</div>", "a\nb\nc"),
    "paragraphs stand apart": ("<p>a</p><p>b</p>", "a\n\nb"),
    "a paragraph without margins does not": ('<p style="margin:0">a</p><p style="margin: 0px 0 0 1ex">b</p>', "a\nb"),
    "margins on one side": ('<p style="margin:0 0 20px 0">a</p><p style="margin:1em 0">b</p>', "a\n\nb"),
    "margins in a sheet": ("<style> P {margin-top:0;margin-bottom:0;} </style><p>a</p><p>b</p>", "a\nb"),
    "margins of a class": ('<style>p.x, li {margin:0}</style><p class="x">a</p><p class="x">b</p><p>c</p>', "a\nb\n\nc"),
    "Word's lines": ('<p class="MsoNormal">a</p><p class="MsoNormal">&nbsp;</p><p class="MsoNormal">b</p>', "a\n\nb"),
    "cells": ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc"),
    "a list": ("<ul><li>a<li>b<ul><li>c</ul></ul>", "- a\n- b\n\n- c"),
    "as typed": ("<pre>a\n  b</pre>", "a\n  b"),
    "a picture in words": ('a <img alt="smile" src=x>', "a smile"),
    "entities": ("1 &lt; 2 &amp;amp; &#0;&#xD800;", "1 < 2 &amp; \ufffd\ufffd"),
    "brackets in a letter": ("2 < 3 and I <3 you </ 3", "2 < 3 and I <3 you </ 3"),
    "a bracket in a value": ('<a title="a > b">c</a>', "c"),
    "an apostrophe in a bare value": ("<a href=it's>a</a> don't <b>b</b>", "a don't b"),
    "a value without its end": ('<a href="x>a</a> and b', '<a href="x>a and b'.partition(">")[2]),
    "a tag without its end": ("a <b", "a <b"),
    "a comment": ("a<!-- b > c -->d<!--[if mso]><p>e</p><![endif]-->f<!-->g", "adfg"),
    "a comment without its end": ("a<!-- b <i>c</i>", "a b c"),
    "a sheet and a script": ("a<style>b{}</style><script>if (a<b) '</p>'</SCRIPT>c", "ac"),
    "a whole paragraph that only ends": ("a</p>b</br>c", "a\n\nb\nc"),
    "behind the document": ("<html><body>a</body></html><p>b</p>", "a\n\nb"),
    "an end that is not its own": ("<blockquote type=cite><table><tr><td></blockquote>a</table>b</blockquote>c", "> a\n>\n> b\n\nc"),
    "a formatting around blocks": ("<b style='background:#000'><blockquote type=cite></b>a</blockquote>b", "> a\n\nb"),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEN)
def test_a_reader_sees(name: str) -> None:
    html, text = SEEN[name]
    assert to_text(html).text == text


HIDDEN = [
    '<div style="display:none">x</div>',
    '<div hidden>x<p>x</div>',
    '<span style="font-size:0px">x</span>',
    '<div style="max-height:0;overflow:hidden"><p>x</p></div>',
    '<p style="color:#FFF">x</p>',
    '<td bgcolor="#000000"><i style="color:white;background:#ffffff">x</i></td>',
    '<p style="display:none">x<p style="display:none">x</p>',
    "<select><option>x<option>x</select>",
    "<noscript><div>x</noscript>",
    "<svg><title>x</title><text>x</text></svg>",
    "<template><b>x</template>",
]  # fmt: skip


@pytest.mark.parametrize("html", HIDDEN)
@pytest.mark.parametrize("around", ["", ROWS], ids=["small", "large"])
def test_nobody_sees(html: str, around: str) -> None:
    seen = Counter(to_text(f"<p>before{around}</p>{html}<p>behind</p>").text.split())
    assert seen["x"] == 0
    assert (seen["before"] + seen["beforecell"], seen["behind"]) == (1, 1)


def test_white_on_a_dark_paper_is_a_button() -> None:
    assert to_text('<td bgcolor="#224466"><a style="color:#ffffff">Pay</a></td>').text == "Pay"


QUOTES = {
    "cited": '<blockquote type="cite">q</blockquote>',
    "Gmail's": '<div class="gmail_quote"><blockquote class="gmail_quote" style="margin:0 0 0 .8ex">q</blockquote></div>',
    "Gmail's forward": '<div class="gmail_quote">q</div>',
    "Yahoo's": '<div id="ydp1yahoo_quoted_12" class="ydp1yahoo_quoted">q</div>',
    "GMX's": '<div name="quote">q</div>',
    "a line at the left": '<blockquote style="border-left:2px solid orange;margin:0">q</blockquote>',
    "Outlook's of Gmail's": '<blockquote class="x_gmail_quote">q</blockquote>',
}  # fmt: skip


@pytest.mark.parametrize("name", QUOTES)
@pytest.mark.parametrize("around", ["", ROWS], ids=["small", "large"])
def test_a_quote_is_marked(name: str, around: str) -> None:
    lines = to_text(f"<div>{around}own</div>{QUOTES[name]}<div>own too</div>").text.split("\n")
    assert [line for line in lines if line and line != "cell"] == ["own", "> q", "own too"]


@pytest.mark.parametrize(
    "html",
    [
        '<blockquote style="margin:0 0 0 40px;border:none;padding:0px">a</blockquote>',
        "<blockquote>a</blockquote>",
        '<div class="quote" id="signature">a</div>',
        '<blockquote style="border-left:none">a</blockquote>',
    ],
)
def test_who_indents_quotes_nobody(html: str) -> None:
    assert to_text(html) == ("a", ())


def test_a_mark_around_nothing_is_none() -> None:
    assert to_text('Yes<br><span class="gmail_signature"> </span>') == Page("Yes")


def test_answers_between_quotes_keep_their_depth() -> None:
    html = (
        '<div class="gmail_quote"><div class="gmail_attr">On Monday X wrote:<br></div>'
        '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex"><p>One?</p></blockquote><p>Yes.</p>'
        '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex"><p>Two?</p><blockquote type=cite>Older.'
        "</blockquote></blockquote><p>No.</p></div>"
    )
    assert to_text(html).text == "On Monday X wrote:\n\n> One?\n\nYes.\n\n> Two?\n>\n> > Older.\n\nNo."


@pytest.mark.parametrize(
    ("html", "kind", "words"),
    [
        ('<div id="divRplyFwdMsg">From: X</div>', Container.ORIGINAL, "From: X"),
        ('<div id="x_divRplyFwdMsg">From: X</div>', Container.ORIGINAL, "From: X"),
        ('<div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm">From: X</div>',
         Container.ORIGINAL, "From: X"),
        ('<div class="gmail_signature">Ada</div>', Container.SIGNATURE, "Ada"),
        ('<div id="Signature"><p>Ada</p><p>Shop</p></div>', Container.SIGNATURE, "Ada\n\nShop"),
        ('<div class="moz-cite-prefix">X wrote:<br></div>', Container.ATTRIBUTION, "X wrote:"),
    ],
)  # fmt: skip
def test_what_a_program_sets_apart_is_marked(html: str, kind: Container, words: str) -> None:
    text, marks = to_text(f"<p>own</p>{html}<p>behind</p>")
    assert [(text[mark.start : mark.end].strip(), mark.kind) for mark in marks] == [(words, kind)]


def test_what_stands_in_a_quote_is_marked_by_nothing_else() -> None:
    html = '<p>own</p><blockquote type="cite"><div id="divRplyFwdMsg">From: X</div></blockquote><p>own too</p>'
    assert to_text(html).marks == ()


TAGS = st.sampled_from(
    ["<div>", "</div>", "<p>", "</p>", "<b>", "</b>", "<a href=x>", "</a>", "<td>", "</td>", "<tr>", "</tr>", "<table>",
     "</table>", "<li>", "<ul>", "</ul>", "<br>", "<blockquote type=cite>", "</blockquote>", "</body>", "<!--x-->",
     "<span style='color:red'>", "</span>", "<o:p>", "</o:p>", "<pre>", "</pre>"]
)  # fmt: skip


@given(st.lists(st.one_of(TAGS, st.integers(0, 9999)), max_size=60))
def test_no_word_is_lost_doubled_or_moved(pieces: list[str | int]) -> None:
    html = "".join(f" w{piece} " if isinstance(piece, int) else piece for piece in pieces)
    words = [word for word in to_text(html).text.split() if word not in (">", "-")]
    assert words == [f"w{piece}" for piece in pieces if isinstance(piece, int)]


@given(st.text(st.sampled_from("<>/!-=\"' ab\n&;"), max_size=200))
def test_no_rubbish_stops_it(html: str) -> None:
    text, marks = to_text(html)
    assert text == text.strip()
    assert all(0 <= start <= end <= len(text) for start, end, _kind in marks)


NESTED = ["<div>", "<b>", "<b id={n}>", "<p><span>", "<table><tr><td>", "<blockquote type=cite>", "<ul><li>", "<div><b></div>"]  # fmt: skip


def calls(html: str) -> int:
    """How many functions are called, ours and the interpreter's, while it is read."""
    made = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        to_text(html)
    finally:
        sys.setprofile(None)
    return made


@pytest.mark.parametrize("tag", NESTED)
def test_twice_as_much_is_twice_the_work(tag: str) -> None:
    small, large = ("".join(tag.replace("{n}", str(n)) + "x" for n in range(size)) for size in (400, 800))
    assert calls(large) < calls(small) * 2.1


@pytest.mark.parametrize("tag", NESTED)
def test_what_is_nested_beyond_measure_loses_no_word(tag: str) -> None:
    assert to_text("".join(tag.replace("{n}", str(n)) for n in range(30_000)) + "deep").text.lstrip("> -\n") == "deep"


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", '<a ="', '<a =">"', "<a ='\"", "<!--", "<!", "<style>", "</style", "<p =", "</p>", "&#", "<td>", "</td>",
     "<p style='margin:0 ", "<style>a{", "=\"'>"],
)  # fmt: skip
def test_a_megabyte_of_anything_takes_no_time(piece: str) -> None:
    started = time.process_time()
    to_text(piece * (1_000_000 // len(piece)))
    assert time.process_time() - started < 6
