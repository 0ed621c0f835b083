"""The encoder as a part of the spaCy pipeline: documents flow in, each with a judgement flows out."""

import shutil
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from spacy.attrs import IDX, LENGTH
from spacy.language import Language
from spacy.tokens import Doc

from bot.classifier.encoder.align import Spans, over_words
from bot.classifier.encoder.blocks import Array
from bot.classifier.encoder.encoder import LAYERS, LICENSE, PIECES, POSITIONS, VECTORS, Encoder, Pieces
from bot.classifier.encoder.heads import HEADS, Heads, Judgement
from bot.classifier.encoder.telling import telling
from bot.classifier.sentences import sentences
from models.rules.kinds import Kind

NAME = "encoder"
JUDGEMENT = "judgement"
_MOST, _MOST_OF_OTHER = 88, 48
"""Pieces of a message that are read, and of one that by its words asks for nothing."""
_ASKS_NOTHING = 0.8
_AHEAD = 8
FILES = (PIECES, VECTORS, POSITIONS, LAYERS, HEADS, LICENSE)

Begun: TypeAlias = tuple[str, Pieces, Future[Array]]
"""A text, what is read of it, and the vector of each piece when the layers have come to it."""


@Language.factory("rightsdesk_encoder")
class EncoderPipe:
    """Leaves each document its judgement."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._nlp = nlp
        self._layers = ThreadPoolExecutor(1, "encoder")
        self._folder: Path | None = None

    def open(self, folder: Path) -> None:
        self._folder = folder
        self.encoder, self.heads = Encoder(folder), Heads.read(folder)

    def __call__(self, doc: Doc) -> Doc:
        return self._judged(doc, self._begun(doc))

    def pipe(self, docs: Iterable[Doc], *, batch_size: int = _AHEAD) -> Iterator[Doc]:
        """The layers need no turn of the interpreter: they read the next texts while one is judged."""
        ahead: deque[tuple[Doc, Begun]] = deque()
        for doc in docs:
            ahead.append((doc, self._begun(doc)))
            if len(ahead) > _AHEAD:
                yield self._judged(*ahead.popleft())
        for doc, begun in ahead:
            yield self._judged(doc, begun)

    def read(self, doc: Doc) -> tuple[Spans, Array]:
        """Where the words that are read begin and end, (words, 2), and the vector of each in its place."""
        return self._read(doc, self._begun(doc))

    def _begun(self, doc: Doc) -> Begun:
        text = doc.text  # put together of its words each time
        most = _MOST_OF_OTHER if doc.cats.get(Kind.OTHER, 0.0) > _ASKS_NOTHING else _MOST
        pieces = self._worth_reading(text, self.encoder.pieces(text), most)
        return text, pieces, self._layers.submit(self.encoder.read, self.encoder.given(pieces.numbers))

    def _read(self, doc: Doc, begun: Begun) -> tuple[Spans, Array]:
        text, pieces, vectors = begun
        return over_words(vectors.result(), pieces, word_spans(doc, text))

    def _judged(self, doc: Doc, begun: Begun) -> Doc:
        words, vectors = self._read(doc, begun)
        if len(words):
            doc.user_data[JUDGEMENT] = self.heads.judge(words, vectors)
        return doc

    def _worth_reading(self, text: str, pieces: Pieces, most: int) -> Pieces:
        """The time goes with the pieces: of a long text those sentences are read whose words ask for something."""
        if len(pieces) <= most:
            return pieces
        spans = list(sentences(text))
        by_words: Any = self._nlp.get_pipe("kinds")
        scores = by_words.predict([self._nlp.make_doc(text[start:end]) for start, end in spans])
        asks = 1.0 - np.asarray(scores[:, by_words.labels.index(Kind.OTHER)], np.float64)
        return telling(pieces, spans, asks, most)

    def to_disk(self, path: Path, *, exclude: Any = ()) -> None:
        path.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile((self._folder or path) / name, path / name)

    def from_disk(self, path: Path, *, exclude: Any = ()) -> "EncoderPipe":
        self.open(Path(path))
        return self


def word_spans(doc: Doc, text: str) -> Spans:
    """Where each word of the document's text begins and ends, (words, 2); spaCy's words of white space are none."""
    starts, lengths = doc.to_array([IDX, LENGTH]).T.astype(np.int64)
    spans = np.stack([starts, starts + lengths], axis=1)
    return spans[[not text[start:end].isspace() for start, end in spans.tolist()]]


def judgement(doc: Doc) -> Judgement | None:
    """What the encoder made of a document, if it read it."""
    found: Judgement | None = doc.user_data.get(JUDGEMENT)
    return found
