"""The trained spaCy pipeline as a classifier: writings flow in, verdicts and corrections flow out."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import NumpyOps, set_current_ops

from bot.classifier import corrections, cues, roles
from bot.classifier.judging import judge
from bot.classifier.shapes import Passage
from bot.classifier.sheet import Sheet
from models.rules.kinds import Action, Field, Kind
from models.rules.reading import LANGUAGES, UNKNOWN_LANGUAGE, Found, Place, Record, Verdict, Writing

# What is worked out of a letter is held for all of its batch: long ones go in small batches.
_BATCH = 64
_BATCH_OF_LONG = 16
_LONG = 500_000
# Characters, some thousand letters of people with 10,000 words; a hundred thousand words of nobody's cost 30 MB.
_KEPT = 500_000
# A memory zone costs a fifth of the speed where it holds few documents.
_ZONE = 1_000
_ALSO_DECIDED = 0.9
_SURE_OF_LANGUAGE = 0.5
_AT_A_LOSS = 0.3
_PASSAGES = 2
# Enough for word features, and three times as fast as the rules that spaCy has for all languages.
_PREFIX = re.compile(r"""^[(\[{"'„“”«»‹›<>…,;:.!?¿¡–—\-*#|→]""")
_SUFFIX = re.compile(r"""[)\]}"'„“”«»‹›<>…,;:.!?–—*|→]$""")
_INFIX = re.compile(r"[(/)]|->|→|(?<=[a-zß-ÿ])[.,;:!?](?=[A-ZÀ-Þ])")


def blank() -> Language:
    """The untrained pipeline: kinds, language, candidates and their roles."""
    # The blis wheel holds generic kernels only; numpy's own are faster.
    set_current_ops(NumpyOps(use_blis=False))
    nlp = spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "rightsdesk.Words.v1"}}})
    kinds = {"@architectures": "rightsdesk.Kinds.v1", "length": 2**16}
    language = {"@architectures": "rightsdesk.Language.v1", "length": 2**17}
    nlp.add_pipe("textcat_multilabel", name="kinds", config={"model": kinds})
    nlp.add_pipe("textcat", name="language", config={"model": language})
    nlp.add_pipe("rightsdesk_candidates", name=roles.CANDIDATES)
    nlp.add_pipe("spancat_singlelabel", name=roles.ROLES, config=_roles())
    return nlp


@registry.tokenizers("rightsdesk.Words.v1")  # type: ignore[untyped-decorator]
def build_tokenizer() -> Callable[[Language], Tokenizer]:
    """Words parted by the rules above: those for all languages, compiled only to be replaced, slow every start."""
    return lambda nlp: Tokenizer(
        nlp.vocab, prefix_search=_PREFIX.search, suffix_search=_SUFFIX.search, infix_finditer=_INFIX.finditer
    )


def _roles() -> dict[str, Any]:
    return {
        "spans_key": roles.ROLES,
        "model": {"@architectures": "rightsdesk.Roles.v1", "length": 2**16},
        "suggester": {"@misc": "spacy.preset_spans_suggester.v1", "spans_key": roles.CANDIDATES},
    }


