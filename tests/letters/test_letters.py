"""Every letter in every language: what it says, what it never says, and what it refuses to be without."""

import re
from html.parser import HTMLParser

import pytest

from models import letters
from models.letters import Letter, LetterError
from models.letters.forms import FORMS

LANGUAGES = sorted(letters.languages())
EVERY = [pytest.param(name, language, id=f"{language}-{name}") for name in letters.names() for language in LANGUAGES]
FIXED = [name for name, form in FORMS.items() if form.fixed]
LINKS = {
    "proof": {"proof", "status"},
    "proof_reminder": {"proof", "status"},
    "oversize": {"form"},
    "opted_out": {"resubscribe"},
    "opted_in": {"unsubscribe"},
    "corrected": {"undo"},
    "address_left": {"undo"},
    "ask": {"status"},
    "details": {"status"},
    "package": {"download"},
}
Facts = dict[str, object]


class Reader(HTMLParser):
    """What a mail program would fetch or follow, and whether every element is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.followed: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.fetched += [value for name, value in named.items() if name in ("src", "srcset", "background", "poster")]
        self.fetched += [tag] if tag in ("link", "img", "script", "iframe", "object", "style", "form") else []
        self.followed += [named["href"]] if tag == "a" else []
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def written(name: str, language: str, facts: Facts, /, **other: object) -> Letter:
    return letters.write(name, language, {**facts, **other})


def test_the_desk_speaks_four_languages() -> None:
    assert letters.languages() >= {"en", "de", "fr", "it"}


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_letter_can_be_written(name: str, language: str, facts: Facts) -> None:
    letter = written(name, language, facts)
    assert letter.subject.endswith(" [RD-7F3K2QXM]")
    assert "RD-7F3K2QXM" in letter.text
    assert "Example Shop GmbH" in letter.text
    assert not re.search(r"[{}\x00-\x09\x0b-\x1f]|\n\n\n|None|  \n", letter.text.replace("-- \n", ""))
    assert Reader(letter.html).open == []
    assert f'<html lang="{language}">' in letter.html


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_link_has_its_line_for_itself(name: str, language: str, facts: Facts) -> None:
    letter = written(name, language, facts)
    given = facts["links"]
    assert isinstance(given, dict)
    wanted = {given[purpose] for purpose in LINKS.get(name, ())}
    lines = [line for line in letter.text.splitlines() if "://" in line]
    assert sorted(lines) == sorted(wanted)
    assert set(Reader(letter.html).followed) == wanted


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_link_is_seen_in_html_as_well(name: str, language: str, facts: Facts) -> None:
    html = written(name, language, facts).html
    for link in set(Reader(html).followed):
        assert f">{link}</a>" in html


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_nothing_is_fetched_when_a_letter_is_opened(name: str, language: str, facts: Facts) -> None:
    html = written(name, language, facts).html
    assert Reader(html).fetched == []
    assert "url(" not in html
    assert "@import" not in html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FIXED)
def test_an_unproved_address_reads_no_word_of_a_stranger(name: str, language: str, facts: Facts) -> None:
    theirs = dict.fromkeys(
        ("name", "subject", "answer", "question", "reason", "recipients", "changes", "declined", "notice"),
        "Mallorycoins https://evil.example/win",
    )
    plain = dict.fromkeys(theirs, None)
    assert written(name, language, facts, **theirs) == written(name, language, facts, **plain)
    assert "Mallory" not in repr(written(name, language, facts, **theirs))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FIXED)
def test_whose_domain_vouches_for_them_reads_their_subject_and_no_more(name: str, language: str, facts: Facts) -> None:
    plain = written(name, language, facts, subject=None)
    theirs = written(name, language, facts, subject="My address", name="Mallory", verified=True)
    if not FORMS[name].replies:
        assert theirs == plain
        return
    assert theirs.subject == "Re: My address [RD-7F3K2QXM]"
    assert (theirs.text, "Mallory" in repr(theirs)) == (plain.text, False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_proof_letter_names_only_the_kinds(language: str, facts: Facts) -> None:
    both = written("proof", language, facts)
    assert letters.kind_label("access", language) in both.text
    assert letters.kind_label("erasure", language) not in both.text
    assert written("proof", language, facts, kinds=["rectification", "access", "access"]) == both
    assert written("proof", language, facts, kinds=["erasure"]) != both


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_missing_fact_is_named(name: str, language: str, facts: Facts) -> None:
    for fact in ("desk", "controller", "contact", "reference", "name", "subject"):
        if fact in ("name", "subject") and FORMS[name].fixed:
            continue
        with pytest.raises(LetterError, match=fact):
            letters.write(name, language, {key: value for key, value in facts.items() if key != fact})


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("proof", "kinds"),
        ("proof_reminder", "kinds"),
        ("oversize", "limit"),
        ("corrected", "changes"),
        ("address_left", "until"),
        ("declined", "reason"),
        ("declined", "authority"),
        ("ask", "question"),
        ("answer", "answer"),
        ("undone", "changes"),
        ("expired", "authority"),
    ],
)
@pytest.mark.parametrize("empty", ["", " \n ", None], ids=["empty", "blank", "none"])
def test_a_letter_is_not_written_without_what_it_lives_by(
    name: str, fact: str, empty: str | None, facts: Facts
) -> None:
    with pytest.raises(LetterError, match=f"“{fact}”"):
        written(name, "de", facts, **{fact: empty})


def test_a_part_refused_needs_reason_and_authority(facts: Facts) -> None:
    with pytest.raises(LetterError, match="authority"):
        written("corrected", "en", facts, authority="")
    with pytest.raises(LetterError, match="reason"):
        written("corrected", "en", facts, declined=[{"label": "Land", "value": "Atlantis", "reason": " "}])


def test_remedies_stand_only_where_something_was_refused(facts: Facts) -> None:
    authority = str(facts["authority"])
    assert authority in written("corrected", "en", facts).text
    assert authority not in written("corrected", "en", facts, declined=[]).text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["declined", "expired"])
def test_a_refusal_names_the_remedies(name: str, language: str, facts: Facts) -> None:
    text = written(name, language, facts).text
    assert str(facts["authority"]) in text
    court = {"en": "court", "de": "Gericht", "fr": "justice", "it": "giudice"}[language]
    assert court in text


def test_a_missing_link_is_named(facts: Facts) -> None:
    with pytest.raises(LetterError, match="“proof”"):
        written("proof", "en", facts, links={"status": "https://desk.example/status/~1~"})


def test_the_way_back_is_offered_only_with_its_link(facts: Facts) -> None:
    assert "undo" not in written("corrected", "en", facts, links={}).html


@pytest.mark.parametrize(
    "link",
    ["https://desk.example/p?t=1", "https://desk.example/a b", "javascript:alert(1)", "https://x.example/\n", ""],
    ids=["query", "blank", "script", "newline", "empty"],
)
def test_a_link_that_a_letter_cannot_carry_is_refused(link: str, facts: Facts) -> None:
    with pytest.raises(LetterError, match="“proof”") as refused:
        written("proof", "en", facts, links={"proof": link, "status": "https://desk.example/status/~1~"})
    assert not link.strip() or link not in str(refused.value)


def test_what_staff_wrote_keeps_its_paragraphs_and_lines(facts: Facts) -> None:
    letter = written("answer", "en", facts)
    assert "\n\nErster Absatz.\n\nZweiter Absatz\nin zwei Zeilen.\n\n" in letter.text
    assert "Zweiter Absatz<br>in zwei Zeilen." in letter.html


def test_the_notice_may_be_left_out(facts: Facts) -> None:
    del facts["notice"]
    assert "Paketdienst" not in written("package", "en", facts).text


def test_the_notice_may_state_the_rights_itself(facts: Facts) -> None:
    notice = facts["notice"]
    assert isinstance(notice, dict)
    text = written("package", "en", facts, notice={**notice, "rights": ["to know"]}).text
    assert "Your rights:\n- to know" in text
    assert "erase" not in text


def test_a_desk_without_a_contact_names_none(facts: Facts) -> None:
    assert "data protection" not in written("answer", "en", facts, contact=None).text


@pytest.mark.parametrize(("name", "language"), [("proof", "xx"), ("prof", "en")], ids=["language", "letter"])
def test_what_is_not_on_the_shelf_is_refused(name: str, language: str, facts: Facts) -> None:
    with pytest.raises(LetterError):
        letters.write(name, language, facts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FIXED)
def test_a_letter_to_the_next_one_has_their_reference_and_links(name: str, language: str, facts: Facts) -> None:
    """These are laid out once a day; what is another's is put in."""
    links = facts["links"]
    assert isinstance(links, dict)
    other = {
        **facts,
        "reference": "RD-ZZZZ2222",
        "links": {purpose: f"{link}-of-the-other" for purpose, link in links.items()},
    }
    first, second, again = (written(name, language, one) for one in (facts, other, facts))
    assert first == again
    assert "RD-7F3K2QXM" not in second.subject + second.text + second.html
    assert second.subject == first.subject.replace("RD-7F3K2QXM", "RD-ZZZZ2222")
    wanted = {other["links"][purpose] for purpose in LINKS.get(name, ())}  # type: ignore[index]
    assert {line for line in second.text.splitlines() if "://" in line} == wanted
    assert set(Reader(second.html).followed) == wanted
