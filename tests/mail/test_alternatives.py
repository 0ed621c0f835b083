"""Where the plain form of a letter leaves it open what is quoted, the HTML settles it."""

import pytest

from bot.mail.markup.page import to_text
from bot.mail.reading.alternatives import marks_by
from bot.mail.replies import new_spans

ANSWER = "<p>My name is Ek, with a link to https://ek.example/a?b=1 in it.</p>"
QUOTE = "<p>Namnet: Ekk</p><p>Stämmer det som vi har om dig i registret?</p>"
PLAIN = "My name is Ek, with a link\nto https://ek.example/a?b=1 <https://ek.example> in it.\n\n"
QUOTED = "Namnet: Ekk\n\nStämmer det som vi har om dig i registret?\n"
CITED = f'{ANSWER}<blockquote type="cite">{QUOTE}</blockquote>'


def new_text(html: str, plain: str) -> str:
    return "\n".join(plain[start:end] for start, end in new_spans(plain, marks_by(to_text(html), plain)))


@pytest.mark.parametrize(
    "html",
    [
        CITED,
        f'{ANSWER}<div id="divRplyFwdMsg">Namnet: Ekk</div><p>Stämmer det som vi har om dig i registret?</p>',
        f'{ANSWER}<div class="moz-cite-prefix"></div><blockquote type="cite">{QUOTE}</blockquote>',
        f'{ANSWER}<div class="yahoo_quoted">{QUOTE}</div><br>',
    ],
)
def test_a_quote_without_marks_is_found(html: str) -> None:
    assert new_text(html, PLAIN + QUOTED) == PLAIN.strip()


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        (ANSWER + QUOTE, PLAIN + QUOTED),
        (CITED + "<p>And one word below.</p>", PLAIN + QUOTED + "And one word below."),
        (CITED, PLAIN.replace("Ek", "Ekström") + QUOTED),
        (CITED, PLAIN + "PS: an answer that the HTML has not.\n" + QUOTED),
        (f'<blockquote type="cite">{QUOTE}</blockquote>', QUOTED),
        ("", QUOTED),
    ],
    ids=["no quote", "words below", "other words", "more words", "a quote alone", "no HTML"],
)
def test_in_doubt_all_stays(html: str, plain: str) -> None:
    assert new_text(html, plain) == plain.strip()


SIGNATURE = '<div id="Signature"><p>Ada Ek</p><p>Tel. 08 555 01 02</p></div>'


def test_a_signature_without_a_delimiter_is_found() -> None:
    plain = "My name is Ek.\n\nAda Ek\nTel. 08 555 01 02\n\nNamnet: Ekk\n"
    assert new_text(f"<p>My name is Ek.</p>{SIGNATURE}{QUOTE}", plain) == "My name is Ek.\nNamnet: Ekk"


@pytest.mark.parametrize(
    "plain",
    ["My name is Ek. Ada Ek\nTel. 08 555 01 02", "My name is Ek.\n\nAda Ek\nTel. 08 555 01 03\nBye", "Yes\n\nAda Ek"],
    ids=["on one line with words", "other letters", "other words above"],
)
def test_a_signature_that_the_forms_do_not_agree_on_stays(plain: str) -> None:
    assert new_text(f"<p>My name is Ek.</p>{SIGNATURE}", plain) == plain
