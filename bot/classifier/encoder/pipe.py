"""The encoder as a part of the spaCy pipeline: it gives each word its vector, and each document its judgement."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from spacy.attrs import IDX, LENGTH
from spacy.language import Language
from spacy.tokens import Doc

from bot.classifier.encoder.align import over_words
from bot.classifier.encoder.encoder import LAYERS, LICENSE, PIECES, POSITIONS, VECTORS, Encoder
from bot.classifier.encoder.heads import HEADS, Heads, Judgement

NAME = "encoder"
JUDGEMENT = "judgement"
FILES = (PIECES, VECTORS, POSITIONS, LAYERS, HEADS, LICENSE)


@Language.factory("rightsdesk_encoder")
class EncoderPipe:
    """Sets ``doc.tensor`` (words, width), nothing where no piece of a word was read, and the judgement beside it."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._folder: Path | None = None

    def open(self, folder: Path) -> None:
        self._folder = folder
        self._encoder, self._heads = Encoder(folder), Heads.read(folder)

    def __call__(self, doc: Doc) -> Doc:
        pieces = self._encoder.pieces(doc.text)
        if not len(pieces.numbers) or not len(doc):
            return doc
        vectors = self._encoder.vectors(pieces.numbers)
        read = len(vectors)
        starts, ends = word_spans(doc).T
        words = over_words(vectors, pieces.starts[:read], pieces.ends[:read], starts, ends)
        doc.tensor = words  # type: ignore[assignment]  # spaCy's stub knows one kind of number only
        doc.user_data[JUDGEMENT] = self._heads.judge(words, starts < pieces.ends[read - 1])
        return doc

    def to_disk(self, path: Path, *, exclude: Any = ()) -> None:
        path.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile((self._folder or path) / name, path / name)

    def from_disk(self, path: Path, *, exclude: Any = ()) -> "EncoderPipe":
        self.open(Path(path))
        return self


def word_spans(doc: Doc) -> npt.NDArray[np.int64]:
    """Where each word begins and ends, (words, 2)."""
    starts, lengths = doc.to_array([IDX, LENGTH]).T.astype(np.int64)
    return np.stack([starts, starts + lengths], axis=1)


def judgement(doc: Doc) -> Judgement | None:
    """What the encoder made of a document, if it read it."""
    found: Judgement | None = doc.user_data.get(JUDGEMENT)
    return found
