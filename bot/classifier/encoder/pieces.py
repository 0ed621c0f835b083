"""The pieces that texts are parted into, pruned to those that the desk's languages use."""

import io
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from bot.classifier.encoder.source import Source

# The source's first four stand for the beginning, padding, the end and what is unknown; its last one for a gap.
_SPECIAL = 4
# The best pieces in Latin letters; with single characters and the corpus' own that makes some 50,000.
_BEST = 26_000
_SYMBOLS_END = 0x2100
_WORD_BEGINS = "▁"
FIRST = ("<unk>", "<s>", "</s>")
"""What stands before the kept pieces."""
FIRST_OF_SOURCE = (3, 0, 2)


def chosen(source: Source, texts: Iterable[str]) -> list[int]:
    """The pieces to keep, by their number in the source: the best, single characters, and those of the texts."""
    every = [n for n in range(_SPECIAL, len(source.pieces)) if source.pieces[n] != "<mask>"]
    whole = _processor(piece_model(source, every))
    used = {every[n - len(FIRST)] for text in texts for n in whole.encode(text) if n >= len(FIRST)}
    latin = sorted((n for n in every if _is_latin(source.pieces[n])), key=lambda n: -source.scores[n])[:_BEST]
    single = {n for n in every if len(source.pieces[n]) == 1 and ord(source.pieces[n]) < _SYMBOLS_END}
    return sorted({*latin, *single, *used})


def piece_model(source: Source, keep: Sequence[int]) -> bytes:
    """A SentencePiece model of these pieces; anything else falls back to smaller ones."""
    form = _form()
    model = form.ModelProto()
    kind = form.ModelProto.SentencePiece
    for name, of_kind in zip(FIRST, (kind.UNKNOWN, kind.CONTROL, kind.CONTROL), strict=True):
        model.pieces.add(piece=name, score=0.0, type=of_kind)
    for number in keep:
        model.pieces.add(piece=source.pieces[number], score=float(source.scores[number]))
    model.trainer_spec.CopyFrom(form.TrainerSpec(model_type=1, unk_id=0, bos_id=1, eos_id=2, pad_id=-1))
    model.normalizer_spec.CopyFrom(_normalizer())
    return bytes(model.SerializeToString())


def _form() -> Any:
    from sentencepiece import sentencepiece_model_pb2

    return sentencepiece_model_pb2


def _normalizer() -> Any:
    """SentencePiece's own table of characters, which it gives away only with a model that it has trained."""
    from sentencepiece import SentencePieceTrainer

    made = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(["a table of characters"]),
        model_writer=made,
        vocab_size=20,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    model = _form().ModelProto()
    model.ParseFromString(made.getvalue())
    return model.normalizer_spec


def _processor(model: bytes) -> Any:
    from sentencepiece import SentencePieceProcessor

    return SentencePieceProcessor(model_proto=model)


def _is_latin(piece: str) -> bool:
    return all(not c.isalpha() or c.isascii() or "LATIN" in unicodedata.name(c, "") for c in piece.strip(_WORD_BEGINS))
