"""A folder of languages in; out, for a name, a language and facts: the letter, its text and HTML from one template."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import cast

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import SandboxedEnvironment

from models.letters.blocks import Block, Paragraph, Sheet
from models.letters.clean import cleaned
from models.letters.forms import FIXED_FACTS, FORMS, OPTIONAL_FACTS, Letter, LetterError, check_filled
from models.letters.words import Words, read_words
from models.rules.references import without_reply_mark

_LONGEST_SUBJECT = 200
_KEPT = 500
_OWN = frozenset({"reference", "links"})
FUNCTIONS = (
    "button", "link", "free", "points", "kind_labels", "changes_table", "undone_table", "declined_table", "remedies",
    "basis",
)  # fmt: skip


class Shelf:
    """The letters of one folder; templates are compiled when first asked for, and kept."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._needs: dict[str, frozenset[str]] = {}
        self._laid: dict[str, tuple[Letter, tuple[str, ...]]] = {}
        self._environment = SandboxedEnvironment(
            loader=FileSystemLoader(root),
            undefined=StrictUndefined,
            autoescape=lambda name: name is not None and name.endswith(".html"),
            auto_reload=False,
            cache_size=-1,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @cached_property
    def words(self) -> Mapping[str, Words]:
        """The words of each complete language: every letter and every word is there."""
        folders = [file.parent for file in sorted(self._root.glob("*/words.toml"))]
        whole = [folder for folder in folders if all((folder / f"{name}.txt").is_file() for name in FORMS)]
        return {words.language: words for words in map(read_words, whole) if words.complete}

    @cached_property
    def languages(self) -> frozenset[str]:
        return frozenset(self.words)

    def write(self, name: str, language: str, facts: Mapping[str, object]) -> Letter:
        words = self._known(name, language)
        said = cleaned(name, _allowed(name, facts), words.written)
        check_filled(name, said)
        if FORMS[name].fixed and not said["subject"] and said.keys() >= _OWN:
            return self._fixed(name, words, said)
        return self._written(name, words, said)

    def _fixed(self, name: str, words: Words, said: Mapping[str, object]) -> Letter:
        """What anybody can cause says the same to everybody, but for reference and links: it is laid out once."""
        links = cast("Mapping[str, str]", said["links"])
        own = (str(said["reference"]), *(links[purpose] for purpose in sorted(links)))
        shared = sorted((fact, value) for fact, value in said.items() if fact not in _OWN)
        key = repr((name, words.language, sorted(links), shared))
        if len(self._laid) >= _KEPT:
            self._laid.clear()
        if key not in self._laid:
            self._laid[key] = self._written(name, words, said), own
        letter, theirs = self._laid[key]
        return _readdressed(letter, theirs, own)

    def _written(self, name: str, words: Words, said: Mapping[str, object]) -> Letter:
        sheet = Sheet(name, words, said)
        try:
            heading, _, body = self._rendered(name, sheet).partition("\n")
            subject = _subject(heading, said)
            blocks: list[Block] = [
                _salutation(said, words),
                *sheet.read(body),
                Paragraph((words["regards"], str(said["desk"]))),
            ]
            foot = _foot(said, words)
            html = self._laid_out(words, subject, blocks, foot)
        except (TemplateError, KeyError) as problem:
            raise LetterError(name, "a fact", f"is missing or out of bounds: {problem}") from None
        text = "\n\n".join([*(block.plain() for block in blocks), "-- \n" + "\n".join(foot)]) + "\n"
        return Letter(subject, text, html)

    def needs(self, name: str, language: str) -> frozenset[str]:
        """The names that the template of a letter uses, facts and functions."""
        path = f"{language}/{name}.txt"
        if path not in self._needs:
            source = (self._root / path).read_text("utf-8")
            self._needs[path] = frozenset(meta.find_undeclared_variables(self._environment.parse(source)))
        return self._needs[path]

    def _laid_out(self, words: Words, subject: str, blocks: list[Block], foot: list[str]) -> str:
        return self._environment.get_template("layout.html").render(
            language=words.language,
            colon=words["colon"],
            subject=subject,
            blocks=[block.parts() for block in blocks],
            foot=foot,
        )

    def _known(self, name: str, language: str) -> Words:
        if name not in FORMS:
            raise LetterError(name, "its name", "is unknown")
        if language not in self.words:
            raise LetterError(name, "its language", "is not on the shelf, or not complete")
        return self.words[language]

    def _rendered(self, name: str, sheet: Sheet) -> str:
        language = sheet.words.language
        missing = self.needs(name, language) - sheet.facts.keys() - set(FUNCTIONS)
        if missing:
            raise LetterError(name, f"the fact “{min(missing)}”", "is missing")
        template: Template = self._environment.get_template(f"{language}/{name}.txt")
        return template.render(sheet.facts, **{function: getattr(sheet, function) for function in FUNCTIONS})


def _readdressed(letter: Letter, theirs: Sequence[str], own: Sequence[str]) -> Letter:
    """The same letter with another's reference and links."""
    parts = [letter.subject, letter.text, letter.html]
    for before, after in zip(theirs, own, strict=True):
        parts = [part.replace(before, after) for part in parts]
    return Letter(*parts)


def _allowed(name: str, facts: Mapping[str, object]) -> dict[str, object]:
    """Nothing that a stranger typed reaches a letter to an address that has not proved itself; but the subject where
    the address is sure to be the writer's."""
    given = {**OPTIONAL_FACTS, **facts}
    if not FORMS[name].fixed:
        return given
    subject = given.get("subject") if FORMS[name].replies and given["verified"] else None
    return {**{fact: value for fact, value in given.items() if fact in FIXED_FACTS}, "name": None, "subject": subject}


def _subject(fixed: str, facts: Mapping[str, object]) -> str:
    mark = f"[{facts['reference']}]"
    theirs = without_reply_mark(str(facts["subject"] or "").replace(mark, "")).strip()
    subject = f"Re: {theirs}" if theirs else fixed.strip()
    room = _LONGEST_SUBJECT - len(mark) - 1
    if len(subject) > room:
        subject = subject[: room - 1].rstrip() + "…"
    return f"{subject} {mark}"


def _salutation(facts: Mapping[str, object], words: Words) -> Paragraph:
    name = facts["name"]
    return Paragraph((words["dear"].format(name=name) if name else words["hello"],))


def _foot(facts: Mapping[str, object], words: Words) -> list[str]:
    colon, contact = words["colon"], facts["contact"]
    foot = [f"{words['reference']}{colon} {facts['reference']}", str(facts["controller"])]
    return [*foot, f"{words['contact']}{colon} {contact}"] if contact else foot
