"""The trained pipeline as a classifier: writings flow in, verdicts and corrections flow out."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import spacy
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import NumpyOps, set_current_ops

from bot.classifier import corrections
from bot.classifier.candidates import passages
from bot.classifier.encoder.heads import FIELDS, KINDS, Judgement
from bot.classifier.encoder.pipe import judgement, word_spans
from bot.classifier.features import KINDS_MODEL, LANGUAGE_MODEL
from bot.classifier.mixing import Mix, plain
from bot.classifier.sentences import sentences
from bot.classifier.sheet import Sheet
from bot.classifier.word_lists import greeting
from models.rules.kinds import Action, Kind
from models.rules.reading import (
    LANGUAGES,
    UNKNOWN_LANGUAGE,
    Candidate,
    Found,
    Place,
    Record,
    Verdict,
    Writing,
)

# What is worked out of a letter is held for all of its batch: long ones go in small batches.
_BATCH = 64
_BATCH_OF_LONG = 16
_LONG = 500_000
# Characters, some thousand letters of people with 10,000 words; a hundred thousand words of nobody's cost 30 MB.
_KEPT = 500_000
# A memory zone costs a fifth of the speed where it holds few documents.
_ZONE = 1_000
_ALSO_DECIDED = 0.5
_WORTH_A_LOOK = 0.05
_SURE_OF_LANGUAGE = 0.5
_AT_A_LOSS = 0.3
_PASSAGES = 2
# Enough for word features, and three times as fast as the rules that spaCy has for all languages.
_PREFIX = re.compile(r"""^[(\[{"'„“”«»‹›<>…,;:.!?¿¡–—\-*#|→]""")
_SUFFIX = re.compile(r"""[)\]}"'„“”«»‹›<>…,;:.!?–—*|→]$""")
_INFIX = re.compile(r"[(/)]|->|→|(?<=[a-zß-ÿ])[.,;:!?](?=[A-ZÀ-Þ])")


def blank() -> Language:
    """The untrained pipeline, without the encoder: kinds and language by words and their parts."""
    # The blis wheel holds generic kernels only; numpy's own are faster.
    set_current_ops(NumpyOps(use_blis=False))
    nlp = spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "rightsdesk.Words.v1"}}})
    kinds = {"@architectures": KINDS_MODEL, "length": 2**16}
    language = {"@architectures": LANGUAGE_MODEL, "length": 2**17}
    nlp.add_pipe("textcat_multilabel", name="kinds", config={"model": kinds})
    nlp.add_pipe("textcat", name="language", config={"model": language})
    return nlp


@registry.tokenizers("rightsdesk.Words.v1")  # type: ignore[untyped-decorator]
def build_tokenizer() -> Callable[[Language], Tokenizer]:
    """Words parted by the rules above: those for all languages, compiled only to be replaced, slow every start."""
    return lambda nlp: Tokenizer(
        nlp.vocab, prefix_search=_PREFIX.search, suffix_search=_SUFFIX.search, infix_finditer=_INFIX.finditer
    )


def words_of() -> Callable[[str], npt.NDArray[np.int32]]:
    """Where the words of a text begin and end, as the pipeline parts it, (words, 2)."""
    parted = build_tokenizer()(spacy.blank("xx"))
    return lambda text: word_spans(parted(text), text).astype(np.int32)


class SpacyClassifier:
    """Reads in batches, all but the first inside memory zones: memory does not grow with the messages."""

    def __init__(self, path: Path | None = None, *, nlp: Language | None = None) -> None:
        set_current_ops(NumpyOps(use_blis=False))
        self._nlp = nlp or spacy.load(path or Path())
        # Nothing here asks a word for its shape or whether it looks like a web address.
        self._nlp.vocab.lex_attr_getters = {}  # type: ignore[attr-defined]  # compiled, and left out of its stub
        meta = self._nlp.meta
        self._left_to_keep = _KEPT
        self._mix = Mix(np.array(meta["mix"])) if "mix" in meta else plain()
        learned = f"-{meta['desk']}" if "desk" in meta else ""
        self.version = f"{meta['name']}-{meta['version']}-{meta.get('corpus', '')[:12]}{learned}"

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
        judged = judgement(doc)
        scores = self._scores(sheet, doc, judged)
        settled = decided(scores)
        # Most letters ask for no correction: they are spared the search.
        worth = judged is not None and scores[Kind.RECTIFICATION] >= _WORTH_A_LOOK
        return Verdict(
            language=_language(doc),
            scores=scores,
            decided=settled,
            values=tuple(_values(sheet, judged)) if judged and worth else (),
            asked=_asked(sheet, judged) if judged and worth else None,
            passages=tuple(_places(sheet, judged, settled)) if judged else (),
        )

    def _scores(self, sheet: Sheet, doc: Doc, judged: Judgement | None) -> dict[Kind, float]:
        if _says_nothing(sheet.text):
            return {kind: _AT_A_LOSS if kind is Kind.OTHER else 0.0 for kind in Kind}
        by_words = np.array([doc.cats[kind] for kind in KINDS])
        mixed = self._mix.scores(by_words, judged.kinds if judged else None).round(4).tolist()
        return dict(zip(KINDS, mixed, strict=True))


def _says_nothing(text: str) -> bool:
    """Nothing, or nothing but a greeting."""
    return not any(map(str.isalpha, greeting().sub("", text[:400])))


def decided(scores: Mapping[Kind, float]) -> tuple[Kind, ...]:
    """The best one, and what is likelier than not beside it; ``other`` stands alone."""
    best = max(scores, key=lambda kind: scores[kind])
    if best is Kind.OTHER:
        return (Kind.OTHER,)
    rights = [kind for kind in Kind if kind is not Kind.OTHER and (scores[kind] >= _ALSO_DECIDED or kind is best)]
    return tuple(rights)


def _language(doc: Doc) -> str:
    best = max(LANGUAGES, key=lambda language: doc.cats[language])
    return best if doc.cats[best] >= _SURE_OF_LANGUAGE else UNKNOWN_LANGUAGE


def _values(sheet: Sheet, judged: Judgement) -> Iterator[Candidate]:
    """The passages that could be values, where they stand in the letter."""
    for one in passages(sheet.text, judged):
        where = sheet.locate(one.start, one.end)
        if where:
            words = sheet.text[one.start : one.end]
            yield Candidate(*where, words, tuple(one.roles.tolist()), tuple(one.fields.tolist()))


def _asked(sheet: Sheet, judged: Judgement) -> Found | None:
    """Someone who wants a field changed without saying to what; the word that says most for it is shown."""
    word = judged.words[judged.said[:, KINDS.index(Kind.RECTIFICATION)].argmax()]
    where = sheet.locate(*word.tolist())
    if where is None:
        return None
    number = int(judged.asked.argmax())
    score = round(float(1 / (1 + np.exp(-judged.asked[number]))), 4)
    return Found(Action.SET, FIELDS[number], None, None, None, *where, score)


def _places(sheet: Sheet, judged: Judgement, kinds: tuple[Kind, ...]) -> Iterator[tuple[int, int]]:
    """The sentences that say most for what was decided: what a person should look at first."""
    said = judged.said[:, [KINDS.index(kind) for kind in kinds]].max(axis=1)
    starts = judged.words[:, 0]
    told = [(float(said[(starts >= a) & (starts < b)].sum()), a, b) for a, b in sentences(sheet.text)]
    for weight, start, end in sorted(told, reverse=True)[:_PASSAGES]:
        where = sheet.locate(start, end)
        if weight > 0 and where and where[0] is Place.TEXT:
            yield where[1], where[2]