class SpacyClassifier:
    """Reads in batches, all but the first inside memory zones: memory does not grow with the messages."""

    def __init__(self, path: Path | None = None, *, nlp: Language | None = None) -> None:
        set_current_ops(NumpyOps(use_blis=False))
        self._nlp = nlp or spacy.load(path or Path())
        # Nothing here asks a word for its shape or whether it looks like a web address.
        self._nlp.vocab.lex_attr_getters = {}  # type: ignore[attr-defined]  # compiled, and left out of its stub
        meta = self._nlp.meta
        self._left_to_keep = _KEPT
        self._slope = float(meta.get("slope", 1.0))
        self.version = f"{meta['name']}-{meta['version']}-{meta.get('corpus', '')[:12]}"

    def read(self, writings: Sequence[Writing]) -> list[Verdict]:
        verdicts: list[Verdict] = []
        for start in range(0, len(writings), _ZONE):
            sheets = [Sheet(writing) for writing in writings[start : start + _ZONE]]
            length = sum(len(sheet.text) for sheet in sheets)
            with self._memory(length):
                size = _BATCH if length <= _LONG else _BATCH_OF_LONG
                docs = self._nlp.pipe([sheet.text for sheet in sheets], batch_size=size)
                verdicts += [self._verdict(sheet, doc) for sheet, doc in zip(sheets, docs, strict=True)]
        return verdicts

    def _memory(self, length: int) -> AbstractContextManager[Any]:
        """What is given back with the batch; the words of the first letters are kept, for most are every letter's."""
        if length > self._left_to_keep:
            return self._nlp.memory_zone()
        self._left_to_keep -= length
        return nullcontext()

    def corrections(self, writing: Writing, verdict: Verdict, record: Record | None) -> list[Found]:
        return corrections(writing, verdict, record)

    def _verdict(self, sheet: Sheet, doc: Doc) -> Verdict:
        scores = self._scores(sheet, doc)
        return Verdict(
            language=_language(doc),
            scores=scores,
            decided=_decided(scores),
            values=tuple(_values(sheet, doc)),
            passages=tuple(_places(sheet, doc)),
        )

    def _scores(self, sheet: Sheet, doc: Doc) -> dict[Kind, float]:
        if _says_nothing(sheet.text):
            return {kind: _AT_A_LOSS if kind is Kind.OTHER else 0.0 for kind in Kind}
        return {kind: self._calibrated(doc.cats[kind]) for kind in Kind}

    def _calibrated(self, score: float) -> float:
        bounded = min(max(score, 1e-6), 1 - 1e-6)
        logit = self._slope * math.log(bounded / (1 - bounded))
        return round(1 / (1 + math.exp(-logit)), 4)


def _says_nothing(text: str) -> bool:
    """Nothing, or nothing but a greeting."""
    return not any(map(str.isalpha, cues.greeting().sub("", text[:400])))


def _decided(scores: Mapping[Kind, float]) -> tuple[Kind, ...]:
    """The best one, and what is as good as certain beside it; ``other`` stands alone."""
    best = max(scores, key=lambda kind: scores[kind])
    if best is Kind.OTHER:
        return (Kind.OTHER,)
    rights = [kind for kind in Kind if kind is not Kind.OTHER and (scores[kind] >= _ALSO_DECIDED or kind is best)]
    return tuple(rights)


def _language(doc: Doc) -> str:
    best = max(LANGUAGES, key=lambda language: doc.cats[language])
    return best if doc.cats[best] >= _SURE_OF_LANGUAGE else UNKNOWN_LANGUAGE


def _values(sheet: Sheet, doc: Doc) -> Iterator[Found]:
    """The candidates with a role, each as half a correction: its old side or its new side."""
    known: dict[roles.Spot, Passage] = doc.user_data[roles.CANDIDATES]
    if not known:
        return
    spans = doc.spans[roles.ROLES]
    scores = spans.attrs["scores"] if len(spans) else ()
    learned = {
        known[span.start, span.end]: (span.label_, round(score.item(), 4))
        for span, score in zip(spans, scores, strict=True)
    }
    for one in judge(sheet.text, list(known.values()), learned, doc.user_data.get(roles.CUES, ())):
        where = sheet.locate(one.passage.start, one.passage.end)
        if where:
            words = sheet.text[one.passage.start : one.passage.end]
            yield _half(one.role, one.field, words, where, one.score)


def _half(role: str, field: Field, words: str, where: tuple[Place, int, int], score: float) -> Found:
    action = Action.REMOVE if role == roles.DROP else Action.SET
    old, new = (None, words) if role == roles.NEW else (words, None)
    place, start, end = where
    return Found(action, field, old, new, None, place, start, end, score)


def _places(sheet: Sheet, doc: Doc) -> Iterator[tuple[int, int]]:
    """Where in the text the values stand: what a person should look at first."""
    for span in list(doc.spans[roles.ROLES])[:_PASSAGES]:
        where = sheet.locate(span.start_char, span.end_char)
        if where and where[0] is Place.TEXT:
            yield where[1], where[2]
