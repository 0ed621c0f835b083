"""What stands around a letter: subject, salutation, days, articles of law."""

from datetime import date

import pytest

from models import letters
from models.letters import Letter

Facts = dict[str, object]


def written(name: str, language: str, facts: Facts, /, **other: object) -> Letter:
    return letters.write(name, language, {**facts, **other})


@pytest.mark.parametrize(
    ("theirs", "subject"),
    [
        ("Umzug", "Re: Umzug [RD-7F3K2QXM]"),
        ("Re: AW: Umzug", "Re: Umzug [RD-7F3K2QXM]"),
        ("R: Re[2]: Trasloco [RD-7F3K2QXM]", "Re: Trasloco [RD-7F3K2QXM]"),
        ("Regen: Schirm", "Re: Regen: Schirm [RD-7F3K2QXM]"),
        ("a\r\nBcc: eve@example.com", "Re: a Bcc: eve@example.com [RD-7F3K2QXM]"),
        ("a\x00b\u202ec\ud800", "Re: a b c [RD-7F3K2QXM]"),
        ("  ", "Our answer to your message [RD-7F3K2QXM]"),
        ("Re:", "Our answer to your message [RD-7F3K2QXM]"),
        (None, "Our answer to your message [RD-7F3K2QXM]"),
    ],
    ids=["plain", "reply", "own token", "no reply", "newline", "controls", "blank", "bare reply", "none"],
)
def test_the_subject_is_one_line(theirs: str | None, subject: str, facts: Facts) -> None:
    assert written("answer", "en", facts, subject=theirs).subject == subject


def test_a_long_subject_is_cut_and_keeps_the_reference(facts: Facts) -> None:
    subject = written("answer", "en", facts, subject="x" * 1_000).subject
    assert len(subject) == 200
    assert subject.endswith("x… [RD-7F3K2QXM]")


@pytest.mark.parametrize(
    ("language", "name", "dear"),
    [("en", "Ada Quint", "Dear Ada Quint,"), ("en", None, "Hello,"), ("de", "Ada Quint", "Guten Tag Ada Quint,"),
     ("fr", None, "Bonjour,"), ("it", "Ada {Quint}", "Gentile Ada {Quint},")],
    ids=["en", "en-neutral", "de", "fr-neutral", "it-braces"],
)  # fmt: skip
def test_the_salutation_names_who_may_be_named(language: str, name: str | None, dear: str, facts: Facts) -> None:
    assert written("answer", language, facts, name=name).text.startswith(dear + "\n\n")


@pytest.mark.parametrize(
    ("language", "day", "said"),
    [
        ("en", date(2026, 12, 1), "by 1 December 2026:"),
        ("de", date(2026, 12, 1), "bis zum 1. Dezember 2026 "),
        ("fr", date(2026, 12, 1), "le 1er décembre 2026\u00a0:"),
        ("fr", date(2026, 12, 11), "le 11 décembre 2026\u00a0:"),
        ("it", date(2026, 12, 1), "entro martedì 1º dicembre 2026 "),
        ("it", date(2026, 12, 8), "entro martedì 8 dicembre 2026 "),
    ],
    ids=["en", "de", "fr-first", "fr", "it-first", "it-vowel"],
)
def test_a_day_is_written_out(language: str, day: date, said: str, facts: Facts) -> None:
    assert said in written("proof", language, facts, until=day).text


@pytest.mark.parametrize(
    ("law", "cited"), [("gdpr", "Art. 16 DSGVO"), ("uk", "Art. 16 UK GDPR"), ("ccpa", None), ("lgpd", None)]
)
def test_an_article_is_cited_only_of_the_law_that_holds(law: str, cited: str | None, facts: Facts) -> None:
    text = written("corrected", "de", facts, law=law).text
    assert ("Art." in text) is (cited is not None)
    assert cited is None or cited in text
